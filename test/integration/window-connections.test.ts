// What connects a window to its clusters: logins, several endpoints, certificates that change, a proxy, shared reads.
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { see } from '../../src/extension/connections/addresses.ts';
import { checkClient, readRealms, withClient } from '../../src/extension/connections/check.ts';
import { signIn } from '../../src/extension/connections/login.ts';
import type { ClusterProfile, StoredEndpoint } from '../../src/extension/connections/profile.ts';
import { renewedCertificates, trustRenewed } from '../../src/extension/connections/renewal.ts';
import { trustOffer } from '../../src/extension/connections/trust-offer.ts';
import type { Window } from '../../src/extension/window.ts';
import { systemClock } from '../../src/pve/clock.ts';
import { lookAtCertificate } from '../../src/pve/trust.ts';
import { scriptedApprover, yes } from '../support/approver.ts';
import { demoCodes } from '../support/codes.ts';
import { type Demo, startDemo } from '../support/demo.ts';
import { startProxy } from '../support/proxy.ts';
import { memorySecrets } from '../support/secrets.ts';
import { addConnection, openTestWindow } from '../support/window.ts';

let demo: Demo;
/** Each code is good once, so all tests take theirs from here; there are three. */
let nextCode: () => Promise<string>;
beforeAll(async () => {
  demo = await startDemo({ endpoints: 3, speed: 50 });
  nextCode = demoCodes(demo.totpSecret);
});
afterAll(() => demo.stop());
beforeEach(async () => {
  for (const { node } of demo.endpoints) await demo.control({ node, offline: false });
});

const click = { who: 'person', by: 'click' } as const;
const quietly = () => ({ signal: new AbortController().signal, onProgress: () => {} });
const pinned = (): StoredEndpoint[] =>
  demo.endpoints.map(({ node, url, fingerprint }) => ({ url, node, trust: { kind: 'pin', sha256: [fingerprint] } }));
const byTotp = (): Partial<ClusterProfile> & { secret: string } => ({
  login: { kind: 'password', username: demo.totpUsername },
  secret: demo.totpPassword,
});
const resources = ({ session }: Window, { id }: ClusterProfile) => session.client(id).resources();
const shutdown = ({ id }: ClusterProfile, node: string, type: string, vmid: string) => ({
  connection: id,
  operations: [{ kind: 'api', method: 'POST', segments: ['nodes', node, type, vmid, 'status', 'shutdown'] } as const],
});
const edit = (window: Window, edited: ClusterProfile, fields: Partial<ClusterProfile>) =>
  window.store.update((all) =>
    all.map((one) => (one.id === edited.id ? { ...edited, ...fields, revision: one.revision + 1 } : one)),
  );

test('a user with a password reads and writes', async () => {
  const { window } = await openTestWindow(scriptedApprover(yes));
  const login = { kind: 'password', username: demo.username } as const;
  const profile = await addConnection(window, demo, { login, secret: demo.password });
  expect((await resources(window, profile)).length).toBeGreaterThan(20);
  const { outcomes } = await window.session.gate.perform(
    { ...shutdown(profile, 'pve1', 'lxc', '102'), tool: 'test', wait: true },
    click,
    quietly(),
  );
  expect(outcomes).toMatchObject([{ status: 'done' }]);
});

test('the code of the second factor is asked for by the connection’s name, and an edit does not ask again', async () => {
  const asked: string[] = [];
  const askCode = async (name: string) => {
    asked.push(name);
    return nextCode();
  };
  const { window } = await openTestWindow(scriptedApprover(), { askCode });
  const profile = await addConnection(window, demo, { ...byTotp(), name: 'with code' });
  await Promise.all([resources(window, profile), resources(window, profile)]);
  expect(asked).toEqual(['with code']);
  await edit(window, profile, { name: 'renamed' });
  await resources(window, profile);
  expect(asked).toEqual(['with code']);
  window.session.reconnect(profile.id);
  await resources(window, profile);
  expect(asked).toEqual(['with code', 'renamed']);
});

test('who gives no code is not connected, and is not asked again before reconnecting', async () => {
  let asked = 0;
  const askCode = async () => {
    asked += 1;
    return undefined;
  };
  const { window } = await openTestWindow(scriptedApprover(), { askCode });
  const profile = await addConnection(window, demo, byTotp());
  await expect(resources(window, profile)).rejects.toMatchObject({ code: 'unauthenticated' });
  await expect(resources(window, profile)).rejects.toMatchObject({ code: 'unauthenticated' });
  expect(asked).toBe(1);
  window.session.reconnect(profile.id);
  await expect(resources(window, profile)).rejects.toMatchObject({ code: 'unauthenticated' });
  expect(asked).toBe(2);
});

