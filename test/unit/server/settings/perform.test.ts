import { describe, expect, test } from 'vitest';
import type { ProposedApi } from '../../../../src/gate/types.ts';
import { PveError } from '../../../../src/pve/error.ts';
import { fakeServer } from '../fake-door.ts';

const version9 = { '/version': { version: '9.2.1', release: '9.2' } };
const version8 = { '/version': { version: '8.4.1', release: '8.4' } };
const local = { storage: 'local', type: 'dir', content: 'iso', path: '/var/lib/vz', digest: 'd1' };

/** A list that is as it was until a write arrives. */
function listed(
  path: string,
  before: readonly unknown[],
  after: readonly unknown[],
  more: Readonly<Record<string, unknown>> = {},
) {
  let rows = before;
  const writes: ProposedApi[] = [];
  const answers = {
    ...more,
    get [path]() {
      return rows;
    },
  };
  const server = fakeServer({
    answers,
    write: (operation) => {
      writes.push(operation);
      rows = after;
      return { status: 'done', data: null, ms: 200 };
    },
  });
  return { ...server, writes };
}

const update = { kind: 'storage', action: 'update', id: 'local' };

describe('the answer of an update', () => {
  test('tells per setting what changed, what was so already and what did not change', async () => {
    const { call, writes } = listed('/storage', [local], [{ ...local, content: 'iso,backup' }]);
    const { text, isError } = await call('pve_change_storage', {
      ...update,
      set: { content: 'backup,iso', path: '/var/lib/vz', nodes: 'pve1', shared: true },
    });
    expect(isError).toBe(false);
    expect(text.split('\n')).toEqual([
      'storage "local": update OK in 0.2 s, now:',
      '  content: iso → iso,backup',
      '  path: was /var/lib/vz already',
      '  nodes: asked for pve1; Proxmox VE does not show it (a default, or never shown)',
      '  shared: asked for 1; Proxmox VE does not show it (a default, or never shown)',
    ]);
    expect(writes[0]?.params).toMatchObject({ digest: 'd1' });
  });

  test('says plainly when a value that was asked for did not take', async () => {
    const { call } = listed('/storage', [local], [local]);
    const { text } = await call('pve_change_storage', { ...update, set: { content: 'images' } });
    expect(text).toContain('content: did not change, still iso (asked for images)');
  });

  test('unsets what delete names, as a list or as PVE writes it, and tells what it was', async () => {
    for (const gone of [['nodes', 'content'], 'nodes,content']) {
      const { call, writes } = listed('/storage', [{ ...local, nodes: 'pve1' }], [local]);
      const { text } = await call('pve_change_storage', { ...update, set: { delete: gone } });
      expect(writes[0]?.params).toEqual({ delete: 'nodes,content', digest: 'd1' });
      expect(text).toContain('nodes: removed (was pve1)');
      expect(text).toContain('content: not removed, still iso');
    }
  });

  test('goes on without the digest where what is there cannot be read, and says that it could not', async () => {
    const refused = new PveError({ code: 'forbidden', message: 'No right to read', hint: '', reason: [] });
    const { call, writes } = fakeServer({ answers: { '/storage': refused } });
    const { text } = await call('pve_change_storage', { ...update, set: { content: 'iso' } });
    expect(writes()[0]?.operations[0]?.params).toEqual({ content: 'iso' });
    expect(text).toContain('but how it is now could not be read');
  });
});

