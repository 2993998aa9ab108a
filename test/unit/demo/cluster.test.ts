import { describe, expect, it } from 'vitest';
import { bob, createTestWorld } from './world.ts';

const web01 = '/nodes/pve2/qemu/101';

describe('firewall rules', () => {
  it('are put first, moved, changed and removed, under the eyes of the digest', () => {
    const { request, list, get } = createTestWorld();
    const rules = `${web01}/firewall/rules`;
    request('POST', rules, { type: 'in', action: 'DROP', proto: 'tcp', dport: '23', enable: '1' });
    expect(list(rules)).toMatchObject([
      { pos: 0, action: 'DROP', dport: '23', enable: 1 },
      { pos: 1, macro: 'HTTPS' },
    ]);
    const { digest } = get(`${rules}/0`);
    request('PUT', `${rules}/0`, { moveto: '2', comment: 'no telnet' });
    expect(list(rules).map(({ comment }) => comment)).toEqual([undefined, 'no telnet']);
    expect(request('DELETE', `${rules}/0`, { digest: String(digest) }).reason).toContain('file changed by other user');
    request('DELETE', `${rules}/1`);
    expect(list(rules)).toHaveLength(1);
    expect(request('GET', `${rules}/5`).reason).toBe('no rule at position 5');
  });

  it('refer to aliases and sets of the cluster and of the guest', () => {
    const { request, list } = createTestWorld();
    request('POST', '/cluster/firewall/ipset', { name: 'blocked' });
    request('POST', '/cluster/firewall/ipset/blocked', { cidr: '203.0.113.0/24' });
    expect(list('/cluster/firewall/ipset/blocked')).toMatchObject([{ cidr: '203.0.113.0/24' }]);
    expect(list(`${web01}/firewall/refs`).map(({ ref, scope }) => `${scope} ${ref}`)).toEqual([
      'dc +management',
      'dc +blocked',
      'dc office',
      'guest +management',
      'guest office',
    ]);
    expect(request('DELETE', '/cluster/firewall/ipset/blocked').reason).toBe("IPSet 'blocked' is not empty");
    expect(request('DELETE', '/cluster/firewall/ipset/blocked/203.0.113.0/24').status).toBe(200);
    expect(request('DELETE', '/cluster/firewall/ipset/blocked').status).toBe(200);
  });

  it('have options, at every level', () => {
    const { request, get } = createTestWorld();
    for (const path of ['/cluster', '/nodes/pve1', web01, '/nodes/pve1/lxc/102']) {
      expect(request('PUT', `${path}/firewall/options`, { enable: '1' }).status).toBe(200);
      expect(get(`${path}/firewall/options`).enable).toBe(1);
    }
  });
});

describe('network changes', () => {
  it('wait until they are applied or discarded', () => {
    const { request, list, get, begin, exit, clock } = createTestWorld();
    const path = '/nodes/pve1/network';
    const names = () => list(path).map(({ iface }) => iface);
    request('POST', path, { iface: 'vmbr9', type: 'bridge', autostart: '1' });
    expect(names()).toEqual(['eno1', 'vmbr0', 'vmbr9']);
    request('DELETE', path);
    expect(names()).toEqual(['eno1', 'vmbr0']);
    request('POST', path, { iface: 'vmbr9', type: 'bridge' });
    const upid = begin('PUT', path);
    clock.advance(1000);
    expect(exit(upid)).toBe('OK');
    expect(get(`${path}/vmbr9`)).toMatchObject({ type: 'bridge', active: 1 });
  });
});

describe('services', () => {
  it('stop and start, except those that answer', () => {
    const { request, get, begin, clock } = createTestWorld();
    const path = '/nodes/pve1/services/postfix';
    begin('POST', `${path}/stop`);
    clock.advance(1000);
    expect(get(`${path}/state`)).toMatchObject({ state: 'dead', 'active-state': 'inactive' });
    begin('POST', `${path}/start`);
    clock.advance(1000);
    expect(get(`${path}/state`).state).toBe('running');
    expect(request('POST', '/nodes/pve1/services/pveproxy/stop').status).toBe(500);
    expect(request('GET', '/nodes/pve1/services/nope/state').errors).toHaveProperty('service');
  });

  it('leave traces in the logs', () => {
    const { list, begin, clock, request } = createTestWorld();
    const upid = begin('POST', '/nodes/pve1/services/postfix/restart');
    clock.advance(1000);
    expect(list('/cluster/log', { max: '1' })).toMatchObject([{ node: 'pve1', pri: 6, msg: `end task ${upid} OK` }]);
    const { data, total } = request('GET', '/nodes/pve1/syslog', { limit: '0' });
    expect(total).toBe((data as unknown[]).length);
    expect(JSON.stringify(data)).toContain(`starting task ${upid}`);
  });
});

