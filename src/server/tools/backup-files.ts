import type { PveClient } from '../../pve/client.ts';
import { type Volume, volumes } from '../../pve/content.ts';
import { holds, seesBackups } from '../../pve/privileges.ts';
import type { Permissions, Resource } from '../../pve/records.ts';
import { unreadable } from '../text/sections.ts';

/** The backup files that the token sees, and what keeps the list from being whole. */
export interface BackupFiles {
  readonly files: readonly BackupFile[];
  /** Sentences: storages that could not be read. */
  readonly problems: readonly string[];
  /** Storages of which the token may not see every backup that was asked for. */
  readonly hidden: readonly string[];
  /** Storages that may hold backups. */
  readonly places: number;
  /** Whether a guest without a file has none: all storages were read, and the token may see its backups on each. */
  readonly seesAllOf: (vmid: number) => boolean;
}
export interface BackupFile extends Volume {
  readonly storage: string;
  /** The node that was asked. */
  readonly node: string;
}
export interface BackupFilter {
  readonly vmid?: number | undefined;
  readonly storage?: string | undefined;
}

/** What a token needs to see backups; PVE leaves them out without a word otherwise. */
export const backupPrivileges = 'Datastore.Allocate, or Datastore.AllocateSpace and VM.Backup on the guest';

/** Backup files on all storages; a shared storage is asked once, and one that fails does not hide the others. */
export async function backupFiles(
  pve: PveClient,
  resources: readonly Resource[],
  { vmid, storage }: BackupFilter,
): Promise<BackupFiles> {
  const places = placesOf(resources).filter((place) => storage === undefined || place.storage === storage);
  const [permissions, read] = await Promise.all([
    pve.permissions(),
    Promise.all(places.map((place) => readPlace(pve, place, vmid))),
  ]);
  const names = [...new Set(places.map((place) => place.storage))];
  const problems = read.flatMap(({ problem }) => problem);
  return {
    files: read.flatMap(({ files }) => files),
    problems,
    hidden: names.filter((name) => hidesBackups(permissions, name, vmid)),
    places: names.length,
    seesAllOf: (one) =>
      names.length > 0 && problems.length === 0 && names.every((name) => seesBackups(permissions, name, one)),
  };
}

interface Place {
  readonly storage: string;
  readonly node: string;
  readonly status: string;
}

/** One node for each shared storage, one that can read it where there is one. */
function placesOf(resources: readonly Resource[]): Place[] {
  const found = new Map<string, Place>();
  for (const { type, storage, node, status = 'unknown', shared, content } of resources) {
    if (type !== 'storage' || storage === undefined || node === undefined || !content.includes('backup')) continue;
    const key = shared === true ? storage : `${storage}@${node}`;
    if (found.get(key)?.status !== 'available') found.set(key, { storage, node, status });
  }
  return [...found.values()];
}

async function readPlace(pve: PveClient, { storage, node }: Place, vmid: number | undefined) {
  try {
    const found = await volumes(pve, node, storage, { content: 'backup', vmid });
    return { files: found.map((volume) => ({ ...volume, storage, node })), problem: [] };
  } catch (error) {
    return { files: [], problem: [unreadable(`Backups on ${storage} (${node})`, error)] };
  }
}

/** Whether the token may miss backups on a storage: of one guest, or of some where none is named. */
export function hidesBackups(permissions: Permissions, storage: string, vmid: number | undefined): boolean {
  if (vmid !== undefined) return !seesBackups(permissions, storage, vmid);
  const at = `/storage/${storage}`;
  return !(
    holds(permissions, at, 'Datastore.Allocate') ||
    (holds(permissions, at, 'Datastore.AllocateSpace') && holds(permissions, '/vms', 'VM.Backup'))
  );
}
