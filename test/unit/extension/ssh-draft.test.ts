import { expect, test } from 'vitest';
import { newKeyText } from '../../../src/extension/connections/new-key-text.ts';
import { sshLogin } from '../../../src/extension/connections/ssh.ts';
import { checkNodes } from '../../../src/extension/connections/ssh-check.ts';
import {
  changedHosts,
  nodesOfEndpoints,
  sshDraft,
  sshSettings,
  wholePath,
  withoutHost,
} from '../../../src/extension/connections/ssh-draft.ts';
import { sshHelp } from '../../../src/extension/connections/ssh-help.ts';
import type { SshSettings } from '../../../src/extension/connections/ssh-settings.ts';
import { type Step, walk } from '../../../src/extension/connections/walk.ts';
import { PveError } from '../../../src/pve/error.ts';
import { describeKey } from '../../../src/ssh/host-keys.ts';
import { lazyPool } from '../../../src/ssh/lazy-pool.ts';
import type { ExecResult, NodeShell, Terminal } from '../../../src/ssh/types.ts';

const ofCluster = [
  { node: 'pve1', address: '10.0.0.1' },
  { node: 'pve2', address: '10.0.0.2' },
];
const key = { role: 'node', name: 'pve1', address: '10.0.0.1', port: 22, key: 'AAAA' } as const;
const settings: SshSettings = {
  user: 'ops',
  port: 2222,
  auth: { kind: 'key', file: '/keys/a' },
  jump: { host: 'bastion', port: 22, user: 'ops' },
  sudo: true,
  addresses: { pve2: 'pve2.example', pve9: '10.0.0.9' },
  hostKeys: [key],
};

test('an unchanged draft stores what was stored', () => {
  expect(sshSettings(sshDraft(settings, ofCluster), ofCluster)).toEqual(settings);
});

test('a first draft is root by the agent, where the cluster says', () => {
  const draft = sshDraft(undefined, ofCluster);
  expect(draft.nodes).toEqual(ofCluster);
  expect(sshSettings(draft, ofCluster)).toEqual({ user: 'root', port: 22, auth: { kind: 'agent' }, hostKeys: [] });
});

test('a login that may not ask the cluster has the nodes of its own addresses', () => {
  const trust = { kind: 'system' } as const;
  const endpoints = [
    { url: 'https://[fd00::1]:8006', node: 'pve1', trust },
    { url: 'https://pve2.example:8006', node: 'pve2', trust },
    { url: 'https://pve3.example:8006', trust },
  ];
  expect(nodesOfEndpoints({ endpoints })).toEqual([
    { node: 'pve1', address: 'fd00::1' },
    { node: 'pve2', address: 'pve2.example' },
  ]);
});

test('root needs no sudo, and only addresses that differ are stored', () => {
  const draft = { ...sshDraft(settings, ofCluster), user: 'root', nodes: ofCluster };
  const after = sshSettings(draft, ofCluster);
  expect(after.sudo).toBeUndefined();
  expect(after.addresses).toBeUndefined();
});

test('a host whose key is forgotten counts as met for the first time, others stay', () => {
  const other = { ...key, name: 'pve2' };
  expect(withoutHost([key, { ...key, key: 'BBBB' }, other], 'pve1')).toEqual([other]);
});

test('hosts whose key has changed are told by what was expected of them, the one in between too', () => {
  const [node, jump, other] = [
    key,
    { ...key, role: 'jump', name: 'bastion', key: 'BBBB' },
    { ...key, name: 'pve2', key: 'CCCC' },
  ] as const;
  const hint = 'Look.';
  const failed = (code: 'host_key' | 'unreachable', ...reason: string[]) => ({
    node: 'pve1',
    address: '10.0.0.1',
    error: { code, message: 'no', hint, reason },
  });
  const sha = (base64: string) => describeKey(Buffer.from(base64, 'base64')).sha256;
  const all = [node, jump, other];
  const changed = failed('host_key', `trusted: ssh-rsa ${sha('BBBB')}`, `shown: ssh-rsa ${sha('CCCC')}`);
  expect(changedHosts(all, [changed])).toEqual(['bastion']);
  expect(changedHosts(all, [failed('host_key', `shown: ssh-rsa ${sha('AAAA')}`)])).toEqual([]);
  expect(changedHosts(all, [failed('unreachable', `trusted: ssh-rsa ${sha('AAAA')}`)])).toEqual([]);
});

test('a path in the home folder is made whole', () => {
  expect(wholePath('~/.ssh/id_ed25519', '/home/alice')).toBe('/home/alice/.ssh/id_ed25519');
  expect(wholePath('/keys/~/a', '/home/alice')).toBe('/keys/~/a');
});

test('a login fetches its secret only where its way has one', async () => {
  const secret = async () => 'c4n4ry';
  const env = { SSH_AUTH_SOCK: '/run/agent' };
  expect(sshLogin({ ...settings, auth: { kind: 'agent' } }, { env, secret })).toMatchObject({
    auth: { kind: 'agent', socket: '/run/agent' },
    jump: { host: 'bastion' },
    sudo: true,
  });
  const { auth } = sshLogin(settings, { env, secret });
  expect(auth.kind === 'key' && (await auth.passphrase())).toBe('c4n4ry');
  expect(JSON.stringify(auth)).not.toContain('c4n4ry');
});

