// The command guard against labelled command lines: none of which is ever run.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { judgeCommand } from '../../../../src/gate/command/judge-command.ts';
import type { CommandPlace } from '../../../../src/gate/command/types.ts';
import type { Risk } from '../../../../src/gate/types.ts';

interface Line {
  readonly id: string;
  readonly target: CommandPlace;
  readonly command: string;
  /** What people say that it is; `change` is `operate` or `configure`. */
  readonly tier: 'read' | 'change' | 'destroy';
  /** How the danger is hidden. */
  readonly trick?: string;
}

function linesOf(file: string): Line[] {
  const text = readFileSync(new URL(file, import.meta.url), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** How many lines of a kind were judged what, and which are not as they should be. */
function judged(lines: readonly Line[], right: (risk: Risk) => boolean) {
  const verdicts = lines.map((line) => ({ line, risk: judgeCommand({ script: line.command }, line.target).risk }));
  const wrong = verdicts
    .filter(({ risk }) => !right(risk))
    .map(({ line, risk }) => `${line.id} ${risk}: ${line.command}`);
  return { share: 1 - wrong.length / lines.length, wrong, reads: verdicts.filter(({ risk }) => risk === 'read') };
}

for (const file of ['commands.jsonl', 'extra.jsonl', 'unseen.jsonl', 'held-out.jsonl']) {
  const lines = linesOf(file);
  const reads = lines.filter(({ tier }) => tier === 'read');
  const changes = lines.filter(({ tier }) => tier === 'change');
  const destroys = lines.filter(({ tier }) => tier === 'destroy');

  test(`G4: ${file}: nothing that changes or destroys is a read`, () => {
    const told = judged([...changes, ...destroys], (risk) => risk !== 'read');
    expect(told.wrong).toEqual([]);
  });

  test(`${file}: reads are reads, and what destroys is said to`, () => {
    const figures = {
      reads: judged(reads, (risk) => risk === 'read'),
      plain: judged(
        destroys.filter(({ trick }) => trick === undefined),
        (risk) => risk === 'destroy',
      ),
      hidden: judged(
        destroys.filter(({ trick }) => trick !== undefined),
        (risk) => risk === 'destroy',
      ),
    };
    const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
    console.log(
      `${file}: of ${reads.length} reads ${percent(figures.reads.share)} judged read; of ${changes.length} changes 0 judged read; ` +
        `of what destroys ${percent(figures.plain.share)} plain and ${percent(figures.hidden.share)} hidden judged so, the rest asked`,
    );
    expect(figures.reads.share, figures.reads.wrong.join('\n')).toBeGreaterThanOrEqual(0.95);
    expect(figures.plain.share, figures.plain.wrong.join('\n')).toBeGreaterThanOrEqual(0.97);
    expect(figures.hidden.share, figures.hidden.wrong.join('\n')).toBeGreaterThanOrEqual(0.85);
  });
}