describe('what PVE would forget or overlook', () => {
  test('a disabled user stays disabled when something else of it is changed', async () => {
    const user = { userid: 'eve@pve', enable: 0, expire: 0 };
    const { call, writes } = listed('/access/users', [user], [{ ...user, comment: 'left' }]);
    await call('pve_change_cluster', { kind: 'user', action: 'update', id: 'eve@pve', set: { comment: 'left' } });
    expect(writes[0]?.params).toEqual({ enable: '0', comment: 'left' });
  });

  test('the other name servers of a node are sent along, but for one that is to go', async () => {
    const dns = { search: 'example.test', dns1: '10.0.0.1', dns2: '10.0.0.2' };
    const server = fakeServer({ answers: { '/nodes/pve1/dns': dns } });
    await server.call('pve_change_cluster', {
      kind: 'node_dns',
      action: 'update',
      node: 'pve1',
      set: { dns1: '10.0.0.9', delete: 'dns2' },
    });
    expect(server.writes()[0]?.operations[0]?.params).toEqual({ search: 'example.test', dns1: '10.0.0.9' });
  });

  test('nothing is sent where what has to be kept cannot be read', async () => {
    const refused = new PveError({ code: 'forbidden', message: 'No right to read', hint: '', reason: [] });
    const { call, writes } = fakeServer({ answers: { '/nodes/pve1/dns': refused } });
    const { isError } = await call('pve_change_cluster', {
      kind: 'node_dns',
      action: 'update',
      node: 'pve1',
      set: { dns1: '10.0.0.9' },
    });
    expect(isError).toBe(true);
    expect(writes()).toEqual([]);
  });

  test('what an act is cannot be turned round by set', async () => {
    const { call, writes } = fakeServer({ answers: { '/access/acl': [] } });
    await call('pve_administer', {
      kind: 'acl',
      action: 'revoke',
      id: '/',
      set: { roles: 'Administrator', users: 'eve@pve', path: '/vms' },
    });
    expect(writes()[0]?.operations[0]?.params).toMatchObject({ delete: 1, path: '/' });
  });

  test('rules that name an HA resource lose it too, so purge is sent where the version has it', async () => {
    const row = { sid: 'vm:101', digest: 'd1' };
    for (const [version, params] of [
      [version9, { purge: 1 }],
      [version8, {}],
    ] as const) {
      const { call, writes } = listed('/cluster/ha/resources', [row], [], version);
      const { text } = await call('pve_delete', { kind: 'ha_resource', id: 'vm:101' });
      expect(writes[0]?.params).toEqual(params);
      expect(text).toContain('it is gone');
    }
  });
});

