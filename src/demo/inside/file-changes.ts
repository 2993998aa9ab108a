import { randomBytes } from 'node:crypto';
import { base, type Entry, join, parent, resolve } from './files.ts';
import { fail, has, operands, type Program, type ProgramCall } from './program.ts';

/** What changes the files of a demo guest. */
export const fileChanges: Readonly<Record<string, Program>> = {
  mktemp({ scope, args, io }) {
    const template = resolve(scope.cwd, operands(args)[0] ?? '/tmp/tmp.XXXXXXXX');
    const path = template.replace(/X+$/, (letters) => randomBytes(8).toString('hex').slice(0, letters.length));
    if (scope.inside.files.find(parent(path))?.kind !== 'folder')
      return fail(io, `mktemp: failed to create directory: No such file or directory`);
    scope.inside.files.entries.set(path, {
      kind: has(args, 'd') ? 'folder' : 'file',
      bytes: Buffer.alloc(0),
      mode: has(args, 'd') ? 0o700 : 0o600,
      owner: scope.user,
      group: scope.user,
    });
    io.out(`${path}\n`);
    return 0;
  },
  mkdir({ scope, args, io }) {
    for (const name of operands(args)) {
      const path = resolve(scope.cwd, name);
      const there = scope.inside.files.find(path);
      if (there !== undefined && !has(args, 'p'))
        return fail(io, `mkdir: cannot create directory '${name}': File exists`);
      if (there === undefined)
        scope.inside.files.entries.set(path, {
          kind: 'folder',
          bytes: Buffer.alloc(0),
          mode: 0o755,
          owner: scope.user,
          group: scope.user,
        });
    }
    return 0;
  },
  touch({ scope, args, io }) {
    for (const name of operands(args)) {
      const path = resolve(scope.cwd, name);
      if (scope.inside.files.find(path) === undefined)
        attempt(io, `touch: cannot touch '${name}'`, () => scope.inside.files.write(path, Buffer.alloc(0)));
    }
    return 0;
  },
  chmod({ scope, args, io }) {
    const [mode = '', ...names] = operands(args);
    return change(scope, io, names, (entry) => (entry.mode = Number.parseInt(mode, 8)));
  },
  chown({ scope, args, io }) {
    const [owner = '', ...names] = operands(args);
    const [user = '', group] = owner.split(':');
    if (!/^(root|www-data|\d+)$/.test(user)) return fail(io, `chown: invalid user: '${owner}'`);
    return change(scope, io, names, (entry) => {
      entry.owner = user;
      if (group !== undefined && group !== '') entry.group = group;
    });
  },
  ln({ scope, args, io }) {
    const [from = '', to = ''] = operands(args);
    const { files } = scope.inside;
    const path = resolve(scope.cwd, to);
    if (files.own(path) !== undefined)
      return fail(io, `ln: failed to create ${has(args, 's') ? 'symbolic' : 'hard'} link '${to}': File exists`);
    const entry = files.find(resolve(scope.cwd, from));
    if (has(args, 's'))
      files.entries.set(path, {
        kind: 'link',
        bytes: Buffer.from(from),
        mode: 0o777,
        owner: scope.user,
        group: scope.user,
      });
    else if (entry === undefined) return fail(io, `ln: failed to access '${from}': No such file or directory`);
    else files.entries.set(join(files.real(parent(path)) ?? '/', base(path)), entry);
    return 0;
  },
  mv({ scope, args, io }) {
    const [from = '', to = ''] = operands(args).map((name) => resolve(scope.cwd, name));
    const { files } = scope.inside;
    const entry = files.own(from);
    if (entry === undefined) return fail(io, `mv: cannot stat '${from}': No such file or directory`);
    const target = files.find(to)?.kind === 'folder' ? join(to, base(from)) : to;
    files.entries.delete(from);
    files.entries.set(target, entry);
    return 0;
  },
  rm({ scope, args, io }) {
    const { files } = scope.inside;
    for (const name of operands(args)) {
      const path = resolve(scope.cwd, name);
      const entry = files.own(path);
      if (entry === undefined && !has(args, 'f'))
        return fail(io, `rm: cannot remove '${name}': No such file or directory`);
      if (entry?.kind === 'folder' && !has(args, 'r')) return fail(io, `rm: cannot remove '${name}': Is a directory`);
      for (const each of [...files.entries.keys()])
        if (each === path || each.startsWith(`${path}/`)) files.entries.delete(each);
    }
    return 0;
  },
};

function change(
  scope: ProgramCall['scope'],
  io: ProgramCall['io'],
  names: readonly string[],
  act: (entry: Entry) => void,
): number {
  for (const name of names) {
    const entry = scope.inside.files.find(resolve(scope.cwd, name));
    if (entry === undefined) return fail(io, `cannot access '${name}': No such file or directory`);
    act(entry);
  }
  return 0;
}

function attempt(io: ProgramCall['io'], what: string, act: () => void): number {
  try {
    act();
    return 0;
  } catch (error) {
    return fail(io, `${what}: ${error instanceof Error ? error.message : error}`);
  }
}
