import { describe, expect, test } from 'vitest';
import { writingOverDemo } from '../support/writing.ts';

const at = writingOverDemo();
const { done, refused } = at;

describe('pve_change_storage', () => {
  const storage = (action: string, set: Record<string, unknown>) =>
    done('pve_change_storage', { kind: 'storage', action, id: 'iso-nfs', set });

  test('defines one, changes it with the digest that was read, and pve_delete removes it', async () => {
    const made = await storage('create', { type: 'nfs', server: '10.20.0.5', export: '/srv/iso', content: 'iso' });
    expect(made).toMatch(/^storage "iso-nfs": create OK in .*, it exists now: .*type=nfs .*server=10\.20\.0\.5/);
    const changed = await storage('update', { content: 'iso,vztmpl', nodes: 'pve1', delete: 'shared' });
    expect(changed).toMatch(/^ {2}content: iso → iso,vztmpl$/m);
    expect(changed).toMatch(/^ {2}nodes: not set → pve1$/m);
    const [, write] = await at.params();
    expect(write).toMatchObject({ digest: expect.stringMatching(/^[0-9a-f]{40}$/), delete: 'shared' });
    expect(await done('pve_delete', { kind: 'storage', id: 'iso-nfs' })).toMatch(/delete OK in .*, it is gone$/);
  });

  test('disabling one stands in pve_administer, and asks for its name', async () => {
    const off = { kind: 'storage', action: 'update', id: 'nfs-backup', set: { disable: 1 } };
    expect(await refused('pve_change_storage', off)).toMatch(/Call pve_administer with kind storage/);
    expect(await done('pve_administer', off)).toMatch(/disable: not set → 1/);
    await done('pve_change_storage', { ...off, set: { disable: 0 } });
  });

  test('downloads, pulls and fetches what comes, and says that nobody compared it', async () => {
    const url = 'https://images.example.test/alpine.iso';
    const get = { kind: 'storage_content', id: 'local', node: 'pve1' };
    const plain = { ...get, action: 'download', set: { url, content: 'iso', filename: 'alpine.iso' } };
    const text = await done('pve_change_storage', plain);
    expect(text).toMatch(/local:iso\/alpine\.iso is there now, 700 MiB/);
    expect(text).toContain('No checksum was given');
    const sum = { checksum: 'a'.repeat(64), 'checksum-algorithm': 'sha256' };
    expect(await done('pve_change_storage', { ...plain, set: { ...plain.set, ...sum } })).not.toContain('No checksum');
    const pulled = { ...get, action: 'oci_pull', set: { reference: 'docker.example.test/library/nginx:1.29' } };
    expect(await done('pve_change_storage', pulled)).toMatch(/local:vztmpl\/nginx_1\.29\.tar is there now/);
    const template = { ...get, action: 'template', set: { template: 'debian-13.tar.zst' } };
    expect(await done('pve_change_storage', template)).toMatch(/local:vztmpl\/debian-13\.tar\.zst is there now/);
    const gone = { kind: 'storage_content', id: 'local:iso/alpine.iso', node: 'pve1' };
    expect(await done('pve_delete', gone)).toMatch(/it is gone$/);
  });

  test('a protected backup is deleted once its protection is taken away', async () => {
    const { data } = await at.demo.request('GET', '/nodes/pve1/storage/nfs-backup/content?content=backup');
    const id = String(Object([data].flat()[0]).volid);
    const mark = (kept: boolean) =>
      done('pve_change_storage', { kind: 'storage_content', action: 'update', id, set: { protected: kept } });
    expect(await mark(true)).toMatch(/protected: .*1/);
    expect((await at.server.call('pve_delete', { kind: 'storage_content', id })).text).toMatch(/It is protected/);
    await mark(false);
    expect(await done('pve_delete', { kind: 'storage_content', id })).toMatch(/it is gone$/);
  });
});