describe('what makes no sense asks nobody', () => {
  test.each([
    [
      'pve_change_storage',
      { kind: 'storage', action: 'update', id: 'lokal', set: {} },
      /There is no storage "lokal"[\s\S]*Did you mean "local"/,
    ],
    [
      'pve_change_storage',
      { kind: 'storage', action: 'download', id: 'local' },
      /does not download a storage[\s\S]*Here: create, update/,
    ],
    ['pve_delete', { kind: 'storge', id: 'x' }, /Did you mean storage\?/],
    ['pve_delete', { kind: 'node' }, /pve_delete does not delete a node[\s\S]*reboot \(pve_administer\)/],
    ['pve_delete', { kind: 'token', id: 'root@pam' }, /It has the form \{userid\}!\{tokenid\}/],
    ['pve_change_storage', { kind: 'storage', action: 'create', id: 'x', node: 'pve1', set: {} }, /belongs to no node/],
    ['pve_change_cluster', { kind: 'datacenter_options', action: 'update', id: 'x', set: {} }, /no id to give/],
    [
      'pve_change_cluster',
      { kind: 'group', action: 'update', id: 'ops', set: { delete: 'comment' } },
      /Nothing can be deleted from a group/,
    ],
    [
      'pve_change_storage',
      { ...update, set: { disable: 1 } },
      /Disabling a storage[\s\S]*Call pve_administer with kind storage, action update/,
    ],
    ['pve_change_firewall', { kind: 'firewall_options', action: 'update', set: { enable: 0 } }, /Call pve_administer/],
    [
      'pve_change_firewall',
      { kind: 'firewall_options', action: 'update', set: { policy_in: 'ACCEPT' } },
      /Call pve_administer/,
    ],
    [
      'pve_control_service',
      { node: 'pve1', service: 'corosync', action: 'stop' },
      /Call pve_administer with kind service/,
    ],
    ['pve_change_cluster', { kind: 'ha_group', action: 'create', id: 'x', set: {} }, /Version 9 has kind ha_rule/],
    [
      'pve_delete',
      { kind: 'storage_content', id: 'nfs:backup/vzdump-qemu-101.vma.zst', node: 'pve1' },
      /It is protected[\s\S]*pve_change_storage/,
    ],
    [
      'pve_change_storage',
      { kind: 'storage', action: 'create', id: 'x', set: { type: 'cifs', password: 'hunter22' } },
      /Set it to null: the person is asked/,
    ],
  ] as const)('%s %j', async (tool, args, message) => {
    const volid = 'nfs:backup/vzdump-qemu-101.vma.zst';
    const answers = {
      ...version9,
      '/storage': [local],
      '/access/groups': [{ groupid: 'ops' }],
      '/access/users/root@pam/token': [],
      '/nodes/pve1/storage/nfs/content': [{ volid, content: 'backup', protected: 1 }],
    };
    const server = fakeServer({ answers });
    const { text, isError } = await server.call(tool, args);
    expect(isError).toBe(true);
    expect(text).toMatch(message);
    expect(server.writes()).toEqual([]);
  });

  test('a rule is for version 9 and a group for version 8', async () => {
    const { call, writes } = fakeServer({ answers: version8 });
    const { text } = await call('pve_change_cluster', { kind: 'ha_rule', action: 'create', id: 'x', set: {} });
    expect(text).toMatch(/Proxmox VE 8\.4\.1 cannot create a ha_rule[\s\S]*Version 8 has kind ha_group/);
    expect(writes()).toEqual([]);
  });
});

describe('secrets', () => {
  test('G15: null stands for a secret, which the person fills in; the request holds none', async () => {
    const { call, writes } = fakeServer({ answers: { '/storage': [] } });
    await call('pve_change_storage', {
      kind: 'storage',
      action: 'create',
      id: 'win',
      set: { type: 'cifs', password: null },
    });
    await call('pve_change_storage', { kind: 'storage', action: 'create', id: 'pbs', set: { type: 'pbs' } });
    const operations = writes().map(({ operations: [one] }) => one);
    expect(operations.map((one) => one?.ask)).toEqual([['password'], ['password']]);
    expect(JSON.stringify(operations)).not.toContain('null');
  });

  test('G15: of a new token the answer says where its secret went, and never the secret', async () => {
    const row = { tokenid: 'ci', privsep: 1, expire: 0 };
    for (const [value, shown] of [
      ['shown to the person', 'its secret: shown to the person'],
      ['11111111-2222-3333-4444-555555555555', 'its secret is not shown here'],
    ] as const) {
      const { call } = fakeServer({
        answers: { '/access/users/a@pve/token': [row] },
        write: () => ({ status: 'done', data: { value, info: row }, ms: 100 }),
      });
      const { text } = await call('pve_administer', {
        kind: 'token',
        action: 'create',
        id: 'a@pve!ci',
        set: { privsep: 1 },
      });
      expect(text).toContain(shown);
      expect(text).toContain('it exists now');
      expect(text).not.toContain('11111111');
    }
  });
});

