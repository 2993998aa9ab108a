import { forModel } from '../../gate/printable.ts';
import { type CephOsd, type CephPool, type CephStatus, cephParts, cephStatus } from '../../pve/ceph.ts';
import type { PveClient } from '../../pve/client.ts';
import { PveError } from '../../pve/error.ts';
import { type Column, facts, rows } from '../text/rows.ts';
import { bytes, percent, usedPer } from '../text/units.ts';

/** Health, space, OSDs, pools and monitors of Ceph. @param node any that is online: each tells the same */
export async function cephLines(pve: PveClient, node: string | undefined): Promise<string[]> {
  const status = await cephStatus(pve).catch(notThere);
  if (status === undefined) return ['Ceph: not on this cluster'];
  const { osds, pools, monitors } = node === undefined ? nothing : await cephParts(pve, node);
  const states = monitors.map(
    ({ name, state = '', inQuorum }) => `${name} ${inQuorum === false ? 'out of quorum' : state}`,
  );
  return [
    `Ceph: ${forModel(status.health ?? 'health not known', 40)}`,
    ...status.checks.map(({ name, severity = '', message = '' }) => forModel(`  ${severity} ${name}: ${message}`, 300)),
    ...facts([
      ['Space', status.totalBytes === undefined ? undefined : usedPer(status.usedBytes, status.totalBytes)],
      ['OSDs', osdTally(status, osds.length)],
      ['PGs', forModel(status.placementGroups.map(({ state, amount }) => `${amount} ${state}`).join(', '), 300)],
      ['Monitors', forModel(states.join(', '), 400)],
    ]),
    ...(pools.length === 0 ? [] : rows(poolColumns, pools)),
    ...(osds.length === 0 ? [] : rows(osdColumns, osds)),
  ];
}

const nothing: Awaited<ReturnType<typeof cephParts>> = { osds: [], pools: [], monitors: [] };

function notThere(error: unknown): undefined {
  if (error instanceof PveError && error.code === 'not_implemented') return undefined;
  throw error;
}

function osdTally({ osds, osdsUp, osdsIn }: CephStatus, listed: number): string {
  return osds === undefined ? String(listed) : `${osds}, ${osdsUp ?? '?'} up, ${osdsIn ?? '?'} in`;
}

const poolColumns: readonly Column<CephPool>[] = [
  { head: 'POOL', cell: ({ name }) => name },
  { head: 'SIZE/MIN', cell: ({ size, minSize }) => `${size ?? '?'}/${minSize ?? '?'}` },
  { head: 'PGS', cell: ({ placementGroups }) => String(placementGroups ?? ''), right: true },
  { head: 'USED', cell: ({ usedBytes }) => (usedBytes === undefined ? '' : bytes(usedBytes)), right: true },
  { head: '%', cell: ({ used }) => (used === undefined ? '' : percent(used)), right: true },
];

const osdColumns: readonly Column<CephOsd>[] = [
  { head: 'OSD', cell: ({ id }) => String(id), right: true },
  { head: 'HOST', cell: ({ host = '' }) => host },
  { head: 'STATE', cell: ({ status = '', isIn }) => `${status} ${isIn === false ? 'out' : 'in'}` },
  { head: 'CLASS', cell: ({ deviceClass = '' }) => deviceClass },
  { head: 'USED%', cell: ({ usedPercent }) => usedPercent?.toFixed(0) ?? '', right: true },
];
