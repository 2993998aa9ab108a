import { randomUUID } from 'node:crypto';
import type { Clock } from '../pve/clock.ts';
import { stepsText } from './assess.ts';
import { canonicalDigest } from './canonical.ts';
import { voidedBy } from './denial.ts';
import { createMemory, type Memory } from './memory.ts';
import { mustBeAsked } from './policy.ts';
import { riskRule } from './risk.ts';
import type { Assessment, Freeze, GateProfile, Origin, Standing } from './types.ts';

/** How long a grant lasts, milliseconds (G7). */
export const grantMs = 15 * 60_000;

/** G7: the same operations on the same guests, from the same launch, without a question. */
export interface Grant {
  readonly id: string;
  /** What was stored when it was given; it ends with the first edit and the first freeze. */
  readonly given: { readonly profile: GateProfile; readonly freeze: Freeze };
  readonly launch: string;
  /** "Stop "web-01" (101, VM on pve2)" */
  readonly title: string;
  /** Wall clock, milliseconds. */
  readonly expiresAt: number;
}
/** Yeses that hold for a while, in the memory of this process (G7). */
export interface Grants extends Memory<Grant> {
  /** Whether a person may grant these steps: `operate`, not sensitive, each on a guest that cannot be mistaken for another. */
  mayGrant(steps: readonly Assessment[], profile: GateProfile, origin: Origin): boolean;
  give(steps: readonly Assessment[], origin: Origin, given: Grant['given']): Grant;
  /** The id of the grant that covers this step under what is stored now. */
  find(step: Assessment, origin: Origin, now: Grant['given']): string | undefined;
  /** Ends those that were given under an older state. @param now nothing when it cannot be read: that grants nothing */
  recheck(now: Standing | undefined): void;
}

/** Each ends after 15 minutes, by whichever clock says so first. */
export function createGrants(clock: Clock): Grants {
  const memory = createMemory<Grant & { readonly scopes: readonly string[] }>(clock, grantMs);
  return {
    ...memory,
    mayGrant: (steps, { policies = [] }, origin) =>
      origin.who === 'agent' &&
      steps.every((step) => scopeOf(step) !== undefined && !mustBeAsked(step.facts, policies)),
    give(steps, origin, given) {
      const grant = {
        id: randomUUID(),
        given,
        launch: origin.who === 'agent' ? origin.launch : '',
        title: stepsText(steps),
        expiresAt: clock.now() + grantMs,
        scopes: steps.flatMap((step) => scopeOf(step) ?? []),
      };
      memory.add(grant);
      return grant;
    },
    find(step, origin, { profile, freeze }) {
      const scope = scopeOf(step);
      if (scope === undefined || origin.who !== 'agent') return undefined;
      return memory
        .list()
        .find(
          (grant) =>
            grant.launch === origin.launch &&
            grant.scopes.includes(scope) &&
            voidedBy(grant.given, { profiles: [profile], freeze }) === undefined,
        )?.id;
    },
    recheck: (now) => memory.keep(({ given }) => now !== undefined && voidedBy(given, now) === undefined),
  };
}

/** What a grant covers: this line of the risk table with these very parameters, on this very guest. */
function scopeOf({ operation, risk, sensitive, facts: { guest } }: Assessment): string | undefined {
  // Commands and files are asked about each time.
  if (operation.kind !== 'api') return undefined;
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