describe('pools', () => {
  it('take members once, move them when allowed, and go when they are empty', () => {
    const { request, get, list } = createTestWorld();
    request('POST', '/pools', { poolid: 'lab', comment: 'Lab' });
    expect(request('PUT', '/pools', { poolid: 'lab', vms: '101' }).reason).toContain(
      "belongs already to pool 'production'",
    );
    expect(request('PUT', '/pools', { poolid: 'lab', vms: '101', 'allow-move': '1' }).data).toBeNull();
    expect(get('/pools/lab').members).toMatchObject([{ vmid: 101, name: 'web-01' }]);
    expect(list('/cluster/resources', { type: 'vm' }).find(({ vmid }) => vmid === 101)?.pool).toBe('lab');
    expect(request('DELETE', '/pools/lab').reason).toBe("delete pool failed: pool 'lab' is not empty");
    request('PUT', '/pools/lab', { vms: '101', delete: '1' });
    expect(request('DELETE', '/pools/lab').status).toBe(200);
  });

  it('are not shown to whoever may not audit them', () => {
    const { list } = createTestWorld({ bobs: [{ path: '/vms', privileges: ['VM.Audit'] }] });
    const seen = list('/cluster/resources', {}, bob);
    expect(seen.map(({ type }) => type)).not.toContain('pool');
    expect(seen.find(({ vmid }) => vmid === 101)).not.toHaveProperty('pool');
  });
});

describe('HA', () => {
  it('takes a guest into its care, acts on what is asked for, and lets it go', () => {
    const { request, get, list, clock } = createTestWorld();
    expect(request('POST', '/cluster/ha/resources', { sid: 'vm:105', comment: 'builds' }).data).toBeNull();
    expect(list('/cluster/ha/resources')).toContainEqual(
      expect.objectContaining({ sid: 'vm:105', state: 'started', comment: 'builds' }),
    );
    clock.advance(15_000);
    expect(get('/nodes/pve1/qemu/105/status/current')).toMatchObject({ status: 'running', ha: { managed: 1 } });
    request('PUT', '/cluster/ha/resources/vm:105', { state: 'stopped' });
    clock.advance(15_000);
    expect(get('/nodes/pve1/qemu/105/status/current').status).toBe('stopped');
    request('DELETE', '/cluster/ha/resources/vm:105');
    expect(request('GET', '/cluster/ha/resources/vm:105').reason).toBe("no such resource 'vm:105'");
  });

  it('has rules in the place of groups', () => {
    const { request, list } = createTestWorld();
    expect(request('GET', '/cluster/ha/groups').reason).toBe(
      'cannot index groups: ha groups have been migrated to rules',
    );
    request('POST', '/cluster/ha/rules', { rule: 'apart', type: 'resource-affinity', resources: 'vm:101,vm:103' });
    expect(list('/cluster/ha/rules').map(({ rule }) => rule)).toEqual(['db-on-pve3', 'apart']);
    expect(list('/cluster/ha/rules', { resource: 'vm:101' }).map(({ rule }) => rule)).toEqual(['apart']);
    expect(list('/cluster/ha/rules', { type: 'node-affinity' }).map(({ rule }) => rule)).toEqual(['db-on-pve3']);
  });
});

describe('a cluster without quorum', () => {
  const lost = () => {
    const made = createTestWorld();
    made.world.cluster.quorum = false;
    return made;
  };

  it('answers reads and says so', () => {
    const { list, get } = lost();
    expect(list('/cluster/status')[0]).toMatchObject({ type: 'cluster', quorate: 0 });
    expect(list('/cluster/ha/status/current')[0]).toMatchObject({ quorate: 0, status: "No quorum on node 'pve1'!" });
    expect(get(`${web01}/config`)).toHaveProperty('name');
  });

  it.each([
    ['POST', `${web01}/status/start`, {}, 'cluster not ready - no quorum?'],
    ['POST', '/nodes/pve1/qemu', { vmid: '150' }, 'cluster not ready - no quorum?'],
    [
      'PUT',
      `${web01}/config`,
      { description: 'x' },
      "can't lock file '/var/lock/qemu-server/lock-101.conf' - got timeout",
    ],
    ['POST', '/access/users', { userid: 'q@pve' }, "create user failed: cfs-lock 'file-user_cfg' error: no quorum!"],
  ])('refuses %s %s', (method, path, parameters, reason) => {
    expect(lost().request(method, path, parameters)).toMatchObject({ status: 500, reason });
  });

  it('is what is left when half of the nodes are gone', () => {
    const { world, list } = createTestWorld();
    const nodes = world.cluster.nodes.slice(1);
    const quorate = () => list('/cluster/status')[0]?.quorate;
    for (const [index, node] of nodes.entries()) {
      node.offline = true;
      expect(quorate()).toBe(index === 0 ? 1 : 0);
    }
  });
});

describe('a node that is offline', () => {
  const { world, request, list } = createTestWorld();
  const [, pve2] = world.cluster.nodes;
  if (pve2 !== undefined) pve2.offline = true;

  it('cannot be asked, but others know its series and its guests', () => {
    expect(request('GET', `${web01}/config`)).toMatchObject({ status: 595, reason: 'No route to host' });
    expect(request('GET', `${web01}/rrddata`, { timeframe: 'hour' }).status).toBe(200);
    expect(list('/cluster/resources', { type: 'vm' }).find(({ vmid }) => vmid === 101)?.status).toBe('running');
    expect(list('/cluster/resources', { type: 'node' })[1]).toMatchObject({
      status: 'offline',
      maxcpu: expect.any(Number),
    });
  });
});