test('a login that was just tried is gone on with, so its code is asked for once', async () => {
  const { window } = await openTestWindow(scriptedApprover(), { askCode: () => Promise.reject(new Error('asked')) });
  const profile = await addConnection(window, demo, byTotp());
  const tried = signIn(profile.login, demo.totpPassword, systemClock, nextCode);
  const way = { endpoints: profile.endpoints, auth: tried.auth, proxy: {} };
  expect(await withClient(way, (client) => checkClient(client, profile.login, {}))).toMatchObject({
    reach: { canRead: true },
  });
  window.session.adopt(profile.id, tried);
  expect((await resources(window, profile)).length).toBeGreaterThan(0);
});

test('G9: a secret that was changed in another window is used at once', async () => {
  const secrets = memorySecrets();
  const { window, storageDir } = await openTestWindow(scriptedApprover(), { secrets });
  const profile = await addConnection(window, demo, { secret: '00000000-0000-0000-0000-000000000000' });
  await expect(resources(window, profile)).rejects.toMatchObject({ code: 'unauthenticated' });
  const other = await openTestWindow(scriptedApprover(), { secrets, dir: storageDir });
  await other.window.store.secrets.set(profile.id, demo.tokenSecret);
  expect((await resources(window, profile)).length).toBeGreaterThan(20);
});

test('without a working secret storage a connection works in this window, and says so in the log', async () => {
  const { window, storageDir, lines } = await openTestWindow(scriptedApprover(), { secrets: memorySecrets('throws') });
  const profile = await addConnection(window, demo);
  expect((await resources(window, profile)).length).toBeGreaterThan(20);
  expect(await window.store.secrets.place(profile.id)).toBe('session');
  expect(lines.join()).toContain('The keyring is locked');
  const other = await openTestWindow(scriptedApprover(), { dir: storageDir, secrets: memorySecrets() });
  await expect(resources(other.window, profile)).rejects.toMatchObject({
    code: 'unauthenticated',
    data: { hint: expect.stringContaining('Enter token') },
  });
});

test('what runs when its connection is edited goes on to its end', async () => {
  const { window } = await openTestWindow(scriptedApprover());
  const profile = await addConnection(window, demo);
  const running = (await resources(window, profile)).find(({ type, status }) => type === 'lxc' && status === 'running');
  let edited: Promise<void> | undefined;
  const onProgress = () => {
    edited ??= edit(window, profile, { name: 'renamed meanwhile' }).then(
      async () => void (await resources(window, profile)),
    );
  };
  const { outcomes } = await window.session.gate.perform(
    { ...shutdown(profile, running?.node ?? '', 'lxc', String(running?.vmid)), tool: 'test', wait: true },
    click,
    { signal: new AbortController().signal, onProgress },
  );
  await edited;
  expect(edited).toBeDefined();
  expect(outcomes).toMatchObject([{ status: 'done' }]);
});

test('when a node goes away another one serves, and which one is known', async () => {
  const { window } = await openTestWindow(scriptedApprover());
  const profile = await addConnection(window, demo, { endpoints: pinned() });
  const [first, second] = demo.endpoints;
  await resources(window, profile);
  expect(window.session.reach(profile.id)).toEqual({ serving: first?.url, faults: [] });
  await demo.control({ node: 'pve1', offline: true });
  const checked = await window.session.check(profile.id, new AbortController().signal);
  const after = { serving: second?.url, faults: [{ url: first?.url, fault: { code: 'unreachable' } }] };
  expect(checked).toMatchObject({ ...after, version: expect.stringMatching(/^9\./), reach: { level: 'full' } });
  expect(window.session.reach(profile.id)).toMatchObject(after);
});

test('G8: the other nodes are trusted by the CA that signed what was agreed to, or one by one', async () => {
  const { window } = await openTestWindow(scriptedApprover());
  const profile = await addConnection(window, demo);
  const seen = await see(
    demo.endpoints.slice(0, 2).map(({ url }) => url),
    [],
    lookAtCertificate,
  );
  const look = (url: string, options: object) => lookAtCertificate(url, { ...options, timeoutMs: 500 });
  const offer = await trustOffer(window.session.client(profile.id), seen, look, {});
  expect(offer?.alone).toMatchObject([
    { node: 'pve1', trust: { kind: 'pin', ca: demo.ca } },
    { node: 'pve2', trust: { kind: 'pin', ca: demo.ca } },
  ]);
  expect(offer?.without).toEqual([{ node: 'pve3', why: 'not-reached' }]);
  const byCa = await addConnection(window, demo, { endpoints: [...(offer?.ca?.endpoints ?? [])] });
  expect(byCa.endpoints.map(({ trust }) => trust.kind)).toEqual(['ca', 'ca']);
  expect((await resources(window, byCa)).length).toBeGreaterThan(20);
});

