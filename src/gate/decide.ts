import {
  type AccessLevel,
  type Assessment,
  type Decision,
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

/** Whether one assessed operation runs, is asked about, or is refused. Pure. */
export function decide(assessment: Assessment, origin: Origin, profile: GateProfile, steps: number): Decision {
  const { risk, sensitive } = assessment;
  if (origin.who === 'agent') {
    if (assessment.refused !== undefined) {
      return {
        kind: 'deny',
        by: 'policy',
        why: assessment.refused,
        next: 'A person can do this in Proxmox VE itself.',
      };
    }
    if (!withinLevel(risk, profile.level)) return aboveLevel(assessment, profile);
    if (risk === 'read' && !sensitive) return { kind: 'allow', because: 'read' };
    return {
      kind: 'ask',
      why: sensitive ? 'It can show secrets or reach out of the cluster.' : 'An agent wants to change the cluster.',
    };
  }
  if (risk === 'read') return { kind: 'allow', because: sensitive ? 'person' : 'read' };
  // A click on the very item is the yes for `operate`; what cuts a guest off, and several at once, is confirmed (design §1).
  if (origin.by === 'click' && risk === 'operate' && !assessment.abrupt && steps === 1)
    return { kind: 'allow', because: 'person' };
  return {
    kind: 'ask',
    why: origin.by === 'click' ? 'It cannot be taken back.' : 'It was not started on the item itself.',
  };
}

function aboveLevel({ risk, reasons }: Assessment, profile: GateProfile): Decision {
  return {
    kind: 'deny',
    by: 'level',
    why: `The access level of "${profile.name}" is ${profile.level}, and this is ${risk}: ${reasons.join(' ')}`,
    next: `Only a person can raise it to ${levelFor(risk)}: in the editor with "Set access level for agents…", elsewhere with PVE_ACCESS_LEVEL.`,
  };
}
