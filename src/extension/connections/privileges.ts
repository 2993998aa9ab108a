import type { AccessLevel } from '../../gate/types.ts';
import { levelPrivileges } from '../../pve/privileges.ts';
import type { Permissions } from '../../pve/records.ts';

/** What a token may do, as far as it matters for an access level. */
export interface TokenReach {
  /** The highest level whose operations the token could perform. */
  readonly level: AccessLevel;
  /** Privileges beyond reading, sorted. */
  readonly beyondReading: readonly string[];
  readonly canRead: boolean;
}

/** Privileges that let a token act without reconfiguring anything (`read-execute`). */
const operating = new Set(['VM.PowerMgmt', 'VM.Migrate', 'VM.Backup', 'VM.Replicate', 'VM.Console']);
const reading = /\.Audit$|^Sys\.Syslog$|^VM\.GuestAgent\.Audit$/;

/** @param permissions GET `/access/permissions`: path → privilege → whether it is handed down. */
export function tokenReach(permissions: Permissions): TokenReach {
  const held = new Set(Object.values(permissions).flatMap((privileges) => Object.keys(privileges)));
  const beyondReading = [...held].filter((privilege) => !reading.test(privilege)).sort();
  const level = beyondReading.some((privilege) => !operating.has(privilege))
    ? 'full'
    : beyondReading.length > 0
      ? 'read-execute'
      : 'read-only';
  return { level, beyondReading, canRead: held.size > 0 };
}

/** The lines for a node's shell that make a token of no more than this level (PVE 9; PVE manual, "User Management"). */
export function smallerToken(level: Exclude<AccessLevel, 'full'>): string {
  const { read, operate } = levelPrivileges;
  const role = level === 'read-only' ? 'EditorRead' : 'EditorOperate';
  const privileges = level === 'read-only' ? read : [...read, ...operate];
  return [
    `# A token for ${level}, to be run as root on any node of the cluster.`,
    '# On Proxmox VE 8 leave VM.GuestAgent.Audit out.',
    `pveum role add ${role} --privs "${privileges.join(' ')}"`,
    'pveum user add editor@pve',
    `pveum acl modify / --users editor@pve --roles ${role}`,
    'pveum user token add editor@pve vscode --privsep 1',
    `pveum acl modify / --tokens 'editor@pve!vscode' --roles ${role}`,
    '# The secret is shown once, by the line before the last.',
    '',
  ].join('\n');
}