test('the realms of a cluster need no login, and the usual ones stand in when it does not answer', async () => {
  const [endpoint] = pinned();
  const realms = await readRealms(endpoint === undefined ? [] : [endpoint], {}, {});
  expect(realms.map(({ realm }) => realm)).toEqual(expect.arrayContaining(['pam', 'pve']));
  const dead = { url: 'https://127.0.0.1:1', trust: { kind: 'system' } } as const;
  expect((await readRealms([dead], {}, {})).map(({ realm }) => realm)).toEqual(['pam', 'pve']);
});

test('G17: a proxy is used as the editor sets it, and the pin holds through it', async () => {
  const proxy = await startProxy(Number(new URL(demo.url).port), 'alice:pr0xy-pass');
  onTestFinished(() => proxy.stop());
  let settings: { proxy?: string; noProxy?: string } = { proxy: `http://alice:pr0xy-pass@${proxy.host}` };
  const { window } = await openTestWindow(scriptedApprover(), { proxy: () => settings });
  const url = 'https://pve1.example.invalid:8006';
  const endpoints = (sha256: string): StoredEndpoint[] => [{ url, trust: { kind: 'pin', sha256: [sha256] } }];
  const profile = await addConnection(window, demo, { endpoints: endpoints(demo.fingerprint) });
  expect((await resources(window, profile)).length).toBeGreaterThan(20);
  expect(proxy.asked[0]).toMatch(/^pve1\.example\.invalid:8006 Basic /);
  const strange = await addConnection(window, demo, { endpoints: endpoints(Array(32).fill('00').join(':')) });
  await expect(resources(window, strange)).rejects.toMatchObject({ code: 'certificate' });
  const before = proxy.asked.length;
  settings = { ...settings, noProxy: '.example.invalid' };
  await expect(resources(window, profile)).rejects.toMatchObject({ code: 'unreachable' });
  expect(proxy.asked.length).toBe(before);
});

test('G2: a config that changed while the question was open is asked about again, though a cache is warm', async () => {
  const { window } = await openTestWindow(
    scriptedApprover(async () => {
      const guest = { node: 'pve2', type: 'qemu', vmid: 101 } as const;
      await demo.request('PUT', '/nodes/pve2/qemu/101/config', { description: 'before' });
      await window.session.client(profile.id).guestConfig(guest);
      await demo.request('PUT', '/nodes/pve2/qemu/101/config', { description: 'after' });
      return yes;
    }),
  );
  const profile = await addConnection(window, demo);
  const { outcomes } = await window.session.gate.perform(
    { ...shutdown(profile, 'pve2', 'qemu', '101'), tool: 'test', wait: true },
    { who: 'person', by: 'picker' },
    quietly(),
  );
  expect(outcomes).toMatchObject([{ status: 'denied', note: expect.stringContaining('asked more often') }]);
});

// The last ones: they change the demo's certificates.
test('G17: a renewed certificate of the same CA is refused, and trusted only when a person says so', async () => {
  const { window } = await openTestWindow(scriptedApprover());
  const [own] = pinned();
  const endpoints = own === undefined ? [] : [{ ...own, trust: { ...own.trust, ca: demo.ca } } as StoredEndpoint];
  const profile = await addConnection(window, demo, { endpoints });
  await resources(window, profile);
  await demo.control({ certificate: 'new' });
  window.session.reconnect(profile.id);
  await expect(resources(window, profile)).rejects.toMatchObject({
    code: 'certificate',
    data: { certificate: { change: 'same-ca', trusted: [demo.fingerprint] } },
  });
  const renewed = renewedCertificates(window.session.reach(profile.id));
  expect(renewed).toMatchObject([{ url: demo.url, trusted: [demo.fingerprint] }]);
  await edit(window, trustRenewed(profile, renewed), {});
  expect((await resources(window, profile)).length).toBeGreaterThan(20);

  await demo.control({ certificate: 'other-ca' });
  window.session.reconnect(profile.id);
  await expect(resources(window, profile)).rejects.toMatchObject({ data: { certificate: { change: 'other-issuer' } } });
  expect(renewedCertificates(window.session.reach(profile.id))).toEqual([]);
});
