import { fileChanges } from './file-changes.ts';
import { fileQueries } from './file-queries.ts';
import { base } from './files.ts';
import type { Program } from './program.ts';
import { runScript, runWords } from './shell.ts';

/** The programs of a demo guest, and no others. Each does the little of its kind that people and tests use. */
export const programs: Readonly<Record<string, Program>> = {
  ...fileQueries,
  ...fileChanges,
  true() {
    return 0;
  },
  false() {
    return 1;
  },
  echo({ args, io }) {
    const bare = args[0] === '-n';
    io.out(`${(bare ? args.slice(1) : args).join(' ')}${bare ? '' : '\n'}`);
    return 0;
  },
  printf({ args, io }) {
    const [format = '', ...values] = args;
    const piece = (value: string, kind: string): Buffer => (kind === 'b' ? unescaped(value) : Buffer.from(value));
    if (!/%[sbd]/.test(format)) {
      io.out(unescaped(format));
      return 0;
    }
    for (let at = 0; at === 0 || at < values.length; ) {
      for (const [, text = '', kind = ''] of format.matchAll(/([^%]*)(?:%([sbd%]))?/g)) {
        io.out(unescaped(text));
        if (kind === '%') io.out('%');
        else if (kind !== '') io.out(piece(values[at++] ?? '', kind));
      }
    }
    return 0;
  },
  *sleep({ args }) {
    yield Number(args[0]) * 1000;
    return 0;
  },
  uname({ scope, args, io }) {
    const all = `Linux ${scope.inside.hostname} 6.12.48+deb13-amd64 #1 SMP PREEMPT_DYNAMIC x86_64 GNU/Linux`;
    io.out(
      `${args[0] === '-a' ? all : args[0] === '-r' ? '6.12.48+deb13-amd64' : args[0] === '-n' ? scope.inside.hostname : 'Linux'}\n`,
    );
    return 0;
  },
  hostname({ scope, io }) {
    io.out(`${scope.inside.hostname}\n`);
    return 0;
  },
  id({ scope, args, io }) {
    const number = scope.user === 'root' ? 0 : 33;
    io.out(
      args.includes('-un')
        ? `${scope.user}\n`
        : args.includes('-u')
          ? `${number}\n`
          : `uid=${number}(${scope.user}) gid=${number}(${scope.user}) groups=${number}(${scope.user})\n`,
    );
    return 0;
  },
  whoami({ scope, io }) {
    io.out(`${scope.user}\n`);
    return 0;
  },
  pwd({ scope, io }) {
    io.out(`${scope.cwd}\n`);
    return 0;
  },
  date({ scope, io }) {
    io.out(`${new Date(scope.inside.now()).toUTCString()}\n`);
    return 0;
  },
  *yes({ args, io }) {
    for (const line = `${args[0] ?? 'y'}\n`.repeat(32_768); ; yield 1) io.out(line);
  },
  kill({ scope, args, io }) {
    const [first = '', ...rest] = args.filter((arg) => arg !== '--' && arg !== '-s');
    const signal = /^(-?\d+)$/.test(first) && rest.length === 0 ? 'TERM' : first.replace(/^-/, '');
    const targets = signal === 'TERM' && rest.length === 0 ? [first] : rest;
    const found = targets.filter((target) => scope.inside.kill(Number(target), signal));
    if (found.length === targets.length) return 0;
    io.err('sh: 1: kill: No such process\n');
    return 1;
  },
  *env({ scope, args, io }) {
    let at = 0;
    const vars = args[0] === '-i' ? new Map<string, string>() : new Map(scope.vars);
    if (args[0] === '-i') at = 1;
    for (; /^\w+=/.test(args[at] ?? ''); at += 1) {
      const [, name = '', value = ''] = /^(\w+)=(.*)$/s.exec(args[at] ?? '') ?? [];
      vars.set(name, value);
    }
    const words = args.slice(at);
    if (words.length > 0) return yield* runWords({ ...scope, vars }, words, io);
    io.out([...vars].map(([name, value]) => `${name}=${value}\n`).join(''));
    return 0;
  },
  *setsid({ scope, args, io }) {
    scope.inside.lead(scope.pid);
    return yield* runWords(scope, args, io);
  },
  *su({ scope, args, io }) {
    const at = args.indexOf('--') + 1;
    const user = args[at] ?? 'root';
    if (!/^(root|www-data)$/.test(user)) {
      io.err(`su: user ${user} does not exist or the user entry does not contain all the required fields\n`);
      return 1;
    }
    return yield* runWords({ ...scope, user }, ['sh', ...args.slice(at + 1)], io);
  },
  sh: shell,
  bash: shell,
};

function* shell({ scope, args, io, name }: Parameters<Program>[0]) {
  const words = args.filter((arg) => arg !== '--noprofile' && arg !== '--norc');
  if (words[0] !== '-c') return yield* runScript(scope, io.read().toString('utf8'), io);
  const [, script = '', zero = base(name), ...rest] = words;
  const vars = new Map([...scope.vars, ['0', zero] as const]);
  return yield* runScript({ ...scope, vars, args: rest, status: 0 }, script, io);
}

function unescaped(text: string): Buffer {
  const simple: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\' };
  const pieces = text.split(/(\\0?[0-7]{1,3}|\\.)/s).map((piece) => {
    const [, octal] = /^\\0?([0-7]{1,3})$/.exec(piece) ?? [];
    if (octal !== undefined) return Buffer.from([Number.parseInt(octal, 8) & 255]);
    return Buffer.from(/^\\.$/s.test(piece) ? (simple[piece[1] ?? ''] ?? piece) : piece);
  });
  return Buffer.concat(pieces);
}
