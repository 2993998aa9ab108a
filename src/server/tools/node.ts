import * as z from 'zod';
import { forModel, printable } from '../../gate/printable.ts';
import { PveError } from '../../pve/error.ts';
import type { NodeStatus, Resource, Space } from '../../pve/records.ts';
import { defineTool } from '../define-tool.ts';
import { nearest } from '../text/nearest.ts';
import { facts } from '../text/rows.ts';
import { notShown, sections } from '../text/sections.ts';
import { count, duration, percent, share, usedOf } from '../text/units.ts';
import { nodeArgument } from './common.ts';
import { tally } from './guest-text.ts';
import { nodeParts, nodeSections } from './node-parts.ts';

export const getNode = defineTool({
  name: 'pve_get_node',
  title: 'Node details',
  toolset: 'nodes',
  risk: 'read',
  description: 'Load, memory, disk and guests of one node as they are now; more with include (disks: with SMART).',
  input: z.strictObject({ node: nodeArgument, include: z.array(z.enum(nodeParts)).optional() }),
  async handle({ node, include = [] }, { pve, clock }) {
    const resources = await pve.resources();
    const { status } = findNode(resources, node);
    const guests = resources.filter((it) => it.node === node && (it.type === 'qemu' || it.type === 'lxc'));
    if (status === 'offline') return { text: `${node}: offline. Guests as last seen: ${tally(guests)}.` };
    const now = await pve.nodeStatus(node);
    return {
      text: [
        `Node ${node}: ${forModel(status ?? 'unknown', 20)}`,
        ...summary(now, guests),
        ...(await sections(nodeSections({ pve, clock }, node), include)),
        ...notShown(nodeParts, include, ' Its guests: pve_list_guests with node.'),
      ].join('\n'),
    };
  },
});

/** The cluster's own list says what is missing in plain words; asking the node itself would be a DNS error. */
export function findNode(resources: readonly Resource[], wanted: string): Resource {
  const nodes = resources.filter(({ type }) => type === 'node');
  const found = nodes.find(({ node }) => node === wanted);
  if (found !== undefined) return found;
  const names = nodes.flatMap(({ node }) => node ?? []).sort();
  const meant = nearest(wanted, names);
  throw new PveError({
    code: 'not_found',
    message: `There is no node "${printable(wanted, 64)}"`,
    hint: `${meant === undefined ? '' : `Did you mean ${meant}? `}The nodes are ${names.join(', ')}.`,
    reason: [],
  });
}

function summary(now: NodeStatus, guests: readonly Resource[]): string[] {
  return facts([
    ['PVE', now.pveversion === undefined ? undefined : forModel(now.pveversion, 60)],
    ['Kernel', now.kernel === undefined ? undefined : forModel(now.kernel, 60)],
    ['Uptime', now.uptime === undefined ? undefined : duration(now.uptime)],
    ['CPU', cpu(now)],
    ['Load', now.loadavg.length === 0 ? undefined : `${now.loadavg.join(', ')} over 1, 5, 15 minutes`],
    ['I/O wait', now.wait === undefined ? undefined : percent(now.wait)],
    ['Memory', space(now.memory)],
    ['Swap', now.swap.total === 0 ? 'none' : space(now.swap)],
    ['Root disk', space(now.rootfs)],
    ['Guests', tally(guests)],
  ]);
}

function cpu({ cpu: used, cpus = 0, sockets, cpuModel }: NodeStatus): string {
  const model = cpuModel === undefined ? '' : `, ${forModel(cpuModel, 60)}`;
  return `${used === undefined ? '' : `${percent(used)} of `}${count(cpus, 'CPU')} in ${count(sockets ?? 1, 'socket')}${model}`;
}

function space({ used, total }: Space): string {
  return `${usedOf(used, total)} (${share(used, total)})`;
}
