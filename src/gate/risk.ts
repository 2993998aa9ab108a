import type { PveMethod } from '../pve/request.ts';
import { printable } from './printable.ts';
import type { Operation, Risk, TargetFacts } from './types.ts';

/** One line of the risk table. What it says of an operation is the gate's own word; a tool's is never asked. */
export interface RiskRule {
  readonly method: PveMethod;
  /** `{guest}` stands for `qemu` or `lxc`; any other `{name}` for one segment. */
  readonly path: string;
  readonly risk: Risk;
  /** Imperative, as on a button: "Shut down". */
  readonly verb: string;
  /** What is true of the target afterwards: "shut down". */
  readonly done: string;
  /** One sentence, from the state that the gate has read. */
  readonly effect: (facts: TargetFacts, params: Operation['params']) => string;
  readonly undo?: string;
  /** Parameters that this risk covers. Any other one raises the operation to `destroy`. */
  readonly params: readonly string[];
  /** Interrupting the task is harmless: cancelling the call may do so. */
  readonly stopTask?: boolean;
  /** The guest's status when it is done; a guest that HA manages gets there after its task (see `ha.ts`). */
  readonly becomes?: 'running' | 'stopped';
  /** A person's click is not enough: it cuts the guest off without warning (design: hard stop and reset). */
  readonly abrupt?: boolean;
}

const power = (action: string, rule: Omit<RiskRule, 'method' | 'path' | 'risk'>): RiskRule => ({
  method: 'POST',
  path: `/nodes/{node}/{guest}/{vmid}/status/${action}`,
  risk: 'operate',
  ...rule,
});

/** The one table (gate.md G4). A write that no line names is `destroy`. */
export const riskTable: readonly RiskRule[] = [
  power('start', {
    verb: 'Start',
    done: 'started',
    effect: (facts) => unless(facts, ['running'], 'The guest boots.', 'It is running already: Proxmox VE will refuse.'),
    undo: 'Shut it down again.',
    params: ['timeout', 'debug'],
    becomes: 'running',
  }),
  power('shutdown', {
    verb: 'Shut down',
    done: 'shut down',
    effect: (facts, params) =>
      unless(
        facts,
        ['stopped'],
        `The guest is asked to shut down; its services end and connections drop${running(facts)}.${powerCut(params)}`,
        'It is stopped already.',
      ),
    undo: 'Start it again.',
    params: ['timeout', 'forceStop'],
    stopTask: true,
    becomes: 'stopped',
  }),
  power('reboot', {
    verb: 'Reboot',
    done: 'rebooted',
    effect: (facts) =>
      unless(
        facts,
        ['stopped'],
        `The guest shuts down and starts again; connections drop${running(facts)}, and pending changes become active.`,
        'It is stopped: Proxmox VE will refuse.',
      ),
    params: ['timeout'],
  }),
  power('stop', {
    verb: 'Stop',
    done: 'stopped',
    effect: (facts) =>
      unless(
        facts,
        ['stopped'],
        `Power is cut at once${running(facts)}: what is not written to disk is lost.`,
        'It is stopped already.',
      ),
    undo: 'Start it again; what was not written to disk does not come back.',
    params: ['timeout', 'overrule-shutdown'],
    becomes: 'stopped',
    abrupt: true,
  }),
  power('reset', {
    verb: 'Reset',
    done: 'reset',
    effect: (facts) =>
      `The guest restarts as if by its reset button${running(facts)}: what is not written to disk is lost.`,
    params: [],
    abrupt: true,
  }),
  power('suspend', {
    verb: 'Suspend',
    done: 'suspended',
    effect: (_facts, params) =>
      isSet(params.todisk)
        ? 'The memory is written to disk and the guest stops; it continues from there at the next start.'
        : 'The guest is paused; it keeps its memory and answers nobody.',
    undo: 'Resume it.',
    params: ['todisk', 'statestorage'],
  }),
  power('resume', {
    verb: 'Resume',
    done: 'resumed',
    effect: () => 'The paused guest continues.',
    undo: 'Suspend it again.',
    params: [],
  }),
  {
    method: 'DELETE',
    path: '/nodes/{node}/tasks/{upid}',
    risk: 'operate',
    verb: 'Stop the task',
    done: 'stopped',
    effect: () => 'The task is interrupted; what it has done so far stays as it is.',
    params: [],
  },
];

/** Reads that agents must ask for at every level: secrets, guests' files, and what makes a node connect somewhere (G6). */
export const sensitiveReads: readonly string[] = [
  '/nodes/{node}/qemu/{vmid}/agent/file-read',
  '/nodes/{node}/qemu/{vmid}/agent/exec-status',
  '/nodes/{node}/qemu/{vmid}/cloudinit/dump',
  '/nodes/{node}/storage/{storage}/file-restore/download',
  '/nodes/{node}/report',
  '/cluster/config/join',
  '/nodes/{node}/query-url-metadata',
  '/nodes/{node}/query-oci-repo-tags',
  '/nodes/{node}/scan/cifs',
  '/nodes/{node}/scan/iscsi',
  '/nodes/{node}/scan/nfs',
  '/nodes/{node}/scan/pbs',
  '/cluster/acme/meta',
  '/cluster/acme/tos',
];

/** The last segment of what agents are refused by every way (G5). */
export const refusedToAgents: readonly string[] = [
  'execute',
  'monitor',
  'sendkey',
  'vncproxy',
  'termproxy',
  'spiceproxy',
  'vncshell',
  'spiceshell',
  'vncwebsocket',
  'vncticket',
  'mtunnel',
  'mtunnelwebsocket',
  'dbus-vmstate',
];

/** The line of the table that names this operation. */
export function riskRule(operation: Pick<Operation, 'method' | 'segments'>): RiskRule | undefined {
  return riskTable.find((rule) => rule.method === operation.method && matches(rule.path, operation.segments));
}

/** Whether the segments fit a path template. */
export function matches(template: string, segments: readonly string[]): boolean {
  const parts = template.slice(1).split('/');
  return (
    parts.length === segments.length &&
    parts.every((part, index) => {
      const segment = segments[index] ?? '';
      if (part === '{guest}') return segment === 'qemu' || segment === 'lxc';
      return part.startsWith('{') || part === segment;
    })
  );
}

/** PVE's reading of a boolean: exactly `0`, or absent, is off (G4). */
export function isSet(value: string | readonly string[] | undefined): boolean {
  return value !== undefined && value !== '0';
}

function unless(facts: TargetFacts, states: readonly string[], usual: string, otherwise: string): string {
  return facts.guest !== undefined && states.includes(facts.guest.state) ? otherwise : usual;
}

function running(facts: TargetFacts): string {
  const seconds = facts.guest?.uptimeSeconds;
  return seconds === undefined || seconds === 0 ? '' : ` (running for ${duration(seconds)})`;
}

function powerCut(params: Operation['params']): string {
  if (!isSet(params.forceStop)) return '';
  const timeout = printable([params.timeout ?? '60'].flat().join(','), 10);
  return ` If it has not stopped after ${timeout} s, its power is cut.`;
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
