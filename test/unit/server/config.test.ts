import { writeFile } from 'node:fs/promises';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Environment, readConfig, settings } from '../../../src/server/config.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { makeIdentity } from '../../support/https-server.ts';

const base = {
  PVE_BASE_URL: 'pve1.example.com',
  PVE_TOKEN_ID: 'root@pam!mcp',
  PVE_TOKEN_SECRET: 'a-secret-value',
  XDG_STATE_HOME: '/state',
};
const { PVE_TOKEN_ID: _id, PVE_TOKEN_SECRET: _secret, ...address } = base;
const user = { ...address, PVE_USERNAME: 'root@pam', PVE_PASSWORD: ' a password ' };
const print = Array.from({ length: 32 }, () => 'AB').join(':');
const ignore = () => {};

async function connection(env: Environment) {
  const [only] = (await readConfig(env, ignore)).connections;
  if (only === undefined) throw new Error('no connection');
  return only;
}

async function refusal(env: Environment): Promise<string> {
  return readConfig(env, ignore).then(
    () => 'it started',
    (error: unknown) => String(error instanceof Error && 'data' in error ? JSON.stringify(error.data) : error),
  );
}

describe('the environment of the standalone server', () => {
  test('address and token are enough: verified, read-only, audit in the state folder', async () => {
    expect(await readConfig(base, ignore)).toEqual({
      connections: [
        {
          name: 'pve1.example.com',
          urls: ['https://pve1.example.com:8006'],
          login: { kind: 'token', tokenId: 'root@pam!mcp', tokenSecret: 'a-secret-value' },
          level: 'read-only',
          trust: { kind: 'system' },
        },
      ],
      auditDir: '/state/proxmox-mcp',
      proxy: {},
      filesDirs: [],
    });
  });

  test('several addresses are nodes of one cluster, in this order; what stands twice counts once', async () => {
    const { name, urls } = await connection({ ...base, PVE_BASE_URL: 'pve2:8443, https://pve1/,pve2:8443' });
    expect(name).toBe('pve2');
    expect(urls).toEqual(['https://pve2:8443', 'https://pve1:8006']);
  });

  test('user and password instead of a token; the password as it stands', async () => {
    expect((await connection(user)).login).toEqual({
      kind: 'password',
      username: 'root@pam',
      password: ' a password ',
    });
    expect((await connection({ ...user, PVE_TOTP: '123456' })).login).toMatchObject({
      totp: { kind: 'code', code: '123456' },
    });
  });

  test('G17: fingerprints are pinned, in whatever spelling, with or without PVE_VERIFY_SSL', async () => {
    const pinned = { kind: 'pin', sha256: [print] };
    const bare = print.replaceAll(':', '').toLowerCase();
    expect((await connection({ ...base, PVE_FINGERPRINT: bare })).trust).toEqual(pinned);
    expect((await connection({ ...base, PVE_FINGERPRINT: print, PVE_VERIFY_SSL: 'false' })).trust).toEqual(pinned);
    const other = print.replaceAll('A', 'C');
    expect((await connection({ ...base, PVE_FINGERPRINT: `${print}, ${other}` })).trust).toEqual({
      kind: 'pin',
      sha256: [print, other],
    });
  });

  test('G17: beside a fingerprint a CA widens nothing', async () => {
    const file = join(await temporaryFolder(), 'ca.pem');
    const { ca: pem } = makeIdentity();
    await writeFile(file, pem);
    expect((await connection({ ...base, PVE_CA_FILE: file })).trust).toEqual({ kind: 'ca', pem });
    const both = await connection({ ...base, PVE_CA_FILE: file, PVE_FINGERPRINT: print });
    expect(both.trust).toEqual({ kind: 'pin', sha256: [print], ca: pem });
  });

  test('G17: verification that is switched off without a fingerprint is never "no check"', async () => {
    expect((await connection({ ...base, PVE_VERIFY_SSL: 'false' })).trust).toEqual({ kind: 'unverified' });
  });

  test('an empty value counts as absent and never widens', async () => {
    const empty = Object.fromEntries(settings.slice(3).map(([name]) => [name, name === 'PVE_PASSWORD' ? '' : ' ']));
    expect(await readConfig({ ...base, ...empty }, ignore)).toEqual(await readConfig(base, ignore));
  });

  test('the alias of the level means the same; two that differ stop the start', async () => {
    expect((await connection({ ...base, PVE_ACCESS_TIER: 'full' })).level).toBe('full');
    expect(await refusal({ ...base, PVE_ACCESS_LEVEL: 'read-only', PVE_ACCESS_TIER: 'full' })).toContain('differ');
  });

  test('G2: how long a question waits, 1 to 30 minutes', async () => {
    for (const minutes of [1, 30])
      expect((await connection({ ...base, PVE_ANSWER_MINUTES: `${minutes}` })).answerMinutes).toBe(minutes);
  });

  test('the proxy is taken from either spelling', async () => {
    const lower = { https_proxy: 'http://proxy.example.com:3128', no_proxy: '.internal' };
    const read = { proxy: { proxy: lower.https_proxy, noProxy: '.internal' } };
    expect(await readConfig({ ...base, ...lower }, ignore)).toMatchObject(read);
    const upper = { HTTPS_PROXY: lower.https_proxy, NO_PROXY: '.internal' };
    expect(await readConfig({ ...base, ...upper }, ignore)).toMatchObject(read);
    expect(await readConfig({ ...base, NO_PROXY: '*' }, ignore)).toMatchObject({ proxy: {} });
  });

  test('G15: every secret is made known before anything can fail', async () => {
    const learned: string[] = [];
    const env = {
      ...user,
      PVE_TOTP: 'GEZD GNBV GY3T QOJQ',
      PVE_BASE_URL: '',
      HTTPS_PROXY: 'http://me:pr%40xy-word@proxy:3128',
    };
    await expect(readConfig(env, (secret) => learned.push(secret))).rejects.toThrow('PVE_BASE_URL is not set');
    expect(learned).toEqual(
      expect.arrayContaining([' a password ', 'GEZD GNBV GY3T QOJQ', 'GEZDGNBVGY3TQOJQ', 'pr@xy-word', 'pr%40xy-word']),
    );
    expect(learned).toContain(Buffer.from('me:pr@xy-word').toString('base64'));
  });

  test.each([
    ['an unknown name, with the nearest', { PVE_ACESS_LEVEL: 'full' }, 'Did you mean PVE_ACCESS_LEVEL?'],
    ['a level that does not exist', { PVE_ACCESS_LEVEL: 'write' }, 'PVE_ACCESS_LEVEL is not understood'],
    ['a level in other letters', { PVE_ACCESS_LEVEL: 'FULL' }, 'PVE_ACCESS_LEVEL is not understood'],
    ['a switch that is neither true nor false', { PVE_VERIFY_SSL: 'maybe' }, 'PVE_VERIFY_SSL is not understood'],
    ['a fingerprint that is none', { PVE_FINGERPRINT: 'AB:CD' }, 'not a SHA-256 fingerprint'],
    ['one of two fingerprints that is none', { PVE_FINGERPRINT: `${print},x` }, 'not a SHA-256 fingerprint'],
    ['a CA file that is not there', { PVE_CA_FILE: '/nowhere/ca.pem' }, 'PVE_CA_FILE cannot be read'],
    ['a CA file that holds none', { PVE_CA_FILE: devNull }, 'holds no certificate'],
    ['a CA that is not to be used', { PVE_CA_FILE: '/ca.pem', PVE_VERIFY_SSL: 'false' }, 'contradict'],
    ['a CA file below the folder of the start', { PVE_CA_FILE: 'ca.pem' }, 'PVE_CA_FILE is a path below the folder'],
    ['no minute to answer', { PVE_ANSWER_MINUTES: '0' }, 'PVE_ANSWER_MINUTES is not understood'],
    ['31 minutes to answer', { PVE_ANSWER_MINUTES: '31' }, 'PVE_ANSWER_MINUTES is not understood'],
    ['half a minute to answer', { PVE_ANSWER_MINUTES: '0.5' }, 'from 1 to 30'],
    ['an approval, which only the command line gives', { PVE_APPROVE: 'operate' }, 'PVE_APPROVE is not a setting'],
    ['plain http', { PVE_BASE_URL: 'http://pve1:8006' }, 'https'],
    ['one of two addresses that is none', { PVE_BASE_URL: 'pve1,pve 2' }, 'cannot be used'],
    ['a comma too many', { PVE_BASE_URL: 'pve1,' }, 'cannot be used'],
    ['a token and a user', { PVE_USERNAME: 'root@pam' }, 'PVE_TOKEN_ID and PVE_USERNAME are both set'],
    ['a token and a password', { PVE_PASSWORD: 'x' }, 'PVE_TOKEN_ID and PVE_PASSWORD are both set'],
    ['a token and a second factor', { PVE_TOTP: '123456' }, 'PVE_TOKEN_ID and PVE_TOTP are both set'],
    ['a file and an address', { PVE_CONFIG: '/c.json' }, 'PVE_CONFIG and PVE_BASE_URL are both set'],
    ['a proxy that is none', { HTTPS_PROXY: 'socks5://a-secret-value' }, 'HTTPS_PROXY'],
    ['no address', { PVE_BASE_URL: '' }, 'PVE_BASE_URL is not set'],
    ['no token', { PVE_TOKEN_SECRET: '' }, 'PVE_TOKEN_SECRET is not set'],
  ])('%s stops the start', async (_what, change, message) => {
    const said = await refusal({ ...base, ...change });
    expect(said).toContain(message);
    expect(said).not.toContain(base.PVE_TOKEN_SECRET);
  });

  test.each([
    ['no password', { PVE_PASSWORD: '' }, 'PVE_PASSWORD is not set'],
    ['no user', { PVE_USERNAME: '' }, 'PVE_USERNAME is not set'],
    ['a second factor that is none', { PVE_TOTP: '12345-canary' }, 'PVE_TOTP is neither'],
    ['no login at all', { PVE_USERNAME: '', PVE_PASSWORD: '' }, 'PVE_TOKEN_ID is not set'],
  ])('as a user, %s stops the start', async (_what, change, message) => {
    const said = await refusal({ ...user, ...change });
    expect(said).toContain(message);
    expect(said).not.toMatch(/a password|canary/);
  });
});
