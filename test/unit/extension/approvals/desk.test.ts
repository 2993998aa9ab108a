import { describe, expect, test } from 'vitest';
import { sourceAt } from '../../../../src/extension/approvals/offers.ts';
import { notInTime } from '../../../../src/gate/approval.ts';
import type { ApprovalRequest, CommandEdit } from '../../../../src/gate/types.ts';
import { call, picker } from '../../../support/gate.ts';
import { commandRequest, deskBench, minute, otherAgent, request, safeguardOf } from './support.ts';

const destroys: Partial<ApprovalRequest> = { risk: 'destroy', mustType: 'web-01' };
const yes = { kind: 'run' } as const;
const no = { kind: 'deny' } as const;
const ls = { argv: ['ls'] };
const safeguard = safeguardOf('snapshot');

describe('where a question is shown', () => {
  test('one alone is asked in the modal while the window has the focus', async () => {
    const bench = deskBench();
    await bench.askAndPlace(request('a', 101));
    expect(bench.dialogs).toMatchObject([{ id: 'a' }]);
    expect(bench.desk.cards()).toEqual([]);
  });

  test('one alone is a card while the person is elsewhere', async () => {
    const bench = deskBench({ focused: false });
    await bench.askAndPlace(request('a', 101));
    expect(bench.dialogs).toEqual([]);
    expect(bench.stacks()).toEqual([['a']]);
  });

  test('G18: what destroys is a card, never a modal', async () => {
    const bench = deskBench();
    await bench.askAndPlace(request('a', 101, destroys));
    expect(bench.dialogs).toEqual([]);
    expect(bench.stacks()).toEqual([['a']]);
  });

  test('G18: what is too long for a dialog is a card', async () => {
    const bench = deskBench();
    await bench.askAndPlace(request('a', 101, longOne));
    expect(bench.dialogs).toEqual([]);
    expect(bench.stacks()).toEqual([['a']]);
  });

  test('one that comes while another waits, or while a modal is open, is a card', async () => {
    const bench = deskBench();
    await bench.askAndPlace(request('a', 101));
    await bench.askAndPlace(request('b', 102));
    await bench.press('review');
    await bench.askAndPlace(request('c', 103));
    expect(bench.dialogs).toHaveLength(1);
    expect(bench.stacks()).toEqual([['a'], ['b'], ['c']]);
  });

  test('calls of an agent within 300 ms of the first are one stack', async () => {
    const bench = deskBench();
    bench.ask(request('a', 101));
    await bench.pass(299);
    bench.ask(request('b', 102));
    expect(bench.desk.cards()).toEqual([]);
    await bench.pass(1);
    bench.ask(request('c', 103));
    await bench.pass(300);
    expect(bench.stacks()).toEqual([['a', 'b'], ['c']]);
  });

  test('what destroys, what is long and another agent’s call are never part of a stack', async () => {
    const bench = deskBench();
    await bench.askAndPlace(
      request('a', 101),
      request('b', 101, destroys),
      request('c', 102, longOne),
      request('d', 103, { origin: otherAgent }),
      request('e', 103),
    );
    expect(bench.stacks()).toEqual([['a', 'e'], ['b'], ['c'], ['d']]);
  });

  test('what a person started is asked at once, in the modal, whatever waits', async () => {
    const bench = deskBench();
    await bench.askAndPlace(request('a', 101), request('b', 102));
    bench.ask(request('mine', 103, { origin: picker }));
    expect(bench.dialogs).toMatchObject([{ id: 'mine' }]);
  });

  test('one withdrawn within the 300 ms is shown nowhere, and the other one is alone', async () => {
    const bench = deskBench();
    bench.ask(request('a', 101), request('b', 102));
    await bench.withdraw('a', 'The call was cancelled.');
    await bench.pass(300);
    expect(bench.dialogs).toMatchObject([{ id: 'b' }]);
    expect(bench.desk.cards()).toEqual([]);
  });
});

const longOne = {
  risk: 'configure',
  operation: call('PUT', '/nodes/pve2/qemu/101/config', { description: 'x'.repeat(2000) }),
} as const;

