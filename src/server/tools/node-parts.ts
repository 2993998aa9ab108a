import { forModel } from '../../gate/printable.ts';
import type { PveClient } from '../../pve/client.ts';
import type { Clock } from '../../pve/clock.ts';
import { type NodeService, nodeSystem, type PackageInfo } from '../../pve/node-system.ts';
import type { StorageInfo } from '../../pve/records.ts';
import { type Column, facts, rows } from '../text/rows.ts';
import { type Section, unreadable } from '../text/sections.ts';
import { count, duration, share, usedPer, utc } from '../text/units.ts';
import { diskLines, networkLines, pciLines, usbLines } from './hardware-text.ts';
import { taskRows } from './task-text.ts';

export const nodeParts = [
  'version',
  'dns',
  'time',
  'services',
  'disks',
  'network',
  'updates',
  'certificates',
  'subscription',
  'hardware',
  'storage',
  'tasks',
] as const;

/** The parts of a node that are read when they are asked for; each says itself what privilege it lacks. */
export function nodeSections(
  { pve, clock }: { readonly pve: PveClient; readonly clock: Clock },
  node: string,
): Readonly<Record<(typeof nodeParts)[number], Section>> {
  return {
    version: async () => versionLines(await nodeSystem.packages(pve, node)),
    dns: async () => {
      const { search, servers } = await nodeSystem.dns(pve, node);
      return [`DNS: ${forModel([...servers, ...(search === undefined ? [] : [`search ${search}`])].join(', '), 200)}`];
    },
    time: async () => timeLines(await nodeSystem.time(pve, node), clock.now() / 1000),
    services: async () => serviceLines(await nodeSystem.services(pve, node)),
    disks: async () => diskLines(pve, node),
    network: async () => networkLines(pve, node),
    updates: async () => updateLines(await nodeSystem.updates(pve, node)),
    certificates: async () => certificateLines(pve, node, clock.now() / 1000),
    subscription: async () => subscriptionLines(pve, node),
    hardware: async () => [
      ...(await pciLines(pve, node).catch((error: unknown) => [unreadable('PCI devices', error)])),
      ...(await usbLines(pve, node).catch((error: unknown) => [unreadable('USB devices', error)])),
    ],
    storage: async () => storageLines(await pve.storages(node)),
    tasks: async () => {
      const tasks = await pve.tasks({ node, limit: 10 });
      return ['Last tasks:', ...(tasks.length === 0 ? ['none'] : taskRows(tasks))];
    },
  };
}

/** Packages that tell what a node can do; the whole list is long and says little more. */
const telling =
  /^(pve-manager|proxmox-ve|proxmox-kernel|pve-kernel|qemu-server|pve-qemu-kvm|pve-container|lxc-pve|ceph|corosync|proxmox-backup-client|zfsutils-linux|libpve-storage-perl|pve-ha-manager|pve-firewall|ifupdown2)/;

function versionLines(packages: readonly PackageInfo[]): string[] {
  const installed = packages.filter(({ name, state }) => telling.test(name) && state !== 'NotInstalled');
  const kernel = packages.find(({ runningKernel }) => runningKernel !== undefined)?.runningKernel;
  return [
    `Versions${kernel === undefined ? '' : `, running kernel ${forModel(kernel, 60)}`}:`,
    ...installed.map(({ name, version = '?' }) => forModel(`${name} ${version}`, 120)),
  ];
}

function timeLines(
  { time, timezone }: { readonly time?: number | undefined; readonly timezone?: string | undefined },
  now: number,
): string[] {
  if (time === undefined) return ['Time: not told'];
  const off = Math.abs(time - now);
  const skew = off < 5 ? '' : `, ${duration(off)} ${time > now ? 'ahead of' : 'behind'} the clock of this server`;
  return [`Time: ${utc(time)} UTC${skew}, time zone ${forModel(timezone ?? 'not told', 60)}`];
}

