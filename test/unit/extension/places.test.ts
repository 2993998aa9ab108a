import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { verdictText } from '../../../src/extension/commands/explain.ts';
import { type Place, placeName, placeOf, placesOf } from '../../../src/extension/commands/places.ts';
import { webAddress } from '../../../src/extension/commands/web-ui.ts';
import type { ConnectionView } from '../../../src/extension/tree/live.ts';
import { explorerRows, flatten } from '../../../src/extension/tree/model.ts';
import type { CommandVerdict } from '../../../src/gate/command/types.ts';

const profile = { kind: 'demo', id: randomUUID(), name: 'home', revision: 1, level: 'read-only' } as const;
const common = { tags: [], content: [] };
const view: ConnectionView = {
  profile,
  state: 'ready',
  resources: [
    { id: 'node/pve2', type: 'node', node: 'pve2', status: 'online', ...common },
    { id: 'node/pve1', type: 'node', node: 'pve1', status: 'online', ...common },
    { id: 'lxc/102', type: 'lxc', node: 'pve1', vmid: 102, name: 'db\u202e', status: 'running', ...common },
    { id: 'qemu/101', type: 'qemu', node: 'pve2', vmid: 101, name: 'web-01', status: 'running', ...common },
    { id: 'storage/pve1/local', type: 'storage', node: 'pve1', storage: 'local', status: 'available', ...common },
  ],
};

test('a picker has the cluster, its nodes and its guests, with foreign names made visible', () => {
  expect(placesOf([view]).map(placeName)).toEqual(['home', 'pve1', 'pve2', 'web-01 (101)', 'db<U+202E> (102)']);
});

test('a row of the explorer stands for the same place as the picker’s entry', () => {
  const rows = flatten(explorerRows([view])).map((row) => placeOf(row, profile.name));
  for (const place of placesOf([view])) expect(rows).toContainEqual(expect.objectContaining(plain(place)));
  expect(rows).toContainEqual({ connection: profile.id, connectionName: 'home', node: 'pve1', storage: 'local' });
});

function plain({ guest, ...place }: Place) {
  return { ...place, ...(guest === undefined ? {} : { guest: expect.objectContaining(guest) }) };
}

test.each<[string, Omit<Place, 'connection' | 'connectionName'>, string]>([
  ['a cluster', {}, ''],
  ['a node', { node: 'pve2' }, '#v1:0:=node%2Fpve2'],
  ['a VM', { node: 'pve2', guest: { type: 'qemu', vmid: 101, name: 'web' } }, '#v1:0:=qemu%2F101'],
  ['a container', { node: 'pve2', guest: { type: 'lxc', vmid: 102, name: 'db' } }, '#v1:0:=lxc%2F102'],
  ['a storage', { node: 'pve2', storage: 'local' }, '#v1:0:=storage%2Fpve2%2Flocal'],
])('the web interface opens at %s', (_what, place, end) => {
  expect(webAddress('https://pve1.example:8006/', place)).toBe(`https://pve1.example:8006/${end}`);
});

const verdict: CommandVerdict = {
  risk: 'destroy',
  sensitive: true,
  reasons: ['It removes a guest.'],
  programs: ['qm'],
  writes: ['/etc/x'],
  services: ['pveproxy'],
  guests: [101],
  parts: [{ text: 'qm destroy 101', risk: 'destroy', why: 'It removes a guest.' }],
};

test('a judgement is told with its risk, why, and what it touches', () => {
  const text = verdictText('qm destroy 101', 'host', verdict);
  for (const part of [
    'Risk: destroy, sensitive',
    'Runs on: a node',
    '  qm destroy 101',
    '  It removes a guest.',
    '  destroy   qm destroy 101',
    'Programs: qm',
    'Writes: /etc/x',
    'Services: pveproxy',
    'Guests: 101',
    'Nothing was run.',
  ])
    expect(text.split('\n')).toContain(part);
});

test('a judgement shows what a command hides, line by line', () => {
  const text = verdictText('ls\u200b\nrm\u202e -rf /', 'windows', { ...verdict, guests: 'all', refused: 'No way.' });
  expect(text).toContain('  ls<U+200B>\n  rm<U+202E> -rf /\n');
  expect(text).toContain('Guests: any of them');
  expect(text).toContain('Agents may not do it by any way: No way.');
});