describe('pve_change_network', () => {
  test('an interface is pending until it is applied, and can be discarded', async () => {
    const bridge = { kind: 'network_interface', id: 'vmbr7', node: 'pve1' };
    const create = { ...bridge, action: 'create', set: { type: 'bridge', cidr: '10.70.0.1/24' } };
    const made = await done('pve_change_network', create);
    expect(made).toMatch(
      /it exists now, pending: nothing is active before pve_administer \(kind network, action apply, node pve1\): /,
    );
    const network = { kind: 'network', node: 'pve1' };
    expect(await done('pve_change_network', { ...network, action: 'revert' })).not.toContain('vmbr7');
    await done('pve_change_network', create);
    const update = { ...bridge, action: 'update', set: { comments: 'lab' } };
    expect(await done('pve_change_network', update)).toMatch(/comments: not set → lab/);
    expect((await at.params()).at(-1)).toMatchObject({ type: 'bridge' });
    expect(await done('pve_administer', { ...network, action: 'apply' })).toMatch(
      /the changes are active: .*vmbr7 active 10\.70/,
    );
    expect(at.questions.at(-1)).toContain('pve1');
    expect(await done('pve_delete', bridge)).toMatch(/it is gone, pending: nothing is active before/);
    await done('pve_change_network', { ...network, action: 'revert' });
  });

  test('SDN: zone, network and subnet are pending, rolled back, made again and applied; deleting is pending too', async () => {
    const make = (kind: string, id: string, set: Record<string, unknown>) =>
      done('pve_change_network', { kind, action: 'create', id, set });
    expect(await make('sdn_zone', 'z1', { type: 'simple' })).toMatch(
      /pending: nothing is active before .*kind sdn, action apply/,
    );
    expect(await done('pve_administer', { kind: 'sdn', action: 'revert' })).toMatch(
      /no zone, vnet or controller is pending/,
    );
    await make('sdn_zone', 'z1', { type: 'simple' });
    await make('sdn_vnet', 'v1', { zone: 'z1' });
    expect(await make('sdn_subnet', 'v1/10.80.0.0/24', { gateway: '10.80.0.1' })).toMatch(/subnet=z1-10\.80\.0\.0-24/);
    expect(await done('pve_administer', { kind: 'sdn', action: 'apply' })).toMatch(
      /no zone, vnet or controller is pending/,
    );
    expect(await done('pve_delete', { kind: 'sdn_subnet', id: 'v1/10.80.0.0/24' })).toMatch(
      /it is marked for deletion/,
    );
    expect(
      await done('pve_change_network', { kind: 'sdn_zone', action: 'update', id: 'z1', set: { mtu: 1400 } }),
    ).toMatch(/mtu: not set → 1400/);
  });
});

describe('pve_change_firewall', () => {
  test('makes, moves, changes and deletes rules of a guest', async () => {
    const rule = { kind: 'firewall_rule', guest: 'web-01' };
    const create = (set: Record<string, unknown>) => done('pve_change_firewall', { ...rule, action: 'create', set });
    const made = await create({ type: 'in', action: 'ACCEPT', proto: 'tcp', dport: '8443' });
    expect(made).toMatch(/firewall_rule of web-01 \(101, VM on pve2\): create OK .* rule 0 of 2; it is not enabled/);
    expect(await done('pve_change_firewall', { ...rule, action: 'update', id: '0', set: { enable: 1 } })).toMatch(
      /enable: 0 → 1/,
    );
    expect(await done('pve_change_firewall', { ...rule, action: 'update', id: '0', set: { moveto: 2 } })).toMatch(
      /it is rule 1 of 2 now, and was 0: in ACCEPT enable=1 dport=8443/,
    );
    expect(await done('pve_delete', { ...rule, id: '1' })).toMatch(
      /it is gone, it said: in ACCEPT .*dport=8443.* 1 rules? (is|are) left/,
    );
  });

  test('aliases, sets with entries, groups: made, renamed, changed and deleted', async () => {
    const change = (kind: string, action: string, id: string, set = {}) =>
      done('pve_change_firewall', { kind, action, id, set });
    await change('firewall_alias', 'create', 'lab', { cidr: '10.90.0.0/24' });
    expect(await change('firewall_alias', 'update', 'lab', { comment: 'Lab' })).toMatch(/comment: not set → Lab/);
    await change('ipset', 'create', 'labs');
    await change('ipset', 'update', 'labs', { name: 'labs2', comment: 'All labs' });
    await change('ipset_entry', 'create', 'labs2/10.90.0.0/24');
    expect(await change('ipset_entry', 'update', 'labs2/10.90.0.0/24', { comment: 'one' })).toMatch(
      /comment: not set → one/,
    );
    await change('security_group', 'create', 'lab-in');
    await change('security_group_rule', 'create', 'lab-in', { type: 'in', action: 'ACCEPT', macro: 'SSH', enable: 1 });
    const gone = [
      ['ipset_entry', 'labs2/10.90.0.0/24'],
      ['ipset', 'labs2'],
      ['firewall_alias', 'lab'],
      ['security_group_rule', 'lab-in/0'],
      ['security_group', 'lab-in'],
    ] as const;
    for (const [kind, id] of gone) expect(await done('pve_delete', { kind, id }), kind).toMatch(/it is gone/);
  });

  test('says who gets in before it is switched on; off is in pve_administer', async () => {
    const options = { kind: 'firewall_options', action: 'update' };
    expect(await done('pve_change_firewall', { ...options, set: { enable: 1 } })).toMatch(/8006: .*\n?.*22: /s);
    expect((await at.server.call('pve_change_firewall', { ...options, set: { enable: 0 } })).text).toMatch(
      /Call pve_administer/,
    );
    expect(await done('pve_administer', { ...options, set: { enable: 0 } })).toMatch(/enable: 1 → 0/);
  });
});

