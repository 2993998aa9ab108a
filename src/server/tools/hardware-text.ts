import type { PveClient } from '../../pve/client.ts';
import {
  type Disk,
  type NetworkInterface,
  nodeHardware,
  type PciDevice,
  type UsbDevice,
} from '../../pve/node-hardware.ts';
import { type Column, dense, rows } from '../text/rows.ts';
import { bytes, count } from '../text/units.ts';

/** The disks of a node with what SMART says. */
export async function diskLines(pve: PveClient, node: string): Promise<string[]> {
  const disks = await nodeHardware.disks(pve, node);
  if (disks.length === 0) return ['Disks: none told'];
  const ill = disks.filter(({ health }) => health !== undefined && !/^(passed|ok|unknown)$/i.test(health));
  return [
    `${count(disks.length, 'disk')}, ${ill.length === 0 ? 'none failing' : `${ill.length} NOT HEALTHY`} by SMART (LIFE: percent left):`,
    ...rows(diskColumns, disks),
  ];
}

const diskColumns: readonly Column<Disk>[] = [
  { head: 'DISK', cell: ({ path }) => path },
  { head: 'TYPE', cell: ({ type = '' }) => type },
  { head: 'SIZE', cell: ({ size }) => (size === undefined ? '' : bytes(size)), right: true },
  { head: 'USED AS', cell: ({ used = '' }) => used },
  { head: 'SMART', cell: ({ health = '' }) => health },
  { head: 'LIFE', cell: ({ lifeLeft }) => (lifeLeft === undefined ? '' : `${lifeLeft}%`), right: true },
  { head: 'MODEL', cell: ({ model = '' }) => model.trim() },
  { head: 'SERIAL', cell: ({ serial = '' }) => serial.trim() },
];

/** The interfaces of a node as they are configured. */
export async function networkLines(pve: PveClient, node: string): Promise<string[]> {
  const interfaces = await nodeHardware.network(pve, node);
  if (interfaces.length === 0) return ['Network: no interfaces that the token may see'];
  return ['Network:', ...rows(networkColumns, interfaces)];
}

const networkColumns: readonly Column<NetworkInterface>[] = [
  { head: 'NAME', cell: ({ name }) => name },
  { head: 'TYPE', cell: ({ type = '', vlanAware }) => (vlanAware ? `${type} (VLAN aware)` : type) },
  { head: 'STATE', cell: ({ active, autostart }) => `${active ? 'up' : 'down'}${autostart ? ', at boot' : ''}` },
  { head: 'ADDRESS', cell: ({ addresses }) => addresses.join(',') },
  { head: 'GATEWAY', cell: ({ gateways }) => gateways.join(',') },
  { head: 'PORTS', cell: ({ ports }) => ports.join(',') },
  { head: 'COMMENT', cell: ({ comment = '' }) => comment },
];

export async function pciLines(pve: PveClient, node: string): Promise<string[]> {
  const devices = await nodeHardware.pci(pve, node);
  return devices.length === 0 ? ['PCI devices: none told'] : ['PCI devices:', ...dense(pciColumns, devices)];
}

const pciColumns: readonly Column<PciDevice>[] = [
  { head: 'ID', cell: ({ id }) => id },
  { head: 'IOMMU', cell: ({ iommuGroup = -1 }) => (iommuGroup < 0 ? '' : String(iommuGroup)) },
  { head: 'CLASS', cell: ({ class: kind = '' }) => kind },
  { head: 'DEVICE', cell: ({ vendor = '', device = '' }) => `${vendor} ${device}` },
];

export async function usbLines(pve: PveClient, node: string): Promise<string[]> {
  const devices = await nodeHardware.usb(pve, node);
  return devices.length === 0 ? ['USB devices: none'] : ['USB devices:', ...dense(usbColumns, devices)];
}

const usbColumns: readonly Column<UsbDevice>[] = [
  { head: 'BUS', cell: ({ bus }) => String(bus ?? '') },
  { head: 'PORT', cell: ({ port = '' }) => port },
  { head: 'ID', cell: ({ id }) => id },
  { head: 'DEVICE', cell: ({ manufacturer = '', product = '' }) => `${manufacturer} ${product}`.trim() },
];
