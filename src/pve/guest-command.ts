import { PveError } from './error.ts';

/** A command for a Linux guest, as it was approved. */
export interface GuestCommand {
  readonly run: { readonly argv: readonly string[] } | { readonly script: string };
  /** An absolute path; root's home when absent. */
  readonly cwd?: string;
  /** A user of the guest; root when absent. */
  readonly user?: string;
}

/**
 * What a command finds in its environment inside a guest, and nothing else: no pager that waits for keys, one language.
 */
export const guestEnvironment: readonly string[] = [
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'HOME=/root',
  'USER=root',
  'LOGNAME=root',
  'SHELL=/bin/sh',
  'TERM=dumb',
  'LC_ALL=C.UTF-8',
  ...['PAGER', 'GIT_PAGER', 'SYSTEMD_PAGER', 'MANPAGER'].map((name) => `${name}=cat`),
];

/**
 * Words that run the command, each of printable ASCII and none empty where the command's own are not: what carries them
 * into the guest decodes by a locale and drops empty ones. They come out unchanged all the same.
 * A script runs in bash without its start files where there is one, else in sh; that is decided where it runs, once. One
 * that sh would read as something else than bash does not run without it: what it does was judged as bash reads it.
 * @throws PveError `invalid_argument` for what no argument of a program can hold
 */
export function guestWords({ run, cwd, user }: GuestCommand): string[] {
  let words = 'argv' in run ? [...run.argv] : inShell(isForBash(run.script) ? bash : bashOrSh, run.script);
  if (words[0] === undefined || words[0] === '') throw refused('names no program');
  // The user's own shell may be none, so it is named; what follows the user is for that shell and makes no new session.
  if (user !== undefined && user !== 'root')
    words = ['su', '-s', '/bin/sh', '--', user, '-c', 'exec "$@"', 'sh', ...words];
  if (cwd !== undefined) words = inShell('cd -- "$1" && shift && exec "$@"', cwd, ...words);
  for (const word of words) {
    if (word.includes('\0')) throw refused('holds a NUL byte, which no argument of a program can');
    if (!word.isWellFormed()) throw refused('holds half a surrogate pair, which is no text');
  }
  if (user !== undefined && (user === '' || user.startsWith('-'))) throw refused(`names no user: "${user}"`);
  const isPlain = words.every((word) => /^[\x01-\x7f]+$/.test(word));
  return isPlain
    ? inShell('exec "$@"', ...words)
    : inShell('eval "set -- $(printf %b "$1")"; exec "$@"', encode(words));
}

/** A script with its arguments as words for a POSIX shell. */
export function inShell(script: string, ...args: readonly string[]): string[] {
  return ['sh', '-c', script, 'sh', ...args];
}

/** `[[ a > b ]]` compares in bash and writes a file in sh; likewise `((`, `&>`, `|&`, `$'`, `<(`, `<<<`, braces and more. */
function isForBash(script: string): boolean {
  return /\[\[|\(\(|&>|\|&|\$'|\$"|[<>]\(|<<<|\{[^}\s]*(,|\.\.)|\$\{[^}]*([\^,@/[]|:\s*\d|: -)|\b(function|select|coproc|declare|local|let|shopt|source)\b|[?*+@!]\(|\w\+=|\w=\(/.test(
    script,
  );
}

const bash = 'exec bash --noprofile --norc -c "$1"';
const bashOrSh = 'if command -v bash >/dev/null 2>&1; then exec bash --noprofile --norc -c "$1"; fi; exec sh -c "$1"';

/** Quoted words for a shell, with every byte beyond ASCII and every backslash as `printf %b` reads them. */
function encode(words: readonly string[]): string {
  const line = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  return Array.from(Buffer.from(line), (byte) => {
    if (byte === 0x5c) return '\\\\';
    return byte < 0x80 ? String.fromCharCode(byte) : `\\0${byte.toString(8)}`;
  }).join('');
}

function refused(what: string): PveError {
  return new PveError({
    code: 'invalid_argument',
    message: `The command ${what}`,
    hint: 'Nothing ran. Change the command.',
    reason: [],
  });
}
