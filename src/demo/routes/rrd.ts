import type { ParameterSpecs } from '../parameters.ts';
import { type Call, guestOf, nodeOf, type Reply, type Route, required } from '../route.ts';
import { guestPoint, nodePoint, series, storagePoint, timeframes } from '../rrd.ts';
import { storageOf } from './storage.ts';

const frames = Object.keys(timeframes) as (keyof typeof timeframes)[];
const cf = { type: 'string', values: ['AVERAGE', 'MAX'] } as const;
const upTo = (longest: number): ParameterSpecs => ({
  timeframe: { type: 'string', required: true, values: frames.slice(0, longest) },
  cf,
});

/** Series for charts. Every node has those of all nodes and guests. */
export const rrdRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/nodes/{node}/rrddata',
    anywhere: true,
    privilege: { at: '/nodes/{node}', any: ['Sys.Audit'] },
    parameters: upTo(6),
    answer: (call) => {
      const node = nodeOf(call);
      const here = [...call.world.cluster.guests.values()].filter((guest) => guest.node === node.name && guest.running);
      return points(call, (second) => nodePoint(node, here, second));
    },
  },
  ...(['qemu', 'lxc'] as const).map(
    (kind): Route => ({
      method: 'GET',
      path: `/nodes/{node}/${kind}/{vmid}/rrddata`,
      anywhere: true,
      privilege: { at: '/vms/{vmid}', any: ['VM.Audit'] },
      parameters: upTo(5),
      answer: (call) => {
        const guest = guestOf(call, kind);
        return points(call, (second) => guestPoint(guest, second));
      },
    }),
  ),
  {
    method: 'GET',
    path: '/nodes/{node}/storage/{storage}/rrddata',
    privilege: { at: '/storage/{storage}', any: ['Datastore.Audit', 'Datastore.AllocateSpace'] },
    parameters: upTo(5),
    answer: (call) => {
      const storage = storageOf(call);
      return points(call, (second) => storagePoint(storage, second, call.world.clock.now()));
    },
  },
];

function points(call: Call, at: (second: number) => Record<string, number>): Reply {
  const frame = frames.find((name) => name === required(call.parameters, 'timeframe')) ?? 'hour';
  return { data: series(frame, call.world.clock.now(), at) };
}
