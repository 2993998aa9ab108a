import { expect, test } from 'vitest';
import { fill } from '../../../../src/extension/approvals/fill.ts';
import { countWaiting, pageState } from '../../../../src/extension/approvals/page-state.ts';
import type { Card } from '../../../../src/extension/approvals/protocol.ts';
import { call, home, picker } from '../../../support/gate.ts';
import {
  commandRequest,
  type DeskBench,
  deskBench,
  minute,
  otherAgent,
  request,
  safeguardOf,
  words,
} from './support.ts';

const nothing = { grants: [], denials: [], freeze: { count: 0 } };

function stateOf({ desk, clock }: DeskBench, more: Partial<Parameters<typeof pageState>[0]> = {}) {
  return pageState({ desk, clock, words, ...nothing, ...more });
}

const cardsOf = (bench: DeskBench): readonly Card[] => stateOf(bench).items.filter((item) => item.kind === 'card');

test('a card says what is asked, with what is needed to answer it', async () => {
  const bench = deskBench({ focused: false });
  await bench.askAndPlace(
    request('a', 101, { reason: 'Patches', offers: ['grant', 'freeze'], guest: { lock: 'backup' } }),
  );
  const [card] = cardsOf(bench);
  expect(card).toMatchObject({
    id: 'a',
    questions: [
      {
        id: 'a',
        title: 'Stop "web-01" (101, VM on pve2) on "home"?',
        act: 'Stop web-01',
        offersGrant: true,
        offersFreeze: true,
        own: false,
        mustOpen: false,
        armed: false,
        remaining: 5 * minute - 300,
      },
    ],
  });
  const [step] = card?.questions[0]?.steps ?? [];
  expect(step?.hazards[0]?.text).toMatch(/locked/);
  expect(step?.state).toEqual(['State: running → stopped.']);
  expect(card?.questions[0]?.claims.at(-1)).toBe('The agent says: Patches');
});

test('G18: what destroys names what to type; what is long must be opened first', async () => {
  const bench = deskBench({ focused: false });
  const operation = call('PUT', '/nodes/pve2/qemu/102/config', { description: 'x'.repeat(2000) });
  await bench.askAndPlace(request('a', 101, { risk: 'destroy', mustType: 'web-01' }), request('b', 102, { operation }));
  expect(cardsOf(bench)).toMatchObject([
    { questions: [{ mustType: 'web-01', mustOpen: false }] },
    { questions: [{ mustOpen: true }] },
  ]);
  bench.desk.opened('b');
  expect(cardsOf(bench)[1]).toMatchObject({ questions: [{ mustOpen: false }] });
});

test('G18: a button is armed half a second after it could be seen', async () => {
  const bench = deskBench({ focused: false });
  await bench.askAndPlace(request('a', 101));
  bench.desk.shown(['a']);
  expect(cardsOf(bench)).toMatchObject([{ questions: [{ armed: false }] }]);
  await bench.pass(500);
  expect(cardsOf(bench)).toMatchObject([{ questions: [{ armed: true }] }]);
});

test('what waits stands above what has ended, and each end is told in words', async () => {
  const bench = deskBench({ focused: false });
  for (const id of ['ran', 'granted', 'denied', 'noted', 'gone', 'waits'])
    await bench.askAndPlace(request(id, 101, { offers: ['grant'] }));
  for (const [id, answer] of [
    ['ran', { kind: 'run' }],
    ['granted', { kind: 'run', grant: true }],
    ['denied', { kind: 'deny' }],
    ['noted', { kind: 'deny', note: 'Not now' }],
  ] as const) {
    await bench.see(id);
    bench.desk.answer([id], answer);
    await bench.pass(1);
  }
  await bench.withdraw('gone', 'The call was cancelled.');
  await bench.pass(1);
  bench.desk.answer(['gone'], { kind: 'run' });
  const { items } = stateOf(bench);
  expect(items.map((item) => [item.kind, item.id, item.kind === 'line' ? item.text : ''])).toEqual([
    ['card', 'waits', ''],
    ['line', 'gone', 'withdrawn The call was cancelled. tooLate {0}'],
    ['line', 'noted', 'deniedWithNote Not now'],
    ['line', 'denied', 'denied {0}'],
    ['line', 'granted', 'ranAndGranted {0}'],
    ['line', 'ran', 'ran {0}'],
  ]);
  expect(countWaiting(bench.desk)).toBe(1);
});

