import * as z from 'zod';
import { quoted } from './printable.ts';
import type { ApiOperation, Assessment, TargetFacts } from './types.ts';

/** Strictest first; the strictest rule that fits wins (G14). */
export const verdicts = ['read-only', 'never-destroy', 'ask', 'allow'] as const;
/**
 * What a rule says of what agents propose: they change nothing (`read-only`), what destroys is refused (`never-destroy`),
 * no grant counts and each time is asked (`ask`), or `operate` runs without a question (`allow`).
 */
export type Verdict = (typeof verdicts)[number];

/** One rule of a connection. What it names must all fit the same guest; a rule that names nothing fits everything. */
export interface Policy {
  readonly verdict: Verdict;
  readonly node?: string;
  /** First and last VMID. */
  readonly vmids?: readonly [number, number];
  /** Pools and tags can be changed by agents, so they may only restrict: never with `allow`. */
  readonly pool?: string;
  readonly tag?: string;
}

const vmid = z.int().min(100).max(999_999_999);
const word = z.string().min(1).max(100);

/** One rule as it is stored. `allow` goes by what agents cannot change, and says of what. */
export const policySchema = z
  .strictObject({
    verdict: z.enum(verdicts),
    node: word.exactOptional(),
    vmids: z
      .tuple([vmid, vmid])
      .refine(([first, last]) => first <= last, 'the first VMID is higher than the last one')
      .exactOptional(),
    pool: word.exactOptional(),
    tag: word.exactOptional(),
  })
  .refine(
    ({ verdict, pool, tag }) => verdict !== 'allow' || (pool ?? tag) === undefined,
    'agents can change tags and pools, so these may only restrict',
  );
/** The rules of one connection. */
export const policiesSchema = z.array(policySchema).max(100);

/** What the rules of a connection say of one step. */
export interface Ruling {
  readonly verdict: Verdict;
  /** The rule in words. */
  readonly why: string;
}

/**
 * The strictest of the rules that fit (G14). What `allow` loosens it loosens only where it fits everything that is reached.
 * @returns `unreadable` with the rule, when a rule that restricts needs to know more than could be read.
 */
export function rulingOf(
  facts: TargetFacts,
  policies: readonly Policy[],
): Ruling | { readonly unreadable: string } | undefined {
  for (const verdict of verdicts) {
    for (const policy of policies.filter((one) => one.verdict === verdict)) {
      const fit = fits(policy, facts);
      if (fit === true) return { verdict, why: policyText(policy) };
      if (fit === undefined && verdict !== 'allow') return { unreadable: policyText(policy) };
    }
  }
  return undefined;
}

/** Whether a rule wants each change to be asked about; a stricter one that does not forbid this one does not hide it. */
export function mustBeAsked(facts: TargetFacts, policies: readonly Policy[]): boolean {
  return (
    rulingOf(
      facts,
      policies.filter(({ verdict }) => verdict === 'ask'),
    ) !== undefined
  );
}

/** Why an agent may not do this, whatever its level; nothing when no rule forbids it (G14). */
export function whyForbidden(
  { risk, facts }: Pick<Assessment, 'risk' | 'facts'>,
  policies: readonly Policy[],
): string | undefined {
  if (risk === 'read') return undefined;
  const ruling = rulingOf(facts, policies);
  if (ruling === undefined) return undefined;
  if ('unreadable' in ruling) return `Whether a policy fits could not be read: ${ruling.unreadable}`;
  if (ruling.verdict === 'read-only') return `A policy says: ${ruling.why}`;
  if (ruling.verdict === 'never-destroy' && risk === 'destroy') return `A policy says: ${ruling.why}`;
  return undefined;
}

/** Tags and pools that a rule goes by hold agents back, so changing them is destroying (G14). */
export function raisedByPolicies({ method, segments, params }: ApiOperation, policies: readonly Policy[]): string[] {
  if (method === 'GET') return [];
  const lists = [params.delete, params.revert].flatMap((value) => value ?? []).join(',');
  const changes = (name: string) => params[name] !== undefined || lists.split(/[,;\s]+/).includes(name);
  const found: string[] = [];
  if (policies.some(({ tag }) => tag !== undefined) && (changes('tags') || segments.join('/') === 'cluster/options'))
    found.push('It can change tags, and a policy goes by tags.');
  if (policies.some(({ pool }) => pool !== undefined) && (changes('pool') || segments[0] === 'pools'))
    found.push('It changes pools, and a policy goes by pools.');
  return found;
}

/** A rule in words: `Guests with the tag "prod": agents never destroy anything.` */
export function policyText({ verdict, node, vmids, pool, tag }: Policy): string {
  const conditions = [
    ...(vmids === undefined
      ? []
      : [vmids[0] === vmids[1] ? `with the VMID ${vmids[0]}` : `with VMIDs ${vmids[0]} to ${vmids[1]}`]),
    ...(node === undefined ? [] : [`on the node ${quoted(node)}`]),
    ...(pool === undefined ? [] : [`in the pool ${quoted(pool)}`]),
    ...(tag === undefined ? [] : [`with the tag ${quoted(tag)}`]),
  ];
  const what =
    conditions.length === 0
      ? 'Everything here'
      : `${node !== undefined && conditions.length === 1 ? 'Everything' : 'Guests'} ${conditions.join(', ')}`;
  return `${what}: ${verdictText[verdict]}.`;
}

/** What a verdict means for agents. */
export const verdictText: Readonly<Record<Verdict, string>> = {
  'read-only': 'agents change nothing',
  'never-destroy': 'agents never destroy anything',
  ask: 'each change is asked about, whatever was granted',
  allow: 'agents may operate without a question',
};

/** @returns nothing when it cannot be told. */
function fits({ verdict, node, vmids, pool, tag }: Policy, facts: TargetFacts): boolean | undefined {
  if ((node ?? vmids ?? pool ?? tag) === undefined) return true;
  // Proxmox VE takes it for whichever node answers.
  if (node !== undefined && facts.node === 'localhost') return undefined;
  const isNodeOnly = (vmids ?? pool ?? tag) === undefined;
  const isOnNode = isNodeOnly && facts.node === node;
  // What comes to a node changes it; what leaves the node is not allowed by its rule.
  const isMovedElsewhere = node !== undefined && facts.to !== undefined && facts.to !== node;
  if (verdict === 'allow' && isMovedElsewhere) return false;
  if (verdict !== 'allow' && (isOnNode || (isNodeOnly && facts.to === node))) return true;
  if (facts.touches === undefined) return undefined;
  // A pool holds the pools within it; Proxmox VE tells tags apart by case only where it was told to.
  const fitting = facts.touches.filter(
    (guest) =>
      (node === undefined || guest.node === node || (guest.node === undefined && verdict !== 'allow')) &&
      (vmids === undefined || (vmids[0] <= guest.vmid && guest.vmid <= vmids[1])) &&
      (pool === undefined || `${guest.pool ?? ''}/`.startsWith(`${pool}/`)) &&
      (tag === undefined || guest.tags.some((one) => one.toLowerCase() === tag.toLowerCase())),
  );
  if (verdict !== 'allow') return fitting.length > 0;
  return (isOnNode || fitting.length > 0) && fitting.length === facts.touches.length;
}