/** What should run and does not comes first; what runs is only named. */
function serviceLines(services: readonly NodeService[]): string[] {
  const names = (list: readonly NodeService[]) => forModel(list.map(({ name }) => name).join(', '), 1500);
  const isOn = ({ active, state }: NodeService) => active === 'active' || (active === undefined && state === 'running');
  const isThere = ({ unit }: NodeService) => unit !== 'not-found' && unit !== 'masked';
  const down = services.filter((service) => isThere(service) && !isOn(service));
  const wanted = down.filter(({ unit, active }) => unit === 'enabled' || active === 'failed');
  return [
    `Services: ${services.filter(isOn).length} running${wanted.length === 0 ? '' : `, ${wanted.length} enabled and not running`}`,
    ...facts([
      ['Enabled, not running', names(wanted)],
      ['Running', names(services.filter(isOn))],
      ['Off', names(down.filter((service) => !wanted.includes(service)))],
      ['Not installed', names(services.filter((service) => !isThere(service)))],
    ]),
  ];
}

const mostUpdates = 60;

function updateLines(updates: readonly PackageInfo[]): string[] {
  if (updates.length === 0) return ['Updates: none known (as of the last refresh of the package lists)'];
  const shown = updates.slice(0, mostUpdates);
  const left = updates.length - shown.length;
  return [
    `${count(updates.length, 'update')}, as of the last refresh of the package lists:`,
    ...shown.map(({ name, oldVersion, version = '?' }) =>
      forModel(`${name} ${oldVersion === undefined ? 'new' : oldVersion} -> ${version}`, 160),
    ),
    ...(left > 0 ? [`${left} more not shown.`] : []),
  ];
}

async function certificateLines(pve: PveClient, node: string, now: number): Promise<string[]> {
  const certificates = await nodeSystem.certificates(pve, node);
  const columns: readonly Column<(typeof certificates)[number]>[] = [
    { head: 'FILE', cell: ({ file }) => file },
    { head: 'EXPIRES (UTC)', cell: ({ notAfter }) => (notAfter === undefined ? '' : utc(notAfter).slice(0, 10)) },
    {
      head: 'LEFT',
      cell: ({ notAfter = 0 }) => (notAfter <= now ? 'EXPIRED' : `${Math.floor((notAfter - now) / 86_400)} d`),
      right: true,
    },
    { head: 'SHA-256', cell: ({ fingerprint = '' }) => fingerprint.slice(0, 11) },
    { head: 'ISSUER', cell: ({ issuer = '' }) => issuer },
  ];
  return certificates.length === 0 ? ['Certificates: none told'] : ['Certificates:', ...rows(columns, certificates)];
}

async function subscriptionLines(pve: PveClient, node: string): Promise<string[]> {
  const { status, product, level, nextDueDate, message } = await nodeSystem.subscription(pve, node);
  return facts([
    ['Subscription', forModel([status, message].filter(Boolean).join(': '), 200)],
    ['Product', product === undefined ? undefined : forModel([product, level].filter(Boolean).join(', level '), 120)],
    ['Next due', nextDueDate === undefined ? undefined : forModel(nextDueDate, 40)],
  ]);
}

function storageLines(storages: readonly StorageInfo[]): string[] {
  const sorted = [...storages].sort((a, b) => a.storage.localeCompare(b.storage, 'en'));
  if (sorted.length === 0) return ['Storage: none that the token may see'];
  return ['Storage:', ...rows(storageColumns, sorted)];
}

const storageColumns: readonly Column<StorageInfo>[] = [
  { head: 'STORAGE', cell: ({ storage }) => storage },
  { head: 'TYPE', cell: ({ type = '' }) => type },
  {
    head: 'STATE',
    cell: ({ enabled, active }) => (enabled === false ? 'disabled' : active === false ? 'inactive' : 'active'),
  },
  { head: 'USED', cell: ({ used, total }) => usedPer(used, total), right: true },
  { head: '%', cell: ({ used, total }) => share(used, total), right: true },
  { head: 'SHARED', cell: ({ shared }) => (shared === true ? 'yes' : 'no') },
  { head: 'CONTENT', cell: ({ content }) => [...content].sort().join(',') },
];