test('nobody’s answer in five minutes is told with the minutes', async () => {
  const bench = deskBench({ focused: false });
  await bench.askAndPlace(request('a', 101));
  await bench.withdraw('a', 'Nobody answered in time.');
  expect(stateOf(bench).items).toMatchObject([{ end: 'expired', text: 'expired 5' }]);
});

test('what a person started is called off, not denied', async () => {
  const bench = deskBench({ focused: false });
  await bench.askAndPlace(request('a', 101, { origin: picker }));
  expect(cardsOf(bench)).toMatchObject([{ questions: [{ own: true, claims: [] }] }]);
  bench.desk.answer(['a'], { kind: 'deny' });
  expect(stateOf(bench).items).toMatchObject([{ text: 'calledOff {0}' }]);
});

test('what was granted, what is denied again, and a freeze are shown with their times', () => {
  const bench = deskBench();
  const given = { profile: home, freeze: { count: 0 } };
  const grant = { given, launch: 'l', title: 'Stop "web-01"', expiresAt: 5 };
  const state = stateOf(bench, {
    grants: [{ id: 'g', ...grant }],
    denials: [{ id: 'd', title: 'Stop "db-01"', note: 'Never', expiresAt: 7 }],
    freeze: { count: 1, since: '2027-01-15T14:02:00.000Z' },
  });
  expect(state.granted).toEqual([{ id: 'g', title: 'Stop "web-01"', until: 5 }]);
  expect(state.denied).toEqual([{ id: 'd', title: 'Stop "db-01"', note: 'Never', until: 7 }]);
  expect(state.frozenSince).toBe(Date.parse('2027-01-15T14:02:00.000Z'));
});

test('what can be done first is told with its effect and the very request', async () => {
  const bench = deskBench({ focused: false });
  await bench.askAndPlace(request('a', 101, { safeguard: safeguardOf('snapshot'), risk: 'destroy', mustType: 'x' }));
  await bench.askAndPlace(request('b', 102, { safeguard: safeguardOf('backup') }));
  expect(cardsOf(bench).map(({ questions: [question] }) => question?.safeguard)).toMatchObject([
    {
      label: 'snapshotFirst {0}',
      request: 'POST /nodes/pve2/qemu/101/snapshot  snapname=before_20270115_080000',
    },
    { label: 'backupFirst nas', request: 'POST /nodes/pve2/vzdump  vmid=101  storage=nas  remove=0' },
  ]);
  await bench.see('a', 'b');
  bench.desk.answer(['b'], { kind: 'run', first: true });
  expect(stateOf(bench).items).toMatchObject([{ id: 'a' }, { text: 'ran {0} · ranAfterBackup {0}' }]);
});

test('a command that may be edited has its text as it is, quoted for a shell', async () => {
  const bench = deskBench({ focused: false });
  const runs = [{ argv: ['echo', "it's", 'a\tb'] }, { script: 'ls\n\ndf\n' }, { script: 'ls \u200b' }];
  await bench.askAndPlace(commandRequest('a', runs), commandRequest('b', [{ argv: ['df'] }], { origin: otherAgent }));
  const [first, second] = cardsOf(bench).map(({ questions: [question] }) => question);
  expect(first?.steps.map(({ editable }) => editable)).toEqual(["echo 'it'\\''s' 'a\tb'", 'ls\n\ndf\n', undefined]);
  expect(first?.actEdited).toBe('runStepsEdited 3');
  expect(second?.actEdited).toBe('runEdited mail-01');
  await bench.see('b');
  bench.desk.answer(['b'], { kind: 'run', edits: [{ step: 0, text: 'df -h' }] });
  expect(stateOf(bench).items.at(-1)).toMatchObject({ text: 'ran {0} · ranEdited {0}' });
});

test('G13: of where a fact comes from the page gets a name, and no path', async () => {
  const bench = deskBench({ focused: false });
  const plain = request('a', 101);
  const fact = { text: 'One backup.', source: { what: 'backups', segments: ['nodes', 'secret-path'] } };
  const assessments = plain.assessments.map((one) => ({ ...one, hazards: ['Known.'], notes: [fact] }));
  await bench.askAndPlace({ ...plain, assessments });
  expect(cardsOf(bench)[0]?.questions[0]?.steps).toMatchObject([
    { hazards: [{ text: 'Known.' }], notes: [{ text: 'One backup.', source: 'backups' }] },
  ]);
  expect(JSON.stringify(stateOf(bench))).not.toContain('secret-path');
});

test('values are put into a text as they are', () => {
  expect(fill('{0} of {1}: {0}', '$&', '{0}')).toBe('$& of {0}: $&');
});
