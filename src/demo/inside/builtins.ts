import { resolve } from './files.ts';
import { parse } from './parse.ts';
import { programs } from './programs.ts';
import { Exit, type Io, type Run, type Scope } from './scope.ts';
import { runList, runWords } from './shell.ts';

/** What shells do themselves, since it changes them. */
export const builtins: Readonly<Record<string, (scope: Scope, args: readonly string[], io: Io) => Run | number>> = {
  cd(scope, args, io) {
    const target = args.filter((arg) => arg !== '--' && arg !== '-P')[0] ?? scope.vars.get('HOME') ?? '/';
    const path = scope.inside.files.real(resolve(scope.cwd, target));
    if (path === undefined || scope.inside.files.find(path)?.kind !== 'folder') {
      io.err(`sh: 1: cd: can't cd to ${target}\n`);
      return 2;
    }
    scope.cwd = path;
    return 0;
  },
  *eval(scope, args, io) {
    return yield* runList(scope, parse(args.join(' ')), io);
  },
  *exec(scope, args, io) {
    throw new Exit(yield* runWords(scope, args, io));
  },
  exit(scope, [code = String(scope.status)]) {
    throw new Exit(Number(code) & 255);
  },
  set(scope, [first, ...args]) {
    if (first === '--') scope.args = args;
    return 0;
  },
  shift(scope) {
    scope.args = scope.args.slice(1);
    return 0;
  },
  umask(scope, [mask = '022']) {
    scope.vars.set('UMASK', String(Number.parseInt(mask, 8)));
    return 0;
  },
  *command(scope, args, io) {
    if (args[0] !== '-v') return yield* runWords(scope, args, io);
    const name = args[1] ?? '';
    if (!Object.hasOwn(builtins, name) && !Object.hasOwn(programs, name)) return 127;
    io.out(`/usr/bin/${name}\n`);
    return 0;
  },
  ':'() {
    return 0;
  },
  trap() {
    return 0;
  },
  export(scope, args) {
    for (const arg of args) {
      const at = arg.indexOf('=');
      if (at > 0) scope.vars.set(arg.slice(0, at), arg.slice(at + 1));
    }
    return 0;
  },
  *wait(scope) {
    while (scope.inside.hasForked(scope.pid)) yield 10;
    return 0;
  },
};
