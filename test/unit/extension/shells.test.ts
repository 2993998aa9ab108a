import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { ClusterProfile, Profile } from '../../../src/extension/connections/profile.ts';
import { sshSecretOf } from '../../../src/extension/connections/secrets.ts';
import { createShells } from '../../../src/extension/connections/shells.ts';
import type { ConsoleTarget } from '../../../src/extension/terminals/target.ts';
import type { HostKeySources } from '../../../src/ssh/host-keys.ts';
import type { NodeShell, SshLogin, SshPlace, Terminal } from '../../../src/ssh/types.ts';
import { fakeClock } from '../../support/clock.ts';

const id = randomUUID();
const profile: ClusterProfile = {
  kind: 'cluster',
  id,
  name: 'home',
  revision: 1,
  level: 'full',
  endpoints: [{ url: 'https://pve1.example:8006', trust: { kind: 'system' } }],
  login: { kind: 'token', tokenId: 'editor@pve!vscode' },
  ssh: { user: 'root', port: 22, auth: { kind: 'password' }, addresses: { pve2: 'pve2.example' }, hostKeys: [] },
};
const { signal } = new AbortController();

interface NotedPool {
  readonly login: SshLogin;
  readonly hostKeys: HostKeySources;
  readonly places: SshPlace[];
  readonly programs: (readonly string[] | undefined)[];
  closed: boolean;
}

/** Shells over pools that only note what they are asked for. */
function noted(first: Profile = profile) {
  let profiles: readonly Profile[] = [first];
  let changed = () => {};
  let asked = 0;
  const pools: NotedPool[] = [];
  const learnt: string[] = [];
  const clock = fakeClock();
  const shells = createShells({
    store: {
      read: async () => profiles,
      onChange: (listener) => {
        changed = listener;
      },
      secrets: { get: async (key) => (key === sshSecretOf(id) ? 'c4n4ry' : undefined) },
    },
    addresses: async () => {
      asked += 1;
      return [
        { node: 'pve1', address: '10.0.0.1' },
        { node: 'pve2', address: '10.0.0.2' },
      ];
    },
    openPool: (login, hostKeys) => {
      const pool: NotedPool = { login, hostKeys, places: [], programs: [], closed: false };
      pools.push(pool);
      return {
        node: async (place) => {
          pool.places.push(place);
          return {} as NodeShell;
        },
        terminal: async (place, { argv }) => {
          pool.places.push(place);
          pool.programs.push(argv);
          return {} as Terminal;
        },
        close: async () => {
          pool.closed = true;
        },
      };
    },
    knownHosts: async () => '',
    env: { SSH_AUTH_SOCK: '/run/agent' },
    redactor: { add: (secret) => void learnt.push(secret) },
    clock,
  });
  return {
    shells,
    pools,
    learnt,
    clock,
    asked: () => asked,
    async edit(next: readonly Profile[]) {
      profiles = next;
      changed();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test('a node is where the person says, else where the cluster says, which is asked once a minute', async () => {
  const { shells, pools, asked, clock } = noted();
  for (const node of ['pve2', 'pve1', 'pve1']) await shells.node(profile, node, signal);
  expect(pools.map(({ places }) => places)).toEqual([
    [
      { node: 'pve2', address: 'pve2.example' },
      { node: 'pve1', address: '10.0.0.1' },
      { node: 'pve1', address: '10.0.0.1' },
    ],
  ]);
  expect(asked()).toBe(1);
  clock.advance(61_000);
  await shells.node(profile, 'pve1', signal);
  expect(asked()).toBe(2);
  await expect(shells.node(profile, 'pve9', signal)).rejects.toMatchObject({ code: 'not_found' });
});

test('the secret is fetched when a login needs it, and known to the redactor from then on', async () => {
  const { shells, pools, learnt } = noted();
  await shells.node(profile, 'pve1', signal);
  expect(learnt).toEqual([]);
  const auth = pools[0]?.login.auth;
  expect(auth?.kind === 'password' && (await auth.password())).toBe('c4n4ry');
  expect(learnt).toEqual(['c4n4ry']);
});

test('G8: nobody is asked about a host key here: one that is not known is refused, with the way to agree to it', async () => {
  const { shells, pools } = noted();
  await shells.node(profile, 'pve1', signal);
  const contact = { role: 'node', name: 'pve1', address: '10.0.0.1', port: 22, trustedAt: [] } as const;
  const shown = { type: 'ssh-ed25519', key: 'AAAA', sha256: 'SHA256:abc' };
  await expect(pools[0]?.hostKeys.firstContact({ ...contact, ...shown }, signal)).rejects.toMatchObject({
    code: 'host_key',
    data: { hint: expect.stringContaining('Set up SSH…'), reason: ['shown: ssh-ed25519 SHA256:abc'] },
  });
});

test('connections stay when something else of the profile is edited, and end with their settings or the connection', async () => {
  const { shells, pools, edit } = noted();
  await shells.node(profile, 'pve1', signal);
  const renamed = { ...profile, name: 'office', revision: 2 };
  await edit([renamed]);
  await shells.node(renamed, 'pve1', signal);
  expect(pools.map(({ closed }) => closed)).toEqual([false]);
  const other = { ...renamed, revision: 3, ssh: { ...profile.ssh, user: 'ops' } } as ClusterProfile;
  await edit([other]);
  await shells.node(other, 'pve1', signal);
  expect(pools.map(({ closed, login }) => [closed, login.user])).toEqual([
    [true, 'root'],
    [false, 'ops'],
  ]);
  await edit([]);
  expect(pools.every(({ closed }) => closed)).toBe(true);
});

test('a terminal is a login shell on a node, and what leads into a guest on the node that holds it', async () => {
  const { shells, pools } = noted();
  const open = (guest?: ConsoleTarget['guest']) =>
    shells.terminal(
      profile,
      { node: 'pve1', ...(guest === undefined ? {} : { guest }) },
      { columns: 80, rows: 24 },
      { onData: () => {}, onEnd: () => {} },
      signal,
    );
  await open();
  await open({ type: 'lxc', vmid: 102, name: 'db' });
  await open({ type: 'qemu', vmid: 101, name: 'web' });
  expect(pools[0]?.programs).toEqual([undefined, ['pct', 'enter', '102'], ['qm', 'terminal', '101']]);
});

test('closing ends all', async () => {
  const { shells, pools } = noted();
  await shells.node(profile, 'pve1', signal);
  await shells.close();
  expect(pools.map(({ closed }) => closed)).toEqual([true]);
});

test.each<[string, Profile, RegExp]>([
  ['edited meanwhile', { ...profile, revision: 2 }, /edited or removed/],
  ['without SSH', { ...profile, ssh: undefined } as unknown as Profile, /not set up/],
  ['of the demo', { kind: 'demo', id, name: 'home', revision: 1, level: 'full' }, /not set up/],
])('G2: a connection that is %s has no shell', async (_what, stored, message) => {
  const { shells, pools } = noted(stored);
  await expect(shells.node(profile, 'pve1', signal)).rejects.toThrow(message);
  expect(pools).toEqual([]);
});
