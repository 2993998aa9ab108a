import type { Word as SyntaxWord, WordPart } from 'unbash';
import type { Arg } from './arg.ts';
import { braced, type Piece } from './braces.ts';
import { joined } from './join.ts';

/** The words that an expansion becomes; or what is known of the one word that it becomes; undefined: nothing is. */
export type Expand = (part: WordPart, quoted: boolean) => readonly string[] | { readonly starts: string } | undefined;

/** Nothing that only the run tells is known. */
export const strictly: Expand = () => undefined;

/** The words that bash makes of one word of the text: braces, expansions, splitting. Globs stay unknown. */
export function argsOf(word: SyntaxWord, expand: Expand): Arg[] {
  const { parts } = word;
  if (parts === undefined) return [word.value];
  return braced(parts.flatMap((part) => pieces(part, expand))).flatMap(joined);
}

/** The text of a word that cannot split, as the value of an assignment or a here-string. */
export function textValue(word: SyntaxWord, expand: Expand): string | undefined {
  if (word.parts === undefined) return word.value;
  const whole = word.parts.flatMap((part) => pieces(part, expand));
  const texts = whole.map((piece) => {
    if ('text' in piece) return piece.text;
    if ('words' in piece) return piece.words?.join(' ');
    return 'raw' in piece ? piece.raw : undefined;
  });
  return texts.includes(undefined) ? undefined : texts.join('');
}

function pieces(part: WordPart, expand: Expand): Piece[] {
  switch (part.type) {
    case 'Literal':
      return [{ text: part.value, quoted: false }];
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      return [{ text: part.value, quoted: true }];
    case 'DoubleQuoted':
    case 'LocaleString':
      return [{ text: '', quoted: true }, ...part.parts.flatMap((child) => inQuotes(child, expand))];
    case 'Glob':
    case 'ExtendedGlob':
      return [{ raw: part.text }];
    case 'BraceExpansion':
      return [{ brace: within(part, expand) }];
    case 'ProcessSubstitution':
      return [{ text: '/dev/fd/', quoted: true }, { raw: '*' }];
    default:
      return [expanded(expand(part, false), false)];
  }
}

function inQuotes(part: WordPart, expand: Expand): Piece[] {
  return part.type === 'Literal' ? [{ text: part.value, quoted: true }] : [expanded(expand(part, true), !isList(part))];
}

function expanded(words: ReturnType<Expand>, quoted: boolean): Piece {
  return words === undefined || 'length' in words
    ? { words, quoted }
    : { words: undefined, quoted: true, starts: words.starts };
}

/** `"$@"` and `"${a[@]}"` become several words even in quotes. */
function isList(part: WordPart): boolean {
  if (part.type === 'SimpleExpansion') return part.text === '$@';
  return (
    part.type === 'ParameterExpansion' &&
    (part.parameter === '@' || part.index?.value === '@' || part.operation?.type === 'Names')
  );
}

/** What stands between braces, one piece a character, so that commas and inner braces are found. */
function within(part: WordPart & { readonly type: 'BraceExpansion' }, expand: Expand): Piece[] {
  if (part.parts === undefined) return characters(part.text.slice(1, -1));
  return part.parts.flatMap((child) => {
    if (child.type === 'BraceExpansion') return [open, ...within(child, expand), close];
    const plain = child.type === 'Literal' || child.type === 'Glob' || child.type === 'ExtendedGlob';
    return plain ? characters(child.text) : pieces(child, expand);
  });
}

const open: Piece = { text: '{', quoted: false };
const close: Piece = { text: '}', quoted: false };

function characters(text: string): Piece[] {
  return [...text.matchAll(/\\([\s\S])|([\s\S])/g)].map(([, escaped, plain]) =>
    escaped === undefined ? { text: plain ?? '', quoted: false } : { text: escaped, quoted: true },
  );
}
