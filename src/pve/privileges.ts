import type { Permissions } from './records.ts';

/** What a token needs to look, and what it needs besides to operate guests (Proxmox VE 9; 8 lacks VM.GuestAgent.Audit). */
export const levelPrivileges = {
  read: [
    'Datastore.Audit',
    'Mapping.Audit',
    'Pool.Audit',
    'SDN.Audit',
    'Sys.Audit',
    'Sys.Syslog',
    'VM.Audit',
    'VM.GuestAgent.Audit',
  ],
  operate: ['VM.PowerMgmt', 'VM.Migrate'],
} as const;

/**
 * Whether GET `/access/permissions` says that a privilege is held at a path. It lists the paths that have entries of their
 * own; below them holds what is handed down from the nearest.
 */
export function holds(permissions: Permissions, path: string, privilege: string): boolean {
  const own = permissions[path];
  if (own !== undefined) return privilege in own;
  const above = ancestors(path).find((each) => permissions[each] !== undefined) ?? '/';
  return permissions[above]?.[privilege] === true;
}

/**
 * Whether the token sees the backups of a guest on a storage. Those that it may not use are missing in lists without a word,
 * so an empty list alone never means that there is none.
 */
export function seesBackups(permissions: Permissions, storage: string, vmid: number): boolean {
  const at = `/storage/${storage}`;
  return (
    holds(permissions, at, 'Datastore.Allocate') ||
    (holds(permissions, at, 'Datastore.AllocateSpace') && holds(permissions, `/vms/${vmid}`, 'VM.Backup'))
  );
}

/** The paths above one, the nearest first. */
function ancestors(path: string): string[] {
  const parts = path.split('/').slice(1, -1);
  return parts.map((_, at) => `/${parts.slice(0, parts.length - at).join('/')}`).concat('/');
}
