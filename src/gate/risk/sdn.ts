import { configure, destroy, type RiskRule } from './rule.ts';

const sdn = '/cluster/sdn' as const;
const undo = 'Set the former values.';
const pending = 'It is written to the pending settings of the SDN; nothing changes before they are applied.';
const entrySettings = 'action ge le lock-token prefix seq';
const mapSettings = 'action call digest exit-action lock-token match set';

interface Kind {
  /** Where they are made. */
  readonly path: string;
  /** Where one of them is. */
  readonly one: string;
  readonly target: string;
  readonly params: string;
  /** Only when it is made, or only when it is changed. */
  readonly made?: string;
  readonly changed?: string;
  /** The nodes connect there. */
  readonly sensitive?: string;
}

const kinds: readonly Kind[] = [
  {
    path: 'zones',
    one: 'zones/{zone}',
    target: 'SDN zone {zone}',
    params: `advertise-subnets bridge bridge-disable-mac-learning controller dhcp disable-arp-nd-suppression dns dnszone
      dp-id exitnodes exitnodes-local-routing exitnodes-primary fabric ipam lock-token mac mtu nodes peers reversedns
      rt-import tag vlan-protocol vrf-vxlan vxlan-port`,
    made: 'type zone',
    changed: 'delete digest',
  },
  {
    path: 'vnets',
    one: 'vnets/{vnet}',
    target: 'virtual network {vnet}',
    params: 'alias isolate-ports lock-token tag vlanaware zone',
    made: 'type vnet',
    changed: 'delete digest',
  },
  {
    path: 'vnets/{vnet}/subnets',
    one: 'vnets/{vnet}/subnets/{subnet}',
    target: 'subnet {subnet} of virtual network {vnet}',
    params: 'dhcp-dns-server dhcp-range dnszoneprefix gateway lock-token snat',
    made: 'subnet type',
    changed: 'delete digest',
  },
  {
    path: 'controllers',
    one: 'controllers/{controller}',
    target: 'SDN controller {controller}',
    params: `asn bgp-multipath-as-path-relax ebgp ebgp-multihop fabric isis-domain isis-ifaces isis-net lock-token loopback
      node peers`,
    made: 'controller type',
    changed: 'delete digest',
  },
  {
    path: 'dns',
    one: 'dns/{dns}',
    target: 'SDN name service {dns}',
    params: 'fingerprint key lock-token reversemaskv6 ttl url',
    made: 'dns reversev6mask type',
    changed: 'delete digest',
    sensitive: 'url',
  },
  {
    path: 'ipams',
    one: 'ipams/{ipam}',
    target: 'SDN address management {ipam}',
    params: 'fingerprint lock-token section token url',
    made: 'ipam type',
    changed: 'delete digest',
    sensitive: 'url',
  },
  {
    path: 'fabrics/fabric',
    one: 'fabrics/fabric/{id}',
    target: 'SDN fabric {id}',
    params: 'area csnp_interval digest hello_interval ip6_prefix ip_prefix lock-token protocol',
    made: 'id',
    changed: 'delete',
  },
  {
    path: 'fabrics/node/{fabric_id}',
    one: 'fabrics/node/{fabric_id}/{node_id}',
    target: 'node {node_id} of SDN fabric {fabric_id}',
    params: 'digest interfaces ip ip6 lock-token protocol',
    made: 'node_id',
    changed: 'delete',
  },
  {
    path: 'prefix-lists',
    one: 'prefix-lists/{id}',
    target: 'prefix list {id}',
    params: 'digest entries lock-token',
    made: 'id',
    changed: 'delete',
  },
  {
    path: 'prefix-lists/{id}/entries',
    one: 'prefix-lists/{id}/entries/{url_seq}',
    target: 'entry {url_seq} of prefix list {id}',
    params: entrySettings,
    changed: 'delete digest',
  },
  {
    path: 'route-maps/entries',
    one: 'route-maps/entries/{route-map-id}/entry/{order}',
    target: 'entry {order} of route map {route-map-id}',
    params: mapSettings,
    made: 'order route-map-id',
    changed: 'delete',
  },
];

/** Software-defined networks: all of it is pending until it is applied. */
export const softwareDefined: readonly RiskRule[] = [
  ...kinds.flatMap(({ path, one, target, params, made = '', changed = '', sensitive }) => {
    const asks = sensitive === undefined ? {} : { sensitive };
    return [
      configure(`POST ${sdn}/${path}`, target, 'Create', 'created in what is pending', pending, {
        params: `${params} ${made}`,
        undo: 'Delete it.',
        ...asks,
      }),
      configure(`PUT ${sdn}/${one}`, target, 'Change', 'changed in what is pending', pending, {
        params: `${params} ${changed}`,
        undo,
        ...asks,
      }),
      destroy(`DELETE ${sdn}/${one}`, target, 'Delete', 'deleted from what is pending', pending),
    ];
  }),
  destroy(
    `PUT ${sdn}`,
    'pending settings of the SDN',
    'Apply the',
    'applied',
    'They become active on all nodes at once. If they are wrong, guests and nodes cannot be reached any more.',
  ),
  destroy(
    `POST ${sdn}/rollback`,
    'pending settings of the SDN',
    'Discard the',
    'discarded',
    'What was changed since they were last applied is lost; what is active stays.',
  ),
  configure(`POST ${sdn}/lock`, 'settings of the SDN', 'Lock the', 'locked', 'Nobody else changes them meanwhile.', {
    params: 'allow-pending',
    undo: 'Release the lock.',
  }),
  configure(`DELETE ${sdn}/lock`, 'settings of the SDN', 'Unlock the', 'unlocked', 'Others can change them again.', {
    params: 'force lock-token',
  }),
  configure(
    `POST ${sdn}/vnets/{vnet}/ips`,
    'address {ip} in virtual network {vnet}',
    'Reserve',
    'reserved',
    'The address is given to this hardware address.',
    { params: 'ip mac zone', undo: 'Release it.' },
  ),
  configure(
    `PUT ${sdn}/vnets/{vnet}/ips`,
    'address {ip} in virtual network {vnet}',
    'Change',
    'changed',
    'The address is given to this guest.',
    { params: 'ip mac vmid zone', undo },
  ),
  destroy(
    `DELETE ${sdn}/vnets/{vnet}/ips`,
    'address {ip} in virtual network {vnet}',
    'Release',
    'released',
    'The address can be given to another guest.',
  ),
];
