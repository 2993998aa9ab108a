import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Profile } from '../../../src/extension/connections/profile.ts';
import type { ConnectionView } from '../../../src/extension/tree/live.ts';
import { changedRows, explorerRows, flatten, guestTargets } from '../../../src/extension/tree/model.ts';
import type { Row } from '../../../src/extension/tree/row.ts';
import type { Resource } from '../../../src/pve/records.ts';

const profile: Profile = { kind: 'demo', id: randomUUID(), name: 'Demo cluster', revision: 1, level: 'read-execute' };

const resource = (fields: Partial<Resource> & Pick<Resource, 'id' | 'type'>): Resource => ({
  tags: [],
  content: [],
  ...fields,
});
const node = (name: string, status = 'online') =>
  resource({ id: `node/${name}`, type: 'node', node: name, status, cpu: 0.12, mem: 1, maxmem: 4 });
const vm = (vmid: number, fields: Partial<Resource> = {}) =>
  resource({ id: `qemu/${vmid}`, type: 'qemu', vmid, node: 'pve1', name: `vm-${vmid}`, status: 'running', ...fields });

const view = (resources: readonly Resource[], fields: Partial<ConnectionView> = {}): ConnectionView => ({
  profile,
  state: 'ready',
  resources,
  ...fields,
});

/** The tree as indented text, the way a reader sees it. */
function drawn(rows: readonly Row[], indent = ''): string {
  return rows
    .map((row) => `${indent}${row.label} | ${row.description}\n${drawn(row.children, `${indent}  `)}`)
    .join('');
}

test('connection, nodes, their guests by number and their storage', () => {
  const rows = explorerRows([
    view([
      vm(110),
      vm(102, { type: 'lxc', id: 'lxc/102', name: 'web', status: 'stopped' }),
      node('pve10', 'offline'),
      node('pve1'),
      resource({
        id: 'storage/pve1/local',
        type: 'storage',
        node: 'pve1',
        storage: 'local',
        status: 'available',
        plugintype: 'dir',
        disk: 1,
        maxdisk: 4,
      }),
    ]),
  ]);
  expect(drawn(rows)).toBe(
    [
      'Demo cluster | demo · 2 nodes',
      '  pve1 | online · 12% CPU · 25% memory',
      '    web | 102 · stopped',
      '    vm-110 | 110 · running',
      '    Storage | 1',
      '      local | dir · 25% used',
      '  pve10 | offline',
      '',
    ].join('\n'),
  );
});

test('the state stands in words, for those who do not see icons or colours', () => {
  const [row] = flatten(explorerRows([view([node('pve1'), vm(101, { status: 'paused', lock: 'backup' })])])).filter(
    ({ guest }) => guest,
  );
  expect(row?.description).toBe('101 · paused · locked: backup');
  expect(row?.context).toBe(';guest;qemu;paused;locked;');
});

test('a template cannot be started', () => {
  const [row] = flatten(explorerRows([view([node('pve1'), vm(9000, { template: true, status: 'stopped' })])])).filter(
    ({ guest }) => guest,
  );
  expect(row?.context).toBe(';guest;qemu;template;');
});

test('loading, a missing secret and an error are rows, and what was seen last stays', () => {
  expect(drawn(explorerRows([view([], { state: 'loading' })]))).toBe(
    'Demo cluster | demo · connecting…\n  Connecting… | \n',
  );
  expect(drawn(explorerRows([view([], { state: 'no-secret' })]))).toBe(
    'Demo cluster | demo · no token\n  Enter token… | \n',
  );
  const error = {
    code: 'unreachable',
    message: 'pve1:8006 refused the connection',
    reason: [],
    hint: 'Check the address.',
  } as const;
  expect(drawn(explorerRows([view([node('pve1')], { state: 'error', error })]))).toBe(
    [
      'Demo cluster | demo · offline, last known state',
      '  pve1:8006 refused the connection | ',
      '  Retry | ',
      '  pve1 | last seen online',
      '',
    ].join('\n'),
  );
});

test('only what looks different is refreshed', () => {
  const before = explorerRows([view([node('pve1'), vm(101), vm(102)])]);
  expect(changedRows(before, explorerRows([view([node('pve1'), vm(101), vm(102)])]))).toEqual([]);
  const stopped = explorerRows([view([node('pve1'), vm(101), vm(102, { status: 'stopped' })])]);
  expect(changedRows(before, stopped)).toEqual([`${profile.id}/guest/qemu/102`]);
  const gone = explorerRows([view([node('pve1'), vm(101)])]);
  expect(changedRows(before, gone)).toContain(`${profile.id}/node/pve1`);
});

test('names from a guest are made printable', () => {
  const [row] = flatten(explorerRows([view([node('pve1'), vm(101, { name: 'web\u202Egnp\u200B\nRun' })])])).filter(
    ({ guest }) => guest,
  );
  expect(row?.label).toBe('web<U+202E>gnp<U+200B>⏎Run');
});

test('pickers get the guests of all connections', () => {
  expect(guestTargets([view([node('pve1'), vm(101)])])).toEqual([
    {
      connection: profile.id,
      connectionName: 'Demo cluster',
      node: 'pve1',
      type: 'qemu',
      vmid: 101,
      name: 'vm-101',
      status: 'running',
    },
  ]);
});
