import { access } from './risk/access.ts';
import { backups } from './risk/backup.ts';
import { bulkActions } from './risk/bulk.ts';
import { cluster } from './risk/cluster.ts';
import { disksAndCeph } from './risk/disks.ts';
import { firewall } from './risk/firewall.ts';
import { guestConfig } from './risk/guest-config.ts';
import { guestDisks } from './risk/guest-disks.ts';
import { guestPower } from './risk/guest-power.ts';
import { highAvailability } from './risk/ha.ts';
import { nodes } from './risk/node.ts';
import { isSet, type RiskRule } from './risk/rule.ts';
import { softwareDefined } from './risk/sdn.ts';
import { storages } from './risk/storage.ts';
import { telling } from './risk/telling.ts';
import { withheld } from './risk/withheld.ts';
import type { ApiOperation } from './types.ts';

export { isSet, type RiskRule };

/** The one table (gate.md G4), by area. It names every write of Proxmox VE 8.4 and 9.2; one that it does not is `destroy`. */
export const riskTable: readonly RiskRule[] = [
  ...guestPower,
  ...guestConfig,
  ...guestDisks,
  ...bulkActions,
  ...backups,
  ...storages,
  ...nodes,
  ...disksAndCeph,
  ...highAvailability,
  ...cluster,
  ...telling,
  ...softwareDefined,
  ...firewall,
  ...access,
  ...withheld,
];

/** Reads that agents must ask for at every level: secrets, guests' files, and what makes a node connect somewhere (G6). */
export const sensitiveReads: readonly string[] = [
  '/nodes/{node}/qemu/{vmid}/agent/file-read',
  '/nodes/{node}/qemu/{vmid}/agent/exec-status',
  '/nodes/{node}/qemu/{vmid}/cloudinit/dump',
  '/nodes/{node}/storage/{storage}/file-restore/download',
  '/nodes/{node}/report',
  '/cluster/config/join',
  '/nodes/{node}/query-url-metadata',
  '/nodes/{node}/query-oci-repo-tags',
  '/nodes/{node}/scan/cifs',
  '/nodes/{node}/scan/glusterfs',
  '/nodes/{node}/scan/iscsi',
  '/nodes/{node}/scan/nfs',
  '/nodes/{node}/scan/pbs',
  '/nodes/{node}/vncwebsocket',
  '/nodes/{node}/{guest}/{vmid}/vncwebsocket',
  '/nodes/{node}/{guest}/{vmid}/mtunnelwebsocket',
];

/** Reads that are so only with this parameter: without it the node asks the place that it always asks. */
const sensitiveReadsWith: Readonly<Record<string, string>> = {
  '/cluster/acme/meta': 'directory',
  '/cluster/acme/tos': 'directory',
};

/** Whether an operation deals with secrets or guests' files, sends data out, or makes a node connect somewhere (G6). */
export function isSensitive({
  method,
  segments,
  params,
}: Pick<ApiOperation, 'method' | 'segments' | 'params'>): boolean {
  if (method === 'GET')
    return (
      sensitiveReads.some((path) => matches(path, segments)) ||
      Object.entries(sensitiveReadsWith).some(([path, name]) => matches(path, segments) && params[name] !== undefined)
    );
  const { sensitive = [] } = riskRule({ method, segments }) ?? {};
  return sensitive === true || sensitive.some((name) => params[name] !== undefined);
}

/** The last segment of what agents are refused by every way (G5). */
export const refusedToAgents: readonly string[] = [
  'execute',
  'monitor',
  'sendkey',
  'vncproxy',
  'termproxy',
  'spiceproxy',
  'vncshell',
  'spiceshell',
  'vncwebsocket',
  'vncticket',
  'mtunnel',
  'mtunnelwebsocket',
  'dbus-vmstate',
];

/** The line of the table that names this operation. */
export function riskRule(operation: Pick<ApiOperation, 'method' | 'segments'>): RiskRule | undefined {
  return riskTable.find((rule) => rule.method === operation.method && matches(rule.path, operation.segments));
}

/** Whether the segments fit a path template. */
export function matches(template: string, segments: readonly string[]): boolean {
  const parts = partsOf(template);
  // Proxmox VE takes all the rest of the path for the volume.
  const isWhole = parts.at(-1) === '{volume}' ? segments.length >= parts.length : segments.length === parts.length;
  return (
    isWhole &&
    parts.every((part, index) => {
      const segment = segments[index] ?? '';
      if (part === '{guest}') return segment === 'qemu' || segment === 'lxc';
      return part.startsWith('{') || part === segment;
    })
  );
}

/** A whole command line has hundreds of requests, each of which is held against all templates: they are split once. */
function partsOf(template: string): readonly string[] {
  const known = split.get(template);
  if (known !== undefined) return known;
  const parts = template.slice(1).split('/');
  split.set(template, parts);
  return parts;
}

const split = new Map<string, readonly string[]>();

/** What stands in the path for the variables of a template: `/storage/{storage}` → `{storage: 'nas'}`. */
export function variables(template: string, segments: readonly string[]): Readonly<Record<string, string>> {
  const parts = template.slice(1).split('/');
  return Object.fromEntries(
    parts.flatMap((part, index) => {
      if (!part.startsWith('{')) return [];
      const rest = part === '{volume}' ? segments.slice(index).join('/') : segments[index];
      return [[part.slice(1, -1), rest ?? '']];
    }),
  );
}