describe('the modal', () => {
  test.each([
    ['run', yes],
    ['deny', { kind: 'deny', by: 'person' }],
  ] as const)('%s is the answer', async (button, answer) => {
    const bench = deskBench();
    await bench.askAndPlace(request('a', 101));
    await bench.press(button);
    expect(await bench.answers('a')).toEqual([answer]);
    expect(bench.ends()).toEqual([['a', button]]);
  });

  test('Review… opens the card, and the question goes on there', async () => {
    const bench = deskBench();
    await bench.askAndPlace(request('a', 101));
    await bench.press('review');
    expect(bench.told).toEqual(['cards shown']);
    expect(await bench.answers('a')).toEqual([]);
    await bench.see('a');
    bench.desk.answer(['a'], yes);
    expect(await bench.answers('a')).toEqual([yes]);
  });

  test('G11: where a freeze is offered it is done, and the question stays until it is withdrawn', async () => {
    const bench = deskBench();
    await bench.askAndPlace(request('a', 101, { offers: ['freeze'] }));
    await bench.press('freeze');
    expect(bench.told).toEqual(['frozen']);
    expect(await bench.answers('a')).toEqual([]);
  });

  test.each(['run', 'review', 'freeze'] as const)('G11: a late %s does nothing and is told so', async (button) => {
    const bench = deskBench();
    await bench.askAndPlace(request('a', 101));
    await bench.withdraw('a', 'A person has frozen everything that agents do.');
    await bench.press(button);
    expect(bench.told).toEqual(['too late']);
    expect(await bench.answers('a')).toEqual([{ kind: 'deny', by: 'cancelled' }]);
    expect(bench.ends()).toEqual([['a', 'withdrawn']]);
  });

  test('one that cannot be shown leaves the question to its card', async () => {
    const bench = deskBench();
    await bench.askAndPlace(request('a', 101));
    await bench.failDialog();
    expect(bench.stacks()).toEqual([['a']]);
  });
});

/** Questions on cards: nobody looks at the window yet. */
async function onCards(...requests: readonly ApprovalRequest[]) {
  const bench = deskBench({ focused: false });
  await bench.askAndPlace(...requests);
  return bench;
}

