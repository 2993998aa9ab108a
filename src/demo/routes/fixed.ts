import { failure } from '../errors.ts';
import { flag, text } from '../parameters.ts';
import type { Route } from '../route.ts';

const gatewayOfLab = { ip: '10.30.0.1', gateway: 1, zone: 'lab', vnet: 'lab1', subnet: 'lab-10.30.0.0-24' };

const cluster = { at: '/', any: ['Sys.Audit'] };
const sdn = { at: '/sdn', any: ['SDN.Audit'] };
const subdirs = (key: string, names: string) => names.split(' ').map((name) => ({ [key]: name }));
const none: readonly unknown[] = [];
const pendingToo = { pending: flag, running: flag };

// Path, what it takes to read it, and what it always answers.
const fixed: readonly (readonly [string, Route['privilege'], unknown])[] = [
  ['/cluster/sdn', sdn, subdirs('id', 'vnets zones controllers ipams dns fabrics')],
  ['/cluster/sdn/fabrics', sdn, subdirs('subdir', 'fabric node all')],
  ['/cluster/sdn/fabrics/fabric', undefined, none],
  ['/cluster/sdn/fabrics/node', undefined, none],
  ['/cluster/mapping', undefined, subdirs('name', 'dir pci usb')],
  ['/cluster/jobs', undefined, subdirs('subdir', 'schedule-analyze realm-sync')],
  ['/cluster/metrics', cluster, subdirs('name', 'server export')],
  ['/cluster/acme/account', undefined, none],
  ['/nodes/{node}/scan', undefined, subdirs('method', 'cifs iscsi lvm nfs pbs zfs')],
];

// The one thing of its kind, and the variable of the path that names it.
const named: readonly (readonly [string, string, string, unknown])[] = [
  ['/cluster/sdn/ipams/{ipam}/status', 'ipam', 'pve', [gatewayOfLab]],
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
