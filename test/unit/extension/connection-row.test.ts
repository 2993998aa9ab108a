import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { ClusterProfile } from '../../../src/extension/connections/profile.ts';
import { connectionRow } from '../../../src/extension/tree/connection-row.ts';
import type { ConnectionView } from '../../../src/extension/tree/live.ts';
import type { ChangedCertificate, PveErrorData } from '../../../src/pve/error.ts';

const profile: ClusterProfile = {
  kind: 'cluster',
  id: randomUUID(),
  name: 'home',
  revision: 1,
  level: 'read-only',
  endpoints: [
    { url: 'https://10.0.0.1:8006', node: 'pve1', trust: { kind: 'system' } },
    { url: 'https://10.0.0.2:8006', node: 'pve2', trust: { kind: 'system' } },
  ],
  login: { kind: 'password', username: 'alice@pve' },
};
const [first, second] = profile.endpoints.map(({ url }) => url);

const view = (fields: Partial<ConnectionView>): ConnectionView => ({
  profile,
  state: 'ready',
  resources: [{ id: 'node/pve1', type: 'node', node: 'pve1', status: 'online', tags: [], content: [] }],
  ...fields,
});
const changed = (change: ChangedCertificate['change']): PveErrorData => ({
  code: 'certificate',
  message: 'The certificate is another one',
  hint: 'Look at it.',
  reason: [],
  certificate: { shown: 'BB', trusted: ['AA'], change },
});
/** Labels of the rows above the nodes, with what a click on them does. */
const notes = (one: ConnectionView) =>
  connectionRow(one)
    .children.filter(({ context }) => !context.startsWith(';node;'))
    .map(({ label, command }) => (command === undefined ? label : `${label} → ${command}`));

test('which of several nodes answers stands beside the name', () => {
  expect(connectionRow(view({ reach: { serving: second ?? '', faults: [] } })).description).toBe('pve2 · 1 node');
  expect(connectionRow(view({})).description).toBe('pve1 · 1 node');
  const alone = { ...profile, endpoints: profile.endpoints.slice(0, 1) };
  expect(connectionRow(view({ profile: alone })).description).toBe('10.0.0.1:8006 · 1 node');
});

test('the tooltip says who signs in, which node answers and why another is passed over', () => {
  const fault = { code: 'unreachable', message: '10.0.0.1:8006 refused the connection', hint: '', reason: [] } as const;
  const reach = { serving: second ?? '', faults: [{ url: first ?? '', fault }] };
  const { tooltip } = connectionRow(view({ reach }));
  expect(tooltip).toContain('User: alice@pve');
  expect(tooltip).toContain('pve1: https://10.0.0.1:8006 (passed over: 10.0.0.1:8006 refused the connection)');
  expect(tooltip).toContain('pve2: https://10.0.0.2:8006 (answers now)');
});

test('the tooltip says what holds agents back', () => {
  const lines = (one: ConnectionView) => connectionRow(one).tooltip.split('\n');
  expect(lines(view({})).slice(0, 3)).toEqual(['home', 'Agents: read-only', 'Time to answer: 5 minutes']);
  const policies = [{ verdict: 'ask' as const }, { verdict: 'never-destroy' as const, tag: 'prod' }];
  const held = view({ profile: { ...profile, level: 'full', policies, answerMinutes: 1 }, frozen: true });
  expect(lines(held).slice(0, 5)).toEqual([
    'home',
    'Frozen: agents change nothing until you lift it',
    'Agents: full',
    'Policies: 2 rules',
    'Time to answer: 1 minute',
  ]);
});

test('a secret that the editor could not keep is said', () => {
  expect(connectionRow(view({ sessionOnly: true })).tooltip).toContain(
    'The editor could not keep the password: it is known until this window closes.',
  );
});

test('what is missing is asked for by its name', () => {
  const missing = view({ state: 'no-secret' });
  expect(connectionRow(missing).description).toBe('pve1 · no password');
  expect(notes(missing)).toEqual(['Enter password… → proxmox.enterSecret']);
  const byToken = { ...profile, login: { kind: 'token', tokenId: 'a@pve!b' } } as const;
  expect(notes({ ...missing, profile: byToken })).toEqual(['Enter token… → proxmox.enterSecret']);
});

test('G17: a renewed certificate can be trusted by a row, a foreign one by none', () => {
  const refused = (change: ChangedCertificate['change']) => {
    const error = changed(change);
    return view({ state: 'error', error, reach: { faults: [{ url: first ?? '', fault: error }] } });
  };
  expect(notes(refused('same-ca'))).toEqual([
    'Certificate renewed, same CA',
    'Trust the new certificate… → proxmox.trustNewCertificate',
    'Retry → proxmox.reconnect',
  ]);
  expect(notes(refused('unknown'))).toEqual(['Certificate has changed', 'Retry → proxmox.reconnect']);
  expect(notes(refused('other-issuer'))).toEqual(['Somebody else may answer']);
  expect(connectionRow(refused('other-issuer')).description).toBe('pve1 · not connected, last known state');
});

test('G17: a changed certificate is told even while another node serves', () => {
  const faults = [{ url: first ?? '', fault: changed('same-ca') }];
  expect(notes(view({ reach: { serving: second ?? '', faults } }))).toEqual([
    'Certificate renewed, same CA',
    'Trust the new certificate… → proxmox.trustNewCertificate',
  ]);
  const both = [...faults, { url: second ?? '', fault: changed('other-issuer') }];
  expect(notes(view({ reach: { faults: both } }))).toEqual([
    'Certificate renewed, same CA',
    'Somebody else may answer',
  ]);
});

test('the row says what is switched on for agents, so that its menu offers the other', () => {
  const switched: ClusterProfile = {
    ...profile,
    ssh: { user: 'root', port: 22, auth: { kind: 'agent' }, hostKeys: [] },
    commands: { host: true, quietReads: true },
  };
  const row = connectionRow(view({ profile: switched }));
  expect(row.context).toBe(';connection;cluster;ready;ssh;hostCommands;quietReads;');
  expect(row.tooltip).toContain('SSH: user root, port 22, agent');
  expect(row.tooltip).toContain('Commands on nodes: agents may ask\nReading commands: run without asking');
  expect(connectionRow(view({})).context).toBe(';connection;cluster;ready;');
});
