import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../../src/server/config.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { makeIdentity } from '../../support/https-server.ts';

const home = { name: 'home', base_url: 'pve1', token_id: 'root@pam!mcp', token_secret: 'canary-secret' };

async function write(content: unknown, mode = 0o600): Promise<string> {
  const file = join(await temporaryFolder(), 'connections.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o600 });
  await chmod(file, mode);
  return file;
}

async function read(connections: unknown): Promise<unknown> {
  return (await readConfig({ PVE_CONFIG: await write({ connections }) }, () => {})).connections;
}

async function refusal(content: unknown, env: Record<string, string> = {}, mode?: number): Promise<string> {
  return readConfig({ PVE_CONFIG: await write(content, mode), ...env }, () => {}).then(
    () => 'it started',
    (error: unknown) => String(error instanceof Error && 'data' in error ? JSON.stringify(error.data) : error),
  );
}

describe('a file of connections', () => {
  test('each has its own address, login, trust and level', async () => {
    const print = Array.from({ length: 32 }, () => 'AB').join(':');
    const lab = {
      name: 'lab',
      base_url: ['lab1', 'lab2:8443'],
      username: 'ops@pve',
      password: 'pass word',
      totp: 'GEZDGNBVGY3TQOJQ',
      fingerprint: [print],
      access_level: 'full',
    };
    expect(await read([home, lab])).toEqual([
      {
        name: 'home',
        urls: ['https://pve1:8006'],
        login: { kind: 'token', tokenId: 'root@pam!mcp', tokenSecret: 'canary-secret' },
        trust: { kind: 'system' },
        level: 'read-only',
      },
      {
        name: 'lab',
        urls: ['https://lab1:8006', 'https://lab2:8443'],
        login: {
          kind: 'password',
          username: 'ops@pve',
          password: 'pass word',
          totp: { kind: 'secret', key: new Uint8Array(Buffer.from('1234567890')) },
        },
        trust: { kind: 'pin', sha256: [print] },
        level: 'full',
      },
    ]);
  });

  test('G14: each has its policies, and its minutes to answer', async () => {
    const policies = [
      { verdict: 'never-destroy', vmids: [100, 199], node: 'pve1' },
      { verdict: 'ask', pool: 'prod' },
      { verdict: 'allow', vmids: [900, 999] },
    ];
    expect(
      await read([
        { ...home, policies, answer_minutes: 10 },
        { ...home, name: 'lab' },
      ]),
    ).toEqual([
      expect.objectContaining({ policies, answerMinutes: 10 }),
      expect.not.objectContaining({ policies: expect.anything() }),
    ]);
  });

  test('G8: a path below the folder of the start stops it, for that folder may be anybody’s', async () => {
    await expect(readConfig({ PVE_CONFIG: 'connections.json' }, () => {})).rejects.toThrow(
      'PVE_CONFIG is a path below the folder in which the server is started',
    );
  });

  test("a CA file is looked up from the file's own folder", async () => {
    const file = await write({ connections: [{ ...home, ca_file: 'ca.pem' }] });
    const { ca: pem } = makeIdentity();
    await writeFile(join(file, '..', 'ca.pem'), pem);
    const { connections } = await readConfig({ PVE_CONFIG: file }, () => {});
    expect(connections[0]?.trust).toEqual({ kind: 'ca', pem });
  });

  test('where the audit is written still comes from the environment', async () => {
    const file = await write({ connections: [home] });
    const { auditDir } = await readConfig({ PVE_CONFIG: file, PVE_AUDIT_DIR: '/audit' }, () => {});
    expect(auditDir).toBe('/audit');
  });

  test.each([0o640, 0o604, 0o666])('G15: mode %o, which lets others in, stops the start', async (mode) => {
    const said = await refusal({ connections: [home] }, {}, mode);
    expect(said).toContain('open to other users');
    expect(said).toContain('chmod 600');
  });

  test('G15: JSON that is not valid is never quoted', async () => {
    const said = await refusal('{"connections": [{"token_secret": "canary-secret", canary-secret}]}');
    expect(said).toContain('not valid JSON');
    expect(said).not.toContain('canary');
  });

  test.each<[string, unknown, string]>([
    ['a key that is not known, with the nearest', [{ ...home, token: 'canary' }], 'Did you mean token_id?'],
    ['a switch that only the environment has', [{ ...home, verify_ssl: 'false' }], 'verify_ssl is not a setting'],
    ['no connection', [], 'connections is not as it should be'],
    ['no name', [{ ...home, name: '' }], 'connections.0.name is not as it should be'],
    ['no address', [{ ...home, base_url: undefined }], 'connections.0.base_url is not as it should be'],
    ['a secret that is a number', [{ ...home, token_secret: 1234567 }], 'expected string'],
    ['two of one name', [home, home], 'two connections have the name \\"home\\"'],
    ['a token and a user', [{ ...home, username: 'root@pam' }], 'token_id of \\"home\\" and'],
    [
      'a level that does not exist',
      [{ ...home, access_level: 'write' }],
      'access_level of \\"home\\" is not understood',
    ],
    [
      'a policy with a key that is not known, with its place and the nearest',
      [home, { ...home, name: 'lab', policies: [{ verdict: 'ask' }, { verdict: 'ask', tags: 'prod' }] }],
      'connections.1.policies.1.tags is not a setting","hint":"Did you mean tag?',
    ],
    [
      'a key of a connection in a policy',
      [{ ...home, policies: [{ verdict: 'ask', access_level: 'full' }] }],
      'a policy has verdict, node, vmids, pool, tag',
    ],
    [
      'a verdict that does not exist',
      [{ ...home, policies: [{ verdict: 'never' }] }],
      'connections.0.policies.0.verdict is not as it should be',
    ],
    [
      'G14: an allowing policy by what agents can change',
      [{ ...home, policies: [{ verdict: 'allow', tag: 'lab' }] }],
      'agents can change tags and pools',
    ],
    [
      'VMIDs in the wrong order',
      [{ ...home, policies: [{ verdict: 'ask', vmids: [200, 100] }] }],
      'connections.0.policies.0.vmids is not as it should be',
    ],
    ['a policy that is none', [{ ...home, policies: 'ask' }], 'connections.0.policies is not as it should be'],
    ['40 minutes to answer', [{ ...home, answer_minutes: 40 }], 'answer_minutes of \\"home\\" is not understood'],
    ['minutes as text', [{ ...home, answer_minutes: '5' }], 'connections.0.answer_minutes is not as it should be'],
    ['no secret', [{ ...home, token_secret: '' }], 'token_secret of \\"home\\" is not set'],
  ])('%s stops the start', async (_what, connections, message) => {
    const said = await refusal({ connections });
    expect(said).toContain(message);
    expect(said).not.toContain('canary');
  });

  test('a key beside the connections stops the start', async () => {
    expect(await refusal({ connection: [home] })).toMatch(/connections is not as it|Did you mean connections/);
    expect(await refusal({ connections: [home], level: 'full' })).toContain('level is not a setting');
  });

  test('a level in the environment is not silently left aside', async () => {
    const said = await refusal({ connections: [home] }, { PVE_ACCESS_TIER: 'read-only' });
    expect(said).toContain('PVE_CONFIG and PVE_ACCESS_LEVEL are both set');
  });

  test('a file that is not there stops the start', async () => {
    await expect(readConfig({ PVE_CONFIG: '/nowhere/c.json' }, () => {})).rejects.toThrow('PVE_CONFIG cannot be read');
  });
});