describe('places', () => {
  const guests = [{ id: 'lxc/102', type: 'lxc', vmid: 102, name: 'db-01', node: 'pve2', status: 'running' }];

  test('the firewall is that of the guest on the node where it is now, of a node, or of the cluster', async () => {
    const { call, writes } = fakeServer({ answers: { '/cluster/resources': guests } });
    const rule = { kind: 'firewall_rule', action: 'create', set: { type: 'in', action: 'ACCEPT' } };
    await call('pve_change_firewall', { ...rule, guest: 'db-01' });
    await call('pve_change_firewall', { ...rule, node: 'pve1' });
    await call('pve_change_firewall', rule);
    expect(writes().map(({ operations: [one] }) => one?.segments.join('/'))).toEqual([
      'nodes/pve2/lxc/102/firewall/rules',
      'nodes/pve1/firewall/rules',
      'cluster/firewall/rules',
    ]);
  });

  test('the node of a shared storage is any, that of others has to be said, where it is the only one it is found', async () => {
    const at = (storage: string, node: string, shared = 0) => ({
      id: `storage/${node}/${storage}`,
      type: 'storage',
      storage,
      node,
      shared,
      status: 'available',
    });
    const answers = {
      '/cluster/resources': [
        at('nfs', 'pve2', 1),
        at('nfs', 'pve1', 1),
        at('local', 'pve1'),
        at('local', 'pve2'),
        at('usb', 'pve2'),
      ],
    };
    const { call, writes } = fakeServer({ answers });
    const get = {
      kind: 'storage_content',
      action: 'download',
      set: { url: 'https://x.test/a.iso', content: 'iso', filename: 'a.iso' },
    };
    await call('pve_change_storage', { ...get, id: 'nfs' });
    await call('pve_change_storage', { ...get, id: 'usb' });
    const { text } = await call('pve_change_storage', { ...get, id: 'local' });
    expect(writes().map(({ operations: [one] }) => one?.segments[1])).toEqual(['pve1', 'pve2']);
    expect(text).toMatch(/needs a node[\s\S]*"pve1", "pve2"/);
  });

  test('an id whose last part has slashes of its own stays whole', async () => {
    const { call, writes } = listed('/cluster/firewall/ipset/lan', [{ cidr: '10.0.0.0/8', digest: 'd1' }], []);
    await call('pve_delete', { kind: 'ipset_entry', id: 'lan/10.0.0.0/8' });
    expect(writes[0]?.segments).toEqual(['cluster', 'firewall', 'ipset', 'lan', '10.0.0.0/8']);
  });

  test('a subnet is found by its address and named as SDN names it', async () => {
    const row = { subnet: 'z-10.1.0.0-24', cidr: '10.1.0.0/24', digest: 'd1' };
    const { call, writes } = listed('/cluster/sdn/vnets/v1/subnets', [row], [{ ...row, state: 'deleted' }]);
    const { text } = await call('pve_delete', { kind: 'sdn_subnet', id: 'v1/10.1.0.0/24' });
    expect(writes[0]?.segments.at(-1)).toBe('z-10.1.0.0-24');
    expect(text).toContain(
      'it is marked for deletion, pending: nothing is active before pve_administer (kind sdn, action apply)',
    );
  });
});

