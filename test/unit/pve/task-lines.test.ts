import { expect, test } from 'vitest';
import { isProgress, shortLine, tellingLines } from '../../../src/pve/task-lines.ts';

test.each([
  'INFO:  42% (6.7 GiB of 16.0 GiB) in 1m 21s, read: 80.1 MiB/s',
  'transferred 2.0 GiB of 32.0 GiB (6.25%)',
  'drive-scsi0: transferred 2.0 GiB of 32.0 GiB (6.25%) in 9s',
  'progress 1% (read 343670784 bytes, duration 0 sec)',
  '2026-11-20 12:00:00 migration active, transferred 1.2 GiB of 4.0 GiB VM-state, 112.5 MiB/s',
  '    (12.00/100%)',
])('"%s" only says how far it is', (line) => {
  expect(isProgress(line)).toBe(true);
});

test('the last lines that say something: no exit status again, no progress, nothing empty, nothing twice in a row', () => {
  const log = ['a', 'b', 'b', ' ', 'INFO:  42% (6.7 GiB of 16.0 GiB)', 'c', 'failed', 'TASK ERROR: failed'];
  expect(tellingLines(log, 'failed', 8)).toEqual(['a', 'b', 'c']);
  expect(tellingLines(log, 'failed', 2)).toEqual(['b', 'c']);
});

test('of a long command its program and its end are kept', () => {
  const line = `start failed: command '/usr/bin/kvm -id 101 ${'-device x '.repeat(200)}' failed: got timeout`;
  expect(shortLine(line)).toBe("start failed: command '/usr/bin/kvm …' failed: got timeout");
});

test('what is longer than 500 characters is cut between words', () => {
  const short = shortLine(`${'word '.repeat(90)}${'s'.repeat(100)} end`);
  expect(short).toBe(`${'word '.repeat(90).trimEnd()} …`);
  expect(shortLine('x'.repeat(600))).toHaveLength(500);
});
