import { expect, test } from 'vitest';
import { assess } from '../../../src/gate/assess.ts';
import { plainFacts } from '../../../src/gate/facts.ts';
import { guestLabel } from '../../../src/gate/labels.ts';
import { toRequest } from '../../../src/gate/operation.ts';
import { questionText, requestLine } from '../../../src/gate/question.ts';
import type { Assessment, GuestFacts, ProposedApi } from '../../../src/gate/types.ts';
import { agent, call, gateBench, home } from '../../support/gate.ts';

const web: GuestFacts = {
  type: 'qemu',
  vmid: 101,
  node: 'pve2',
  name: 'web-01',
  state: 'running',
  configHash: '',
  protected: false,
  template: false,
  tags: [],
};
const onWeb = (operation: ProposedApi): Assessment =>
  assess(toRequest(operation, home), { label: guestLabel(web), node: web.node, guest: web });
const onNode = (operation: ProposedApi): Assessment => {
  const bound = toRequest(operation, home);
  return assess(bound, plainFacts(bound));
};
const linesOf = (assessments: readonly Assessment[]) =>
  questionText({
    ...{ id: 'q', connection: home, origin: agent, tool: 't', assessments, risk: 'destroy' },
    ...{ expiresAt: 0, offers: [] },
  }).lines;

const backup = (vmid: number, day: string): ProposedApi => ({
  kind: 'api',
  method: 'DELETE',
  segments: [
    ...['nodes', 'pve1', 'storage', 'local', 'content'],
    `local:backup/vzdump-qemu-${vmid}-2026_01_${day}-00_00_00.vma.zst`,
  ],
});

test.each<[string, readonly ProposedApi[]]>([
  ['backups whose paths are cut alike', [backup(101, '01'), backup(101, '02')]],
  ['restores over two guests', [101, 103].map((vmid) => call('POST', '/nodes/pve1/qemu', { vmid, force: 1 }))],
  [
    'rights on two paths',
    ['/vms/101', '/'].map((path) => call('PUT', '/access/acl', { path, roles: 'Administrator' })),
  ],
])('G3: %s are not one target', async (_what, operations) => {
  const bench = gateBench({ answers: [({ mustType = '' }) => ({ kind: 'run', typed: mustType })] });
  expect(await bench.perform(operations)).toMatchObject([
    { status: 'denied', by: 'policy' },
    { status: 'denied', by: 'policy' },
  ]);
  expect([bench.asked, bench.cluster.writes()]).toEqual([[], []]);
});

test('G18: a step of a plan that destroys shows its request, with or without parameters', () => {
  const lines = linesOf([
    onWeb(call('DELETE', '/nodes/pve2/qemu/101/snapshot/before')),
    onWeb(call('DELETE', '/nodes/pve2/qemu/101')),
  ]);
  expect(lines).toContain('   Request: DELETE /nodes/pve2/qemu/101/snapshot/before');
  expect(lines).toContain('   Request: DELETE /nodes/pve2/qemu/101');
});

test('G18: steps on two tasks show which, however long the name of their node is', () => {
  const task = (pid: string) => `UPID:${'n'.repeat(60)}:${pid}:00ABCDEF:6A000000:qmigrate:101:root@pam:`;
  const stops = ['00001001', '00001002'].map((pid) => call('DELETE', `/nodes/pve2/tasks/${task(pid)}`));
  const [first, second] = linesOf(stops.map(onNode)).filter((line) => line.includes('Request: '));
  expect([first, second]).toEqual([expect.stringContaining('00001001'), expect.stringContaining('00001002')]);
});

test('G18: no value is cut in the request, which is all that a person can open', () => {
  const data = `${'# a comment '.repeat(1000)}\n192.0.2.1 updates.example`;
  expect(requestLine(onNode(call('POST', '/nodes/pve1/hosts', { data })))).toContain('⏎192.0.2.1 updates.example');
});

test('G18: what is to be typed holds nothing invisible and nothing that turns a line around', async () => {
  const bench = gateBench({ answers: [({ mustType = '' }) => ({ kind: 'run', typed: mustType })] });
  const { status } = await bench.one(call('DELETE', '/storage/back\u202eup\u200b'));
  expect(status).not.toBe('denied');
  expect(bench.asked[0]?.mustType).toBe('back<U+202E>up<U+200B>');
});
