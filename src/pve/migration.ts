import type { GuestPlace, PveClient } from './client.ts';
import { guestPath } from './guest.ts';
import { flag, type Loose, looseList, looseObject, text } from './loose.ts';

/** What the node says before a guest is moved. */
export interface MigrationCheck {
  readonly running: boolean;
  /** Missing when the answer has none. */
  readonly allowed?: readonly string[];
  /** Node → why not. */
  readonly refused: ReadonlyMap<string, string>;
  /** Disks that no other node has, by their keys; they are copied. */
  readonly localDisks: readonly string[];
  /** Devices of the node, such as `hostpci0`: while it runs with these, it cannot move. */
  readonly localResources: readonly string[];
}

/** GET `…/migrate`: needs VM.Migrate; containers have it since PVE 9. */
export async function migrationCheck({ send }: Pick<PveClient, 'send'>, guest: GuestPlace) {
  return migrationFrom((await send({ method: 'GET', path: [...guestPath(guest), 'migrate'] })).data);
}

/** The answer for VMs (`allowed_nodes`) and for containers (`allowed-nodes`). @throws PveError `server_error` */
export function migrationFrom(data: unknown): MigrationCheck {
  const it = looseObject(data, 'the check before a migration');
  const allowed = it.allowed_nodes ?? it['allowed-nodes'];
  const refused = looseObject(it.not_allowed_nodes ?? it['not-allowed-nodes'] ?? {}, 'nodes that are not allowed');
  const disks = looseList(it.local_disks ?? [], 'local disks');
  return {
    running: flag(it.running) === true,
    ...(Array.isArray(allowed) ? { allowed: allowed.map(String) } : {}),
    // A node without a reason is allowed.
    refused: new Map(
      Object.entries(refused).flatMap(([node, why]) => (hasReason(why) ? [[node, reasonText(why)]] : [])),
    ),
    localDisks: disks.filter(isCopied).flatMap(({ drivename, volid }) => text(drivename) ?? text(volid) ?? []),
    localResources: Array.isArray(it.local_resources) ? it.local_resources.map(String) : [],
  };
}

function isCopied({ cdrom, shared, is_attached }: Loose): boolean {
  return flag(cdrom) !== true && flag(shared) !== true && flag(is_attached) !== false;
}

function hasReason(why: unknown): why is object {
  return typeof why === 'object' && why !== null && Object.keys(why).length > 0;
}

/** `unavailable storages: local-zfs` */
function reasonText(why: object): string {
  return Object.entries(why)
    .map(([what, values]) => `${what.replace(/[_-]/g, ' ')}: ${[values].flat().map(valueText).join(', ')}`)
    .join('; ');
}

function valueText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const { sid, cause } = { ...value } as Loose;
  return [text(sid), text(cause)].filter((part) => part !== undefined).join(' ') || JSON.stringify(value);
}
