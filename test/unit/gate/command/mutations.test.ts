// However a command is spelt, wrapped or split, its risk is not lower than that of the plain one.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { type Command, forEachChild, parse, type SyntaxNode, type Word } from 'unbash';
import { expect, test } from 'vitest';
import { judgeCommand } from '../../../../src/gate/command/judge-command.ts';
import type { CommandPlace } from '../../../../src/gate/command/types.ts';
import { type Risk, risks } from '../../../../src/gate/types.ts';

interface Line {
  readonly target: CommandPlace;
  readonly command: string;
  readonly risk: Risk;
}

const lines: readonly Line[] = ['commands.jsonl', 'extra.jsonl', 'unseen.jsonl'].flatMap((file) =>
  readFileSync(new URL(file, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
    .map(({ target, command }) => ({ target, command, risk: judgeCommand({ script: command }, target).risk })),
);

const rank = (risk: Risk) => risks.indexOf(risk);
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** Every way to spell one plain word that bash reads as the same word. */
const spellings: Readonly<Record<string, (word: string) => string>> = {
  single: (word) => `'${word}'`,
  double: (word) => `"${word}"`,
  empty: (word) => `${word.slice(0, 1)}''${word.slice(1)}`,
  half: (word) => `${word.slice(0, 2)}"${word.slice(2)}"`,
  escaped: (word) => word.replace(/[A-Za-z]/, (char) => `\\${char}`),
  hex: (word) => `$'${[...word].map((char) => `\\x${char.charCodeAt(0).toString(16)}`).join('')}'`,
  octal: (word) => `$'${[...word].map((char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`).join('')}'`,
  unset: (word) => `${word.slice(0, 1)}\${nothing_here}${word.slice(1)}`,
  fallback: (word) => `\${nothing_here:-${word}}`,
  echoed: (word) => `$(echo ${word})`,
  ticks: (word) => `\`echo ${word}\``,
  printed: (word) => `"$(printf %s ${word})"`,
  reversed: (word) => `$(rev <<< ${[...word].reverse().join('')})`,
  continued: (word) => `${word.slice(0, 1)}\\\n${word.slice(1)}`,
};

const prefixes = [
  'sudo ',
  'sudo -n -u root -- ',
  'env ',
  'env LC_ALL=C ',
  'nice -n 5 ',
  'ionice -c3 ',
  'timeout -k 5 60 ',
  'nohup ',
  'setsid -w ',
  'stdbuf -oL ',
  'chroot / ',
  'unshare -m ',
  'systemd-run --wait ',
  'flock /run/lock/x ',
  'xargs ',
  'xargs -r -n1 ',
  'busybox ',
  'find / -maxdepth 0 -exec ',
  'strace -f ',
  'parallel ',
];

/** Ways to run a whole text. */
const around: readonly ((text: string) => string)[] = [
  (text) => `bash -c ${quoted(text)}`,
  (text) => `sh -c -- ${quoted(text)}`,
  (text) => `eval ${quoted(text)}`,
  (text) => `sudo bash -c ${quoted(text)}`,
  (text) => `(\n${text}\n)`,
  (text) => `{\n${text}\n}`,
  (text) => `if true; then\n${text}\nfi`,
  (text) => `while :; do\n${text}\ndone`,
  (text) => `x=$(\n${text}\n)`,
  (text) => `echo "$(\n${text}\n)"`,
  (text) => `cat <(\n${text}\n)`,
  (text) => `f() {\n${text}\n}\nf`,
  (text) => `trap ${quoted(text)} EXIT`,
  (text) => `bash <<'THE_END'\n${text}\nTHE_END`,
  (text) => `bash <<< ${quoted(text)}`,
  (text) => `printf %s ${quoted(text)} | sh`,
  (text) => `x=${quoted(text)}; eval "$x"`,
  (text) => `watch ${quoted(text)}`,
  (text) => `true &&\n${text}`,
  (text) => `ls\n${text}`,
  (text) => `${text}\nls`,
  (text) => `ls; ${text}`,
  (text) => `ls | ${text}`,
];

/** Simple commands of a text, and the plain words of each. */
function commandsOf(text: string): Command[] {
  const found: Command[] = [];
  const look = (node: SyntaxNode): void => {
    if (node.type === 'Command') found.push(node);
    // What stands in backticks counts from another text.
    if (node.type !== 'CommandExpansion') forEachChild(node, look);
  };
  look(parse(text));
  return found;
}

function plainWords(command: Command): Word[] {
  return [command.name, ...command.args]
    .filter((word) => word?.type === 'Word')
    .filter(({ text, parts }) => parts === undefined && /^[\w./-]{2,}$/.test(text) && !/^-[neE]+$/.test(text));
}

const samples = { numRuns: Number(process.env.FUZZ_RUNS ?? 400) };
const anyLine = fc.constantFrom(...lines);

function expectNotLower(line: Line, mutated: string): void {
  const { risk } = judgeCommand({ script: mutated }, line.target);
  expect(rank(risk), `${risk} is lower than ${line.risk}:\n${line.command}\n${mutated}`).toBeGreaterThanOrEqual(
    rank(line.risk),
  );
}

test('G4: no spelling of a word lowers the risk', () => {
  const name = fc.constantFrom(...Object.keys(spellings));
  fc.assert(
    fc.property(anyLine, name, fc.nat(), (line, spelling, pick) => {
      const words = commandsOf(line.command).flatMap(plainWords);
      const word = words[pick % Math.max(1, words.length)];
      const spell = spellings[spelling];
      if (word === undefined || spell === undefined) return;
      const { command } = line;
      expectNotLower(line, command.slice(0, word.pos) + spell(word.text) + command.slice(word.end));
    }),
    samples,
  );
});

