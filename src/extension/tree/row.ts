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

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

export function order(a = '', b = ''): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
