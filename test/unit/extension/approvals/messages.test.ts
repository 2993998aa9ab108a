import { expect, test } from 'vitest';
import { type PageReach, takeMessage } from '../../../../src/extension/approvals/messages.ts';

/** What a message has made the window do. */
function effectsOf(message: unknown): readonly unknown[] {
  const effects: unknown[] = [];
  const note =
    (what: string) =>
    (...values: readonly unknown[]): void =>
      void effects.push([what, ...values]);
  const reach: PageReach = {
    desk: { answer: note('answer') },
    ready: note('ready'),
    shown: note('shown'),
    showRequest: note('showRequest'),
    showSource: note('showSource'),
    revoke: note('revoke'),
    askAgain: note('askAgain'),
    freeze: note('freeze'),
    lift: note('lift'),
    refused: note('refused'),
  };
  takeMessage(message, reach);
  return effects;
}

test.each<[unknown, readonly unknown[]]>([
  [{ type: 'ready' }, ['ready']],
  [{ type: 'run', ids: ['a', 'b'] }, ['answer', ['a', 'b'], { kind: 'run' }]],
  [
    { type: 'run', ids: ['a'], typed: 'web-01', grant: true },
    ['answer', ['a'], { kind: 'run', typed: 'web-01', grant: true }],
  ],
  [
    { type: 'run', ids: ['a'], first: true, edits: [{ step: 1, text: 'ls' }] },
    ['answer', ['a'], { kind: 'run', first: true, edits: [{ step: 1, text: 'ls' }] }],
  ],
  [
    { type: 'source', id: 'a', step: 0, list: 'hazards', at: 2 },
    ['showSource', 'a', { step: 0, list: 'hazards', at: 2 }],
  ],
  [{ type: 'deny', ids: ['a'], note: 'No' }, ['answer', ['a'], { kind: 'deny', note: 'No' }]],
  [{ type: 'show', id: 'a' }, ['showRequest', 'a']],
  [{ type: 'shown', ids: [] }, ['shown', []]],
  [{ type: 'revoke', id: 'g' }, ['revoke', 'g']],
  [{ type: 'askAgain', id: 'd' }, ['askAgain', 'd']],
  [{ type: 'freeze' }, ['freeze']],
  [{ type: 'lift' }, ['lift']],
])('%j does one thing', (message, effect) => {
  expect(effectsOf(message)).toEqual([effect]);
});

const edit = { step: 0, text: 'ls' };
const source = { type: 'source', id: 'a', step: 0, list: 'notes', at: 0 };

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['null', null],
  ['a text', 'run'],
  ['a list', [{ type: 'lift' }]],
  ['no type', { ids: ['a'] }],
  ['an unknown type', { type: 'approve', ids: ['a'] }],
  ['a type that every object has', { type: 'constructor' }],
  ['a yes with a risk beside it', { type: 'run', ids: ['a'], risk: 'read' }],
  ['a yes with a person beside it', { type: 'run', ids: ['a'], by: 'person' }],
  ['a yes for no list', { type: 'run', ids: 'a' }],
  ['a yes for an empty id', { type: 'run', ids: [''] }],
  ['a yes for a number', { type: 'run', ids: [1] }],
  ['a yes for more than ever wait', { type: 'run', ids: Array.from({ length: 65 }, (_, index) => `q${index}`) }],
  ['a grant that is not true', { type: 'run', ids: ['a'], grant: 'true' }],
  ['a typed name that is none', { type: 'run', ids: ['a'], typed: { toString: 'web-01' } }],
  ['a typed name that is too long', { type: 'run', ids: ['a'], typed: 'x'.repeat(257) }],
  ['something first that is not true', { type: 'run', ids: ['a'], first: 1 }],
  ['an operation to run first', { type: 'run', ids: ['a'], first: { method: 'DELETE', segments: ['nodes'] } }],
  ['an edit that is no list', { type: 'run', ids: ['a'], edits: { step: 0, text: 'ls' } }],
  ['a list without an edit', { type: 'run', ids: ['a'], edits: [] }],
  ['more edits than steps', { type: 'run', ids: ['a'], edits: Array.from({ length: 51 }, () => edit) }],
  ['an edit of no step', { type: 'run', ids: ['a'], edits: [{ text: 'ls' }] }],
  ['an edit of a step before the first', { type: 'run', ids: ['a'], edits: [{ ...edit, step: -1 }] }],
  ['an edit of a step behind the last', { type: 'run', ids: ['a'], edits: [{ ...edit, step: 50 }] }],
  ['an edit of a part of a step', { type: 'run', ids: ['a'], edits: [{ ...edit, step: 0.5 }] }],
  ['an edit to nothing', { type: 'run', ids: ['a'], edits: [{ ...edit, text: '' }] }],
  ['an edit of more than 64 KiB', { type: 'run', ids: ['a'], edits: [{ ...edit, text: 'ä'.repeat(32 * 1024 + 1) }] }],
  ['an edit with a user beside it', { type: 'run', ids: ['a'], edits: [{ ...edit, user: 'root' }] }],
  ['a source by its path', { type: 'source', id: 'a', segments: ['access', 'users'] }],
  ['a source with a path beside it', { ...source, segments: ['access', 'users'] }],
  ['a source of a list that is none', { ...source, list: 'constructor' }],
  ['a source at no place', { ...source, at: '0' }],
  ['a note that is too long', { type: 'deny', ids: ['a'], note: 'x'.repeat(501) }],
  ['a freeze with a field', { type: 'freeze', frozen: false }],
  ['a lift with a yes', { type: 'lift', approve: true }],
])('G13: %s is no message: it does nothing and is logged', (_what, message) => {
  expect(effectsOf(message)).toEqual([['refused']]);
});
