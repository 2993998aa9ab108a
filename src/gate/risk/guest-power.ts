import { printable } from '../printable.ts';
import type { TargetFacts } from '../types.ts';
import { isSet, operate, type Params, type RiskRule, read, unless } from './rule.ts';

const status = '/nodes/{node}/{guest}/{vmid}/status' as const;
const agent = '/nodes/{node}/qemu/{vmid}/agent' as const;

/** Power of one guest, and what the guest agent does to it. */
export const guestPower: readonly RiskRule[] = [
  operate(
    `POST ${status}/start`,
    '',
    'Start',
    'started',
    (facts) => unless(facts, ['running'], 'The guest boots.', 'It is running already: Proxmox VE will refuse.'),
    { params: 'timeout debug', undo: 'Shut it down again.', becomes: 'running' },
  ),
  operate(
    `POST ${status}/shutdown`,
    '',
    'Shut down',
    'shut down',
    (facts, params) =>
      unless(
        facts,
        ['stopped'],
        `The guest is asked to shut down; its services end and connections drop${running(facts)}.${powerCut(params)}`,
        'It is stopped already.',
      ),
    { params: 'timeout forceStop', undo: 'Start it again.', stopTask: true, becomes: 'stopped' },
  ),
  operate(
    `POST ${status}/reboot`,
    '',
    'Reboot',
    'rebooted',
    (facts) =>
      unless(
        facts,
        ['stopped'],
        `The guest shuts down and starts again; connections drop${running(facts)}, and pending changes become active.`,
        'It is stopped: Proxmox VE will refuse.',
      ),
    { params: 'timeout' },
  ),
  operate(
    `POST ${status}/stop`,
    '',
    'Stop',
    'stopped',
    (facts, params) =>
      unless(
        facts,
        ['stopped'],
        `Power is cut at once${running(facts)}: what is not written to disk is lost.${overruled(params)}`,
        'It is stopped already.',
      ),
    {
      params: 'timeout overrule-shutdown',
      undo: 'Start it again; what was not written to disk does not come back.',
      becomes: 'stopped',
      abrupt: true,
    },
  ),
  operate(
    `POST ${status}/reset`,
    '',
    'Reset',
    'reset',
    (facts) => `The guest restarts as if by its reset button${running(facts)}: what is not written to disk is lost.`,
    { abrupt: true },
  ),
  operate(
    `POST ${status}/suspend`,
    '',
    'Suspend',
    'suspended',
    (_facts, params) =>
      isSet(params.todisk)
        ? 'The memory is written to disk and the guest stops; it continues from there at the next start.'
        : 'The guest is paused; it keeps its memory and answers nobody.',
    { params: 'todisk statestorage', undo: 'Resume it.' },
  ),
  operate(`POST ${status}/resume`, '', 'Resume', 'resumed', 'The paused guest continues.', {
    undo: 'Suspend it again.',
  }),

  read(`POST ${agent}/ping`, '', 'Ping the agent of', 'answered', 'Nothing is changed.'),
  read(`POST ${agent}/fsfreeze-status`, '', 'Ask whether frozen:', 'answered', 'Nothing is changed.'),
  operate(
    `POST ${agent}/fsfreeze-freeze`,
    '',
    'Freeze the file systems of',
    'frozen',
    'Everything in the guest that writes to disk waits until its file systems are thawed.',
    { undo: 'Thaw its file systems.' },
  ),
  operate(`POST ${agent}/fsfreeze-thaw`, '', 'Thaw the file systems of', 'thawed', 'The guest writes to disk again.'),
  operate(
    `POST ${agent}/fstrim`,
    '',
    'Trim the disks of',
    'trimmed',
    'The guest tells its disks which blocks are free, so that the storage can give them back.',
  ),
  operate(
    `POST ${agent}/shutdown`,
    '',
    'Shut down by its agent',
    'asked to shut down',
    (facts) => `The guest agent shuts the guest down; its services end and connections drop${running(facts)}.`,
    { undo: 'Start it again.' },
  ),
  ...(['disk', 'ram', 'hybrid'] as const).map((to) =>
    operate(
      `POST ${agent}/suspend-${to}`,
      '',
      `Suspend (${to === 'ram' ? 'to memory' : to === 'disk' ? 'to disk' : 'to memory and disk'}) by its agent`,
      'asked to suspend',
      (facts) => `The system in the guest sleeps and answers nobody${running(facts)}.`,
      { undo: 'Resume it.' },
    ),
  ),
];

function running(facts: TargetFacts): string {
  const seconds = facts.guest?.uptimeSeconds;
  return seconds === undefined || seconds === 0 ? '' : ` (running for ${duration(seconds)})`;
}

function powerCut(params: Params): string {
  if (!isSet(params.forceStop)) return '';
  const timeout = printable([params.timeout ?? '60'].flat().join(','), 10);
  return ` If it has not stopped after ${timeout} s, its power is cut.`;
}

function overruled(params: Params): string {
  return isSet(params['overrule-shutdown']) ? ' A shutdown that is under way is ended for it.' : '';
}

/** "41 days", "3 hours", "5 minutes": the largest unit that is at least two, or one of it. */
function duration(seconds: number): string {
  const units = [
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
  ] as const;
  for (const [name, size] of units) {
    const count = Math.floor(seconds / size);
    if (count >= 1) return `${count} ${name}${count === 1 ? '' : 's'}`;
  }
  return 'less than a minute';
}
