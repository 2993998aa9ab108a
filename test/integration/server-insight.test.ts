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