describe('pve_change_cluster', () => {
  const change = (kind: string, action: string, id: string | undefined, set = {}, more = {}) =>
    done('pve_change_cluster', { kind, action, ...(id === undefined ? {} : { id }), set, ...more });
  const gone = async (kind: string, id: string) =>
    expect(await done('pve_delete', { kind, id }), kind).toMatch(/it is (gone|marked)/);

  test('pools take in members and let them go', async () => {
    await change('pool', 'create', 'lab', { comment: 'Lab' });
    expect(await change('pool', 'add', 'lab', { vms: '105,106' })).toMatch(
      /it holds now: guests 105,106, storages none/,
    );
    expect(await change('pool', 'remove', 'lab', { vms: '105,106' })).toMatch(
      /guests none.*\n {2}Before: guests 105,106/,
    );
    expect(await change('pool', 'update', 'lab', { comment: 'Labs' })).toMatch(/comment: Lab → Labs/);
    await gone('pool', 'lab');
  });

  test('users and groups; a disabled user stays disabled', async () => {
    await change('group', 'create', 'labs', { comment: 'x' });
    await change('user', 'create', 'lab@pve', { enable: 0, groups: 'labs' });
    expect(await change('user', 'update', 'lab@pve', { comment: 'Lab' })).toMatch(/comment: not set → Lab/);
    expect((await at.demo.request('GET', '/access/users/lab@pve')).data).toMatchObject({ enable: 0, comment: 'Lab' });
    await gone('user', 'lab@pve');
    await gone('group', 'labs');
  });

  test('backup jobs say their retention', async () => {
    const job = { schedule: 'sat 03:00', storage: 'nfs-backup', vmid: '101' };
    expect(await change('backup_job', 'create', 'weekly', job)).toMatch(
      /none of its own, so that of the storage applies/,
    );
    expect(await change('backup_job', 'update', 'weekly', { 'prune-backups': 'keep-last=4' })).toMatch(
      /prune-backups: not set → keep-last=4[\s\S]*older backups are deleted after each run: prune-backups=keep-last=4/,
    );
    await gone('backup_job', 'weekly');
  });

  test('HA resources and rules', async () => {
    await change('ha_resource', 'create', 'vm:105', { comment: 'x', state: 'stopped' });
    expect(await change('ha_resource', 'update', 'vm:105', { comment: 'y' })).toMatch(/comment: x → y/);
    await change('ha_rule', 'create', 'lab-on-pve1', { type: 'node-affinity', nodes: 'pve1', resources: 'vm:105' });
    expect(await change('ha_rule', 'update', 'lab-on-pve1', { nodes: 'pve2' })).toMatch(/nodes: pve1 → pve2/);
    await gone('ha_rule', 'lab-on-pve1');
    await gone('ha_resource', 'vm:105');
    expect((await at.params()).at(-1)).toMatchObject({ purge: '1' });
  });

  test('replication, mappings, metrics, notifications, options', async () => {
    await change('replication_job', 'create', '105-0', { target: 'pve2', schedule: '*/15' });
    expect(await change('replication_job', 'update', '105-0', { rate: '10' })).toMatch(/rate: not set → 10/);
    expect(await change('replication_job', 'run', '105-0')).toMatch(/it is due now/);
    await gone('replication_job', '105-0');
    await change('mapping_pci', 'create', 'gpu', { map: ['node=pve1,path=0000:02:00.0,id=10de:2330'] });
    expect(await change('mapping_pci', 'update', 'gpu', { description: 'GPU' })).toMatch(/description: not set → GPU/);
    await gone('mapping_pci', 'gpu');
    await change('metric_server', 'create', 'graph', { type: 'graphite', server: '10.20.0.8', port: 2003 });
    expect(await change('metric_server', 'update', 'graph', { disable: 1 })).toMatch(/disable: not set → 1/);
    expect((await at.params()).at(-1)).toMatchObject({ server: '10.20.0.8', port: '2003' });
    await gone('metric_server', 'graph');
    await change('notification_sendmail', 'create', 'ops', { mailto: ['ops@example.test'] });
    expect(await change('notification_matcher', 'create', 'all', { target: ['ops'] })).toMatch(/target=ops/);
    expect(await change('notification_target', 'test', 'ops')).toMatch(/a test was sent/);
    await gone('notification_matcher', 'all');
    await gone('notification_sendmail', 'ops');
    expect(await change('datacenter_options', 'update', undefined, { keyboard: 'de' })).toMatch(
      /keyboard: not set → de/,
    );
    expect(await change('node_options', 'update', undefined, { description: 'Rack 4' }, { node: 'pve1' })).toMatch(
      /→ Rack 4/,
    );
    expect(await change('node_dns', 'update', undefined, { dns2: '10.20.0.2' }, { node: 'pve1' })).toMatch(
      /not set → 10\.20\.0\.2/,
    );
    expect((await at.demo.request('GET', '/nodes/pve1/dns')).data).toMatchObject({
      dns1: '10.20.0.1',
      dns2: '10.20.0.2',
    });
  });
});

