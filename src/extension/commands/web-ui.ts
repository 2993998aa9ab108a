import type { Place } from './places.ts';

/**
 * The address of a place in Proxmox VE's own web interface, which keeps what it shows behind the `#`
 * (`=qemu/101` with the slash encoded; PVE manual, "Graphical User Interface").
 * @param base URL of a node
 */
export function webAddress(
  base: string,
  { node, guest, storage }: Omit<Place, 'connection' | 'connectionName'>,
): string {
  const { origin } = new URL(base);
  const shown = resourceId(node, guest, storage);
  return shown === undefined ? `${origin}/` : `${origin}/#v1:0:=${encodeURIComponent(shown)}`;
}

function resourceId(node: string | undefined, guest: Place['guest'], storage: string | undefined): string | undefined {
  if (guest !== undefined) return `${guest.type}/${guest.vmid}`;
  if (node === undefined) return undefined;
  return storage === undefined ? `node/${node}` : `storage/${node}/${storage}`;
}
