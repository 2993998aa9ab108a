import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { judgeCommand } from '../../../../src/gate/command/judge-command.ts';

/** One command a line, and none that only reads: most look so but for one option. */
const lines = readFileSync(new URL('never-read.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n');

test('G4: no command of a list that hides what it does in an option is judged a read', () => {
  expect(lines.filter((script) => judgeCommand({ script }, 'host', 'pve1').risk === 'read')).toEqual([]);
  expect(lines.length).toBeGreaterThan(200);
});