describe('firewalls', () => {
  const rule = (pos: number, more: object) => ({ pos, type: 'in', action: 'ACCEPT', enable: 1, digest: 'd1', ...more });

  test('before one is enabled the answer says who then reaches 8006 and 22, also when it was denied', async () => {
    const answers = {
      '/nodes': [{ node: 'pve1', status: 'online' }],
      '/nodes/pve1/firewall/options': {},
      '/nodes/pve1/firewall/rules': [rule(0, { action: 'DROP', macro: 'SSH' })],
      '/cluster/firewall/options': { digest: 'd1', policy_in: 'DROP' },
      '/cluster/firewall/rules': [rule(0, { proto: 'tcp', dport: '8000:8010', source: '+mgmt' })],
      '/cluster/firewall/groups': [],
      '/cluster/firewall/ipset/management': [],
    };
    const denied = () => ({ status: 'denied', by: 'person', why: 'no' }) as const;
    for (const place of [{}, { node: 'pve1' }]) {
      const { call } = fakeServer({ answers, write: denied });
      const { text } = await call('pve_change_firewall', {
        kind: 'firewall_options',
        action: 'update',
        ...place,
        set: { enable: 1 },
      });
      expect(text).toContain('The user denied this');
      expect(text).toContain('SWITCHING IT ON WOULD LOCK PEOPLE OUT, the local network included: 22 on pve1.');
      expect(text).toMatch(/8006: source \+mgmt \(cluster rule 0\)/);
    }
  });

  test('a new rule is told with its place, and that it does nothing while it is not enabled', async () => {
    const old = rule(1, { macro: 'SSH' });
    const { call } = listed(
      '/cluster/firewall/rules',
      [{ ...old, pos: 0 }],
      [rule(0, { enable: 0, dport: '443' }), old],
    );
    const { text } = await call('pve_change_firewall', {
      kind: 'firewall_rule',
      action: 'create',
      set: { type: 'in', action: 'ACCEPT', dport: '443' },
    });
    expect(text).toContain(
      'it exists now as rule 0 of 2; it is not enabled (enable=1 does that): in ACCEPT enable=0 dport=443',
    );
  });

  test('a moved rule is told where it is now', async () => {
    const [a, b, c] = [{ macro: 'SSH' }, { macro: 'HTTP' }, { macro: 'DNS' }];
    const { call } = listed(
      '/cluster/firewall/rules',
      [rule(0, a), rule(1, b), rule(2, c)],
      [rule(0, b), rule(1, c), rule(2, a)],
    );
    const { text } = await call('pve_change_firewall', {
      kind: 'firewall_rule',
      action: 'update',
      id: '0',
      set: { moveto: 3 },
    });
    expect(text).toContain('it is rule 2 of 3 now, and was 0: in ACCEPT enable=1 macro=SSH');
  });
});

describe('an upload', () => {
  const content = '/nodes/pve1/storage/local/content';
  const upload = {
    kind: 'storage_content',
    action: 'upload',
    id: 'local',
    node: 'pve1',
    from: 'images/debian.iso',
    set: { content: 'iso' },
  };
  const taking = (size: number, more: object = {}) =>
    fakeServer({
      answers: {
        [content]: [
          { volid: 'local:iso/debian.iso', content: 'iso', size },
          { volid: 'local:iso/x', size: 1 },
        ],
      },
      write: () => ({ status: 'done', data: 'UPID:x', ms: 2000, bytes: 2_000_000, ...more }),
    });

  test('names the file of this machine, which keeps its name, and tells what the storage has of it', async () => {
    const { call, writes } = taking(2_000_000);
    const { text, isError } = await call('pve_change_storage', upload);
    expect(writes()[0]?.operations).toEqual([
      {
        kind: 'api',
        method: 'POST',
        segments: ['nodes', 'pve1', 'storage', 'local', 'upload'],
        params: { content: 'iso', filename: 'debian.iso' },
        localFile: 'images/debian.iso',
      },
    ]);
    expect([text, isError]).toEqual([
      'storage_content "local" of pve1: upload OK in 2.0 s, local:iso/debian.iso is there now, 2 MiB',
      false,
    ]);
  });

  test('of which the storage has another size, or nothing, is told as that', async () => {
    const short = await taking(1_000_000).call('pve_change_storage', upload);
    expect(short.text).toContain('though 2000000 bytes were sent and it has 1000000');
    const named = { ...upload, set: { content: 'iso', filename: 'other.iso' } };
    const none = await taking(2_000_000).call('pve_change_storage', named);
    expect(none.text).toContain('but the storage does not list local:iso/other.iso');
  });

  test('needs a file, and nothing else takes one', async () => {
    const { call, writes } = taking(1);
    const { from, ...without } = upload;
    expect((await call('pve_change_storage', without)).text).toContain('upload needs from');
    const update = { kind: 'storage', action: 'update', id: 'local', set: { content: 'iso' }, from };
    expect((await call('pve_change_storage', update)).text).toContain('Only upload takes a file of this machine');
    expect(writes()).toEqual([]);
  });
});
