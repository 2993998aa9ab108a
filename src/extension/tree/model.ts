import { printable } from '../../gate/printable.ts';
import type { Resource } from '../../pve/records.ts';
import type { ConnectionView } from './live.ts';

/** One row of the explorer, without anything of VS Code. */
export interface Row {
  /** Stable while the thing it stands for exists. */
  readonly id: string;
  readonly label: string;
  readonly description: string;
  /** A codicon, and a theme colour where the state has one; the state always stands in words too. */
  readonly icon: { readonly id: string; readonly color?: string };
  /** Flags like `;guest;running;` for `when` clauses. */
  readonly context: string;
  readonly tooltip: string;
  readonly expanded?: boolean;
  /** Run by selecting the row. */
  readonly command?: 'proxmox.refresh' | 'proxmox.enterToken';
  readonly connection: string;
  readonly guest?: GuestTarget;
  readonly children: readonly Row[];
}

/** A guest as a command needs it. */
export interface GuestTarget {
  readonly connection: string;
  readonly connectionName: string;
  readonly node: string;
  readonly type: 'qemu' | 'lxc';
  readonly vmid: number;
  readonly name: string;
  readonly status: string;
}

/** The rows of all connections, with the guests and storage of each node below it. */
export function explorerRows(views: readonly ConnectionView[]): readonly Row[] {
  return views.map(connectionRow);
}

/** The guests of all connections that can be acted on, for pickers. */
export function guestTargets(views: readonly ConnectionView[]): readonly GuestTarget[] {
  return views.flatMap(({ profile, resources }) => resources.flatMap((resource) => targetOf(resource, profile) ?? []));
}

/** Ids of the rows of `after` that do not look as they did, and of those whose children are others. */
export function changedRows(before: readonly Row[], after: readonly Row[]): readonly string[] {
  const known = new Map(flatten(before).map((row) => [row.id, row]));
  return flatten(after).flatMap((row) => {
    const old = known.get(row.id);
    return old !== undefined && !looksAlike(old, row) ? [row.id] : [];
  });
}

export function flatten(rows: readonly Row[]): readonly Row[] {
  return rows.flatMap((row) => [row, ...flatten(row.children)]);
}

function looksAlike(a: Row, b: Row): boolean {
  const look = ({ label, description, icon, context, tooltip, command, children }: Row) =>
    JSON.stringify([label, description, icon, context, tooltip, command, children.map(({ id }) => id)]);
  return look(a) === look(b);
}

function connectionRow(view: ConnectionView): Row {
  const { profile, state, resources } = view;
  const nodes = resources.filter(({ type }) => type === 'node').sort((a, b) => order(a.node, b.node));
  return {
    id: profile.id,
    label: profile.name,
    description: connectionDescription(view, nodes.length),
    icon: state === 'error' ? { id: 'warning', color: 'list.warningForeground' } : { id: 'server-environment' },
    context: `;connection;${profile.kind};${state};`,
    tooltip: connectionTooltip(view),
    expanded: true,
    connection: profile.id,
    children: [...notes(view), ...nodes.map((node) => nodeRow(view, node))],
  };
}

function connectionDescription({ profile, state }: ConnectionView, nodes: number): string {
  const what = profile.kind === 'demo' ? 'demo' : new URL(profile.endpoints[0]?.url ?? 'https://unknown').host;
  if (state === 'loading') return `${what} · connecting…`;
  if (state === 'error') return `${what} · ${nodes === 0 ? 'offline' : 'offline, last known state'}`;
  if (state === 'no-secret') return `${what} · no token`;
  return `${what} · ${count(nodes, 'node')}`;
}

function connectionTooltip({ profile, error }: ConnectionView): string {
  const lines = [profile.name, `Agents: ${profile.level}`];
  if (profile.kind === 'cluster') lines.push(`Token: ${profile.tokenId}`, ...profile.endpoints.map(({ url }) => url));
  if (error !== undefined) lines.push('', [error.message, ...error.reason].join(': '), error.hint);
  return lines.join('\n');
}

/** What is going on, or went wrong, is a row of its own: a connection is never an empty branch. */
function notes({ profile, state, error }: ConnectionView): Row[] {
  const row = { description: '', connection: profile.id, children: [] };
  if (state === 'loading') {
    const label = 'Connecting…';
    return [
      {
        ...row,
        id: `${profile.id}/loading`,
        label,
        icon: { id: 'loading~spin' },
        context: ';loading;',
        tooltip: label,
      },
    ];
  }
  if (state === 'no-secret') {
    const label = 'Enter token…';
    const tooltip = 'The token secret is not stored on this computer. Select to enter it.';
    return [
      {
        ...row,
        id: `${profile.id}/token`,
        label,
        icon: { id: 'key' },
        context: ';token;',
        tooltip,
        command: 'proxmox.enterToken',
      },
    ];
  }
  if (error === undefined) return [];
  const label = printable([error.message, ...error.reason].join(': '), 200);
  const color = 'list.errorForeground';
  return [
    {
      ...row,
      id: `${profile.id}/error`,
      label,
      icon: { id: 'error', color },
      context: `;error;${error.code};`,
      tooltip: `${label}\n${error.hint}`,
    },
    {
      ...row,
      id: `${profile.id}/retry`,
      label: 'Retry',
      icon: { id: 'refresh' },
      context: ';retry;',
      tooltip: error.hint,
      command: 'proxmox.refresh',
    },
  ];
}

