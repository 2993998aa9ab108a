import { forModel } from '../../gate/printable.ts';
import { meaningOf } from '../../pve/task-words.ts';
import { bytes } from '../text/units.ts';
import type { Cause, GuestCase } from './types.ts';

type Rule = (given: GuestCase) => Cause[];

/** What keeps a guest from starting or hurts it, the surest first. Pure: it reads nothing. */
export function causesOf(given: GuestCase): Cause[] {
  return rules.flatMap((rule) => rule(given));
}

/** Whether the last start of the guest failed and nothing has started it since. */
export function startFailed({ failed, status }: GuestCase): boolean {
  return failed !== undefined && startTypes.test(failed.task.type) && status?.status !== 'running';
}

/** Tasks that start a guest. */
export const startTypes = /^(qmstart|vzstart|hastart|qmreboot|vzreboot|qmresume|vzresume)$/;

const node: Rule = ({ ref, nodeOnline, quorate }) => [
  ...(nodeOnline
    ? []
    : [cause(`Its node ${name(ref.node)} is offline`, 'Bring the node back. Without HA its guests stay there.')]),
  ...(quorate === false
    ? [
        cause(
          'The cluster has no quorum: no guest can be started',
          'Bring nodes back, or repair the network between them.',
        ),
      ]
    : []),
];

const template: Rule = ({ status, config }) =>
  status?.template === true || config.template === '1'
    ? [cause('It is a template, which is never started', 'Clone it and start the clone.')]
    : [];

const lock: Rule = ({ ref, status, config, tasks }) => {
  const held = status?.lock ?? config.lock;
  if (held === undefined) return [];
  const holder = tasks.find(({ running }) => running);
  const what = `It is locked (${forModel(held, 40)})`;
  if (holder !== undefined)
    return [
      cause(
        `${what} by task ${forModel(holder.type, 30)}, which runs: ${forModel(holder.upid, 200)}`,
        'Wait for its end (pve_get_task with wait), or stop it.',
      ),
    ];
  const tool = ref.type === 'qemu' ? 'qm' : 'pct';
  return [
    cause(
      `${what}, and no task of its own runs: the lock is left over, unless a job of several guests works on it`,
      `As root on ${ref.node}: ${tool} unlock ${ref.vmid}. No API token can.`,
    ),
  ];
};

const highAvailability: Rule = ({ ha }) => {
  if (ha === undefined) return [];
  if (ha.state === 'error')
    return [
      cause(
        'HA has given it up (state error): it starts nothing until that is cleared',
        'Correct the cause, set its HA state to disabled, then to started.',
      ),
    ];
  const off = ha.requested === 'stopped' || ha.requested === 'disabled';
  return off ? [cause(`HA keeps it ${forModel(ha.requested ?? '', 20)}`, 'Set its HA state to started.')] : [];
};

const storage: Rule = ({ ref, volumes, storages }) => {
  if (storages === undefined) return [];
  const used = [...new Set(volumes.flatMap(({ storage: id }) => id ?? []))];
  return used.flatMap((id) => {
    const keys = volumes.filter((volume) => volume.storage === id).map(({ key }) => key);
    const what = `Storage ${name(id)} (${forModel(keys.join(', '), 100)})`;
    const found = storages.find((one) => one.storage === id);
    if (found === undefined)
      return [
        cause(
          `${what} does not exist on ${name(ref.node)}, or this token may not see it`,
          'Allow the storage on this node, or move the guest to one that has it.',
        ),
      ];
    if (found.enabled === false) return [cause(`${what} is disabled`, 'Enable the storage.')];
    if (found.active === false)
      return [cause(`${what} is not active on ${name(ref.node)}`, 'Look at its server, mount or volume group.')];
    const full =
      found.avail !== undefined && found.total !== undefined && found.total > 0 && found.avail / found.total < 0.01;
    return full
      ? [
          cause(
            `${what} is full: ${bytes(found.avail ?? 0)} are left`,
            'Free space; a VM pauses when its disk cannot grow.',
          ),
        ]
      : [];
  });
};

