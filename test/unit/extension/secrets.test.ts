import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { connectionOf, keepSecrets, sshSecretOf } from '../../../src/extension/connections/secrets.ts';
import { memorySecrets, type SecretHealth } from '../../support/secrets.ts';

const id = randomUUID();

function open(health: SecretHealth, secrets = memorySecrets(health)) {
  const faults: string[] = [];
  return { secrets, faults, keeper: keepSecrets(secrets, (what) => void faults.push(what)) };
}

test('a secret is kept by the editor, where other windows find it', async () => {
  const { keeper, secrets } = open('keeps');
  expect(await keeper.place(id)).toBe('missing');
  expect(await keeper.set(id, 'c4n4ry')).toBe('stored');
  const other = keepSecrets(secrets, () => {});
  expect([await other.get(id), await other.place(id)]).toEqual(['c4n4ry', 'stored']);
});

test.each<SecretHealth>([
  'forgets',
  'throws',
])('a secret storage that %s: known in this window alone', async (health) => {
  const { keeper, secrets } = open(health);
  expect(await keeper.set(id, 'c4n4ry')).toBe('session');
  expect([await keeper.get(id), await keeper.place(id)]).toEqual(['c4n4ry', 'session']);
  const other = keepSecrets(secrets, () => {});
  expect([await other.get(id), await other.place(id)]).toEqual([undefined, 'missing']);
});

test('what a locked storage says is told, without the secret', async () => {
  const { keeper, faults } = open('throws');
  await keeper.set(id, 'c4n4ry');
  expect(faults.join()).toContain('The keyring is locked');
  expect(faults.join()).not.toContain('c4n4ry');
});

test('what could not be stored wins over what was stored before', async () => {
  const secrets = memorySecrets();
  const { keeper } = open('keeps', { ...secrets, store: async () => {} });
  await keepSecrets(secrets, () => {}).set(id, 'old');
  expect(await keeper.set(id, 'new')).toBe('session');
  expect(await keeper.get(id)).toBe('new');
});

test('what another window has stored later wins over what was not stored here', async () => {
  const secrets = memorySecrets();
  const { keeper } = open('keeps', { ...secrets, store: async () => {} });
  await keeper.set(id, 'first');
  await keepSecrets(secrets, () => {}).set(id, 'second');
  expect([await keeper.get(id), await keeper.place(id)]).toEqual(['second', 'stored']);
});

test('a secret that the editor does not delete is said', async () => {
  const { keeper } = open('throws');
  await keeper.set(id, 'c4n4ry');
  await expect(keeper.delete(id)).rejects.toThrow(/did not delete the secret: The keyring is locked/);
  expect(await keeper.get(id)).toBeUndefined();
});

test('the connection of a stored secret is told by its key', async () => {
  const { keeper, secrets } = open('keeps');
  await keeper.set(id, 'c4n4ry');
  expect([...secrets.kept.keys()].map(connectionOf)).toEqual([id]);
  expect(connectionOf('someone.else')).toBeUndefined();
});

test('the secret for SSH is one of its own, and no change of the login', async () => {
  const { keeper, secrets } = open('keeps');
  await keeper.set(id, 'token');
  await keeper.set(sshSecretOf(id), 'passphrase');
  expect([await keeper.get(id), await keeper.get(sshSecretOf(id))]).toEqual(['token', 'passphrase']);
  expect([...secrets.kept.keys()].map(connectionOf)).toEqual([id, undefined]);
});
