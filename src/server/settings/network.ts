import { forModel } from '../../gate/printable.ts';
import { flag, type Loose, looseList, looseObject, text } from '../../pve/loose.ts';
import type { Act, Kind, Path, Seen } from './kind.ts';

const interfaces = '/nodes/{node}/network';
const sdn = { tool: 'pve_change_network', query: { pending: '1' }, pending: 'sdn', view: pendingOver } as const;
const both: Act = { takes: ['digest', 'delete'] };

/** Interfaces of nodes, and the software-defined network. Both wait until they are applied. */
export const networkKinds: readonly Kind[] = [
  {
    name: 'network_interface',
    tool: 'pve_change_network',
    id: '{iface}',
    list: interfaces,
    pending: 'network',
    acts: { create: {}, update: { takes: ['delete'], keeps: ['type'] }, delete: {} },
  },
  {
    name: 'network',
    tool: 'pve_change_network',
    acts: {
      revert: { request: `DELETE ${interfaces}`, after: interfacesNow },
      apply: { tool: 'pve_administer', request: `PUT ${interfaces}`, after: interfacesNow },
    },
  },
  {
    name: 'sdn',
    tool: 'pve_change_network',
    acts: {
      revert: { tool: 'pve_administer', request: 'POST /cluster/sdn/rollback', major: 9, after: sdnNow },
      apply: { tool: 'pve_administer', request: 'PUT /cluster/sdn', after: sdnNow },
    },
  },
  sdnKind('zone'),
  sdnKind('vnet'),
  {
    ...sdn,
    name: 'sdn_subnet',
    id: '{vnet}/{subnet}',
    list: '/cluster/sdn/vnets/{vnet}/subnets',
    keys: ['subnet', 'cidr'],
    acts: { create: { fixed: { type: 'subnet' } }, update: both, delete: {} },
  },
  sdnKind('controller'),
  {
    name: 'sdn_dns',
    tool: 'pve_change_network',
    id: '{dns}',
    list: '/cluster/sdn/dns',
    acts: { create: { asks: () => ['key'] }, update: both, delete: {} },
  },
  {
    name: 'sdn_ipam',
    tool: 'pve_change_network',
    id: '{ipam}',
    list: '/cluster/sdn/ipams',
    acts: {
      create: { asks: ({ type }) => (type === 'pve' ? [] : ['token']) },
      update: both,
      delete: {},
    },
  },
];

function sdnKind(what: 'zone' | 'vnet' | 'controller'): Kind {
  const list: Path = `/cluster/sdn/${what}s`;
  return { ...sdn, name: `sdn_${what}`, id: `{${what}}`, list, acts: { create: {}, update: both, delete: {} } };
}

/** What it will be once it is applied. */
function pendingOver({ pending, ...row }: Loose): Loose {
  return typeof pending === 'object' && pending !== null ? { ...row, ...looseObject(pending, 'the network') } : row;
}

async function interfacesNow({ pve, parts, act }: Seen): Promise<string> {
  const { data } = await pve.send({ method: 'GET', path: ['nodes', String(parts.node), 'network'] }, { fresh: true });
  const shown = looseList(data, 'the network').map((row) => {
    const address = text(row.cidr) ?? text(row.cidr6);
    return `${text(row.iface) ?? '?'} ${flag(row.active) === true ? 'active' : 'not active'}${address === undefined ? '' : ` ${address}`}`;
  });
  return `${act === 'apply' ? 'the changes are active' : 'nothing is pending any more'}: ${forModel(shown.join(', '), 1500)}`;
}

async function sdnNow({ pve }: Seen): Promise<string> {
  const lists = await Promise.all(
    ['zones', 'vnets', 'controllers'].map(
      async (list) =>
        (await pve.send({ method: 'GET', path: ['cluster', 'sdn', list], params: { pending: 1 } }, { fresh: true }))
          .data,
    ),
  );
  const waiting = lists
    .flatMap((list) => looseList(list, 'the network'))
    .flatMap((row) => {
      const state = text(row.state);
      const name = text(row.vnet) ?? text(row.zone) ?? text(row.controller);
      return state === undefined || name === undefined ? [] : `${name} (${state})`;
    });
  return waiting.length === 0
    ? 'no zone, vnet or controller is pending any more'
    : `still pending: ${forModel(waiting.join(', '), 600)}`;
}
