import { forModel } from '../../gate/printable.ts';
import { agentReport, guestInterfaces } from '../../pve/agent.ts';
import type { PveClient } from '../../pve/client.ts';
import type { GuestRef } from '../../pve/guest.ts';
import { agentTrouble, guestFeatures, guestFirewall } from '../../pve/guest-parts.ts';
import { readSettings, type Setting } from '../../pve/pending.ts';
import type { GuestConfig, GuestStatus, Snapshot } from '../../pve/records.ts';
import { type Column, facts, rows } from '../text/rows.ts';
import type { Section } from '../text/sections.ts';
import { count, usedPer, utc } from '../text/units.ts';
import { backupFiles } from './backup-files.ts';
import { backupLines } from './backup-text.ts';
import { taskRows } from './task-text.ts';

export const guestParts = [
  'config',
  'pending',
  'snapshots',
  'addresses',
  'agent',
  'firewall',
  'features',
  'backups',
  'tasks',
] as const;

/** A guest, and what was read of it anyway. */
export interface GuestNow {
  readonly pve: PveClient;
  readonly ref: GuestRef;
  readonly status: GuestStatus;
  readonly config: GuestConfig;
}

/** The parts of a guest that are read when they are asked for. */
export function guestSections(now: GuestNow): Readonly<Record<(typeof guestParts)[number], Section>> {
  const { pve, ref, config } = now;
  return {
    config: async () => {
      const pairs = Object.entries(config).sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }));
      const lines = facts(pairs.map(([key, value]) => [forModel(key, 64), forModel(value, 1000)]));
      return ['Config, pending changes included:', ...lines];
    },
    pending: async () => pendingLines([...(await readSettings(pve, ref)).byKey.values()]),
    snapshots: async () => snapshotLines(await pve.snapshots(ref)),
    addresses: async () => addressLines(now),
    agent: async () => agentLines(now),
    firewall: async () => {
      const { enabled, policyIn = 'DROP', policyOut = 'ACCEPT', rules, activeRules } = await guestFirewall(pve, ref);
      const policies = forModel(`${policyIn} in, ${policyOut} out`, 60);
      return [`Firewall: ${enabled ? 'on' : 'off'}; ${count(rules, 'rule')}, ${activeRules} active; else ${policies}`];
    },
    features: async () => {
      const told = await guestFeatures(pve, ref);
      return [`Possible now: ${told.map(({ feature, can }) => `${feature} ${can ? 'yes' : 'no'}`).join(', ')}`];
    },
    backups: async () => backupLines(await backupFiles(pve, await pve.resources(), { vmid: ref.vmid }), 10),
    tasks: async () => {
      const tasks = await pve.tasks({ node: ref.node, vmid: ref.vmid, limit: 10 });
      return [`Last tasks on ${ref.node}:`, ...(tasks.length === 0 ? ['none'] : taskRows(tasks))];
    },
  };
}

/** Only what changes at the next start; the rest is the config. */
function pendingLines(settings: readonly Setting[]): string[] {
  const open = settings.filter(({ pending, goes }) => pending !== undefined || goes);
  if (open.length === 0) return ['Pending: nothing; the config is active as it is'];
  const columns: readonly Column<Setting>[] = [
    { head: 'SETTING', cell: ({ key }) => key },
    { head: 'ACTIVE', cell: ({ value = '' }) => value },
    { head: 'AT NEXT START', cell: ({ pending, goes }) => (goes ? 'removed' : (pending ?? '')) },
  ];
  return [`Pending: ${count(open.length, 'change')}, not active before the next full start:`, ...rows(columns, open)];
}

function snapshotLines(snapshots: readonly Snapshot[]): string[] {
  if (snapshots.length === 0) return ['Snapshots: none'];
  const sorted = [...snapshots].sort((a, b) => (b.time ?? 0) - (a.time ?? 0));
  return [`${count(snapshots.length, 'snapshot')}, newest first:`, ...rows(snapshotColumns, sorted)];
}

const snapshotColumns: readonly Column<Snapshot>[] = [
  { head: 'NAME', cell: ({ name }) => name },
  { head: 'MADE (UTC)', cell: ({ time }) => (time === undefined ? '' : utc(time)) },
  { head: 'MEMORY', cell: ({ vmstate }) => (vmstate === true ? 'yes' : 'no') },
  { head: 'AFTER', cell: ({ parent = '' }) => parent },
  { head: 'DESCRIPTION', cell: ({ description = '' }) => description.trim() },
];

/** From inside where the guest can be asked; what its config says of addresses where not. */
async function addressLines({ pve, ref, status, config }: GuestNow): Promise<string[]> {
  const configured = Object.entries(config)
    .filter(([key, value]) => /^ipconfig\d+$/.test(key) || (/^net\d+$/.test(key) && /(^|,)ip6?=/.test(value)))
    .map(([key, value]) => `${key}: ${[...value.matchAll(/(?:^|,)(ip6?=[^,]+)/g)].map(([, ip]) => ip).join(', ')}`);
  const asked = configured.length === 0 ? [] : [forModel(`Configured: ${configured.join('; ')}`, 400)];
  if (status.status !== 'running') return ['Addresses: none, it is not running', ...asked];
  const found = await guestInterfaces(pve, ref).catch((error: unknown) => troubleOf(error, 'Addresses'));
  if (typeof found === 'string') return [found, ...asked];
  const outer = found.filter(({ name }) => name !== 'lo');
  const lines = outer.map(({ name, mac = '', addresses }) =>
    forModel(`  ${name} ${mac} ${addresses.length === 0 ? 'no address' : addresses.join(', ')}`, 400),
  );
  return [outer.length === 0 ? 'Addresses: none' : 'Addresses:', ...lines, ...(outer.length === 0 ? asked : [])];
}

async function agentLines({ pve, ref, status }: GuestNow): Promise<string[]> {
  if (ref.type === 'lxc') return ['Guest agent: containers need none'];
  if (status.status !== 'running') return ['Guest agent: the VM is stopped'];
  const report = await agentReport(pve, ref).catch((error: unknown) => troubleOf(error, 'Guest agent'));
  if (typeof report === 'string') return [report];
  const { info, hostName, os, filesystems } = report;
  return [
    ...facts([
      ['Guest agent', `answers${info.version === undefined ? '' : forModel(`, version ${info.version}`, 40)}`],
      ['Host name', hostName === undefined ? undefined : forModel(hostName, 100)],
      [
        'System',
        os === undefined ? undefined : forModel([os.name, os.kernel, os.machine].filter(Boolean).join(', '), 200),
      ],
    ]),
    ...(filesystems.length === 0 ? [] : rows(filesystemColumns, filesystems)),
  ];
}

const filesystemColumns: readonly Column<Awaited<ReturnType<typeof agentReport>>['filesystems'][number]>[] = [
  { head: 'MOUNTED ON', cell: ({ mountpoint }) => mountpoint },
  { head: 'TYPE', cell: ({ type = '' }) => type },
  { head: 'USED', cell: ({ used, total }) => usedPer(used, total), right: true },
];

/** Agent disabled, not running, or guest stopped: three things, three ways out. @throws what is none of them */
function troubleOf(error: unknown, what: string): string {
  switch (agentTrouble(error)) {
    case 'disabled':
      return `${what}: not known, the guest agent is disabled in the VM's options (agent=1 enables it at the next start)`;
    case 'not running':
      return `${what}: not known, the guest agent is enabled but does not run inside the guest`;
    case 'guest stopped':
      return `${what}: not known, the guest is stopped`;
    default:
      throw error;
  }
}
