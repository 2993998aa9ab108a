import { printable } from '../../gate/printable.ts';
import type { Resource } from '../../pve/records.ts';
import type { ConnectionView } from './live.ts';
import { count, type GuestTarget, order, type Row } from './row.ts';

/** A node with its guests by number and its storage. */
export function nodeRow(view: ConnectionView, node: Resource): Row {
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
    node: name,
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
    context: `;guest;${guest.type};${resource.template ? 'template' : guest.status};${resource.lock ? 'locked;' : ''}`,
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
    node,
    storage,
    children: [],
  };
}

/** A guest as a command needs it; nothing for what is no guest. */
export function targetOf(
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
