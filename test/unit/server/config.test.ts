import { describe, expect, test } from 'vitest';
import { type Environment, readConfig, settings } from '../../../src/server/config.ts';

const base = {
  PVE_BASE_URL: 'pve1.example.com',
  PVE_TOKEN_ID: 'root@pam!mcp',
  PVE_TOKEN_SECRET: 'a-secret-value',
  XDG_STATE_HOME: '/state',
};
const print = Array.from({ length: 32 }, () => 'AB').join(':');

function refusal(env: Environment): string {
  try {
    readConfig(env);
  } catch (error) {
    return String(error instanceof Error && 'data' in error ? JSON.stringify(error.data) : error);
  }
  return 'it started';
}

describe('the environment of the standalone server', () => {
  test('address and token are enough: verified, read-only, audit in the state folder', () => {
    expect(readConfig(base)).toEqual({
      url: 'https://pve1.example.com:8006',
      tokenId: 'root@pam!mcp',
      tokenSecret: 'a-secret-value',
      level: 'read-only',
      trust: { kind: 'system' },
      auditDir: '/state/proxmox-mcp',
    });
  });

  test('G17: a fingerprint is pinned, in whatever spelling, with or without PVE_VERIFY_SSL', () => {
    const pinned = { kind: 'pin', sha256: [print] };
    expect(readConfig({ ...base, PVE_FINGERPRINT: print.replaceAll(':', '').toLowerCase() }).trust).toEqual(pinned);
    expect(readConfig({ ...base, PVE_FINGERPRINT: print, PVE_VERIFY_SSL: 'false' }).trust).toEqual(pinned);
  });

  test('G17: verification that is switched off without a fingerprint is never "no check"', () => {
    expect(readConfig({ ...base, PVE_VERIFY_SSL: 'false' }).trust).toEqual({ kind: 'unverified' });
  });

  test('an empty value counts as absent and never widens', () => {
    const empty = Object.fromEntries(settings.slice(3).map(([name]) => [name, ' ']));
    expect(readConfig({ ...base, ...empty })).toEqual(readConfig(base));
  });

  test('the alias of the level means the same; two that differ stop the start', () => {
    expect(readConfig({ ...base, PVE_ACCESS_TIER: 'full' }).level).toBe('full');
    expect(refusal({ ...base, PVE_ACCESS_LEVEL: 'read-only', PVE_ACCESS_TIER: 'full' })).toContain('differ');
  });

  test.each([
    ['an unknown name, with the nearest', { PVE_ACESS_LEVEL: 'full' }, 'Did you mean PVE_ACCESS_LEVEL?'],
    ['a level that does not exist', { PVE_ACCESS_LEVEL: 'write' }, 'PVE_ACCESS_LEVEL is not understood'],
    ['a level in other letters', { PVE_ACCESS_LEVEL: 'FULL' }, 'PVE_ACCESS_LEVEL is not understood'],
    ['a switch that is neither true nor false', { PVE_VERIFY_SSL: 'maybe' }, 'PVE_VERIFY_SSL is not understood'],
    ['a fingerprint that is none', { PVE_FINGERPRINT: 'AB:CD' }, 'not a SHA-256 fingerprint'],
    ['one of two fingerprints that is none', { PVE_FINGERPRINT: `${print},x` }, 'not a SHA-256 fingerprint'],
    ['two kinds of trust', { PVE_FINGERPRINT: print, PVE_CA_FILE: '/ca.pem' }, 'both set'],
    ['a CA that is not to be used', { PVE_CA_FILE: '/ca.pem', PVE_VERIFY_SSL: 'false' }, 'contradict'],
    ['plain http', { PVE_BASE_URL: 'http://pve1:8006' }, 'https'],
    ['several addresses', { PVE_BASE_URL: 'pve1,pve2' }, 'not supported yet'],
    ['a password', { PVE_PASSWORD: 'x' }, 'not supported yet'],
    ['a second factor', { PVE_TOTP: '1' }, 'not supported yet'],
    ['a file of connections', { PVE_CONFIG: '/c.json' }, 'not supported yet'],
    ['SSH', { PVE_SSH_USER: 'root' }, 'not supported yet'],
    ['a choice of toolsets', { PVE_TOOLSETS: 'power' }, 'not supported yet'],
    ['no address', { PVE_BASE_URL: '' }, 'PVE_BASE_URL is not set'],
    ['no token', { PVE_TOKEN_SECRET: '' }, 'PVE_TOKEN_SECRET is not set'],
  ])('%s stops the start', (_what, change, message) => {
    const said = refusal({ ...base, ...change });
    expect(said).toContain(message);
    expect(said).not.toContain(base.PVE_TOKEN_SECRET);
  });
});
