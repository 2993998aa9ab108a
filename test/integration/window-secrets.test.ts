// Everything that leaves a window, searched for everything that must not.
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { ClusterProfile } from '../../src/extension/connections/profile.ts';
import { logStates } from '../../src/extension/log.ts';
import { createLive } from '../../src/extension/tree/live.ts';
import { explorerRows } from '../../src/extension/tree/model.ts';
import type { Window } from '../../src/extension/window.ts';
import { systemClock } from '../../src/pve/clock.ts';
import { PveError } from '../../src/pve/error.ts';
import { type Answering, scriptedApprover, yes } from '../support/approver.ts';
import { demoCodes } from '../support/codes.ts';
import { type Demo, startDemo } from '../support/demo.ts';
import { startServer } from '../support/mcp.ts';
import { startProxy } from '../support/proxy.ts';
import { addConnection, openTestWindow } from '../support/window.ts';

let demo: Demo;
beforeAll(async () => {
  demo = await startDemo({ speed: 50 });
});
afterAll(() => demo.stop());

const canary = (what: string) => `${what}-${randomBytes(9).toString('hex')}`;
const click = { who: 'person', by: 'click' } as const;
/** Yes, with the name typed where it is wanted. */
const asItWants: Answering = ({ mustType }) => ({ ...yes, ...(mustType === undefined ? {} : { typed: mustType }) });
const quietly = () => ({ signal: new AbortController().signal, onProgress: () => {} });
const byPassword = (username: string) => ({ login: { kind: 'password', username } as const });

