import { printable, quoted } from '../../gate/printable.ts';
import type { Place } from '../commands/places.ts';
import type { Profile } from '../connections/profile.ts';

/** What a console is opened on. */
export interface ConsoleTarget {
  readonly connection: string;
  readonly node: string;
  readonly guest?: NonNullable<Place['guest']>;
}

/** How a console gets there: by SSH where that is set up, else through the API, which wants the ticket of a user. */
export type ConsoleRoute = 'ssh' | 'api';

/** @returns nothing for what has no console: a cluster or a storage */
export function consoleTarget({ connection, node, guest, storage }: Place): ConsoleTarget | undefined {
  if (node === undefined || storage !== undefined) return undefined;
  return { connection, node, ...(guest === undefined ? {} : { guest }) };
}

/** @returns nothing when there is no way: no SSH, and a token, for which Proxmox VE opens no console */
export function consoleRoute(profile: Profile): ConsoleRoute | undefined {
  if (profile.kind === 'demo') return undefined;
  if (profile.ssh !== undefined) return 'ssh';
  return profile.login.kind === 'password' ? 'api' : undefined;
}

/** "web-01 (101) — direct console": that it is not gated stands in its name. */
export function consoleName({ node, guest }: ConsoleTarget): string {
  return `${shortName(node, guest)} — direct console`;
}

/** "web-01 (101)" or "pve1" */
export function shortName(node: string, guest: Place['guest']): string {
  return guest === undefined ? printable(node, 64) : `${printable(guest.name, 64)} (${guest.vmid})`;
}

/** `"web-01" (101, VM on pve2)` or `"pve1"`, as the audit names targets. */
export function auditedTarget({ node, guest }: ConsoleTarget): string {
  if (guest === undefined) return quoted(node);
  const kind = guest.type === 'qemu' ? 'VM' : 'container';
  return `${quoted(guest.name)} (${guest.vmid}, ${kind} on ${printable(node, 64)})`;
}

/** What runs on the node by SSH: nothing for its own login shell. */
export function consoleProgram({ guest }: Pick<ConsoleTarget, 'guest'>): readonly string[] | undefined {
  if (guest === undefined) return undefined;
  return guest.type === 'qemu' ? ['qm', 'terminal', String(guest.vmid)] : ['pct', 'enter', String(guest.vmid)];
}

/** How the console is opened, for the audit and the person. */
export function routeText(route: ConsoleRoute, target: ConsoleTarget): string {
  if (route === 'api') return 'through the API: termproxy';
  return `by SSH: ${consoleProgram(target)?.join(' ') ?? 'a login shell'}`;
}
