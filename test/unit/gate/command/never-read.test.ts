import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { judgeCommand } from '../../../../src/gate/command/judge-command.ts';

/** One command a line. */
function linesOf(file: string): string[] {
  return readFileSync(new URL(file, import.meta.url), 'utf8')
    .trim()
    .split('\n');
}

const judged = (script: string) => judgeCommand({ script }, 'host', 'pve1');

test('G4: no command of a list that hides what it does in an option is judged a read', () => {
  const lines = linesOf('never-read.txt');
  expect(lines.filter((script) => judged(script).risk === 'read')).toEqual([]);
  expect(lines.length).toBeGreaterThan(350);
});

test('G6: none that shows a secret or reaches another machine goes without a question, however it names it', () => {
  const lines = linesOf('never-quiet.txt');
  expect(lines.filter((script) => judged(script).risk === 'read' && !judged(script).sensitive)).toEqual([]);
  expect(lines.length).toBeGreaterThan(60);
});