test('G15: no output of a window holds a secret', async () => {
  const proxyPassword = canary('proxy');
  const proxy = await startProxy(Number(new URL(demo.url).port), `alice:${proxyPassword}`);
  onTestFinished(() => proxy.stop());
  const spent: string[] = [];
  const nextCode = demoCodes(demo.totpSecret);
  const { window, storageDir, lines } = await openTestWindow(scriptedApprover(asItWants), {
    askCode: async () => {
      spent.push(spent.length === 0 ? '907351' : await nextCode());
      return spent.at(-1);
    },
    proxy: () => ({ proxy: `http://alice:${proxyPassword}@${proxy.host}` }),
  });
  const wrong = { token: canary('token'), password: canary('password'), guest: canary('guest') };
  const profiles = {
    token: await addConnection(window, demo, { level: 'full' }),
    password: await addConnection(window, demo, { ...byPassword(demo.username), secret: demo.password }),
    totp: await addConnection(window, demo, { ...byPassword(demo.totpUsername), secret: demo.totpPassword }),
    wrongToken: await addConnection(window, demo, { secret: wrong.token }),
    wrongPassword: await addConnection(window, demo, { ...byPassword(demo.username), secret: wrong.password }),
    proxied: await addConnection(window, demo, {
      endpoints: [{ url: 'https://pve9.example.invalid:8006', trust: { kind: 'pin', sha256: [demo.fingerprint] } }],
    }),
  };

  const { views, rows } = await lookAtAll(window, Object.values(profiles).length);
  expect(views.map(({ state }) => state)).toEqual(['ready', 'ready', 'error', 'error', 'error', 'ready']);
  const errors = [
    ...views.map(({ error }) => error),
    ...(await Promise.all(Object.values(profiles).map((profile) => failing(window, profile)))),
  ];
  window.session.reconnect(profiles.totp.id);
  expect((await window.session.client(profiles.totp.id).resources()).length).toBeGreaterThan(0);

  await window.store.update((all) => all.map((one) => ({ ...one, revision: one.revision + 1 })));
  const results = [
    await writePassword(window, profiles.token, '101', wrong.guest),
    await writePassword(window, profiles.password, '9999', wrong.guest),
  ];
  expect(results.map(({ outcomes }) => outcomes[0]?.status)).toEqual(['done', 'failed']);
  const env = Object.fromEntries(Object.entries(await window.launch()).filter(([, value]) => value !== null));
  const server = await startServer({ env: env as Record<string, string> });
  onTestFinished(() => server.stop());
  for (const { name } of Object.values(profiles)) await server.call('pve_get_guest', { cluster: name, guest: '101' });

  const outputs: Readonly<Record<string, string>> = {
    log: lines.join('\n'),
    tree: JSON.stringify([views, rows]),
    errors: JSON.stringify(errors.map((error) => (error instanceof Error ? [error.message, error] : error))),
    results: JSON.stringify(results),
    stored: await readFile(join(storageDir, 'connections.json'), 'utf8'),
    audit: await filesIn(join(storageDir, 'audit')),
    server: server.stderr() + server.received(),
  };
  // Each was really written to, so that finding nothing means something.
  expect(outputs.log).toContain('did not accept the login');
  expect(outputs.audit).toContain('cipassword');
  expect(outputs.server).toContain('web-01');
  const secrets = {
    ...{ ...wrong, proxyPassword, tokenSecret: demo.tokenSecret, totpSecret: demo.totpSecret },
    ...{ password: demo.password, totpPassword: demo.totpPassword },
    ...Object.fromEntries(spent.map((code, index) => [`code ${index}`, code])),
  };
  for (const [where, text] of Object.entries(outputs)) {
    for (const [what, secret] of Object.entries(secrets)) {
      expect(holds(text, secret), `${what} in ${where}`).toBe(false);
      expect(holds(text, encodeURIComponent(secret)), `${what}, encoded, in ${where}`).toBe(false);
    }
    expect(text, `a ticket in ${where}`).not.toMatch(
      /PVE:[^\s"]+::[A-Za-z0-9+/=]{20}|PVEAuthCookie=|CSRFPreventionToken/,
    );
  }
  expect(spent).toHaveLength(2);
});

/** Six digits are found by chance in any hash, so a code counts only where it stands alone. */
function holds(text: string, secret: string): boolean {
  return /^\d{6}$/.test(secret) ? new RegExp(`(?<![0-9a-f])${secret}(?![0-9a-f])`).test(text) : text.includes(secret);
}

/** Shows the explorer until each connection has an answer or an error. */
async function lookAtAll({ session, store, log }: Window, count: number) {
  const live = createLive({
    profiles: store.read,
    frozen: async () => false,
    secretPlace: ({ id }) => store.secrets.place(id),
    client: async (id) => session.client(id),
    reach: async (id) => session.reach(id),
    clock: systemClock,
    intervalMs: () => 60_000,
  });
  const write = logStates(log);
  live.onChange(() => write(live.views() ?? []));
  live.setVisible(true);
  const answered = () => (live.views() ?? []).filter(({ state }) => state === 'ready' || state === 'error').length;
  await expect.poll(answered, { timeout: 10_000 }).toBe(count);
  live.setVisible(false);
  live.dispose();
  const views = live.views() ?? [];
  return { views, rows: explorerRows(views) };
}

async function failing({ session }: Window, { id }: ClusterProfile): Promise<PveError> {
  const error = await session
    .client(id)
    .nodeStatus('no-such-node')
    .catch((cause: unknown) => cause);
  if (error instanceof PveError) return error;
  throw new Error(`It did not fail: ${String(error)}`);
}

function writePassword({ session }: Window, { id }: ClusterProfile, vmid: string, cipassword: string) {
  const segments = ['nodes', 'pve2', 'qemu', vmid, 'config'];
  const operation = { kind: 'api', method: 'PUT', segments, params: { cipassword } } as const;
  return session.gate.perform({ connection: id, operations: [operation], tool: 'test', wait: true }, click, quietly());
}

async function filesIn(dir: string): Promise<string> {
  const names = await readdir(dir);
  return (await Promise.all(names.map((name) => readFile(join(dir, name), 'utf8')))).join('\n');
}