describe('the cards', () => {
  test('each question is answered once; what comes second does nothing', async () => {
    const bench = await onCards(request('a', 101));
    await bench.see('a');
    bench.desk.answer(['a'], { ...no, note: ' Not now ' });
    await bench.pass(510);
    bench.desk.answer(['a'], yes);
    await bench.withdraw('a', 'Answered.');
    expect(await bench.answers('a')).toEqual([{ kind: 'deny', by: 'person', note: 'Not now' }]);
    expect(bench.ends()).toEqual([['a', 'deny']]);
  });

  test('an answer for an unknown card, or for a question in the modal, does nothing', async () => {
    const bench = deskBench();
    await bench.askAndPlace(request('a', 101));
    bench.desk.shown(['a']);
    await bench.pass(600);
    bench.desk.answer(['a'], yes);
    bench.desk.answer(['b'], yes);
    expect(await bench.answers('a')).toEqual([]);
  });

  test('G18: a yes for a card that could not be seen for half a second is not taken', async () => {
    const bench = await onCards(request('a', 101));
    bench.desk.answer(['a'], yes);
    bench.desk.shown(['a']);
    await bench.pass(499);
    bench.desk.answer(['a'], yes);
    expect(await bench.answers('a')).toEqual([]);
    await bench.pass(1);
    bench.desk.answer(['a'], yes);
    expect(await bench.answers('a')).toEqual([yes]);
  });

  test('G18: a card out of sight begins anew', async () => {
    const bench = await onCards(request('a', 101));
    await bench.see('a');
    bench.desk.shown([]);
    bench.desk.answer(['a'], yes);
    bench.desk.shown(['a']);
    bench.desk.answer(['a'], yes);
    expect(await bench.answers('a')).toEqual([]);
  });

  test('G18: when cards move, a yes meant for another one is not taken', async () => {
    const bench = await onCards(request('a', 101), request('b', 102, { origin: otherAgent }));
    await bench.see('a', 'b');
    bench.desk.answer(['a'], yes);
    bench.desk.answer(['b'], yes);
    expect(await bench.answers('a')).toEqual([yes]);
    expect(await bench.answers('b')).toEqual([]);
    await bench.pass(510);
    bench.desk.answer(['b'], yes);
    expect(await bench.answers('b')).toEqual([yes]);
  });

  test('several of a stack run at one press, and the one left begins anew', async () => {
    const bench = await onCards(request('a', 101), request('b', 102), request('c', 103));
    await bench.see('a', 'b', 'c');
    bench.desk.answer(['a', 'b'], yes);
    bench.desk.answer(['c'], yes);
    expect(bench.ends()).toEqual([
      ['a', 'run'],
      ['b', 'run'],
    ]);
    expect(bench.stacks()).toEqual([['c']]);
  });

  test('an answer for questions of several cards does nothing', async () => {
    const bench = await onCards(request('a', 101), request('b', 102, { origin: otherAgent }));
    await bench.see('a', 'b');
    bench.desk.answer(['a', 'b'], yes);
    bench.desk.answer(['a', 'b'], no);
    expect(bench.ends()).toEqual([]);
  });

  test('G18: the wall clock does not make a card seen for longer', async () => {
    const bench = await onCards(request('a', 101));
    bench.desk.shown(['a']);
    bench.clock.jump('wall', 60_000);
    bench.desk.answer(['a'], yes);
    expect(await bench.answers('a')).toEqual([]);
  });

  test('G18: what destroys runs only with its name typed exactly', async () => {
    const bench = await onCards(request('a', 101, destroys));
    await bench.see('a');
    bench.desk.answer(['a'], yes);
    bench.desk.answer(['a'], { kind: 'run', typed: 'WEB-01' });
    expect(await bench.answers('a')).toEqual([]);
    bench.desk.answer(['a'], { kind: 'run', typed: 'web-01' });
    expect(await bench.answers('a')).toEqual([{ kind: 'run', typed: 'web-01' }]);
  });

  test('G18: what is too long runs only after the whole request was opened', async () => {
    const bench = await onCards(request('a', 101, longOne));
    await bench.see('a');
    bench.desk.answer(['a'], yes);
    expect(await bench.answers('a')).toEqual([]);
    bench.desk.opened('a');
    bench.desk.answer(['a'], yes);
    expect(await bench.answers('a')).toEqual([yes]);
  });

  test('G7: a grant is answered only where it was offered', async () => {
    const bench = await onCards(request('a', 101), request('b', 102, { offers: ['grant'], origin: otherAgent }));
    await bench.see('a', 'b');
    bench.desk.answer(['a'], { kind: 'run', grant: true });
    bench.desk.answer(['b'], { kind: 'run', grant: true });
    expect(await bench.answers('a')).toEqual([]);
    expect(await bench.answers('b')).toEqual([{ kind: 'run', grant: true }]);
  });
});