function nodeRow(view: ConnectionView, node: Resource): Row {
  const { profile, resources, state } = view;
  const name = node.node ?? '';
  const online = node.status === 'online' && state !== 'error';
  const guests = resources
    .filter((one) => one.node === name && one.vmid !== undefined)
    .sort((a, b) => (a.vmid ?? 0) - (b.vmid ?? 0));
  const storages = resources
    .filter((one) => one.node === name && one.type === 'storage')
    .sort((a, b) => order(a.storage, b.storage));
  const usage = [`${percent(node.cpu)} CPU`, `${percent(ratio(node.mem, node.maxmem))} memory`].filter(
    (part) => !part.startsWith('?'),
  );
  return {
    id: `${profile.id}/node/${name}`,
    label: printable(name, 64),
    description: online
      ? ['online', ...usage].join(' · ')
      : `${state === 'error' ? 'last seen ' : ''}${node.status ?? 'unknown'}`,
    icon: online ? { id: 'server', color: 'charts.green' } : { id: 'server', color: 'disabledForeground' },
    context: `;node;${node.status ?? 'unknown'};`,
    tooltip: `Node ${printable(name, 64)}, ${node.status ?? 'unknown'}, ${count(guests.length, 'guest')}`,
    connection: profile.id,
    children: [
      ...guests.flatMap((guest) => guestRow(view, guest) ?? []),
      ...(storages.length === 0 ? [] : [storageGroup(view, name, storages)]),
    ],
  };
}

function guestRow({ profile }: ConnectionView, resource: Resource): Row | undefined {
  const guest = targetOf(resource, profile);
  if (guest === undefined) return undefined;
  const kind = guest.type === 'qemu' ? 'VM' : 'container';
  const marks = [resource.template ? 'template' : guest.status, ...(resource.lock ? [`locked: ${resource.lock}`] : [])];
  return {
    id: `${profile.id}/guest/${guest.type}/${guest.vmid}`,
    label: printable(guest.name, 64),
    description: `${guest.vmid} · ${marks.map((mark) => printable(mark, 40)).join(' · ')}`,
    icon: guestIcon(guest, resource.template === true),
    context: `;guest;${guest.type};${resource.template ? 'template' : guest.status};`,
    tooltip: `${printable(guest.name, 64)} (${guest.vmid}), ${kind} on ${guest.node}, ${marks.join(', ')}`,
    connection: profile.id,
    guest,
    children: [],
  };
}

function guestIcon({ type, status }: GuestTarget, template: boolean): Row['icon'] {
  if (template) return { id: 'file-code' };
  const shape =
    type === 'qemu' ? { running: 'vm-running', other: 'vm-outline' } : { running: 'package', other: 'archive' };
  if (status === 'running') return { id: shape.running, color: 'charts.green' };
  if (status === 'paused') return { id: 'debug-pause', color: 'charts.yellow' };
  return { id: shape.other, color: 'disabledForeground' };
}

function storageGroup({ profile }: ConnectionView, node: string, storages: readonly Resource[]): Row {
  return {
    id: `${profile.id}/node/${node}/storage`,
    label: 'Storage',
    description: String(storages.length),
    icon: { id: 'database' },
    context: ';storages;',
    tooltip: `Storage of ${printable(node, 64)}`,
    connection: profile.id,
    children: storages.map((storage) => storageRow(profile.id, node, storage)),
  };
}

function storageRow(
  connection: string,
  node: string,
  { storage = '', status = 'unknown', plugintype = '', disk, maxdisk, shared }: Resource,
): Row {
  const usable = status === 'available';
  const used = percent(ratio(disk, maxdisk));
  const facts = [plugintype, ...(shared ? ['shared'] : []), usable && used !== '?' ? `${used} used` : status];
  return {
    id: `${connection}/node/${node}/storage/${storage}`,
    label: printable(storage, 64),
    description: facts.filter((fact) => fact !== '').join(' · '),
    icon: usable ? { id: 'database' } : { id: 'database', color: 'list.warningForeground' },
    context: `;storage;${status};`,
    tooltip: `Storage ${printable(storage, 64)} on ${node}, ${facts.join(', ')}`,
    connection,
    children: [],
  };
}

function targetOf(
  { type, vmid, node, name, status }: Resource,
  profile: ConnectionView['profile'],
): GuestTarget | undefined {
  if ((type !== 'qemu' && type !== 'lxc') || vmid === undefined || node === undefined) return undefined;
  return {
    connection: profile.id,
    connectionName: profile.name,
    node,
    type,
    vmid,
    name: name ?? String(vmid),
    status: status ?? 'unknown',
  };
}

function ratio(part: number | undefined, whole: number | undefined): number | undefined {
  return part === undefined || whole === undefined || whole === 0 ? undefined : part / whole;
}

function percent(fraction: number | undefined): string {
  return fraction === undefined ? '?' : `${Math.round(fraction * 100)}%`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function order(a = '', b = ''): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