const volumes: Rule = ({ volumes: all }) =>
  all
    .filter(({ exists }) => exists === false)
    .map(({ key, volid, isCdrom }) =>
      isCdrom
        ? cause(
            `CD image ${forModel(volid, 120)} (${key}) is not there`,
            `Eject it: pve_update_guest with ${key} = "none,media=cdrom".`,
          )
        : cause(
            `Disk ${forModel(volid, 120)} (${key}) is not on its storage`,
            'Restore it from a backup, or take it out of the config.',
          ),
    );

const bridges: Rule = ({ ref, config, bridges: known }) => {
  if (known === undefined) return [];
  return Object.entries(config)
    .filter(([key]) => /^net\d+$/.test(key))
    .flatMap(([key, value]) => {
      const bridge = /(?:^|,)bridge=([^,]+)/.exec(value)?.[1];
      if (bridge === undefined || known.includes(bridge)) return [];
      return [
        cause(
          `Bridge ${name(bridge)} of ${key} does not exist on ${name(ref.node)}`,
          'Make it there and apply the network, or give the guest another bridge.',
        ),
      ];
    });
};

const devices: Rule = ({ ref, devices: all }) =>
  all
    .filter(({ exists }) => exists === false)
    .map(({ key, name: device, mapped }) =>
      mapped
        ? cause(
            `Mapping ${name(device)} (${key}) has nothing on ${name(ref.node)}`,
            'Add the device of this node to the mapping, or move the guest.',
          )
        : cause(
            `Device ${name(device)} (${key}) is not in ${name(ref.node)}`,
            'Correct the config; after a change of hardware addresses move.',
          ),
    );

const memory: Rule = ({ ref, config, freeMemory, status }) => {
  const wanted = Number(/\d+/.exec(config.memory ?? '')?.[0] ?? 0) * 2 ** 20;
  if (freeMemory === undefined || wanted <= freeMemory || status?.status === 'running') return [];
  return [
    cause(
      `It wants ${bytes(wanted)} of memory, and ${name(ref.node)} has ${bytes(freeMemory)} left`,
      'Stop or move another guest, or give this one less.',
    ),
  ];
};

const failedTask: Rule = (given) => {
  const { failed } = given;
  if (failed === undefined || !startFailed(given)) return [];
  const words = [failed.task.exitStatus ?? '', ...(failed.log.ok ? failed.log.value : [])];
  const meaning = meaningOf(words);
  const said = `its last start ended with "${forModel(failed.task.exitStatus ?? 'unknown', 200)}"`;
  return [
    meaning === undefined
      ? cause(`Unknown: ${said}`, 'Read the log below.')
      : cause(`${meaning.means}: ${said}`, meaning.next),
  ];
};

const state: Rule = ({ status }) => {
  const found = states[status?.qmpstatus ?? ''];
  return found === undefined ? [] : [cause(found[0], found[1])];
};

const states: Readonly<Record<string, readonly [string, string]>> = {
  'io-error': [
    'QEMU has paused it after an I/O error: mostly a full or unreachable storage',
    'Free space or repair the storage, then resume it.',
  ],
  'internal-error': ['QEMU stopped it with an internal error', 'Stop and start it; look at the journal.'],
  'guest-panicked': ['Its operating system has crashed (panic)', 'Look at its console, then reset it.'],
  paused: ['It is paused', 'Resume it.'],
  suspended: ['It is suspended', 'Resume it.'],
  prelaunch: [
    'It waits before its first instruction (start halted, or a migration that comes in)',
    'Resume it, or stop and start it.',
  ],
};

const agent: Rule = ({ agentAnswers }) =>
  agentAnswers === false
    ? [
        cause(
          'Its guest agent is on in the config and does not answer',
          'Install or start qemu-guest-agent inside; without it addresses and clean shutdowns are missing.',
        ),
      ]
    : [];

// The surest first: what forbids a start at all, then what is missing, then what a task said, then what merely hurts.
const rules: readonly Rule[] = [
  node,
  template,
  lock,
  highAvailability,
  storage,
  volumes,
  bridges,
  devices,
  state,
  failedTask,
  memory,
  agent,
];

function cause(text: string, todo: string): Cause {
  return { text, todo };
}

function name(foreign: string): string {
  return forModel(foreign, 64);
}
