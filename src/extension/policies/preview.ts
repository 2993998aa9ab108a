import { type Policy, rulingOf, type Verdict, verdicts } from '../../gate/policy.ts';
import { printable } from '../../gate/printable.ts';
import { toTouched } from '../../gate/touches.ts';
import type { TargetFacts } from '../../gate/types.ts';
import type { Resource } from '../../pve/records.ts';
import { order } from '../tree/row.ts';

/** What the rules of a connection can be tried on: what its login sees there now, or why that cannot be read. */
export type Cluster = { readonly resources: readonly Resource[] } | { readonly unread: string };

/** A guest as GET /cluster/resources tells of it. */
export type Guest = Resource & { readonly vmid: number };

/** The guests that a rule fits, by the gate's own matching; lowest VMID first. */
export function caughtBy(policy: Policy, resources: readonly Resource[]): readonly Guest[] {
  return guestsOf(resources).filter((guest) => verdictFor(guest, [policy]) !== undefined);
}

/** A guest that agents may do more with after an edit than before. */
export interface LoosenedGuest {
  readonly guest: Guest;
  readonly was: Verdict | undefined;
  readonly is: Verdict | undefined;
}

/** Those for which the strictest rule says less than it did. */
export function loosenedGuests(
  before: readonly Policy[],
  after: readonly Policy[],
  resources: readonly Resource[],
): readonly LoosenedGuest[] {
  return guestsOf(resources)
    .map((guest) => ({ guest, was: verdictFor(guest, before), is: verdictFor(guest, after) }))
    .filter(({ was, is }) => strictness.indexOf(was) < strictness.indexOf(is));
}

/** Without a rule operations are asked about, unless they were granted. */
const strictness: readonly (Verdict | undefined)[] = [...verdicts.slice(0, -1), undefined, ...verdicts.slice(-1)];

/** The strictest of the rules that fit a guest. */
export function verdictFor(guest: Guest, policies: readonly Policy[]): Verdict | undefined {
  const facts: TargetFacts = {
    label: '',
    ...(guest.node === undefined ? {} : { node: guest.node }),
    touches: toTouched(guest),
  };
  const ruling = rulingOf(facts, policies);
  return ruling !== undefined && 'verdict' in ruling ? ruling.verdict : undefined;
}

/** `web-01 (101), web-02 (102), …`: the names of at most `limit` guests. */
export function guestNames(guests: readonly Guest[], limit: number): string {
  const names = guests.slice(0, limit).map(({ name, vmid }) => `${printable(name ?? 'guest', 64)} (${vmid})`);
  return [...names, ...(guests.length > limit ? ['…'] : [])].join(', ');
}

/** A value that a rule can go by, and how many guests have it now. */
export interface Choice {
  readonly value: string;
  readonly guests: number;
}

/** Nodes, pools and tags of a cluster, each in order. */
export function choicesOf(
  resources: readonly Resource[],
): Readonly<Record<'node' | 'pool' | 'tag', readonly Choice[]>> {
  const guests = guestsOf(resources);
  const choices = (values: readonly (string | undefined)[], has: (guest: Guest, value: string) => boolean) =>
    [...new Set(values)]
      .filter((value) => value !== undefined)
      .sort(order)
      .map((value) => ({ value, guests: guests.filter((guest) => has(guest, value)).length }));
  return {
    node: choices(
      resources.map(({ node }) => node),
      ({ node }, value) => node === value,
    ),
    // Pools without guests have a row of their own.
    pool: choices(
      resources.map(({ pool }) => pool),
      ({ pool }, value) => pool === value,
    ),
    tag: choices(
      guests.flatMap(({ tags }) => tags),
      ({ tags }, value) => tags.includes(value),
    ),
  };
}

function guestsOf(resources: readonly Resource[]): readonly Guest[] {
  return resources
    .filter((resource): resource is Guest => resource.vmid !== undefined && toTouched(resource).length > 0)
    .sort((a, b) => a.vmid - b.vmid);
}
