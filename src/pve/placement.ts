import type { PveClient } from './client.ts';
import { isVmid } from './guest.ts';
import { text, unexpected } from './loose.ts';
import type { NodeInfo } from './records.ts';

/** GET `/cluster/nextid`: a VMID that is free now; it is not reserved. */
export async function freeVmid({ send }: Pick<PveClient, 'send'>): Promise<number> {
  const vmid = text((await send({ method: 'GET', path: ['cluster', 'nextid'] })).data) ?? '';
  if (!isVmid(vmid)) throw unexpected('the next free VMID');
  return Number(vmid);
}

/** The nodes that answer, those with the most free memory first; one whose memory is not known comes last. */
export function byFreeMemory(nodes: readonly NodeInfo[]): NodeInfo[] {
  return nodes.filter(({ online }) => online).sort((a, b) => freeMemory(b) - freeMemory(a));
}

/** Bytes. */
export function freeMemory({ mem, maxmem }: Pick<NodeInfo, 'mem' | 'maxmem'>): number {
  return mem === undefined || maxmem === undefined ? 0 : maxmem - mem;
}
