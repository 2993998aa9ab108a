import type { Outcome } from '../../gate/types.ts';
import type { PveClient } from '../../pve/client.ts';
import type { Loose } from '../../pve/loose.ts';
import type { PveParams } from '../../pve/request.ts';

/** The tools that are made from the table of kinds, each of one risk. */
export type SettingsTool =
  | 'pve_change_storage'
  | 'pve_change_network'
  | 'pve_change_firewall'
  | 'pve_change_cluster'
  | 'pve_control_service'
  | 'pve_administer'
  | 'pve_delete';

/** A path of the API. `{node}` is the node, `{firewall}` whose firewall it is, `{id}` the whole id, any other name a part of it. */
export type Path = `/${string}`;

/** One sort of thing that people configure: where it stands in the API, and what can be done with it. */
export interface Kind {
  readonly name: string;
  /** How one of them is written, `{userid}!{tokenid}`; parts are named as PVE names their parameters. Absent: there is one. */
  readonly id?: string;
  /** All of them with their values. What is created is posted here, what is gone is missing here. */
  readonly list?: Path;
  readonly query?: Readonly<Record<string, string>>;
  /** Fields of a row that may carry the last part of the id, its proper name first; the part's own name when absent. */
  readonly keys?: readonly string[];
  /** One of them; `list` and the last part when absent. */
  readonly one?: Path;
  /** Values (or the digest) stand only in the answer of `one`. */
  readonly detailed?: true;
  /** What PVE answers in terms of the parameters that change it. */
  readonly view?: (row: Loose) => Loose;
  /** Where its changes wait until they are applied. */
  readonly pending?: 'network' | 'sdn';
  /** The firewall of a node has none of it. */
  readonly notOfNodes?: true;
  /** Who knows its node when nobody says it. */
  readonly nodeOf?: 'storage' | 'guest';
  /** The only major version that has it. */
  readonly major?: 8 | 9;
  /** The tool of whatever is not `delete`. */
  readonly tool: SettingsTool;
  readonly acts: Readonly<Record<string, Act>>;
}

export interface Act {
  /** By its name when absent: `create` posts to `list`, `update` puts `one`, `delete` deletes it. */
  readonly request?: `${'POST' | 'PUT' | 'DELETE'} ${Path}`;
  readonly tool?: SettingsTool;
  /** What of the id it needs, when not all of it. */
  readonly id?: string;
  /** Parts of the id that are sent, by parameter; `create` sends the last part when absent. */
  readonly sends?: Readonly<Record<string, string>>;
  readonly takes?: readonly ('digest' | 'delete')[];
  /** What the act is, whatever `set` says. */
  readonly fixed?: PveParams;
  /** Sent to PVE 9 unless `set` says otherwise: its defaults that nobody should overlook. */
  readonly usual9?: PveParams;
  /** Sent as they are now unless they are changed, because PVE demands them or falls back to something else. */
  readonly keeps?: readonly string[];
  /** A file of this machine goes along. */
  readonly carries?: true;
  /** Secrets that it needs; the person fills them in (G15). */
  readonly asks?: (set: PveParams) => readonly string[];
  readonly major?: 8 | 9;
  /** What would have a higher risk, and stands in the other tool. */
  readonly raised?: Raised;
  /** Why it cannot work on what is there, and what would help. */
  readonly hindered?: (before: Loose) => readonly [message: string, hint: string] | undefined;
  /** What the person and the agent should know beside it. */
  readonly note?: (seen: Seen) => Promise<string | undefined>;
  /** What is true now; a comparison of all values when absent. */
  readonly after?: (seen: Seen, done: Done) => Promise<string>;
}

/** Some requests of an act are raised to what another tool stands for. */
export interface Raised {
  readonly tool: SettingsTool;
  /** Why, when it is. */
  readonly when: (set: PveParams, gone: readonly string[], id: string) => string | undefined;
}

export type Done = Extract<Outcome, { status: 'done' }>;

/** One act on one thing, as far as it is known. */
export interface Seen {
  readonly pve: PveClient;
  readonly kind: Kind;
  readonly act: string;
  /** As it was written. */
  readonly id: string;
  readonly parts: Parts;
  readonly set: PveParams;
  /** Settings that are to fall back to their defaults. */
  readonly gone: readonly string[];
  /** How it was before, where it could be read. */
  readonly before?: Loose;
  /** Reads it anew. */
  readonly now: (id?: string) => Promise<State>;
}

/** Variables of paths; a firewall takes several segments. */
export type Parts = Readonly<Record<string, string | readonly string[]>>;

/** What the cluster has of a kind: the one that was meant, and the names of all where it lists them. */
export interface State {
  readonly row: Loose | undefined;
  readonly rows: readonly Loose[];
}

/** The request of an act, with its defaults. */
export function requestOf(
  kind: Kind,
  name: string,
): { readonly method: 'POST' | 'PUT' | 'DELETE'; readonly path: Path } {
  const { request } = actOf(kind, name);
  if (request !== undefined) {
    const [verb, path = ''] = request.split(' ');
    return { method: verb === 'PUT' || verb === 'DELETE' ? verb : 'POST', path: `/${path.slice(1)}` };
  }
  if (name === 'create') return { method: 'POST', path: kind.list ?? '/' };
  return { method: name === 'delete' ? 'DELETE' : 'PUT', path: oneOf(kind) };
}

/** The act of this name; the table decides what there is. */
export function actOf(kind: Kind, name: string): Act {
  return kind.acts[name] ?? {};
}

/** Where one of a kind is read. */
export function oneOf({ one, list = '/', id = '' }: Kind): Path {
  return (
    one ??
    `${list}/${
      partNames(id)
        .map((part) => `{${part}}`)
        .at(-1) ?? ''
    }`
  );
}

/** `{userid}!{tokenid}` → userid, tokenid. */
export function partNames(template: string): string[] {
  return [...template.matchAll(/\{([\w-]+)\}/g)].map(([, name = '']) => name);
}

/** The tool in which an act stands. */
export function toolOf(kind: Kind, name: string): SettingsTool {
  return actOf(kind, name).tool ?? (name === 'delete' ? 'pve_delete' : kind.tool);
}

/** Every tool in which an act stands: its own, and the one for what is raised. */
export function toolsOfAct(kind: Kind, name: string): readonly SettingsTool[] {
  const { raised } = actOf(kind, name);
  return [toolOf(kind, name), ...(raised === undefined ? [] : [raised.tool])];
}

/** Where the last part of an id stands in a row of the list. */
export function keysOf({ keys, id = '' }: Kind): readonly string[] {
  return keys ?? partNames(id).slice(-1);
}
