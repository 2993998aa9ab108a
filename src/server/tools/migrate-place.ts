import { forModel } from '../../gate/printable.ts';
import { messageOf, PveError } from '../../pve/error.ts';
import { type GuestRef, guestsOf, matchGuest } from '../../pve/guest.ts';
import { haResources, haRules } from '../../pve/ha.ts';
import { type MigrationCheck, migrationCheck } from '../../pve/migration.ts';
import { byFreeMemory, freeMemory } from '../../pve/placement.ts';
import type { Resource } from '../../pve/records.ts';
import type { ToolContext } from '../define-tool.ts';
import { unfit } from './on-guest.ts';

/** A guest that is meant to move. */
export interface Candidate {
  readonly ref: GuestRef;
  readonly isManaged: boolean;
  readonly isTemplate: boolean;
  /** Bytes that it may take on its new node. */
  readonly memory: number;
  readonly running: boolean;
  readonly check?: MigrationCheck;
  readonly notes: readonly string[];
}
export interface Move extends Candidate {
  readonly target: string;
}
export interface Stay {
  readonly ref: GuestRef;
  readonly why: string;
  readonly hint: string;
}

/** The guests that are meant, each with what its node says before it is moved. */
export async function candidates(
  which: { readonly guests: readonly (number | string)[] } | { readonly node: string },
  context: ToolContext,
): Promise<Candidate[]> {
  const resources = await context.pve.resources('vm');
  const all = guestsOf(resources);
  const refs =
    'guests' in which
      ? which.guests.map((one) => matchGuest(resources, one))
      : all.filter(({ node }) => node === which.node);
  if (refs.length === 0 && 'node' in which)
    throw unfit(`There is no guest on "${which.node}" that this token may see`, 'See pve_list_guests.');
  const once = refs.filter(({ vmid }, at) => refs.findIndex((other) => other.vmid === vmid) === at);
  return Promise.all(once.map((ref) => candidate(ref, resources, context)));
}

async function candidate(ref: GuestRef, resources: readonly Resource[], { pve }: ToolContext): Promise<Candidate> {
  const resource = resources.find(({ vmid }) => vmid === ref.vmid);
  const known = {
    ref,
    isManaged: resource?.hastate !== undefined,
    isTemplate: resource?.template === true,
    memory: resource?.maxmem ?? 0,
  };
  try {
    if (ref.type === 'lxc' && (await pve.version()).major < 9) {
      const { status } = await pve.guestStatus(ref);
      return { ...known, running: status === 'running', notes: [] };
    }
    const check = await migrationCheck(pve, ref);
    return { ...known, running: check.running, check, notes: [] };
  } catch (error) {
    if (!(error instanceof PveError) || error.code === 'cancelled') throw error;
    const { status } = await pve.guestStatus(ref);
    const notes = [`its node could not be asked beforehand: ${forModel(messageOf(error), 120)}`];
    return { ...known, running: status === 'running', notes };
  }
}

/** Gives each guest its node: the one that is wanted, or the one with the most free memory, the largest guests first. */
export async function placed(
  all: readonly Candidate[],
  wanted: string | undefined,
  context: ToolContext,
): Promise<{ readonly moves: readonly Move[]; readonly stays: readonly Stay[] }> {
  const nodes = byFreeMemory(await context.pve.nodes());
  if (wanted !== undefined && !nodes.some(({ node }) => node === wanted))
    throw unfit(
      `Node "${wanted}" is not there or offline`,
      `The nodes are ${nodes.map(({ node }) => node).join(', ')}.`,
    );
  const { rules, unread } = all.some(({ isManaged }) => isManaged) ? await affinities(context) : noRules;
  const free = new Map(nodes.map((one) => [one.node, freeMemory(one)]));
  const moves: Move[] = [];
  const stays: Stay[] = [];
  for (const one of [...all].sort((a, b) => b.memory - a.memory)) {
    const rule = rules.find(
      ({ resources }) => one.isManaged && resources.some((sid) => sid.split(':')[1] === String(one.ref.vmid)),
    );
    const why = obstacle(one, wanted) ?? pinned(one, rule);
    const [target] = [...free.keys()]
      .filter((node) => node !== one.ref.node && (wanted === undefined || node === wanted))
      .filter((node) => refusal(one, node, rule) === undefined)
      .sort((a, b) => (free.get(b) ?? 0) - (free.get(a) ?? 0));
    if (why !== undefined || target === undefined) {
      stays.push(stayed(one, why ?? noNode(one, [...free.keys()], wanted, rule)));
      continue;
    }
    if (one.running) free.set(target, (free.get(target) ?? 0) - one.memory);
    const isUndone = rule !== undefined && !rule.strict && !rule.nodes.includes(target);
    const said = [...(isUndone ? [preferred(rule)] : []), ...(one.isManaged ? unread : [])];
    moves.push({ ...one, target, notes: [...one.notes, ...said] });
  }
  return { moves, stays };
}

