import * as z from 'zod';
import { type BackupJob, backupJobs, notBackedUp } from '../../pve/backup.ts';
import type { PveClient } from '../../pve/client.ts';
import { type GuestRef, guestsOf, matchGuest } from '../../pve/guest.ts';
import type { Resource } from '../../pve/records.ts';
import { defineTool } from '../define-tool.ts';
import { page } from '../text/page.ts';
import { type Column, dense, rows } from '../text/rows.ts';
import { unreadable } from '../text/sections.ts';
import { count, utc } from '../text/units.ts';
import { type BackupFile, type BackupFiles, backupFiles, backupPrivileges } from './backup-files.ts';
import { backupColumns, noneText, total, warnings } from './backup-text.ts';
import { guestArgument, pageArguments } from './common.ts';
import { guestTitle, kind as kindOf } from './guest-text.ts';

export const listBackups = defineTool({
  name: 'pve_list_backups',
  title: 'List backups',
  toolset: 'backup',
  risk: 'read',
  description: 'Backup files, newest first; backup jobs; or unprotected guests (in no job, or without a file).',
  input: z.strictObject({
    kind: z.enum(['files', 'jobs', 'unprotected']).default('files'),
    guest: guestArgument.optional(),
    storage: z.string().min(1).max(100).optional(),
    ...pageArguments(50),
  }),
  async handle({ kind, guest, storage, limit, cursor }, { pve, budget }) {
    const resources = await pve.resources();
    const ref = guest === undefined ? undefined : matchGuest(resources, guest);
    if (kind === 'jobs') {
      const member = resources.find(({ vmid }) => vmid !== undefined && vmid === ref?.vmid);
      const jobs = (await backupJobs(pve)).filter((job) => covers(job, member, storage));
      return { text: jobLines(jobs, ref ?? storage).join('\n') };
    }
    const found = await backupFiles(pve, resources, { vmid: ref?.vmid, storage });
    if (kind === 'unprotected') {
      const guests = ref === undefined ? guestsOf(resources) : [ref];
      const templates = new Set(resources.filter(({ template }) => template === true).map(({ vmid }) => vmid));
      const lines = await unprotectedLines(
        pve,
        guests.filter(({ vmid }) => !templates.has(vmid)),
        found,
      );
      return { text: lines.join('\n') };
    }
    const what = ref === undefined ? '' : ` of ${guestTitle(ref)}`;
    const notes = warnings(found);
    if (found.files.length === 0) return { text: [`Backups${what}: ${noneText(found)}.`, ...notes].join('\n') };
    const head = [`${count(found.files.length, 'backup')}${what}, ${total(found.files)}, newest first.`, ...notes].join(
      '\n',
    );
    const key = ({ made = 0, volid, node }: BackupFile) => [-made, volid, node];
    const options = { limit, cursor, key, budget: budget - head.length, dense: true };
    return { text: [head, ...page(found.files, backupColumns, options).lines].join('\n') };
  },
});

/** Whether a job backs up a guest, and to a storage; both where they are asked for. */
function covers(job: BackupJob, guest: Resource | undefined, storage: string | undefined): boolean {
  const id = String(guest?.vmid);
  const holds = job.all ? !job.exclude.includes(id) : job.vmids.includes(id);
  return (
    (storage === undefined || job.storage === storage) &&
    (guest === undefined || (job.pool === undefined ? holds : job.pool === guest.pool)) &&
    (guest === undefined || job.node === undefined || job.node === guest.node)
  );
}

function jobLines(jobs: readonly BackupJob[], filtered: unknown): string[] {
  if (jobs.length === 0)
    return [`No backup job${filtered === undefined ? '' : ' fits'}; the token sees them all with Sys.Audit on /.`];
  const sorted = [...jobs].sort((a, b) => (a.nextRun ?? Number.MAX_VALUE) - (b.nextRun ?? Number.MAX_VALUE));
  const off = jobs.filter(({ enabled }) => !enabled).length;
  return [
    `${count(jobs.length, 'backup job')}${off === 0 ? '' : `, ${off} off`}, next first:`,
    ...rows(jobColumns, sorted),
  ];
}