describe('pve_control_service', () => {
  test('stops and starts one, with its state; vital ones stand in pve_administer', async () => {
    const control = (action: string, service = 'postfix') => ({ node: 'pve1', service, action });
    expect(await done('pve_control_service', control('stop'))).toMatch(
      /^service "postfix" of pve1: stop OK in .*, now dead/,
    );
    expect(await done('pve_control_service', control('start'))).toMatch(/now running/);
    expect(await done('pve_control_service', control('restart', 'pveproxy'))).toMatch(/now running/);
    expect((await at.server.call('pve_control_service', control('stop', 'sshd'))).text).toMatch(/Call pve_administer/);
    const stop = { kind: 'service', action: 'stop', id: 'sshd', node: 'pve1' };
    expect(await done('pve_administer', stop)).toMatch(/now dead/);
    await done('pve_control_service', control('start', 'sshd'));
  });
});

describe('pve_administer', () => {
  const administer = (kind: string, action: string, id: string | undefined, set = {}, more = {}) =>
    done('pve_administer', { kind, action, ...(id === undefined ? {} : { id }), set, ...more });

  test('grants and takes back, with what is there now; roles are made, changed and deleted', async () => {
    await administer('role', 'create', 'Labs', { privs: 'VM.Audit' });
    expect(await administer('role', 'update', 'Labs', { privs: 'VM.Audit,VM.PowerMgmt' })).toMatch(
      /privs: VM.Audit → /,
    );
    const set = { roles: 'Labs', groups: 'operators' };
    expect(await administer('acl', 'grant', '/vms/105', set)).toMatch(
      /now there: Labs to group operators \(and below\)/,
    );
    expect(await administer('acl', 'revoke', '/vms/105', set)).toMatch(/now there: nothing/);
    expect(await done('pve_delete', { kind: 'role', id: 'Labs' })).toMatch(/it is gone/);
  });

  test('realms, package sources, HA; what the demo cannot do says so', async () => {
    await administer('realm', 'create', 'corp', { type: 'ad', domain: 'corp.test', server1: 'dc.corp.test' });
    expect(await administer('realm', 'update', 'corp', { comment: 'Corp' })).toMatch(/comment: not set → Corp/);
    expect(await administer('realm', 'sync', 'corp', { scope: 'both' })).toMatch(/sync OK/);
    await administer('realm_sync_job', 'create', 'nightly', { realm: 'corp', schedule: '02:00' });
    expect(await administer('realm_sync_job', 'update', 'nightly', { comment: 'x' })).toMatch(/comment: not set → x/);
    for (const [kind, id] of [
      ['realm_sync_job', 'nightly'],
      ['realm', 'corp'],
    ] as const)
      expect(await done('pve_delete', { kind, id })).toMatch(/it is gone/);
    const node = { node: 'pve1' };
    expect(await administer('apt_repository', 'add', undefined, { handle: 'no-subscription' }, node)).toMatch(
      /no-subscription enabled/,
    );
    const off = { path: '/etc/apt/sources.list.d/proxmox.sources', index: 0, enabled: false };
    expect(await administer('apt_repository', 'update', undefined, off, node)).toMatch(
      /that one is disabled; .*enterprise disabled/,
    );
    expect(await administer('apt_repository', 'refresh', undefined, {}, node)).toMatch(/refresh OK/);
    expect(await administer('ha', 'disarm', undefined, { 'resource-mode': 'freeze' })).toMatch(/fencing disarmed/);
    expect(await administer('ha', 'arm', undefined)).toMatch(/fencing armed/);
    const reboot = await at.server.call('pve_administer', { kind: 'node', action: 'reboot', node: 'pve3' });
    expect(reboot.text).toMatch(/does not reboot its nodes/);
    expect(at.questions.at(-1)).toMatch(/pve3/);
  });

  test('G15: a token whose secret nobody could be shown is not made, and a password that nobody can be asked for not sent', async () => {
    const token = { kind: 'token', action: 'create', id: 'demo@pve!lab', set: { privsep: 1 } };
    expect((await at.server.call('pve_administer', token)).text).toMatch(/^Denied: The answer holds a secret/);
    const password = { kind: 'password', action: 'update', id: 'demo@pve' };
    expect((await at.server.call('pve_administer', password)).text).toMatch(
      /^Denied: It needs password, confirmation-password/,
    );
    const given = { ...password, set: { password: 'hunter2222' } };
    expect((await at.server.call('pve_administer', given)).text).toMatch(/never passes through here/);
    expect(await at.writes()).toEqual([]);
  });
});
