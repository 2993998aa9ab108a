import type { Word } from './types.ts';

/** A word whose text only the run will tell. */
export interface Dynamic {
  /** What it surely begins with. */
  readonly starts: string;
  /** It may become several words, of which the later ones begin with anything. */
  readonly splits: boolean;
  /** The whole word, where its globs alone are not known. */
  readonly pattern?: string;
}

/** One word of a simple command, as far as it is known before the run. */
export type Arg = string | Dynamic;

export const anything: Dynamic = { starts: '', splits: true };

/** The whole text of a word, where it is known. */
export function textOf(arg: Arg | undefined): Word {
  return typeof arg === 'string' ? arg : undefined;
}

/** What a word surely begins with. */
export function startOf(arg: Arg): string {
  return typeof arg === 'string' ? arg : arg.starts;
}

/** Whether a word that is not literal could turn out to be an option. */
export function mayBeOption(arg: Arg): boolean {
  return typeof arg !== 'string' && (arg.splits || arg.starts === '' || arg.starts.startsWith('-'));
}

/** A command as people read it; `…` stands for what is not known. */
export function shown(argv: readonly Arg[]): string {
  return argv.map((arg) => (typeof arg === 'string' ? quoted(arg) : `${arg.starts}…`)).join(' ');
}

function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