const jobColumns: readonly Column<BackupJob>[] = [
  { head: 'JOB', cell: ({ id }) => id },
  {
    head: 'NEXT RUN (UTC)',
    cell: ({ enabled, nextRun }) => (!enabled ? 'off' : nextRun === undefined ? '' : utc(nextRun)),
  },
  { head: 'SCHEDULE', cell: ({ schedule = '' }) => schedule },
  { head: 'GUESTS', cell: guestsOfJob },
  { head: 'STORAGE', cell: ({ storage = '' }) => storage },
  { head: 'MODE', cell: ({ mode = '' }) => mode },
  { head: 'KEEPS', cell: ({ retention = '' }) => retention },
  { head: 'COMMENT', cell: ({ comment = '' }) => comment },
];

function guestsOfJob({ all, vmids, exclude, pool, node }: BackupJob): string {
  const which = pool !== undefined ? `pool ${pool}` : all ? 'all' : vmids.join(',');
  return `${which}${exclude.length === 0 ? '' : ` but ${exclude.join(',')}`}${node === undefined ? '' : ` on ${node}`}`;
}

/** Two lists: in no job, and without a file. The second only says "none" of guests whose backups the token can see. */
async function unprotectedLines(pve: PveClient, guests: readonly GuestRef[], found: BackupFiles): Promise<string[]> {
  const jobless = await notBackedUp(pve).catch((error: unknown) => unreadable('Guests without a backup job', error));
  const wanted = new Set(guests.map(({ vmid }) => vmid));
  return [...joblessLines(jobless, wanted), '', ...filelessLines(guests, found), ...found.problems];
}

function joblessLines(
  jobless: Awaited<ReturnType<typeof notBackedUp>> | string,
  wanted: ReadonlySet<number>,
): string[] {
  if (typeof jobless === 'string') return [jobless];
  const own = jobless.filter(({ vmid }) => wanted.has(vmid)).sort((a, b) => a.vmid - b.vmid);
  if (own.length === 0) return ['In no backup job: none of them (templates aside).'];
  const columns: readonly Column<(typeof own)[number]>[] = [
    { head: 'VMID', cell: ({ vmid }) => String(vmid) },
    { head: 'TYPE', cell: ({ type = '' }) => kindOf(type) },
    { head: 'NAME', cell: ({ name = '' }) => name },
  ];
  return [`In no backup job: ${count(own.length, 'guest')}`, ...dense(columns, own)];
}

function filelessLines(guests: readonly GuestRef[], found: BackupFiles): string[] {
  if (found.places === 0) return ['Without a backup file: all, no storage that the token may see holds backups.'];
  const backedUp = new Set(found.files.map(({ vmid }) => vmid));
  const without = guests.filter(({ vmid }) => !backedUp.has(vmid));
  const certain = without.filter(({ vmid }) => found.seesAllOf(vmid));
  const unsure = without.length - certain.length;
  const columns: readonly Column<GuestRef>[] = [
    { head: 'VMID', cell: ({ vmid }) => String(vmid) },
    { head: 'TYPE', cell: ({ type }) => kindOf(type) },
    { head: 'NAME', cell: ({ name }) => name },
  ];
  const why =
    found.problems.length > 0
      ? 'not every storage could be read'
      : `not visible to this token (needs ${backupPrivileges})`;
  return [
    ...(certain.length > 0 || unsure === 0
      ? [
          `Without a backup file: ${certain.length === 0 ? 'none of them (templates aside).' : count(certain.length, 'guest')}`,
        ]
      : []),
    ...(certain.length === 0 ? [] : dense(columns, certain)),
    ...(unsure === 0 ? [] : [`Of ${count(unsure, 'guest')} it is not known whether there are backup files: ${why}.`]),
  ];
}
