import { del, get, own, type Program, post, put } from './row.ts';

const ceph = '/nodes/{node}/ceph' as const;
const pool = `${ceph}/pool/{name}` as const;

/** Ceph on the node. */
export const pveceph: Program = {
  status: get(`${ceph}/status`),
  init: post(`${ceph}/init`),
  install: own('destroy', '', '', 'Package sources are added, and packages of them installed.'),
  purge: own('destroy', '', '', 'All that Ceph has on the node is deleted.'),
  start: post(`${ceph}/start`),
  stop: post(`${ceph}/stop`),

  'pool ls': get(`${ceph}/pool`),
  'pool get': get(`${pool}/status`, 'name', 'verbose'),
  'pool create': post(`${ceph}/pool`, 'name'),
  'pool set': put(pool, 'name'),
  'pool destroy': del(pool, 'name'),
  lspools: 'pool ls',
  createpool: 'pool create',
  setpool: 'pool set',
  destroypool: 'pool destroy',

  'fs create': post(`${ceph}/fs/{name}`),
  'fs destroy': del(`${ceph}/fs/{name}`, 'name'),

  'osd details': get(`${ceph}/osd/{osdid}/metadata`, 'osdid', 'verbose', { local: 'verbose' }),
  'osd create': post(`${ceph}/osd`, 'dev'),
  'osd destroy': del(`${ceph}/osd/{osdid}`, 'osdid'),
  createosd: 'osd create',
  destroyosd: 'osd destroy',

  'mon create': post(`${ceph}/mon/{monid}`),
  'mon destroy': del(`${ceph}/mon/{monid}`, 'monid'),
  createmon: 'mon create',
  destroymon: 'mon destroy',
  'mgr create': post(`${ceph}/mgr/{id}`),
  'mgr destroy': del(`${ceph}/mgr/{id}`, 'id'),
  createmgr: 'mgr create',
  destroymgr: 'mgr destroy',
  'mds create': post(`${ceph}/mds/{name}`),
  'mds destroy': del(`${ceph}/mds/{name}`, 'name'),
};
