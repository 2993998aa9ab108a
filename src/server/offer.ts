import { PveError } from '../pve/error.ts';
import { nearest } from './text/nearest.ts';
import { defaultToolsets, type Toolset, toolsets } from './toolsets.ts';

/** What shapes the list of tools and their answers; it loosens nothing. */
export interface Offer {
  readonly toolsets: readonly Toolset[];
  /** Characters that an answer may have. */
  readonly budget: number;
}

/** A setting as somebody wrote it. */
export interface Setting {
  readonly name: string;
  readonly value: string | undefined;
}

/** Shorter than the least would hold nothing; longer than the most floods any model. */
export const answerCharacters = { least: 2000, usual: 25_000, most: 200_000 } as const;

/** @throws PveError `invalid_argument` for a toolset that there is not, or a length that cannot be */
export function readOffer(chosen: Setting, characters: Setting): Offer {
  return { toolsets: readToolsets(chosen), budget: readLength(characters) };
}

/** Names separated by commas; `default` stands for the usual ones, `all` for every one. */
function readToolsets({ name, value = '' }: Setting): readonly Toolset[] {
  const wanted = value.split(',').flatMap((word) => word.trim().toLowerCase() || []);
  if (wanted.length === 0) return defaultToolsets;
  const found = new Set(wanted.flatMap((word) => toolsetsOf(word, name)));
  return toolsets.filter((toolset) => found.has(toolset));
}

function toolsetsOf(word: string, setting: string): readonly Toolset[] {
  if (word === 'all') return toolsets;
  if (word === 'default') return defaultToolsets;
  const toolset = toolsets.find((one) => one === word);
  if (toolset !== undefined) return [toolset];
  const meant = nearest(word, toolsets);
  throw problem(
    `${setting} names a toolset that there is not`,
    `${meant === undefined ? '' : `Did you mean ${meant}? `}The toolsets are ${toolsets.join(', ')}; default and all stand for several.`,
  );
}

function readLength({ name, value }: Setting): number {
  if (value === undefined || value === '') return answerCharacters.usual;
  const length = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  const { least, most } = answerCharacters;
  if (length >= least && length <= most) return length;
  throw problem(`${name} is not understood`, `Give a whole number from ${least} to ${most}.`);
}

function problem(message: string, hint: string): PveError {
  return new PveError({ code: 'invalid_argument', message, hint, reason: [] });
}
