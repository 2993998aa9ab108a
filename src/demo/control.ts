import { ail } from './ailments.ts';
import { createCertificates } from './certificate.ts';
import type { Endpoints } from './endpoints.ts';
import { isFault, type Troubles } from './faults.ts';
import type { World } from './state.ts';

interface Controlled {
  readonly world: World;
  readonly endpoints: Endpoints;
  readonly troubles: Troubles;
}
type Order = Readonly<Record<string, unknown>>;

const forgottenAfter = 20_000; // how long the cluster still shows the guests of a node that is gone, cluster time

/**
 * Carries out one order of a test, a line of JSON:
 * `{"node":"pve2","offline":true}` · `{"quorum":false}` · `{"latencyMs":200}` · `{"certificate":"new"|"other-ca"}` ·
 * `{"ticket":"expire"}` · `{"unlock":109}` as `qm unlock` does on a node · `{"ailment":kind,"node":…,"guest":…,"storage":…,"amount":…}` (see `ail`) · `{"fault":kind,"path":…,"method":…,"node":…,"times":1,"performed":false}` with the kinds of
 * `Fault`, or `none` to end all faults.
 * @returns the line that answers it
 */
export async function obey(controlled: Controlled, line: string): Promise<string> {
  try {
    const order: unknown = JSON.parse(line);
    if (typeof order !== 'object' || order === null) throw new Error('not an object');
    const told = await carryOut(controlled, { ...order });
    return JSON.stringify({ ok: true, ...told });
  } catch (error) {
    return JSON.stringify({ ok: false, error: error instanceof Error ? error.message : String(error) });
  }
}

async function carryOut({ world, endpoints, troubles }: Controlled, order: Order): Promise<Order> {
  const { fault, ailment, offline, quorum, latencyMs, certificate, ticket, unlock } = order;
  if (typeof fault === 'string') addFault(troubles, fault, order);
  else if (typeof ailment === 'string') ail(world, ailment, order);
  else if (typeof offline === 'boolean') {
    setOffline(world, String(order.node), offline);
    await endpoints.follow();
  } else if (typeof quorum === 'boolean') world.cluster.quorum = quorum;
  else if (typeof latencyMs === 'number') troubles.latencyMs = latencyMs;
  else if (ticket === 'expire') world.tickets.expireAll();
  else if (typeof unlock === 'number') delete world.cluster.guests.get(unlock)?.config.lock;
  else if (certificate === 'new' || certificate === 'other-ca') return swap(world, endpoints, certificate);
  else throw new Error(`unknown order ${JSON.stringify(order)}`);
  return {};
}

function addFault({ faults }: Troubles, kind: string, { path, method, node, times, performed }: Order): void {
  if (kind === 'none') return void faults.splice(0);
  if (!isFault(kind)) throw new Error(`unknown fault '${kind}'`);
  faults.push({
    kind,
    path: typeof path === 'string' ? path : '',
    method: typeof method === 'string' ? method : undefined,
    node: typeof node === 'string' ? node : undefined,
    performed: performed === true || ['cut', 'slow', 'garbled'].includes(kind),
    left: typeof times === 'number' ? times : 1,
  });
}

function setOffline({ cluster, clock }: World, name: string, offline: boolean): void {
  const node = cluster.nodes.find((each) => each.name === name);
  if (node === undefined) throw new Error(`no node '${name}'`);
  node.offline = offline;
  if (!offline) return;
  clock.after(forgottenAfter, () => {
    if (!node.offline) return;
    for (const guest of cluster.guests.values()) if (guest.node === name) guest.reported = undefined;
  });
}

function swap({ cluster, clock }: World, endpoints: Endpoints, how: 'new' | 'other-ca'): Order {
  const names = cluster.nodes.map(({ name }) => name);
  cluster.certificates =
    how === 'new' ? cluster.certificates.renew(clock.now()) : createCertificates(names, clock.now());
  endpoints.renew();
  return { endpoints: endpoints.list(), ca: cluster.certificates.ca.pem };
}
