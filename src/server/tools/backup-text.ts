import { forModel } from '../../gate/printable.ts';
import { type Column, dense } from '../text/rows.ts';
import { bytes, count, utc } from '../text/units.ts';
import { type BackupFile, type BackupFiles, backupPrivileges } from './backup-files.ts';

/** Newest first, at most so many; never "none" where the token may not see them. */
export function backupLines(found: BackupFiles, most: number): string[] {
  const files = [...found.files].sort((a, b) => (b.made ?? 0) - (a.made ?? 0));
  const left = files.length - most;
  return [
    files.length === 0
      ? `Backups: ${noneText(found)}`
      : `${count(files.length, 'backup')}, ${total(files)}, newest first:`,
    ...(files.length === 0 ? [] : dense(backupColumns, files.slice(0, most))),
    ...(left > 0 ? [`${left} older not shown: pve_list_backups has all.`] : []),
    ...warnings(found),
  ];
}

/** Why there is nothing to show. */
export function noneText({ hidden, places, problems }: BackupFiles): string {
  if (places === 0) return 'no storage that the token may see holds backups';
  if (hidden.length === places) return `not visible to this token (needs ${backupPrivileges})`;
  return hidden.length > 0 || problems.length > 0 ? 'none among those that could be read' : 'none';
}

/** What keeps a list of backups from being whole. */
export function warnings({ hidden, places, problems }: BackupFiles): string[] {
  const some =
    hidden.length === 0 || places === 0
      ? []
      : [
          `Backups on ${forModel(hidden.join(', '), 300)} are not visible to this token, or not all (needs ${backupPrivileges}).`,
        ];
  return [...problems, ...some];
}

export function total(files: readonly BackupFile[]): string {
  return bytes(files.reduce((sum, { size = 0 }) => sum + size, 0));
}

/** The volume last and whole: restoring needs it. */
export const backupColumns: readonly Column<BackupFile>[] = [
  { head: 'MADE_UTC', cell: ({ made }) => (made === undefined ? '' : utc(made).slice(0, 16).replace(' ', 'T')) },
  { head: 'VMID', cell: ({ vmid }) => String(vmid ?? '') },
  { head: 'SIZE', cell: ({ size }) => (size === undefined ? '' : bytes(size).replace(' ', '')) },
  {
    head: 'MARKS',
    cell: ({ isProtected, encrypted, verified }) =>
      [isProtected ? 'protected' : '', encrypted ? 'encrypted' : '', verified === undefined ? '' : `verify:${verified}`]
        .filter(Boolean)
        .join(','),
  },
  { head: 'NODE', cell: ({ node }) => node },
  { head: 'VOLUME', cell: ({ volid }) => volid, whole: true },
];
