import { builtins } from './builtins.ts';
import { fields, type Substitute } from './expand.ts';
import { resolve } from './files.ts';
import { type Command, type List, parse, type Redirect, type Word } from './parse.ts';
import { programs } from './programs.ts';
import { Exit, type Io, type Run, type Scope } from './scope.ts';

/** Runs a script in a shell of its own. */
export function* runScript(scope: Scope, script: string, io: Io): Run {
  let list: List;
  try {
    list = parse(script);
  } catch (error) {
    io.err(`sh: 1: ${error instanceof Error ? error.message : error}\n`);
    return 2;
  }
  return yield* apart(scope, (own) => runList(own, list, io));
}

/** Runs a program by name. */
export function* runWords(scope: Scope, [name = '', ...args]: readonly string[], io: Io): Run {
  const builtin = builtins[name];
  if (builtin !== undefined) return yield* finish(builtin(scope, args, io));
  const program = programs[name.replace(/^\/(usr\/)?s?bin\//, '')];
  if (program !== undefined) return yield* finish(program({ scope, name, args, io }));
  io.err(`sh: 1: ${name}: not found\n`);
  return 127;
}

function* finish(work: Run | number): Run {
  return typeof work === 'number' ? work : yield* work;
}

/** Runs a list in this very shell: `eval`. */
export function* runList(scope: Scope, list: List, io: Io): Run {
  for (const { chain, behind } of list) {
    if (behind) {
      scope.inside.fork(scope, (own) =>
        runList(own, [{ chain, behind: false }], { ...io, read: () => Buffer.alloc(0) }),
      );
      scope.status = 0;
      continue;
    }
    for (const { on, pipeline } of chain) {
      if ((on === '&&' && scope.status !== 0) || (on === '||' && scope.status === 0)) continue;
      const status = yield* runPipeline(scope, pipeline.commands, io);
      scope.status = pipeline.not ? Number(status === 0) : status;
    }
  }
  return scope.status;
}

function* runPipeline(scope: Scope, commands: readonly Command[], io: Io): Run {
  const [only] = commands;
  if (commands.length === 1 && only !== undefined) return yield* runCommand(scope, only, io);
  let { read } = io;
  let status = 0;
  for (const [index, command] of commands.entries()) {
    const pipe = collect();
    const isLast = index === commands.length - 1;
    const own: Io = { ...io, read, out: isLast ? io.out : pipe.add };
    status = yield* apart(scope, (copy) => runCommand(copy, command, own));
    read = once(pipe.bytes());
  }
  return status;
}

function* runCommand(scope: Scope, command: Command, io: Io): Run {
  if (command.kind === 'if') {
    for (const { when, list } of command.branches) {
      if ((yield* runList(scope, when, io)) === 0) return yield* runList(scope, list, io);
    }
    scope.status = 0;
    return yield* runList(scope, command.other, io);
  }
  if (command.kind === 'for') {
    for (const value of yield* fields(scope, command.words, output(scope, io))) {
      scope.vars.set(command.name, value);
      yield* runList(scope, command.list, io);
    }
    return scope.status;
  }
  if (command.kind === 'while') {
    while ((yield* runList(scope, command.when, io)) === 0) {
      yield* runList(scope, command.list, io);
      yield 1; // so that one without end can be killed
    }
    return 0;
  }
  return yield* redirected(scope, command.redirects, io, function* (own) {
    if (command.kind === 'simple') return yield* runSimple(scope, command.words, own);
    if (!command.apart) return yield* runList(scope, command.list, own);
    return yield* apart(scope, (copy) => runList(copy, command.list, own));
  });
}

function* runSimple(scope: Scope, words: readonly Word[], io: Io): Run {
  let at = 0;
  for (; at < words.length; at += 1) {
    const [first, ...rest] = words[at] ?? [];
    const bare = first !== undefined && 'text' in first && !first.quoted ? first.text : '';
    const [, name, begin = ''] = /^([A-Za-z_]\w*)=(.*)$/s.exec(bare) ?? [];
    if (name === undefined) break;
    scope.status = 0;
    const [value = ''] = yield* fields(scope, [[{ text: begin, quoted: true }, ...rest]], output(scope, io), false);
    scope.vars.set(name, value);
  }
  if (at === words.length) return scope.status;
  const list = yield* fields(scope, words.slice(at), output(scope, io));
  return list.length === 0 ? 0 : yield* runWords(scope, list, io);
}

/** What a command writes, in the place of `$(…)`. */
function output(scope: Scope, io: Io): Substitute {
  return function* (list) {
    const pipe = collect();
    scope.status = yield* apart(scope, (own) => runList(own, list, { ...io, out: pipe.add }));
    return pipe.bytes().toString('utf8').replace(/\n+$/, '');
  };
}

/** A subshell: what it sets stays in it. */
function* apart(scope: Scope, work: (own: Scope) => Run): Run {
  try {
    return yield* work({ ...scope, vars: new Map(scope.vars) });
  } catch (error) {
    if (error instanceof Exit) return error.code;
    throw error;
  }
}

function* redirected(scope: Scope, redirects: readonly Redirect[], io: Io, work: (io: Io) => Run): Run {
  let { read, source, out, err } = io;
  const { files } = scope.inside;
  const writes: (() => void)[] = [];
  for (const { fd, how, to } of redirects) {
    const [target = ''] = yield* fields(scope, [to], output(scope, io), false);
    const path = resolve(scope.cwd, target);
    const there = files.find(path);
    const complain = (why: string): number => {
      io.err(`sh: 1: cannot ${how === '<' ? 'open' : 'create'} ${target}: ${why}\n`);
      return 2;
    };
    if (how === '>&') {
      if (target === '1') err = out;
      else out = err;
    } else if (how === '<') {
      if (there === undefined) return complain('No such file');
      source = files.real(path);
      read = once(there.kind === 'file' ? there.bytes : Buffer.alloc(0));
    } else {
      const pipe = collect();
      try {
        files.write(
          path,
          how === '>>' ? (there?.bytes ?? Buffer.alloc(0)) : Buffer.alloc(0),
          0o666 & ~Number(scope.vars.get('UMASK') ?? 0o22),
        );
      } catch (error) {
        return complain(error instanceof Error ? error.message : String(error));
      }
      writes.push(() => files.write(path, Buffer.concat([files.find(path)?.bytes ?? Buffer.alloc(0), pipe.bytes()])));
      if (fd === 2) err = pipe.add;
      else out = pipe.add;
    }
  }
  try {
    return yield* work({ read, source, out, err });
  } finally {
    for (const write of writes) write();
  }
}

function once(bytes: Buffer): () => Buffer {
  let left = bytes;
  return () => {
    const all = left;
    left = Buffer.alloc(0);
    return all;
  };
}

function collect(): { readonly add: (bytes: Buffer | string) => void; readonly bytes: () => Buffer } {
  const pieces: Buffer[] = [];
  return { add: (bytes) => pieces.push(Buffer.from(bytes as Buffer)), bytes: () => Buffer.concat(pieces) };
}
