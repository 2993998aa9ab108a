import { describe, expect, test } from 'vitest';
import type { ProposedApi } from '../../../src/gate/types.ts';
import { ct, judged, type Params, vm } from '../../support/judged.ts';

describe('G5: refused to agents', () => {
  test.each<[ProposedApi['method'], string]>([
    ['POST', '/nodes/pve1/execute'],
    ['POST', `${vm}/monitor`],
    ['PUT', `${vm}/sendkey`],
    ['POST', `${vm}/vncproxy`],
    ['POST', `${ct}/vncproxy`],
    ['POST', `${vm}/termproxy`],
    ['POST', `${ct}/spiceproxy`],
    ['GET', `${vm}/vncwebsocket`],
    ['GET', '/nodes/pve1/vncwebsocket'],
    ['POST', '/nodes/pve1/vncshell'],
    ['POST', '/nodes/pve1/spiceshell'],
    ['POST', '/nodes/pve1/termproxy'],
    ['POST', `${vm}/mtunnel`],
    ['GET', `${ct}/mtunnelwebsocket`],
    ['POST', `${vm}/dbus-vmstate`],
    ['POST', '/access/ticket'],
    ['GET', '/access/ticket'],
    ['POST', '/access/vncticket'],
    ['POST', '/access/openid/login'],
    ['POST', '/access/openid/auth-url'],
    ['POST', `${ct}/termproxy`],
    ['GET', `${ct}/vncwebsocket`],
    ['POST', `${ct}/mtunnel`],
    ['POST', `${vm}/agent`],
    ['POST', `${vm}/agent/exec`],
    ['GET', `${vm}/agent/exec-status`],
    ['GET', `${vm}/agent/file-read`],
    ['POST', `${vm}/agent/file-write`],
    ['POST', `${vm}/agent/set-user-password`],
  ])('%s %s', (method, path) => {
    expect(judged(method, path).refused).toBeTypeOf('string');
  });

  test.each<[ProposedApi['method'], string]>([
    ['POST', `${vm}/status/stop`],
    ['GET', `${vm}/agent/get-osinfo`],
    ['GET', '/nodes/pve1/tasks'],
    ['GET', '/access/users'],
  ])('but not %s %s', (method, path) => {
    expect(judged(method, path).refused).toBeUndefined();
  });
});

describe('G6: sensitive', () => {
  test.each([
    `${vm}/agent/file-read`,
    `${vm}/agent/exec-status`,
    `${vm}/cloudinit/dump`,
    '/nodes/pve1/storage/local/file-restore/download',
    '/nodes/pve1/report',
    '/cluster/config/join',
    '/nodes/pve1/query-url-metadata',
    '/nodes/pve1/query-oci-repo-tags',
    '/nodes/pve1/scan/cifs',
    '/nodes/pve1/scan/iscsi',
    '/nodes/pve1/scan/nfs',
    '/nodes/pve1/scan/glusterfs',
    '/nodes/pve1/scan/pbs',
  ])('GET %s', (path) => {
    expect(judged('GET', path)).toMatchObject({ sensitive: true, risk: 'read' });
  });

  test.each([
    `${vm}/config`,
    '/nodes/pve1/scan/lvm',
    '/nodes/pve1/scan/zfs',
    '/cluster/resources',
    '/nodes/pve1/status',
  ])('but not GET %s', (path) => {
    expect(judged('GET', path).sensitive).toBe(false);
  });

  test.each(['/cluster/acme/meta', '/cluster/acme/tos'])('GET %s, of a directory that is named', (path) => {
    expect(judged('GET', path, { directory: 'https://acme.example/dir' }).sensitive).toBe(true);
    expect(judged('GET', path).sensitive).toBe(false);
  });

  test.each<[ProposedApi['method'], string, Params?]>([
    ['POST', `${vm}/agent/exec`],
    ['POST', `${vm}/agent/file-write`],
    ['POST', `${vm}/agent/set-user-password`],
    ['POST', `${vm}/remote_migrate`, { 'target-vmid': 300 }],
    ['POST', `${ct}/remote_migrate`],
    ['POST', '/nodes/pve1/storage/local/download-url', { url: 'https://a.example/b.iso' }],
    ['POST', '/nodes/pve1/storage/local/oci-registry-pull', { reference: 'a.example/b:1' }],
    ['POST', '/storage', { storage: 'nas', type: 'nfs', server: '192.0.2.1' }],
    ['POST', '/storage', { storage: 'san', type: 'iscsi', portal: '192.0.2.1' }],
    ['POST', '/storage', { storage: 'rbd', type: 'rbd', monhost: '192.0.2.1' }],
    ['PUT', '/storage/nas', { server: '192.0.2.2' }],
    ['POST', '/cluster/acme/account', { contact: 'a@b.example' }],
    ['PUT', '/cluster/acme/account/default'],
    ['POST', '/nodes/pve1/certificates/acme/certificate'],
    ['PUT', '/nodes/pve1/certificates/acme/certificate'],
    ['POST', '/cluster/metrics/server/influx', { server: '192.0.2.1' }],
    ['PUT', '/cluster/metrics/server/influx'],
    ['POST', '/cluster/notifications/endpoints/webhook', { url: 'https://a.example' }],
    ['PUT', '/cluster/notifications/endpoints/smtp/mail'],
    ['POST', '/cluster/notifications/targets/mail/test'],
    ['POST', '/cluster/sdn/ipams', { url: 'https://a.example' }],
    ['PUT', '/cluster/options', { http_proxy: 'http://a.example:3128' }],
    ['POST', '/nodes/pve1/vzdump', { vmid: 101, remove: 0, mailto: 'a@b.example' }],
    ['POST', '/cluster/backup', { vmid: 101, schedule: 'daily', mailto: 'a@b.example' }],
    ['POST', '/cluster/config/join', { hostname: '192.0.2.1' }],
  ])('%s %s %j', (method, path, params) => {
    expect(judged(method, path, params).sensitive).toBe(true);
  });

  test.each<[ProposedApi['method'], string, Params?]>([
    ['POST', '/storage', { storage: 'dir', type: 'dir', path: '/mnt/a' }],
    ['POST', '/nodes/pve1/vzdump', { vmid: 101, remove: 0 }],
    ['PUT', '/cluster/options', { keyboard: 'de' }],
    ['POST', `${vm}/migrate`, { target: 'pve2' }],
    ['POST', '/nodes/pve1/apt/update'],
  ])('but not %s %s %j', (method, path, params) => {
    expect(judged(method, path, params).sensitive).toBe(false);
  });
});
