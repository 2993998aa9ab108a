import { mustBeAsked, rulingOf, whyForbidden } from './policy.ts';
import { quoted } from './printable.ts';
import {
  type AccessLevel,
  type Assessment,
  type Decision,
  type Freeze,
  type GateProfile,
  type Origin,
  type Risk,
  risks,
} from './types.ts';

/** The highest risk that agents may propose at each level. */
const ceiling: Readonly<Record<AccessLevel, Risk>> = {
  'read-only': 'read',
  'read-execute': 'operate',
  full: 'destroy',
};

/** Whether agents may propose an operation of this risk on a connection of this level. */
export function withinLevel(risk: Risk, level: AccessLevel): boolean {
  return risks.indexOf(risk) <= risks.indexOf(ceiling[level]);
}

/** The level that an operation of this risk needs at least. */
export function levelFor(risk: Risk): AccessLevel {
  return risk === 'read' ? 'read-only' : risk === 'operate' ? 'read-execute' : 'full';
}

/** What a decision goes by beside the step itself. */
export interface Circumstances {
  readonly origin: Origin;
  readonly profile: GateProfile;
  readonly freeze: Freeze;
  /** How many steps the plan has. */
  readonly steps: number;
  /** The id of the grant that covers the step (G7). */
  readonly grant?: string | undefined;
  /** Whoever started this server said that `operate` needs no question. */
  readonly approve?: 'operate' | undefined;
}

/** Whether one assessed operation runs, is asked about, or is refused. Pure. */
export function decide(step: Assessment, circumstances: Circumstances): Decision {
  return circumstances.origin.who === 'agent' ? forAgent(step, circumstances) : forPerson(step, circumstances);
}

function forAgent(step: Assessment, { profile, freeze, grant, approve }: Circumstances): Decision {
  const { operation, risk, sensitive, refused } = step;
  const policies = profile.policies ?? [];
  if (refused !== undefined) return deniedBy('policy', refused, 'A person can do this in Proxmox VE itself.');
  if (!withinLevel(risk, profile.level)) return aboveLevel(step, profile);
  if (operation.kind === 'api' && risk === 'read' && !sensitive)
    return { kind: 'allow', because: 'it is a plain read' };
  if (freeze.since !== undefined)
    return deniedBy(
      'freeze',
      frozen,
      'Only a person can lift the freeze, in the Proxmox VE view. Tell them; do not wait for it.',
    );
  const forbidden = whyForbidden(step, policies);
  if (forbidden !== undefined)
    return deniedBy('policy', forbidden, 'Only a person can change the policies of the connection.');

  if (operation.kind !== 'api') return forCommand(step, profile);
  if (risk !== 'operate' || sensitive || mustBeAsked(step.facts, policies)) return { kind: 'ask' };
  if (grant !== undefined) return { kind: 'allow', because: `it was granted (${grant})` };
  // Whoever allows in advance is told of guests and their power; a task that is stopped may be anything.
  if (step.facts.guest === undefined) return { kind: 'ask' };
  const ruling = rulingOf(step.facts, policies);
  if (ruling !== undefined && 'verdict' in ruling && ruling.verdict === 'allow')
    return { kind: 'allow', because: `a policy says: ${ruling.why}` };
  if (approve === 'operate') return { kind: 'allow', because: 'the server was started with --approve=operate' };
  return { kind: 'ask' };
}

/** Commands and files are asked about each time (G7), but for commands that only read where a person chose so. */
function forCommand({ operation, risk, sensitive, facts }: Assessment, profile: GateProfile): Decision {
  const { commands = {}, policies = [], name } = profile;
  if (operation.kind !== 'api' && operation.target.at === 'host' && commands.host !== true)
    return deniedBy(
      'policy',
      `Commands and files on the nodes of ${quoted(name)} are switched off for agents.`,
      'Only a person can switch them on: in the editor with "Switch on commands on nodes for agents…", elsewhere with PVE_SSH_HOST_COMMANDS=1.',
    );
  const isQuiet = operation.kind === 'command' && risk === 'read' && !sensitive && commands.quietReads === true;
  return isQuiet && !mustBeAsked(facts, policies)
    ? { kind: 'allow', because: 'commands that only read run without a question here' }
    : { kind: 'ask' };
}

/** A click on the very item is the yes for `operate`; what cuts a guest off, and several at once, is confirmed (design §1). */
function forPerson({ risk, abrupt }: Assessment, { origin, steps }: Circumstances): Decision {
  const isClick = origin.who === 'person' && origin.by === 'click';
  const allowed = risk === 'read' || (isClick && risk === 'operate' && !abrupt && steps === 1);
  return allowed ? { kind: 'allow', because: 'a person did it' } : { kind: 'ask' };
}

/** Why agents are denied while everything is frozen. */
export const frozen = 'A person has frozen everything that agents do.';

function deniedBy(by: 'policy' | 'freeze', why: string, next: string): Decision {
  return { kind: 'deny', by, why, next };
}

function aboveLevel({ risk, reasons }: Assessment, profile: GateProfile): Decision {
  return {
    kind: 'deny',
    by: 'level',
    why: `The access level of "${profile.name}" is ${profile.level}, and this is ${risk}: ${reasons.join(' ')}`,
    next: `Only a person can raise it to ${levelFor(risk)}: in the editor with "Set access level for agents…", elsewhere with PVE_ACCESS_LEVEL.`,
  };
}
