import type { Upid } from '../../pve/upid.ts';

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
  readonly command?: 'proxmox.refresh' | 'proxmox.reconnect' | 'proxmox.enterSecret' | 'proxmox.trustNewCertificate';
  readonly connection: string;
  readonly guest?: GuestTarget;
  /** The node that it is, or that it is on; a guest has its own. */
  readonly node?: string;
  readonly storage?: string;
  /** A snapshot of the guest. */
  readonly snapshot?: string;
  /** A volume of the storage: a disk, an ISO file, a template, a backup. */
  readonly volume?: Volume;
  readonly pool?: string;
  /** A task of the node. */
  readonly task?: Upid;
  /** Its children are read when it is opened; there are none before. */
  readonly reads?: Branch;
  readonly children: readonly Row[];
}

/** Something that a storage holds. */
export interface Volume {
  readonly volid: string;
  /** Proxmox VE's word for its kind: `images`, `rootdir`, `iso`, `vztmpl`, `backup`, `snippets`, `import`. */
  readonly content: string;
  /** The guest that it belongs to. */
  readonly vmid?: number;
}

/** What is read from the cluster when a row is opened. */
export type Branch =
  | { readonly kind: 'snapshots'; readonly guest: GuestTarget }
  /** GET `/nodes/{node}/storage/{storage}/content` of one kind. */
  | { readonly kind: 'content'; readonly node: string; readonly storage: string; readonly content: string }
  | { readonly kind: 'ha' }
  | { readonly kind: 'tasks' };

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

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

export function order(a = '', b = ''): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
