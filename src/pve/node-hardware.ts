import { get, type Reader } from './get.ts';
import { flag, looseList, looseObject, number, text, words } from './loose.ts';

// What a node is made of. Sizes are bytes.

export interface Disk {
  /** `/dev/sda` */
  readonly path: string;
  /** `ssd`, `hdd`, `nvme`, `usb` */
  readonly type?: string | undefined;
  readonly size?: number | undefined;
  /** `LVM`, `ZFS`, `partitions`, … */
  readonly used?: string | undefined;
  readonly model?: string | undefined;
  readonly serial?: string | undefined;
  /** What SMART says: `PASSED`, `OK`, `FAILED`, `UNKNOWN` */
  readonly health?: string | undefined;
  /** Percent of its life that is left; where the disk tells. */
  readonly lifeLeft?: number | undefined;
}
export interface NetworkInterface {
  readonly name: string;
  readonly type?: string | undefined;
  readonly active: boolean;
  readonly autostart: boolean;
  readonly addresses: readonly string[];
  readonly gateways: readonly string[];
  /** What a bridge or bond is made of. */
  readonly ports: readonly string[];
  readonly vlanAware: boolean;
  readonly comment?: string | undefined;
}
export interface PciDevice {
  readonly id: string;
  /** `0x030000` */
  readonly class?: string | undefined;
  readonly vendor?: string | undefined;
  readonly device?: string | undefined;
  readonly iommuGroup?: number | undefined;
}
export interface UsbDevice {
  readonly bus?: number | undefined;
  readonly port?: string | undefined;
  /** `1d6b:0002` */
  readonly id: string;
  readonly product?: string | undefined;
  readonly manufacturer?: string | undefined;
}

export function readDisks(data: unknown): Disk[] {
  return looseList(data, 'the disks of a node').map((it) => ({
    path: text(it.devpath) ?? '',
    type: text(it.type),
    size: number(it.size),
    used: text(it.used),
    model: text(it.model),
    serial: text(it.serial),
    health: text(it.health),
    lifeLeft: number(it.wearout),
  }));
}

/** What SMART says in full: a text, or attributes one a line. */
export function readSmart(data: unknown): { readonly health?: string | undefined; readonly lines: readonly string[] } {
  const it = looseObject(data, 'the SMART values of a disk');
  const attributes = looseList(it.attributes ?? [], 'the SMART values of a disk').map((one) =>
    [one.id, one.name, one.value, one.worst, one.raw].flatMap((part) => text(part) ?? []).join(' '),
  );
  return { health: text(it.health), lines: [...(text(it.text) ?? '').split('\n'), ...attributes].filter(Boolean) };
}

export function readNetwork(data: unknown): NetworkInterface[] {
  return looseList(data, 'the network of a node').map((it) => ({
    name: text(it.iface) ?? '',
    type: text(it.type),
    active: flag(it.active) ?? false,
    autostart: flag(it.autostart) ?? false,
    addresses: [it.cidr, it.cidr6].flatMap((address) => text(address) ?? []),
    gateways: [it.gateway, it.gateway6].flatMap((address) => text(address) ?? []),
    ports: [it.bridge_ports, it.slaves, it.ovs_ports, it['vlan-raw-device']].flatMap(words),
    vlanAware: flag(it.bridge_vlan_aware) ?? false,
    comment: text(it.comments)?.trim(),
  }));
}

export function readPci(data: unknown): PciDevice[] {
  return looseList(data, 'the PCI devices of a node').map((it) => ({
    id: text(it.id) ?? '',
    class: text(it.class),
    vendor: text(it.vendor_name) ?? text(it.vendor),
    device: text(it.device_name) ?? text(it.device),
    iommuGroup: number(it.iommugroup),
  }));
}

export function readUsb(data: unknown): UsbDevice[] {
  return looseList(data, 'the USB devices of a node').map((it) => ({
    bus: number(it.busnum),
    port: text(it.usbpath) ?? text(it.port),
    id: [it.vendid, it.prodid].flatMap((part) => text(part)?.replace(/^0x/, '') ?? []).join(':'),
    product: text(it.product),
    manufacturer: text(it.manufacturer),
  }));
}

/** GET `/nodes/{node}/…`, each its own; USB needs Sys.Modify. */
export const nodeHardware = {
  disks: async (reader: Reader, node: string) => readDisks(await get(reader, ['nodes', node, 'disks', 'list'])),
  network: async (reader: Reader, node: string) => readNetwork(await get(reader, ['nodes', node, 'network'])),
  pci: async (reader: Reader, node: string) => readPci(await get(reader, ['nodes', node, 'hardware', 'pci'])),
  usb: async (reader: Reader, node: string) => readUsb(await get(reader, ['nodes', node, 'hardware', 'usb'])),
} as const;
