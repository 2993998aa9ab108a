import { PveError } from '../../pve/error.ts';
import { type GuestRef, guestPath, matchGuest } from '../../pve/guest.ts';
import type { ToolContext } from '../define-tool.ts';
import { guestTitle } from '../tools/guest-text.ts';
import { type Act, type Kind, oneOf, type Parts, requestOf } from './kind.ts';
import { partsOf } from './state.ts';

/** Where something is, as the caller said it. */
export interface Where {
  readonly id?: string | undefined;
  readonly node?: string | undefined;
  readonly guest?: number | string | undefined;
}

/** The variables of its paths, and how the answer names the place (empty: the cluster). */
export interface Place {
  readonly parts: Parts;
  readonly title: string;
}

/**
 * Finds what a path needs: the parts of the id, the node (named, or found), whose firewall it is.
 * @throws PveError `invalid_argument` that names what is missing or does not fit
 */
export async function findPlace(
  kind: Kind,
  action: string,
  act: Act,
  where: Where,
  context: ToolContext,
): Promise<Place> {
  const id = act.id ?? kind.id ?? '';
  const parts = idParts(kind, id, where.id);
  const paths = [requestOf(kind, action).path, kind.list ?? '', kind.one === undefined ? '' : oneOf(kind)].join(' ');
  if (paths.includes('{firewall}')) return firewallPlace(kind, parts, where, context);
  if (where.guest !== undefined) throw unfit(`${kind.name} belongs to no guest`, 'Leave guest out.');
  if (!paths.includes('{node}')) {
    if (where.node !== undefined)
      throw unfit(`${kind.name} belongs to no node`, 'Leave node out; what a setting says of nodes stands in set.');
    return { parts, title: '' };
  }
  const node = where.node ?? (await nodeOf(kind, parts, context));
  return { parts: { ...parts, node }, title: node };
}

function idParts(kind: Kind, template: string, id: string | undefined): Readonly<Record<string, string>> {
  if (template === '') {
    if (id === undefined) return {};
    throw unfit(`There is no id to give here for ${kind.name}`, 'Leave id out.');
  }
  const parts = id === undefined ? undefined : partsOf(template, id);
  if (id !== undefined && parts !== undefined) return { ...parts, id };
  throw unfit(`${kind.name} needs an id`, `It has the form ${template}.`);
}

async function firewallPlace(kind: Kind, parts: Parts, { node, guest }: Where, { pve }: ToolContext): Promise<Place> {
  if (guest !== undefined) {
    const ref: GuestRef = matchGuest(await pve.resources('vm'), guest);
    if (node !== undefined && node !== ref.node)
      throw unfit(`${guestTitle(ref)} is not on that node`, 'Leave node out.');
    return { parts: { ...parts, firewall: guestPath(ref) }, title: guestTitle(ref) };
  }
  if (node !== undefined && kind.notOfNodes)
    throw unfit(`The firewall of a node has no ${kind.name}`, 'Give a guest, or neither for the cluster.');
  if (node !== undefined) return { parts: { ...parts, firewall: ['nodes', node] }, title: node };
  return { parts: { ...parts, firewall: 'cluster' }, title: 'the cluster' };
}

/** The node that nobody named, where there is only one that it can be. */
async function nodeOf(kind: Kind, parts: Parts, { pve }: ToolContext): Promise<string> {
  if (kind.nodeOf === 'guest')
    return matchGuest(await pve.resources('vm'), Number(String(parts.id).split('-')[0])).node;
  const storages = kind.nodeOf === 'storage' ? await pve.resources('storage') : undefined;
  const seen = storages?.filter(({ storage, status }) => storage === parts.storage && status === 'available');
  const nodes = seen?.flatMap(({ node }) => node ?? []) ?? (await pve.nodes()).map(({ node }) => node);
  const [first] = [...nodes].sort();
  if (first !== undefined && (nodes.length === 1 || seen?.[0]?.shared === true)) return first;
  if (first === undefined) throw unfit('No node is known that has it', 'Name the node.');
  throw unfit(`${kind.name} needs a node`, `Say which: ${nodes.map((node) => `"${node}"`).join(', ')}.`);
}

/** An argument that does not fit, and what would. */
export function unfit(message: string, hint: string): PveError {
  return new PveError({ code: 'invalid_argument', message, hint, reason: [] });
}
