import { PveError } from '../pve/error.ts';

/** What one argument of a program may hold on Linux, bytes (MAX_ARG_STRLEN); the shell gets the whole line as one. */
const longestLine = 131_071;

/**
 * Words as a line for a POSIX shell, which hands each over unchanged.
 * @throws PveError `invalid_argument` for what no argument can hold
 */
export function quoted(words: readonly string[]): string {
  for (const word of words) {
    if (word.includes('\0')) throw refused('holds a NUL byte, which no argument of a program can');
    if (!word.isWellFormed()) throw refused('holds half a surrogate pair, which is no text');
  }
  if (words[0] === undefined || words[0] === '') throw refused('names no program');
  return words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
}

/** @throws PveError `too_large` */
export function checkLength(line: string): void {
  const bytes = Buffer.byteLength(line);
  if (bytes <= longestLine) return;
  throw new PveError({
    code: 'too_large',
    message: `The command has ${bytes} bytes; a shell takes ${longestLine}`,
    hint: 'Send what is long as a file or through standard input.',
    reason: [],
  });
}

function refused(what: string): PveError {
  return new PveError({
    code: 'invalid_argument',
    message: `The command ${what}`,
    hint: 'Change the command.',
    reason: [],
  });
}
