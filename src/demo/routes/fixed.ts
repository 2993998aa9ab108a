import { failure } from '../errors.ts';
import { digestOfParts } from '../firewall.ts';
import { flag, text } from '../parameters.ts';
import type { Route } from '../route.ts';

const digest = digestOfParts(undefined);
const zone = { zone: 'lab', type: 'simple', digest };
const vnet = { vnet: 'lab1', type: 'vnet', zone: 'lab', digest };
const subnet = {
  id: 'lab-10.30.0.0-24',
  subnet: 'lab-10.30.0.0-24',
  type: 'subnet',
  cidr: '10.30.0.0/24',
  network: '10.30.0.0',
  mask: '24',
  gateway: '10.30.0.1',
  zone: 'lab',
  vnet: 'lab1',
  'dhcp-range': [],
  digest,
};
const gatewayOfLab = { ip: '10.30.0.1', gateway: 1, zone: 'lab', vnet: 'lab1', subnet: 'lab-10.30.0.0-24' };
const ipam = { ipam: 'pve', type: 'pve', digest };

const cluster = { at: '/', any: ['Sys.Audit'] };
const sdn = { at: '/sdn', any: ['SDN.Audit'] };
const subdirs = (key: string, names: string) => names.split(' ').map((name) => ({ [key]: name }));
const none: readonly unknown[] = [];
const pendingToo = { pending: flag, running: flag };

// Path, what it takes to read it, and what it always answers.
const fixed: readonly (readonly [string, Route['privilege'], unknown])[] = [
  ['/cluster/sdn', sdn, subdirs('id', 'vnets zones controllers ipams dns fabrics')],
  ['/cluster/sdn/zones', undefined, [zone]],
  ['/cluster/sdn/vnets', undefined, [vnet]],
  ['/cluster/sdn/controllers', undefined, none],
  ['/cluster/sdn/dns', undefined, none],
  ['/cluster/sdn/ipams', undefined, [ipam]],
  ['/cluster/sdn/fabrics', sdn, subdirs('subdir', 'fabric node all')],
  ['/cluster/sdn/fabrics/fabric', undefined, none],
  ['/cluster/sdn/fabrics/node', undefined, none],
  ['/cluster/mapping', undefined, subdirs('name', 'dir pci usb')],
  ['/cluster/mapping/dir', undefined, none],
  ['/cluster/mapping/pci', undefined, none],
  ['/cluster/mapping/usb', undefined, none],
  ['/cluster/replication', undefined, none],
  ['/cluster/jobs', undefined, subdirs('subdir', 'schedule-analyze realm-sync')],
  ['/cluster/jobs/realm-sync', cluster, none],
  ['/cluster/metrics', cluster, subdirs('name', 'server export')],
  ['/cluster/metrics/server', cluster, none],
  ['/cluster/acme/account', undefined, none],
  ['/cluster/acme/plugins', { at: '/', any: ['Sys.Modify'] }, none],
  ['/nodes/{node}/scan', undefined, subdirs('method', 'cifs iscsi lvm nfs pbs zfs')],
];

// The one thing of its kind, and the variable of the path that names it.
const named: readonly (readonly [string, string, string, unknown])[] = [
  ['/cluster/sdn/zones/{zone}', 'zone', zone.zone, zone],
  ['/cluster/sdn/vnets/{vnet}', 'vnet', vnet.vnet, vnet],
  ['/cluster/sdn/vnets/{vnet}/subnets', 'vnet', vnet.vnet, [subnet]],
  ['/cluster/sdn/ipams/{ipam}', 'ipam', ipam.ipam, ipam],
  ['/cluster/sdn/ipams/{ipam}/status', 'ipam', ipam.ipam, [gatewayOfLab]],
];
const roots = [
  ['POST', '/nodes/{node}/execute'],
  ['PUT', '/nodes/{node}/disks/wipedisk'],
] as const;
const missing = ['/cluster/ceph/status', '/nodes/{node}/ceph/status'];

/** What the demo has nothing of, or always the same. */
export const fixedRoutes: readonly Route[] = [
  ...fixed.map(
    ([path, privilege, data]): Route => ({
      method: 'GET',
      path,
      answer: () => ({ data }),
      ...(privilege === undefined ? {} : { privilege }),
      ...(path.startsWith('/cluster/sdn/') ? { parameters: pendingToo } : {}),
    }),
  ),
  ...named.map(
    ([path, variable, name, data]): Route => ({
      method: 'GET',
      path,
      privilege: sdn,
      parameters: pendingToo,
      answer: ({ parameters }) => {
        const asked = parameters.text(variable);
        if (asked !== name) throw failure(`sdn '${asked}' does not exist`);
        return { data };
      },
    }),
  ),
  ...roots.map(
    ([method, path]): Route => ({
      method,
      path,
      rootOnly: true,
      parameters: { commands: text, disk: text },
      answer: () => {
        throw failure('not in the demo cluster');
      },
    }),
  ),
  ...missing.map(
    (path): Route => ({
      method: 'GET',
      path,
      privilege: cluster,
      answer: () => {
        throw failure('binary not installed: /usr/bin/ceph-mon');
      },
    }),
  ),
];
