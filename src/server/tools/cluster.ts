import * as z from 'zod';
import { forModel } from '../../gate/printable.ts';
import type { ClusterStatus, Resource } from '../../pve/records.ts';
import { defineTool } from '../define-tool.ts';
import { type Column, facts, rows } from '../text/rows.ts';
import { notShown, sections } from '../text/sections.ts';
import { count, duration, percent, share, usedOf, usedPer } from '../text/units.ts';
import { clusterParts, clusterSections } from './cluster-parts.ts';
import { tally } from './guest-text.ts';

export const getCluster = defineTool({
  name: 'pve_get_cluster',
  title: 'Cluster overview',
  toolset: 'cluster',
  risk: 'read',
  description: 'Overview of the cluster: quorum, totals, nodes; more with include. Start here.',
  input: z.strictObject({ include: z.array(z.enum(clusterParts)).optional() }),
  async handle({ include = [] }, { pve }) {
    const [version, status, resources] = await Promise.all([pve.version(), pve.clusterStatus(), pve.resources()]);
    const nodes = resources.filter(({ type }) => type === 'node').sort(byNode);
    const guests = resources.filter(({ type }) => type === 'qemu' || type === 'lxc');
    const storages = countedOnce(resources.filter(({ type }) => type === 'storage'));
    const lines = [
      title(status, nodes),
      ...facts([
        ['PVE', version.version],
        ['Guests', tally(guests)],
        ['CPU', cpuOf(nodes)],
        [
          'Memory',
          `${usedOf(sum(nodes, 'mem'), sum(nodes, 'maxmem'))} (${share(sum(nodes, 'mem'), sum(nodes, 'maxmem'))})`,
        ],
        [
          'Storage',
          `${usedOf(sum(storages, 'disk'), sum(storages, 'maxdisk'))} on ${count(storages.length, 'storage')}, shared ones counted once`,
        ],
      ]),
      '',
      ...rows(columns(guests), nodes),
      ...(await sections(clusterSections({ pve, version, resources }), include)),
      ...notShown(clusterParts, include),
    ];
    return { text: lines.join('\n') };
  },
});

function title({ name, quorate, nodes: members }: ClusterStatus, nodes: readonly Resource[]): string {
  const offline = members.filter(({ online }) => !online).map((node) => node.name);
  const state = offline.length === 0 ? 'all online' : `offline: ${offline.join(', ')}`;
  const quorum = quorate === undefined ? '' : quorate ? ', quorate' : ', NO QUORUM: nothing can be changed';
  const what = name === undefined ? 'Single node without a cluster' : `Cluster ${forModel(name, 64)}`;
  return `${what}: ${count(nodes.length, 'node')}, ${state}${quorum}`;
}

function columns(guests: readonly Resource[]): readonly Column<Resource>[] {
  const on = (node: Resource) => guests.filter((guest) => guest.node === node.node);
  return [
    { head: 'NODE', cell: ({ node = '' }) => node },
    { head: 'STATUS', cell: ({ status = 'unknown' }) => status },
    {
      head: 'CPU',
      cell: ({ cpu, maxcpu }) => (cpu === undefined || maxcpu === undefined ? '' : `${percent(cpu)} of ${maxcpu}`),
      right: true,
    },
    { head: 'MEMORY', cell: ({ mem, maxmem }) => usedPer(mem, maxmem), right: true },
    { head: 'ROOT DISK', cell: ({ disk, maxdisk }) => usedPer(disk, maxdisk), right: true },
    {
      head: 'UPTIME',
      cell: ({ uptime }) => (uptime === undefined || uptime === 0 ? '' : duration(uptime)),
      right: true,
    },
    {
      head: 'GUESTS',
      cell: (node) => `${on(node).filter(({ status }) => status === 'running').length} of ${on(node).length} running`,
    },
  ];
}

function cpuOf(nodes: readonly Resource[]): string {
  const cores = sum(nodes, 'maxcpu');
  const used = nodes.reduce((all, { cpu = 0, maxcpu = 0 }) => all + cpu * maxcpu, 0);
  return cores === undefined ? 'not known' : `${percent(used / cores)} of ${cores} cores`;
}

/** A shared storage stands once for each node that has it. */
function countedOnce(storages: readonly Resource[]): Resource[] {
  const seen = new Set<string>();
  return storages.filter(({ shared, storage = '' }) => {
    if (shared !== true) return true;
    if (seen.has(storage)) return false;
    seen.add(storage);
    return true;
  });
}

function sum(items: readonly Resource[], key: 'mem' | 'maxmem' | 'disk' | 'maxdisk' | 'maxcpu'): number | undefined {
  const known = items.flatMap((item) => item[key] ?? []);
  return known.length === 0 ? undefined : known.reduce((all, value) => all + value, 0);
}

function byNode(a: Resource, b: Resource): number {
  return (a.node ?? '').localeCompare(b.node ?? '', 'en', { numeric: true });
}
