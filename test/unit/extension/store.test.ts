import { randomUUID } from 'node:crypto';
import { readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { freeName, type Profile } from '../../../src/extension/connections/profile.ts';
import { sshSecretOf } from '../../../src/extension/connections/secrets.ts';
import {
  type ConnectionStore,
  openConnectionStore,
  type StoreOptions,
} from '../../../src/extension/connections/store.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { memorySecrets } from '../../support/secrets.ts';

const home: Profile = {
  kind: 'cluster',
  id: randomUUID(),
  name: 'home',
  revision: 1,
  level: 'read-only',
  endpoints: [{ url: 'https://pve1.example:8006', trust: { kind: 'system' } }],
  login: { kind: 'token', tokenId: 'editor@pve!vscode' },
};

async function open(
  dir: string,
  secrets = memorySecrets(),
  record: StoreOptions['record'] = async () => {},
): Promise<ConnectionStore> {
  const store = openConnectionStore({ dir, secrets, onFault: () => {}, record });
  onTestFinished(() => store.dispose());
  return store;
}

test('without a file there are no connections', async () => {
  expect(await (await open(await temporaryFolder())).read()).toEqual([]);
});

test('G9: what one window stores the other one reads, from one file for this user only', async () => {
  const dir = await temporaryFolder();
  const [one, other] = [await open(dir), await open(dir)];
  await one.update(() => [home]);
  expect(await other.read()).toEqual([home]);
  expect((await stat(join(dir, 'connections.json'))).mode & 0o777).toBe(0o600);
  expect(await readdir(dir)).toEqual(['connections.json']);
});

test('many updates at once are all kept', async () => {
  const store = await open(await temporaryFolder());
  const names = Array.from({ length: 20 }, (_, index) => `cluster ${index}`);
  await Promise.all(
    names.map((name) => store.update((profiles) => [...profiles, { ...home, id: randomUUID(), name }])),
  );
  expect((await store.read()).map(({ name }) => name)).toEqual(names);
});

test('the secret is in the secret storage and not in the file', async () => {
  const dir = await temporaryFolder();
  const secrets = memorySecrets();
  const store = await open(dir, secrets);
  await store.secrets.set(home.id, 'c4n4ry-secret');
  await store.secrets.set(sshSecretOf(home.id), 'c4n4ry-passphrase');
  await store.update(() => [home]);
  expect(await store.secrets.get(home.id)).toBe('c4n4ry-secret');
  expect(await readFile(join(dir, 'connections.json'), 'utf8')).not.toContain('c4n4ry');
  await store.remove(home.id);
  expect(await store.read()).toEqual([]);
  expect(secrets.kept.size).toBe(0);
});

test('a connection and its secret are stored together, or neither is', async () => {
  const secrets = memorySecrets();
  const store = await open(await temporaryFolder(), secrets);
  const refuse = () => {
    throw new Error('changed meanwhile');
  };
  await expect(store.updateWithSecret(home.id, 'first', refuse)).rejects.toThrow('changed meanwhile');
  expect(secrets.kept.size).toBe(0);
  expect(await store.updateWithSecret(home.id, 'first', () => [home])).toBe('stored');
  expect([await store.read(), await store.secrets.get(home.id)]).toEqual([[home], 'first']);
  await expect(store.updateWithSecret(home.id, 'second', refuse)).rejects.toThrow('changed meanwhile');
  expect(await store.secrets.get(home.id)).toBe('first');
});

test.each([
  ['no JSON', '{"version": 1,'],
  ['an unknown field', JSON.stringify({ version: 1, profiles: [{ ...home, autoApprove: true }] })],
  ['a level that does not exist', JSON.stringify({ version: 1, profiles: [{ ...home, level: 'everything' }] })],
  ['a newer release', JSON.stringify({ version: 2, connections: {} })],
])('G9: a file with %s is refused, told of and left as it is', async (_what, text) => {
  const dir = await temporaryFolder();
  await writeFile(join(dir, 'connections.json'), text);
  const store = await open(dir);
  await expect(store.read()).rejects.toThrow(/stored connections/);
  await expect(store.update(() => [])).rejects.toThrow(/stored connections/);
  expect(await readFile(join(dir, 'connections.json'), 'utf8')).toBe(text);
});

test.each<[string, Partial<Extract<Profile, { kind: 'cluster' }>>]>([
  ['a password', { login: { kind: 'password', username: 'alice@pve' } }],
  [
    'several endpoints by CA and by pin',
    {
      endpoints: [
        { url: 'https://pve1:8006', node: 'pve1', trust: { kind: 'ca', pem: pem('a') } },
        { url: 'https://pve2:8006', node: 'pve2', trust: { kind: 'ca', pem: pem('a'), anyName: true } },
        { url: 'https://pve3:8006', trust: { kind: 'pin', sha256: [Array(32).fill('AB').join(':')], ca: pem('a') } },
      ],
    },
  ],
])('a connection with %s is stored and read', async (_what, fields) => {
  const store = await open(await temporaryFolder());
  await store.update(() => [{ ...home, ...fields }]);
  expect(await store.read()).toEqual([{ ...home, ...fields }]);
});

test.each([
  ['anyName: false, which would say nothing', { kind: 'ca', pem: pem('a'), anyName: false }],
  ['a CA that is none', { kind: 'ca', pem: 'anything goes' }],
  ['no fingerprint', { kind: 'pin', sha256: [] }],
])('G8: trust with %s is not read', async (_what, trust) => {
  const dir = await temporaryFolder();
  const profiles = [{ ...home, endpoints: [{ url: 'https://pve1:8006', trust }] }];
  await writeFile(join(dir, 'connections.json'), JSON.stringify({ version: 1, profiles }));
  await expect((await open(dir)).read()).rejects.toThrow(/damaged/);
});

test('a change by another window is told', async () => {
  const dir = await temporaryFolder();
  const [one, other] = [await open(dir), await open(dir)];
  const told = new Promise<void>((resolve) => one.onChange(resolve));
  await other.update(() => [home]);
  await told;
});

test('a name that is taken gets a number', () => {
  expect(freeName('home', [])).toBe('home');
  expect(freeName('home', [home, { ...home, name: 'home 2' }])).toBe('home 3');
});

function pem(text: string): string {
  return `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
}

test('G10: what holds agents back is recorded before it changes', async () => {
  const recorded: (readonly string[])[] = [];
  const store = await open(await temporaryFolder(), memorySecrets(), async ({ changes }) => {
    recorded.push(changes);
  });
  const edited: Profile = { ...home, name: 'office', level: 'full', revision: 2 };
  await store.update(() => [home]);
  await store.update(() => [home]);
  await store.update(() => [edited]);
  await store.remove(home.id);
  expect(recorded).toEqual([
    [
      'added',
      'name: home',
      'level: read-only',
      'policies: none',
      'time to answer: 5 minutes',
      'commands on nodes: off',
      'reading commands: asked',
      'login: token editor@pve!vscode',
      'addresses: https://pve1.example:8006',
      "trust: this computer's authorities",
      'ssh: not set up',
      'host keys: none',
    ],
    ['name: home → office', 'level: read-only → full'],
    ['removed'],
  ]);
});

test('G10: a change that cannot be recorded is not made', async () => {
  const store = await open(await temporaryFolder(), memorySecrets(), () => Promise.reject(new Error('disk full')));
  await expect(store.update(() => [home])).rejects.toThrow('disk full');
  expect(await store.read()).toEqual([]);
});

test('G9: updates by two windows at the same time are all kept', async () => {
  const dir = await temporaryFolder();
  const windows = [await open(dir), await open(dir), await open(dir)];
  const names = Array.from({ length: 15 }, (_, index) => `cluster ${index}`);
  await Promise.all(
    names.map((name, index) =>
      windows[index % windows.length]?.update((profiles) => [...profiles, { ...home, id: randomUUID(), name }]),
    ),
  );
  expect((await windows[0]?.read())?.map(({ name }) => name).sort()).toEqual([...names].sort());
});

test('a lock that a window which is gone has left behind stops nobody', async () => {
  const dir = await temporaryFolder();
  const lock = join(dir, 'connections.json.lock');
  await writeFile(lock, '');
  const longAgo = new Date(Date.now() - 60_000);
  await utimes(lock, longAgo, longAgo);
  const store = await open(dir);
  await store.update(() => [home]);
  expect(await store.read()).toEqual([home]);
});

test('G9: a window that slept while it held the lock does not put back what another one has lowered meanwhile', async () => {
  const dir = await temporaryFolder();
  const other = await open(dir);
  await other.update(() => [{ ...home, level: 'full' }]);
  const sleeper = await open(dir, memorySecrets(), async () => {
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(join(dir, 'connections.json.lock'), longAgo, longAgo);
    await other.update(([one]) => (one === undefined ? [] : [{ ...one, revision: 2, level: 'read-only' }]));
  });
  const renaming = sleeper.update(([one]) => (one === undefined ? [] : [{ ...one, revision: 2, name: 'cabin' }]));
  await expect(renaming).rejects.toThrow(/another window or server went on/);
  expect(await other.read()).toMatchObject([{ name: 'home', level: 'read-only' }]);
});
