import { printable } from './printable.ts';
import type { CommandOperation } from './types.ts';

/** Words as a shell reads them: those that it would read otherwise stand in quotes. */
export function shellWords(argv: readonly string[]): string {
  return argv.map((word) => (/^[\w.,:=@/+%-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}

/**
 * The text of a command, for a person who wants to run other words: a script as it is, words quoted for sh.
 * @returns nothing where the text holds what no field shows, such as control, bidirectional and zero-width characters
 */
export function editableText({ run }: CommandOperation): string | undefined {
  const text = 'script' in run ? run.script : shellWords(run.argv);
  const shown = text.replaceAll(/[\n\t]/g, ' ');
  return printable(shown) === shown ? text : undefined;
}
