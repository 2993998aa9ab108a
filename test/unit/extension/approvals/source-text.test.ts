import { expect, test } from 'vitest';
import { sourceHead, sourceLines, sourceProblem, sourceText } from '../../../../src/extension/approvals/source-text.ts';
import { PveError } from '../../../../src/pve/error.ts';
import { request } from './support.ts';

const backups = { what: 'backups', segments: ['nodes', 'pve1', 'storage', 'nas', 'content'], params: { vmid: 101 } };

test('the head tells what was read, where and when, with foreign names made visible', () => {
  expect(sourceHead(backups, 'ho\nme', Date.UTC(2027, 0, 15, 8))).toBe(
    'GET /nodes/pve1/storage/nas/content  vmid=101\non "ho⏎me", read at 2027-01-15T08:00:00.000Z\n',
  );
});

test('the log of a task is its lines, none of which becomes two or hides something', () => {
  const log = { what: 'task', segments: ['nodes', 'pve1', 'tasks', 'UPID:pve1:1', 'log'] };
  const data = [
    { n: 1, t: 'INFO: starting' },
    { n: 2, t: 'a\nb \u202eevil' },
  ];
  expect(sourceText(log, data)).toBe('INFO: starting\na⏎b <U+202E>evil\n');
});

test('a list has one value a line, an object with objects in it is JSON, and nothing is said', () => {
  const list = [{ volid: 'nas:1', size: 5 }, { volid: 'nas:2\u200b' }];
  expect(sourceText(backups, list)).toBe('volid  nas:1\nsize   5\n\nvolid  nas:2<U+200B>\n');
  expect(sourceText(backups, { a: { b: 'x\u202e' } })).toBe('{\n  "a": {\n    "b": "x<U+202E>"\n  }\n}\n');
  expect(sourceText(backups, [])).toBe('Nothing is there.\n');
  expect(sourceText(backups, null)).toBe('null\n');
});

test('what cannot be read says why, in Proxmox VE’s own words, and the next step', () => {
  const error = new PveError({
    ...{ code: 'forbidden', message: 'It was refused', hint: 'Ask for it.' },
    reason: ['Permission check failed\n(/storage/nas, Datastore.Audit)'],
  });
  expect(sourceProblem(error)).toBe(
    'It cannot be read now.\nIt was refused.\nPermission check failed⏎(/storage/nas, Datastore.Audit)\nAsk for it.\n',
  );
  expect(sourceProblem(new Error('lost'))).toContain('lost');
});

test('the whole request names each source; one without any has no such part', () => {
  const plain = request('a', 101);
  expect(sourceLines(plain)).toEqual([]);
  const assessments = plain.assessments.map((one) => ({ ...one, notes: [{ text: 'One backup.', source: backups }] }));
  expect(sourceLines({ ...plain, assessments })).toEqual([
    '',
    'Where it comes from:',
    'One backup.',
    '  backups: GET /nodes/pve1/storage/nas/content  vmid=101',
  ]);
});
