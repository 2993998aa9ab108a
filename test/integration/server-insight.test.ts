import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Demo, startDemo } from '../support/demo.ts';
import { demoEnvironment, type McpServer, startServer } from '../support/mcp.ts';

let demo: Demo;
let server: McpServer;
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'proxmox-insight-'));
  demo = await startDemo({ speed: 20, seed: 1 });
  server = await startServer({ env: { ...demoEnvironment(demo, dir, 'read-only'), PVE_TOOLSETS: 'all' } });
});
afterAll(async () => {
  await server.stop();
  await demo.stop();
  await rm(dir, { recursive: true, force: true });
});

/** The answer of a call that works. */
async function ask(tool: string, args: Record<string, unknown> = {}, by = server): Promise<string> {
  const { text, isError } = await by.call(tool, args);
  expect(isError, text).toBe(false);
  expect(text).not.toMatch(/undefined|NaN|\[object|\uE000/);
  return text;
}

/** Asks until the answer fits: what the server has just read lives for a second. */
async function becomes(expected: RegExp, tool: string, args: Record<string, unknown> = {}): Promise<void> {
  await expect.poll(() => ask(tool, args), { timeout: 5000, interval: 200 }).toMatch(expected);
}

/** A server that uses the token which may only look. */
async function asReader(): Promise<McpServer> {
  const token = { ...demo, tokenId: demo.readOnlyTokenId, tokenSecret: demo.readOnlyTokenSecret };
  return startServer({ env: { ...demoEnvironment(token, dir, 'read-only'), PVE_TOOLSETS: 'all' } });
}

describe('pve_get_access', () => {
  test('users, tokens, groups, roles, realms, second factors', async () => {
    expect(await ask('pve_get_access', { kind: 'users' })).toMatch(/^alice@pve +enabled +never +operators +0 +Alice/m);
    expect(await ask('pve_get_access', { kind: 'tokens' })).toMatch(/^demo@pve!vscode +never +separated/m);
    expect(await ask('pve_get_access', { kind: 'groups' })).toMatch(/^operators +alice@pve +Look after production$/m);
    expect(await ask('pve_get_access', { kind: 'roles', filter: 'auditor' })).toMatch(
      /^PVEAuditor +yes +Datastore: Audit;/m,
    );
    expect(await ask('pve_get_access', { kind: 'realms' })).toMatch(/^pve +pve +no/m);
    expect(await ask('pve_get_access', { kind: 'tfa' })).toContain('totp@pve');
  });

  test('who may use one guest: entries above it and those of its pool', async () => {
    const text = await ask('pve_get_access', { kind: 'acl', path: '/vms/101' });
    expect(text).toMatch(/^\/pool\/production +group +operators +PVEVMUser +yes$/m);
    expect(text).toMatch(/^\/ +token +demo@pve!vscode +Administrator +yes$/m);
  });

  test('what am I allowed: a full token covers every level, one for reading exactly its own', async () => {
    const full = await ask('pve_get_access', { kind: 'permissions' });
    for (const level of ['read-only', 'read-execute', 'full'])
      expect(full).toMatch(new RegExp(`^${level} +yes +-`, 'm'));
    expect(full).toMatch(/^full .*Permissions\.Modify.*User\.Modify$/m);
    const reader = await asReader();
    const least = await ask('pve_get_access', { kind: 'permissions' }, reader);
    await reader.stop();
    expect(least).toMatch(/^read-only +yes +- +-$/m);
    expect(least).toMatch(/^read-execute +no +VM\.Migrate, VM\.PowerMgmt +-$/m);
    expect(least).toMatch(/^\/nodes +as at \/$/m);
  });
});

describe('pve_get_firewall', () => {
  test('cluster: off, and what would happen when it is switched on', async () => {
    const text = await ask('pve_get_firewall');
    expect(text).toMatch(/^Firewall of the cluster: off \(default\)\. While it is off nothing is filtered/);
    expect(text).toMatch(/^Once it is on, the local network of each node reaches 8006 .* and 22/m);
    expect(text).toMatch(
      /^8006: source \+management \(cluster rule 0\); the local network and the IP set management \(10\.20\.0\.0\/16\).*DROP\. \[pve1, pve2, pve3\]$/m,
    );
    expect(text).toMatch(/^22: everybody, by node rule 0\. \[pve1\]$/m);
    expect(text).toMatch(/^ +0 +yes +in +ACCEPT +tcp +8006 +\+management/m);
  });

  test('a rule that stops everybody before the local network is let in is a lock-out, said first', async () => {
    await demo.request('POST', '/cluster/firewall/rules', {
      type: 'in',
      action: 'DROP',
      enable: 1,
      proto: 'tcp',
      dport: '8000:9000',
      pos: 0,
    });
    await becomes(
      /^SWITCHING IT ON WOULD LOCK PEOPLE OUT, the local network included: 8006 on pve2\.$/m,
      'pve_get_firewall',
      { node: 'pve2' },
    );
    await demo.request('PUT', '/cluster/firewall/options', { enable: 1 });
    await becomes(/^LOCKED OUT, .*: 8006 on pve2\.$/m, 'pve_get_firewall', { node: 'pve2' });
    await demo.request('PUT', '/cluster/firewall/options', { enable: 0 });
    await demo.request('DELETE', '/cluster/firewall/rules/0');
  });

  test('a guest: its own switch, and whether a network device is behind it at all', async () => {
    const text = await ask('pve_get_firewall', { guest: 'web-01' });
    expect(text).toMatch(/^Firewall of guest 101: off \(default\); default policy: in DROP \(default\)/m);
    expect(text).toMatch(/^Network devices behind it \(firewall=1\): none of 1; its rules do nothing$/m);
    expect(text).toMatch(/^1 rule here, 1 on/m);
  });

  test.each([
    ['options', /^policy_in: +DROP$/m],
    ['aliases', /^office +10\.20\.8\.0\/24 +Desks$/m],
    ['ipsets', /^management +10\.20\.0\.0\/16$/m],
    ['groups', /^Group webserver, 2 rules$/m],
  ])('%s of the cluster', async (kind, expected) => {
    expect(await ask('pve_get_firewall', { kind })).toMatch(expected);
  });
});

describe('pve_get_network', () => {
  test('devices of all nodes, and a change that waits on one of them', async () => {
    expect(await ask('pve_get_network')).toMatch(/^6 devices on 3 nodes[\s\S]*^No changes wait to be applied\.$/m);
    await demo.request('POST', '/nodes/pve2/network', { iface: 'vmbr7', type: 'bridge', cidr: '10.77.0.1/24' });
    await becomes(/^Changes wait to be applied on pve2; they are below\.$/m, 'pve_get_network');
    const text = await ask('pve_get_network', { node: 'pve2' });
    expect(text).toMatch(/^pve2 +vmbr7 +bridge +down, not at boot +10\.77\.0\.1\/24/m);
    expect(text).toMatch(/^Waiting on pve2 .*:$[\s\S]*^ {2}\+iface vmbr7 inet static$/m);
    await demo.request('DELETE', '/nodes/pve2/network');
  });

  test('the SDN with its subnets, and addresses that are given out', async () => {
    const text = await ask('pve_get_network', { kind: 'sdn' });
    expect(text).toMatch(/^SDN: 1 zone, 1 vnet, 1 subnet\nNo changes wait to be applied\.$/m);
    expect(text).toMatch(/^lab-10\.30\.0\.0-24 .*gateway=10\.30\.0\.1/m);
    expect(await ask('pve_get_network', { kind: 'ipam' })).toMatch(/^10\.30\.0\.1 +gateway/m);
  });
});

describe('pve_explain_guest', () => {
  const likely = async (guest: number | string) => (await ask('pve_explain_guest', { guest })).split('\n')[1] ?? '';
  const startFails = async (path: string) => {
    const { data } = await demo.request('POST', `${path}/status/start`);
    expect(await demo.taskEnd(data)).not.toBe('OK');
  };

  test('a guest that runs well, a template, one that is locked', async () => {
    expect(await likely('web-01')).toBe('Nothing wrong was found: it runs.');
    expect(await likely(100)).toMatch(/^Most likely: It is a template, which is never started\./);
    expect(await likely(109)).toMatch(
      /^Most likely: It is locked \(backup\), and no task of its own runs: .* As root on pve2: qm unlock 109\. No API token can\.$/,
    );
    expect(await likely(108)).toMatch(/^Most likely: Its guest agent is on in the config and does not answer\./);
  });

  test('a CD image that is gone: found before a start, and with the failed start and its log after it', async () => {
    const path = '/nodes/pve1/qemu/105';
    await demo.request('PUT', `${path}/config`, { ide2: 'local:iso/gone.iso,media=cdrom' });
    expect(await likely(105)).toMatch(/^Most likely: CD image local:iso\/gone\.iso \(ide2\) is not there\. Eject it/);
    await startFails(path);
    await becomes(
      /^Also: A volume that its config names is not there: its last start ended with "volume 'local:iso\/gone\.iso' does not exist"\./m,
      'pve_explain_guest',
      { guest: 105 },
    );
    const text = await ask('pve_explain_guest', { guest: 105 });
    expect(text).toMatch(/^Last start, which failed: qmstart at .* UTC by demo@pve!vscode: volume/m);
    expect(text).toMatch(/^ {2}TASK ERROR: volume/m);
    expect(text).toMatch(/^Journal of the node around it:\n(?: {2}.*\n)*? {2}.*qmstart:105/m);
    await demo.request('PUT', `${path}/config`, { delete: 'ide2' });
  });

  test('a bridge that is not there: told by the config and by the log of the failed start', async () => {
    const path = '/nodes/pve1/qemu/106';
    await demo.request('PUT', `${path}/config`, { net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr9' });
    await startFails(path);
    const text = await ask('pve_explain_guest', { guest: 106 });
    expect(text).toMatch(/^Most likely: Bridge vmbr9 of net0 does not exist on pve1\./m);
    expect(text).toMatch(
      /^Also: A bridge of its network does not exist on this node: its last start ended with "start failed/m,
    );
    expect(text).toMatch(/^ {2}bridge 'vmbr9' does not exist$/m);
  });

  test('a storage that its node lacks, one that is disabled, and a node that is offline', async () => {
    await demo.control({ ailment: 'storage-nodes', storage: 'local-lvm', node: 'pve2,pve3' });
    await becomes(/^Most likely: Storage local-lvm \(scsi0\) does not exist on pve1/m, 'pve_explain_guest', {
      guest: 104,
    });
    await demo.control({ ailment: 'storage-nodes', storage: 'local-lvm', node: 'pve1,pve2,pve3' });
    await demo.request('PUT', '/storage/local-lvm', { disable: 1 });
    await becomes(/^Most likely: Storage local-lvm \(scsi0\) is disabled\./m, 'pve_explain_guest', { guest: 104 });
    await demo.request('PUT', '/storage/local-lvm', { disable: 0 });
    await demo.control({ node: 'pve3', offline: true });
    await becomes(/^Most likely: Its node pve3 is offline\./m, 'pve_explain_guest', { guest: 103 });
    await demo.control({ node: 'pve3', offline: false });
  });

  test('what the token may not read is said, and the rest is still told', async () => {
    const reader = await asReader();
    await demo.control({
      fault: '403 Permission check failed (/nodes/pve1, Sys.Audit)',
      path: '/nodes/pve1/network',
      times: 5,
    });
    const text = await ask('pve_explain_guest', { guest: 104 }, reader);
    await demo.control({ fault: 'none' });
    await reader.stop();
    expect(text).toMatch(/^Could not be read:\n- The network of its node: /m);
    expect(text).toMatch(/^State: +stopped$/m);
  });
});