test('G4: all words spelt otherwise at once do not lower the risk', () => {
  const name = fc.constantFrom('single', 'double', 'empty', 'escaped', 'hex', 'octal', 'continued');
  fc.assert(
    fc.property(anyLine, fc.array(name, { minLength: 12, maxLength: 12 }), (line, names) => {
      const words = commandsOf(line.command).flatMap(plainWords);
      let text = line.command;
      for (const [index, word] of [...words.entries()].sort(([, a], [, b]) => b.pos - a.pos))
        text = text.slice(0, word.pos) + (spellings[names[index % 12] ?? '']?.(word.text) ?? '') + text.slice(word.end);
      expectNotLower(line, text);
    }),
    samples,
  );
});

test('G4: no wrapper before a command lowers the risk', () => {
  const builtins =
    /^(\.|:|\[|alias|builtin|cd|command|coproc|declare|eval|exec|export|function|getopts|let|local|mapfile|printf|read|readonly|set|source|test|time|trap|type|typeset|ulimit|unset)$/;
  fc.assert(
    fc.property(anyLine, fc.constantFrom(...prefixes), fc.nat(), (line, prefix, pick) => {
      const commands = commandsOf(line.command).filter(
        ({ name }) => name !== undefined && !builtins.test(name.value) && !line.command.includes('() {'),
      );
      const command = commands[pick % Math.max(1, commands.length)];
      if (command?.name === undefined || command.prefix.length > 0) return;
      const end = prefix.includes('-exec') ? command.args.at(-1)?.end : undefined;
      if (prefix.includes('-exec') && (end === undefined || command.name.value === 'find')) return;
      const { pos } = command.name;
      const text = line.command;
      expectNotLower(
        line,
        end === undefined
          ? text.slice(0, pos) + prefix + text.slice(pos)
          : `${text.slice(0, pos)}${prefix}${text.slice(pos, end)} \\;${text.slice(end)}`,
      );
    }),
    samples,
  );
});

test('G4: nothing that runs a whole text lowers its risk, nor does what stands beside it', () => {
  fc.assert(
    fc.property(
      anyLine,
      fc.constantFrom(...around),
      fc.constantFrom(...around),
      fc.boolean(),
      (line, one, other, twice) => {
        expectNotLower(line, twice ? other(one(line.command)) : one(line.command));
      },
    ),
    samples,
  );
});

test('G4: blanks, continuations, $IFS and braces between words do not lower the risk', () => {
  const gap = fc.constantFrom('  ', '\t', ' \\\n', '\\\n ', ' \t \\\n\t');
  fc.assert(
    fc.property(anyLine, gap, (line, between) => {
      const gaps = commandsOf(line.command).flatMap(({ name, args }) => {
        const words = [name, ...args].filter((word) => word !== undefined);
        return words.slice(1).map(({ pos }) => pos);
      });
      let text = line.command;
      for (const pos of gaps.sort((a, b) => b - a))
        if (/[^\\] $/.test(text.slice(0, pos))) text = text.slice(0, pos - 1) + between + text.slice(pos);
      expectNotLower(line, text);
    }),
    samples,
  );
  for (const line of lines) {
    const [command, ...more] = commandsOf(line.command);
    const words = command === undefined ? [] : [command.name, ...command.args].filter((word) => word !== undefined);
    const isPlain = more.length === 0 && words.length > 1 && words.every((word) => /^[\w./-]+$/.test(word.text));
    if (!isPlain || line.command !== words.map(({ text }) => text).join(' ')) continue;
    expectNotLower(
      line,
      words
        .map(({ text }) => text)
        .join('$IFS')
        .replaceAll(/\$IFS(?=\w)/g, `\${IFS}`),
    );
    expectNotLower(line, `{${words.map(({ text }) => text).join(',')}}`);
  }
});

test('G4: options that are abbreviated, bundled or joined with their value never make a read of what is none', () => {
  const change = fc.constantFrom('shorten', 'join', 'split', 'bundle');
  fc.assert(
    fc.property(anyLine, change, fc.nat(), (line, how, pick) => {
      if (line.risk === 'read') return;
      const words = commandsOf(line.command).flatMap(({ args }) => args.map((word) => [word, args] as const));
      const options = words.filter(([{ text }]) => /^--?[a-z][\w-]*/.test(text));
      const [option, args] = options[pick % Math.max(1, options.length)] ?? [];
      if (option === undefined || args === undefined) return;
      const next = args[args.indexOf(option) + 1];
      const { command } = line;
      const before = command.slice(0, option.pos);
      const after = command.slice(option.end);
      const behind = next === undefined ? '' : command.slice(next.end);
      const text = {
        shorten: /^--[\w-]{5,}$/.test(option.text) ? before + option.text.slice(0, 5 + (pick % 3)) + after : command,
        join:
          next !== undefined && /^--[\w-]+$/.test(option.text) && /^\w/.test(next.text)
            ? `${before}${option.text}=${next.text}${behind}`
            : command,
        split: before + option.text.replace('=', ' ') + after,
        bundle:
          next !== undefined && /^-[a-z]$/.test(option.text) && /^-[a-z]$/.test(next.text)
            ? `${before}${option.text}${next.text.slice(1)}${behind}`
            : command,
      }[how];
      const { risk } = judgeCommand({ script: text }, line.target);
      expect(risk, `${line.command}\n${text}`).not.toBe('read');
    }),
    samples,
  );
});
