import { randomUUID } from 'node:crypto';
import type { Clock } from '../pve/clock.ts';
import { canonicalDigest } from './canonical.ts';
import { createMemory, type KeptMemory } from './memory.ts';
import { type Policy, rulingOf } from './policy.ts';
import { riskRule } from './risk.ts';
import type { Assessment, Freeze, GateProfile, Origin } from './types.ts';

/** How long a grant lasts, milliseconds (G7). */
export const grantMs = 15 * 60_000;

/** G7: the same operations on the same guests, from the same launch, without a question. */
export interface Grant {
  readonly id: string;
  readonly connection: string;
  readonly revision: number;
  /** How often everything had been frozen when it was given. */
  readonly freezes: number;
  readonly launch: string;
  /** "Stop "web-01" (101, VM on pve2)" */
  readonly title: string;
  /** Wall clock, milliseconds. */
  readonly expiresAt: number;
}
/** Yeses that hold for a while, in the memory of this process (G7). */
export interface Grants extends KeptMemory<Grant> {
  /** Whether a person may grant these steps: `operate`, not sensitive, each on a guest that cannot be mistaken for another. */
  mayGrant(steps: readonly Assessment[], profile: GateProfile, origin: Origin): boolean;
  give(
    steps: readonly Assessment[],
    origin: Origin,
    standing: { readonly profile: GateProfile; readonly freeze: Freeze },
  ): Grant;
  /** The id of the grant that covers this step. */
  find(step: Assessment, origin: Origin, profile: GateProfile): string | undefined;
}

export function createGrants(clock: Clock): Grants {
  const memory = createMemory<Grant & { readonly scopes: readonly string[] }>(clock, grantMs);
  return {
    ...memory,
    mayGrant: (steps, { policies = [] }, origin) =>
      origin.who === 'agent' && steps.every((step) => scopeOf(step) !== undefined && !mustBeAsked(step, policies)),
    give(steps, origin, { profile, freeze }) {
      const grant = {
        id: randomUUID(),
        connection: profile.id,
        revision: profile.revision,
        freezes: freeze.count,
        launch: origin.who === 'agent' ? origin.launch : '',
        title: steps.map(({ verb, facts }) => `${verb} ${facts.label}`).join(', '),
        expiresAt: clock.now() + grantMs,
        scopes: steps.flatMap((step) => scopeOf(step) ?? []),
      };
      memory.add(grant);
      return grant;
    },
    find(step, origin, { id, revision }) {
      const scope = scopeOf(step);
      if (scope === undefined || origin.who !== 'agent') return undefined;
      return memory
        .list()
        .find(
          (grant) =>
            grant.launch === origin.launch &&
            grant.connection === id &&
            grant.revision === revision &&
            grant.scopes.includes(scope),
        )?.id;
    },
  };
}

/** A rule that restricts makes a grant worthless; it is not offered then. */
function mustBeAsked({ facts }: Assessment, policies: readonly Policy[]): boolean {
  const ruling = rulingOf(facts, policies);
  return ruling !== undefined && (!('verdict' in ruling) || ruling.verdict === 'ask');
}

/** What a grant covers: this line of the risk table with these very parameters, on this very guest. */
function scopeOf({ operation, risk, sensitive, facts: { guest } }: Assessment): string | undefined {
  const rule = riskRule(operation);
  if (risk !== 'operate' || sensitive || rule === undefined || guest?.mark === undefined) return undefined;
  const { type, vmid, mark } = guest;
  return canonicalDigest('proxmox-grant/1', {
    method: rule.method,
    path: rule.path,
    params: operation.params,
    guest: { type, vmid, mark },
  });
}
