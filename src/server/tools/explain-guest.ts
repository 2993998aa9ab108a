import * as z from 'zod';
import { forModel } from '../../gate/printable.ts';
import { defineTool } from '../define-tool.ts';
import { causesOf, startFailed } from '../explain/causes.ts';
import { gather, journalText } from '../explain/gather.ts';
import type { Cause, GuestCase } from '../explain/types.ts';
import { facts } from '../text/rows.ts';
import { bytes, utc } from '../text/units.ts';
import { guestArgument } from './common.ts';
import { stateOf } from './get-guest.ts';
import { guestTitle } from './guest-text.ts';
import { result } from './task-text.ts';

export const explainGuest = defineTool({
  name: 'pve_explain_guest',
  title: 'Explain a guest',
  toolset: 'guests',
  risk: 'read',
  description:
    'Why a guest does not start, or what is wrong with it, from tasks, locks, HA, storage, memory, network and journal; the likely cause first.',
  input: z.strictObject({ guest: guestArgument }),
  async handle({ guest }, { pve }) {
    return { text: explanation(await gather(pve, guest)).join('\n') };
  },
});

/** The conclusion first, then what it rests on, then what could not be read. */
export function explanation(given: GuestCase): string[] {
  const [likely, ...others] = causesOf(given);
  return [
    guestTitle(given.ref),
    likely === undefined ? nothingFound(given) : `Most likely: ${sentence(likely)}`,
    ...others.map((cause) => `Also: ${sentence(cause)}`),
    '',
    ...evidence(given),
    ...failedLines(given),
    ...(given.journal.length === 0
      ? []
      : ['Journal of the node around it:', ...given.journal.map((line) => `  ${journalText(line)}`)]),
    ...(given.unread.length === 0 ? [] : ['Could not be read:', ...given.unread.map((gap) => `- ${gap}`)]),
  ];
}

function sentence({ text, todo }: Cause): string {
  return `${text}. ${todo}`;
}

function nothingFound(given: GuestCase): string {
  const { status, tasks, unread } = given;
  const blind = unread.length === 0 ? '' : ' Not everything could be read, see below.';
  if (status?.status === 'running') return `Nothing wrong was found: it runs.${blind}`;
  const last = tasks.find(({ running }) => !running);
  const ended =
    last === undefined
      ? ''
      : ` Its last task was ${forModel(last.type, 30)} by ${forModel(last.user, 60)} at ${utc(last.startTime)} UTC: ${result(last)}.`;
  return `Nothing was found that keeps it from starting.${ended}${blind}`;
}

function evidence({
  status,
  config,
  ha,
  volumes,
  storages,
  freeMemory,
  bridges,
  devices,
  agentAnswers,
  nodeOnline,
}: GuestCase): string[] {
  const used = [...new Set(volumes.flatMap(({ storage }) => storage ?? []))];
  const states = used.map((id) => {
    const one = storages?.find(({ storage }) => storage === id);
    const state =
      one === undefined
        ? 'not there'
        : one.enabled === false
          ? 'disabled'
          : one.active === false
            ? 'inactive'
            : 'active';
    return `${id} ${state}${one?.avail === undefined ? '' : `, ${bytes(one.avail)} left`}`;
  });
  const missing = volumes.filter(({ exists }) => exists === undefined && volumes.length > 0);
  const checked = volumes.filter(({ exists }) => exists === true).length;
  return facts([
    ['Node', nodeOnline ? undefined : 'offline'],
    ['State', status === undefined ? undefined : stateOf(status)],
    ['Lock', status?.lock === undefined ? undefined : forModel(status.lock, 40)],
    [
      'HA',
      ha === undefined ? undefined : forModel(`${ha.state ?? 'unknown'}, requested ${ha.requested ?? 'unknown'}`, 80),
    ],
    ['Storages', states.length === 0 ? undefined : forModel(states.join('; '), 300)],
    [
      'Volumes',
      volumes.length === 0
        ? undefined
        : `${checked} of ${volumes.length} found on their storage${missing.length === 0 ? '' : `; not looked for: ${forModel(missing.map(({ key }) => key).join(', '), 100)}`}`,
    ],
    [
      'Memory',
      freeMemory === undefined || config.memory === undefined
        ? undefined
        : `wants ${forModel(config.memory, 40)} MiB, the node has ${bytes(freeMemory)} left`,
    ],
    ['Bridges', bridges === undefined ? undefined : forModel(bridges.join(', '), 200)],
    [
      'Devices',
      devices.length === 0 ? undefined : forModel(devices.map(({ key, name }) => `${key} ${name}`).join(', '), 200),
    ],
    ['Agent', agentAnswers === undefined ? undefined : agentAnswers ? 'answers' : 'does not answer'],
  ]);
}

function failedLines(given: GuestCase): string[] {
  const { failed } = given;
  if (failed === undefined) return ['Failed tasks on its node: none in its last 30.'];
  const { task, log } = failed;
  const what = startFailed(given)
    ? 'Last start, which failed'
    : 'Last failed task (not what keeps it from starting now)';
  return [
    `${what}: ${forModel(task.type, 30)} at ${utc(task.startTime)} UTC by ${forModel(task.user, 60)}: ${result(task)}`,
    ...(log.ok ? log.value.map((line) => `  ${forModel(line, 300)}`) : [`  Its log could not be read: ${log.why}`]),
  ];
}
