import { pveum } from './access.ts';
import { pveceph } from './ceph.ts';
import { haManager, pvecm } from './cluster.ts';
import { daemons } from './daemons.ts';
import { pvenode, pvesubscription, tools } from './node.ts';
import { pct } from './pct.ts';
import { qm, qmrestore } from './qm.ts';
import type { Program } from './row.ts';
import { pveam, pvesm, pvesr, vzdump } from './storage.ts';

/** The programs by name, but for `pvesh`, which takes any path. */
export const programs: Readonly<Record<string, Program>> = {
  qm,
  qmrestore,
  pct,
  pveum,
  pvesm,
  pveam,
  vzdump,
  pvesr,
  'ha-manager': haManager,
  pvecm,
  pveceph,
  pvenode,
  pvesubscription,
  ...daemons,
  ...tools,
};
