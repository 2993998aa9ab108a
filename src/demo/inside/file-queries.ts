import { createHash } from 'node:crypto';
import { type Entry, resolve } from './files.ts';
import { fail, has, operands, type Program, type ProgramCall } from './program.ts';

/** What tells of the files of a demo guest. */
export const fileQueries: Readonly<Record<string, Program>> = {
  cat(call) {
    return eachInput(call, (bytes) => call.io.out(bytes));
  },
  head(call) {
    return part(
      call,
      (lines, count) => lines.slice(0, count),
      (bytes, count) => bytes.subarray(0, count),
    );
  },
  tail(call) {
    return part(
      call,
      (lines, count) => lines.slice(-count),
      (bytes, count) => bytes.subarray(-count),
    );
  },
  wc(call) {
    return eachInput(call, (bytes) => {
      const text = bytes.toString('latin1');
      const count = has(call.args, 'c')
        ? bytes.length
        : has(call.args, 'w')
          ? text.split(/\s+/).filter(Boolean).length
          : text.split('\n').length - 1;
      call.io.out(`${count}\n`);
    });
  },
  grep(call) {
    const [pattern = '', ...files] = operands(call.args);
    let hits = 0;
    const status = eachInput({ ...call, args: files }, (bytes) => {
      for (const line of bytes.toString('utf8').split('\n').slice(0, -1)) {
        if (!line.includes(pattern)) continue;
        hits += 1;
        if (!has(call.args, 'q')) call.io.out(`${line}\n`);
      }
    });
    return status === 0 ? Number(hits === 0) : 2;
  },
  sha256sum(call) {
    return eachInput(call, (bytes, name) =>
      call.io.out(`${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`),
    );
  },
  ls({ scope, args, io }) {
    for (const name of operands(args).length > 0 ? operands(args) : ['.']) {
      const path = scope.inside.files.real(resolve(scope.cwd, name)) ?? '';
      const entry = scope.inside.files.entries.get(path);
      if (entry === undefined) return fail(io, `ls: cannot access '${name}': No such file or directory`, 2);
      const names = entry.kind === 'folder' ? scope.inside.files.list(path) : [name];
      for (const each of names.filter((one) => has(args, 'a') || !one.startsWith('.'))) io.out(`${each}\n`);
    }
    return 0;
  },
  test: condition,
  '[': condition,
  readlink({ scope, args, io }) {
    if (args[0] === '/proc/self/fd/0' && io.source !== undefined) io.out(`${io.source}\n`);
    if (args[0] === '/proc/self/fd/0') return Number(io.source === undefined);
    const path = resolve(scope.cwd, operands(args)[0] ?? '');
    const link = scope.inside.files.own(path);
    const found = has(args, 'f')
      ? scope.inside.files.real(path)
      : link?.kind === 'link'
        ? link.bytes.toString()
        : undefined;
    if (found === undefined) return 1;
    io.out(`${found}\n`);
    return 0;
  },
  stat({ scope, args, io }) {
    const [format = '', name = ''] = has(args, 'c') ? operands(args) : ['%s', ...operands(args)];
    const entry = scope.inside.files.find(resolve(scope.cwd, name));
    if (entry === undefined) return fail(io, `stat: cannot statx '${name}': No such file or directory`);
    const number = (who: string): string => (who === 'root' ? '0' : /^\d+$/.test(who) ? who : '33');
    const values: Readonly<Record<string, string>> = {
      s: String(entry.bytes.length),
      a: entry.mode.toString(8),
      u: number(entry.owner),
      g: number(entry.group),
      U: entry.owner,
      G: entry.group,
      n: name,
    };
    io.out(`${format.replace(/%(\w)/g, (_, letter: string) => values[letter] ?? '?')}\n`);
    return 0;
  },
};

/** `[ … ]`: one test, as it stands in scripts. */
function condition({ scope, args, name }: ProgramCall) {
  const words = name === '[' ? args.slice(0, -1) : args;
  const isNot = words[0] === '!';
  const [a = '', b, c = ''] = isNot ? words.slice(1) : words;
  const { files } = scope.inside;
  const at = (path: string): Entry | undefined => files.find(resolve(scope.cwd, path));
  const kind = (wanted: Entry['kind']): boolean => b !== undefined && at(b)?.kind === wanted;
  const tests: Readonly<Record<string, () => boolean>> = {
    '-e': () => at(b ?? '') !== undefined,
    '-f': () => kind('file'),
    '-d': () => kind('folder'),
    '-p': () => kind('pipe'),
    '-L': () => files.own(resolve(scope.cwd, b ?? ''))?.kind === 'link',
    '-n': () => b !== undefined && b !== '',
    '-z': () => b === undefined || b === '',
  };
  const between: Readonly<Record<string, () => boolean>> = {
    '=': () => a === c,
    '!=': () => a !== c,
    '-eq': () => Number(a) === Number(c),
    '-ne': () => Number(a) !== Number(c),
    '-lt': () => Number(a) < Number(c),
    '-gt': () => Number(a) > Number(c),
    '-le': () => Number(a) <= Number(c),
    '-ge': () => Number(a) >= Number(c),
  };
  const told = (b === undefined ? undefined : between[b])?.() ?? tests[a]?.() ?? a !== '';
  return Number(told === isNot);
}

/** Each file that is named, or the standard input. */
function eachInput({ scope, args, io, name }: ProgramCall, use: (bytes: Buffer, name: string) => void): number {
  const names = operands(args).filter((arg) => arg !== '-');
  if (names.length === 0) use(io.read(), '-');
  let status = 0;
  for (const each of names) {
    const entry = scope.inside.files.find(resolve(scope.cwd, each));
    if (entry?.kind === 'file' || entry?.kind === 'device') use(entry.bytes, each);
    else status = fail(io, `${name}: ${each}: ${entry === undefined ? 'No such file or directory' : 'Is a directory'}`);
  }
  return status;
}

function part(
  call: ProgramCall,
  ofLines: (lines: string[], count: number) => string[],
  ofBytes: (bytes: Buffer, count: number) => Buffer,
): number {
  const at = call.args.findIndex((arg) => arg === '-n' || arg === '-c');
  const count = at < 0 ? 10 : Number(call.args[at + 1]);
  const args = at < 0 ? call.args : call.args.filter((_, index) => index !== at && index !== at + 1);
  return eachInput({ ...call, args }, (bytes) => {
    if (call.args[at] === '-c') return call.io.out(ofBytes(bytes, count));
    const lines = bytes.toString('latin1').replace(/\n$/, '').split('\n');
    call.io.out(
      Buffer.from(
        ofLines(lines, count)
          .map((line) => `${line}\n`)
          .join(''),
        'latin1',
      ),
    );
  });
}