function stayed({ ref }: Candidate, why: string): Stay {
  return { ref, why, hint: 'See pve_get_guest for its disks and devices.' };
}

function obstacle({ ref, isTemplate, running, check }: Candidate, wanted: string | undefined): string | undefined {
  if (ref.node === wanted) return 'it is on that node already';
  if (isTemplate && wanted === undefined) return 'it is a template, which nobody runs: name it to move it';
  const devices = check?.localResources ?? [];
  if (running && devices.length > 0)
    return `it uses devices of its node (${forModel(devices.join(', '), 120)}): shut it down first`;
  return undefined;
}

function noNode(
  one: Candidate,
  nodes: readonly string[],
  wanted: string | undefined,
  rule: Affinity | undefined,
): string {
  const whys = nodes
    .filter((node) => node !== one.ref.node && (wanted === undefined || node === wanted))
    .map((node) => `${forModel(node, 64)}: ${forModel(refusal(one, node, rule) ?? 'not possible', 160)}`);
  return whys.length === 0 ? 'no other node is online' : `no node can take it (${whys.join('; ')})`;
}

/** Why this node cannot take it. */
function refusal({ check }: Candidate, node: string, rule: Affinity | undefined): string | undefined {
  if (rule?.strict === true && !rule.nodes.includes(node)) return `the HA rule "${rule.name}" does not allow it`;
  const why = check?.refused.get(node);
  if (why !== undefined) return why;
  return check?.allowed === undefined || check.allowed.includes(node) ? undefined : 'its node does not allow it';
}

/** A rule, or a group of PVE 8, that binds guests to nodes; a strict one has no exceptions. */
interface Affinity {
  readonly name: string;
  readonly nodes: readonly string[];
  readonly resources: readonly string[];
  readonly strict: boolean;
}

function pinned({ ref }: Candidate, rule: Affinity | undefined): string | undefined {
  if (rule === undefined || !rule.strict || rule.nodes.some((node) => node !== ref.node)) return undefined;
  return `the HA rule ${forModel(rule.name, 64)} keeps it on ${forModel(ref.node, 64)}`;
}

function preferred({ name, nodes }: Affinity): string {
  return `the HA rule ${forModel(name, 64)} prefers ${forModel(nodes.join(', '), 120)}: HA may bring it back`;
}

interface Affinities {
  readonly rules: readonly Affinity[];
  /** Why there are none here, though there may be. */
  readonly unread: readonly string[];
}

const noRules: Affinities = { rules: [], unread: [] };

/** Rules of PVE 9, groups of PVE 8; where they cannot be read HA itself does not let happen what they do not allow. */
async function affinities({ pve }: ToolContext): Promise<Affinities> {
  try {
    const { major } = await pve.version();
    const [rules, managed] = [await haRules(pve, major), major >= 9 ? [] : await haResources(pve)];
    const bound = rules
      .filter(({ type, disabled }) => type !== 'resource-affinity' && !disabled)
      .map(({ name, nodes, resources, strict }) => ({
        name,
        strict,
        // A node may carry its priority: `pve1:2`.
        nodes: nodes.map((node) => node.split(':')[0] ?? ''),
        resources: [...resources, ...managed.filter(({ group }) => group === name).map(({ sid }) => sid)],
      }));
    return { rules: bound, unread: [] };
  } catch (error) {
    if (!(error instanceof PveError) || error.code === 'cancelled') throw error;
    const why = forModel(messageOf(error), 120);
    return { rules: [], unread: [`HA rules could not be read: ${why}: HA may refuse it or bring it back`] };
  }
}
