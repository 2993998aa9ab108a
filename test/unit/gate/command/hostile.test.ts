// Whatever text comes: the guard answers, in time, and what it cannot look into is not a read.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeCommand } from '../../../../src/gate/command/judge-command.ts';
import type { CommandPlace } from '../../../../src/gate/command/types.ts';

const size = 10 * 1024;
const fill = (piece: string) => piece.repeat(Math.ceil(size / piece.length)).slice(0, size);
const nested = (open: string, middle: string, close: string, depth: number) =>
  open.repeat(depth) + middle + close.repeat(depth);

/** 10 KB that is much work for somebody: parser, walk, guesses, tables, patterns. */
const heavy: Readonly<Record<string, string>> = {
  'many commands': fill('ls;\n'),
  'many that destroy': fill('reboot;'),
  'many of Proxmox VE': fill('qm config 101;\n'),
  'a long pipeline': `${fill('ls|')}ls`,
  'many words': `ls ${fill('a ')}`,
  'one long word': `ls ${fill('a')}`,
  'many quotes': fill("''"),
  'many substitutions': fill('x=$(ls);'),
  'many ticks': fill('`a`'),
  'deep substitutions': nested('$(', 'reboot', ')', 3000),
  'deep parentheses': nested('(', 'reboot', ')', 250),
  'deep groups': nested('{ ', 'reboot;', '};', 200),
  'deep expansions': `echo ${nested('${x:-', 'a', '}', 1500)}`,
  'deep arithmetic': `echo ${nested('$((1+', '1', '))', 1000)}`,
  'many braces': `ls ${fill('{a,b}')}`,
  'deep braces': `ls ${nested('{a,', 'b', '}', 2500)}`,
  'a long sequence': 'ls {1..99999999}',
  'many sequences': `ls ${fill('{1..9}{1..9} ')}`,
  'many globs': `ls ${fill('*?[a] ')}`,
  'many wrappers': `${fill('sudo ')}ls`,
  'many wrappers that read': `${fill('xargs ')}ls`,
  'unknown programs': `foo ${fill('rm ')}`,
  'many variables': fill('a=b;'),
  'variables as programs': Array.from({ length: 700 }, (_, index) => `a${index}=rm;$a${index} x;`).join(''),
  'many values': `a=1;a=2;a=3;a=4;a=5;a=6;${fill('$a x;')}`,
  'many loops': fill('for i in a b c; do $i; done;'),
  'many functions': fill('f(){ ls;};f;'),
  'many here-documents': Array.from({ length: 400 }, (_, index) => `cat <<E${index}\n$(ls)\nE${index}\n`).join(''),
  'texts within texts': Array.from({ length: 7 }).reduce<string>(
    (text) => `bash -c '${text.replaceAll("'", `'\\''`)}'`,
    'reboot',
  ),
  'a long program of awk': `awk '${fill('{print $1}')}'`,
  'slashes for awk': `awk '${fill('/')}'`,
  'a long script of sed': `sed '${fill('s/a/reboot/e;')}'`,
  'a long program of python': `python3 -c '${fill('os.system("ls");')}'`,
  'a long program of perl': `perl -e '${fill('q(')}'`,
  'a long question to a database': `mysql -e '${fill('select count(')}'`,
  'many actions of find': `find / ${fill('-exec rm {} \\; ')}`,
  'a path up and down': `ls ${fill('a/../')}`,
  'an encoded text': `echo ${fill('cmVi')} | base64 -d | sh`,
  'many redirections': `ls ${fill('>a ')}`,
  'many patterns for a name': fill('/???/r? x;'),
  'machines behind machines': `${fill('ssh a ')}ls`,
  'nothing but dollars': fill('$'),
  'nothing but blanks': fill(' '),
  'nothing but backslashes': fill('\\'),
  'nothing but zero': fill('\0'),
  'letters of other scripts': fill('😀é'),
};

const at: CommandPlace = 'host';

describe('10 KB are judged within 50 ms', () => {
  for (const [what, text] of Object.entries(heavy))
    test(what, () => {
      for (const run of [{ script: text }, { argv: text.split(' ') }]) {
        // Other work on the machine may disturb one look, not each of many.
        let best = Number.POSITIVE_INFINITY;
        for (let look = 0; look < 8 && best > 50; look++) {
          const start = performance.now();
          judgeCommand(run, at);
          best = Math.min(best, performance.now() - start);
        }
        expect(best).toBeLessThan(50);
      }
    });
});

test('G4: a limit never weakens a verdict', () => {
  for (const text of ['ls;\n', 'cat /etc/hosts | wc -l\n', 'echo $(uptime)\n'])
    expect(judgeCommand({ script: `${fill(text)}\nreboot` }, at)).toMatchObject({ risk: 'destroy', guests: 'all' });
  expect(judgeCommand({ script: `ls ${'a'.repeat(40_000)}` }, at).risk).toBe('destroy');
  expect(judgeCommand({ argv: ['ls', ...Array.from({ length: 2000 }, () => 'a')] }, at).risk).toBe('destroy');
});

test('G4: random text never throws, and is a read only when it parses', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ...'$(){}[]<>|&;\'"`\\\n\t =*?~!#^%,'.split(''),
      '$((',
      '<<E\n',
      '<(',
      "$'",
      '${',
      'ls',
      'rm',
      'sudo ',
      '/etc/',
      'x=',
    ),
    fc.string({ unit: 'binary', maxLength: 4 }),
  );
  const places = fc.constantFrom<CommandPlace>('host', 'container', 'vm', 'windows');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), places, (pieces, place) => {
      const text = pieces.join('');
      const script = judgeCommand({ script: text }, place);
      const argv = judgeCommand({ argv: pieces }, place);
      expect(script.parts.length).toBeGreaterThan(0);
      for (const { risk, reasons } of [script, argv]) {
        expect(reasons.length).toBeGreaterThan(0);
        if (place === 'windows') expect(risk).not.toBe('read');
      }
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 1500) },
  );
});

test('G4: random bytes never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
      const text = Buffer.from(bytes).toString('latin1');
      expect(judgeCommand({ script: text }, at).reasons.length).toBeGreaterThan(0);
    }),
    { numRuns: 300 },
  );
});