const { signal } = new AbortController();

test('a pool is loaded once, when a node is first wanted, and closed with what it has opened', async () => {
  const events: string[] = [];
  const pool = lazyPool(async () => {
    events.push('loaded');
    return {
      node: async ({ node }) => ({ node }) as unknown as NodeShell,
      terminal: async () => ({}) as Terminal,
      close: async () => void events.push('closed'),
    };
  });
  expect(events).toEqual([]);
  await Promise.all([pool.node({ node: 'a', address: '' }, signal), pool.node({ node: 'b', address: '' }, signal)]);
  await pool.close();
  expect(events).toEqual(['loaded', 'closed']);
});

const none = { head: Buffer.alloc(0), tail: Buffer.alloc(0), bytes: 0 };
const said = (stdout: string, exitCode = 0, stderr = ''): ExecResult => ({
  exitCode,
  ended: 'exit',
  stdout: { ...none, head: Buffer.from(stdout) },
  stderr: { ...none, head: Buffer.from(stderr) },
  ms: 1,
});

test('each node is tried in turn, and its result says whether commands run as root', async () => {
  const refused = new PveError({ code: 'unauthenticated', message: 'no', reason: [], hint: 'Authorise it.' });
  const answers: Record<string, ExecResult> = {
    pve1: said('0\n'),
    pve2: said('1000\n'),
    pve3: said('', 1, 'sudo: no\n'),
  };
  const order: string[] = [];
  const checks = await checkNodes(
    {
      node: async ({ node }) => {
        const answer = answers[node];
        if (answer === undefined) throw refused;
        return { exec: async () => answer } as unknown as NodeShell;
      },
    },
    ['pve1', 'pve2', 'pve3', 'pve4'].map((node) => ({ node, address: '10.0.0.1' })),
    signal,
    (node) => void order.push(node),
  );
  expect(order).toEqual(['pve1', 'pve2', 'pve3', 'pve4']);
  expect(checks.map(({ isRoot, error }) => error?.code ?? isRoot)).toEqual([
    true,
    false,
    'forbidden',
    'unauthenticated',
  ]);
  expect(checks[2]?.error?.reason).toEqual(['sudo: no']);
});

test('a cancelled try throws, and what is no fault of the node is not taken for one', async () => {
  const cancelled = AbortSignal.abort(new Error('cancelled'));
  const broken = { node: () => Promise.reject(new TypeError('a bug')) };
  const places = [{ node: 'pve1', address: '10.0.0.1' }];
  await expect(checkNodes(broken, places, cancelled)).rejects.toThrow('cancelled');
  await expect(checkNodes(broken, places, signal)).rejects.toThrow('a bug');
});

test('steps go on, go back over questions in between and over those that do not apply, and end when left', async () => {
  const taken: string[] = [];
  const answers: Record<string, ('back' | 'cancel')[]> = { c: ['back'], a: [] };
  const step = (name: string, more: Partial<Step<undefined>> = {}): Step<undefined> => ({
    ...more,
    ask: async () => {
      taken.push(name);
      return answers[name]?.shift() ?? { value: name };
    },
  });
  const steps = [step('a'), step('modal', { isModal: true }), step('never', { applies: () => false }), step('c')];
  expect(await walk(steps, undefined)).toBe(true);
  expect(taken).toEqual(['a', 'modal', 'c', 'a', 'modal', 'c']);
  answers.a = ['back'];
  expect(await walk(steps, undefined)).toBe(false);
  answers.c = ['cancel'];
  expect(await walk(steps, undefined)).toBe(false);
});

test('help for what failed names the nodes once for the same trouble, and what to do', () => {
  const error = {
    code: 'unauthenticated',
    message: 'no\u202e key',
    reason: ['why'],
    hint: 'First line\nssh-copy-id x',
  } as const;
  const text = sshHelp('home', settings, [
    { node: 'pve1', address: '10.0.0.1', error },
    { node: 'pve2', address: '10.0.0.2', error },
    { node: 'pve3', address: '10.0.0.3', isRoot: true },
  ]);
  expect(text).toContain('pve1 (10.0.0.1), pve2 (10.0.0.2)\nno<U+202E> key\nwhy\n\n  First line\n  ssh-copy-id x\n');
  expect(text).not.toContain('pve3');
});

test('what to do with a new key has the line to paste, and not the private half', () => {
  const text = newKeyText('/home/a/.ssh/k', 'ssh-ed25519 AAAA a@b');
  expect(text).toContain('\nssh-ed25519 AAAA a@b\n');
  expect(text).toContain("echo 'ssh-ed25519 AAAA a@b' >> ~/.ssh/authorized_keys");
  expect(text).toContain('/home/a/.ssh/k');
});