describe('what is offered beside a yes', () => {
  test('G13: something first is answered only where it was offered', async () => {
    const bench = await onCards(request('a', 101), request('b', 102, { safeguard, origin: otherAgent }));
    await bench.see('a', 'b');
    bench.desk.answer(['a'], { kind: 'run', first: true });
    bench.desk.answer(['b'], { kind: 'run', first: true });
    expect(await bench.answers('a')).toEqual([]);
    expect(await bench.answers('b')).toEqual([{ kind: 'run', first: true }]);
  });

  test('an edit reaches the gate as it is', async () => {
    const bench = await onCards(commandRequest('a', [ls, ls]));
    await bench.see('a');
    const edits = [{ step: 1, text: 'ls -l\n' }];
    bench.desk.answer(['a'], { kind: 'run', edits });
    expect(await bench.answers('a')).toEqual([{ kind: 'run', edits }]);
  });

  test.each<[string, ApprovalRequest, readonly CommandEdit[]]>([
    ['a request', request('a', 101, { editable: [0] }), [{ step: 0, text: 'ls' }]],
    ['a command that may not be edited', commandRequest('a', [ls], { editable: [] }), [{ step: 0, text: 'ls -l' }]],
    ['another step', commandRequest('a', [ls, ls], { editable: [0] }), [{ step: 1, text: 'ls -l' }]],
    ['a step that is not there', commandRequest('a', [ls]), [{ step: 1, text: 'ls -l' }]],
    ['blanks', commandRequest('a', [ls]), [{ step: 0, text: ' \n' }]],
    ['a step twice', commandRequest('a', [ls]), ['ls -l', 'ls -a'].map((text) => ({ step: 0, text }))],
    ['what no field can show', commandRequest('a', [{ script: 'ls \u202e' }]), [{ step: 0, text: 'ls' }]],
  ])('G13: an edit of %s is not taken, and nothing is answered', async (_what, question, edits) => {
    const bench = await onCards(question);
    await bench.see('a');
    bench.desk.answer(['a'], { kind: 'run', edits });
    expect(await bench.answers('a')).toEqual([]);
    expect(bench.stacks()).toEqual([['a']]);
  });

  test('G13: several questions at once take neither', async () => {
    const bench = await onCards(
      commandRequest('a', [ls], { safeguard }),
      commandRequest('b', [{ argv: ['df'] }], { safeguard }),
    );
    await bench.see('a', 'b');
    bench.desk.answer(['a', 'b'], { kind: 'run', first: true });
    bench.desk.answer(['a', 'b'], { kind: 'run', edits: [{ step: 0, text: 'id' }] });
    expect(await bench.answers('a')).toEqual([]);
    bench.desk.answer(['a', 'b'], yes);
    expect(await bench.answers('a')).toEqual([yes]);
  });

  test('G13: a source is found by its place in the question, and by nothing else', () => {
    const source = { what: 'backups', segments: ['nodes', 'pve1', 'storage', 'local', 'content'] };
    const plain = request('a', 101);
    const assessments = plain.assessments.map((one) => ({
      ...one,
      notes: ['Known.', { text: 'One backup.', source }],
    }));
    const question = { ...plain, assessments };
    expect(sourceAt(question, { step: 0, list: 'notes', at: 1 })).toEqual(source);
    for (const at of [0, 2]) expect(sourceAt(question, { step: 0, list: 'notes', at })).toBeUndefined();
    expect(sourceAt(question, { step: 1, list: 'notes', at: 1 })).toBeUndefined();
    expect(sourceAt(question, { step: 0, list: 'hazards', at: 1 })).toBeUndefined();
  });
});

describe('how questions end', () => {
  test('withdrawn: the line says why, and a late answer is told that nothing ran', async () => {
    const bench = await onCards(request('a', 101));
    await bench.see('a');
    await bench.withdraw('a', 'The call was cancelled.');
    expect(bench.desk.cards()).toMatchObject([
      { end: { kind: 'withdrawn', why: 'The call was cancelled.' }, late: false },
    ]);
    bench.desk.answer(['a'], yes);
    expect(bench.desk.cards()).toMatchObject([{ end: { kind: 'withdrawn' }, late: true }]);
    expect(await bench.answers('a')).toEqual([{ kind: 'deny', by: 'cancelled' }]);
  });

  test('G2: expired by the gate’s limit', async () => {
    const bench = await onCards(request('a', 101));
    await bench.withdraw('a', notInTime);
    expect(bench.desk.cards()).toMatchObject([{ end: { kind: 'expired', minutes: 5 } }]);
  });

  test.each(['wall', 'monotonic'] as const)('G2: a yes after its time by the %s clock is none', async (which) => {
    const bench = await onCards(request('a', 101));
    await bench.see('a');
    bench.clock.jump(which, 5 * minute);
    bench.desk.answer(['a'], yes);
    expect(await bench.answers('a')).toEqual([{ kind: 'deny', by: 'timeout' }]);
    expect(bench.ends()).toEqual([['a', 'expired']]);
  });

  test('a line stays half a minute and then counts among the recent ones, of which there are 20', async () => {
    const bench = deskBench({ focused: false });
    for (let number = 0; number < 22; number += 1) {
      await bench.askAndPlace(request(`q${number}`, 101));
      bench.desk.answer([`q${number}`], no);
    }
    await bench.pass(20_000);
    expect(bench.desk.recent()).toEqual([]);
    await bench.pass(10_001);
    expect(bench.desk.cards()).toEqual([]);
    const recent = bench.desk.recent().map((one) => one.request.id);
    expect(recent).toEqual(Array.from({ length: 20 }, (_, index) => `q${21 - index}`));
  });

  test('a signal that has fired already asks nobody', async () => {
    const bench = deskBench();
    expect(await bench.desk.ask(request('a', 101), AbortSignal.abort('gone'))).toEqual({
      kind: 'deny',
      by: 'cancelled',
    });
    await bench.pass(300);
    expect(bench.dialogs).toEqual([]);
  });
});
