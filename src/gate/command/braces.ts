import { LimitReached, longestBrace, mostBraced, mostBraces } from './limits.ts';

/** A piece of a word on its way to the words that bash makes of it. */
export type Piece =
  | { readonly text: string; readonly quoted: boolean }
  /** A glob, as it is written. */
  | { readonly raw: string }
  /** What an expansion becomes; undefined: nobody knows. */
  | { readonly words: readonly string[] | undefined; readonly quoted: boolean; readonly starts?: string }
  /** What stands between braces, one piece a character. */
  | { readonly brace: readonly Piece[] };

/** Every word that the braces of one word make, in order. A word without braces is itself. */
export function braced(word: readonly Piece[]): (readonly Piece[])[] {
  if (word.filter((piece) => 'brace' in piece).length > mostBraces)
    throw new LimitReached(`A word has more than ${mostBraces} braces.`);
  return expanded(word);
}

function expanded(word: readonly Piece[]): (readonly Piece[])[] {
  const at = word.findIndex((piece) => 'brace' in piece);
  const found = word[at];
  if (found === undefined || !('brace' in found)) return [word];
  const [before, after] = [word.slice(0, at), expanded(word.slice(at + 1))];
  const words = alternatives(found.brace).flatMap((inner) => after.map((rest) => [...before, ...inner, ...rest]));
  if (words.length > mostBraced) throw new LimitReached(`A word in braces becomes more than ${mostBraced} words.`);
  return words;
}

function alternatives(inner: readonly Piece[]): (readonly Piece[])[] {
  if (inner.length > longestBrace) throw new LimitReached(`More than ${longestBrace} characters stand in braces.`);
  const parts = splitAtCommas(inner);
  if (parts.length > 1) return parts.flatMap(nested);
  return sequence(inner).map((text) => [{ text, quoted: false }]);
}

/** Inner braces become pieces of their own, and expand in turn. */
function nested(pieces: readonly Piece[]): (readonly Piece[])[] {
  const start = pieces.findIndex((piece) => is(piece, '{'));
  if (start < 0) return [pieces.map(globbing)];
  const end = closing(pieces, start);
  if (end === undefined) return [pieces.map(globbing)];
  const brace = pieces.slice(start + 1, end);
  const before = pieces.slice(0, start).map(globbing);
  const isBrace = splitAtCommas(brace).length > 1 || sequence(brace).length > 1;
  const middle: readonly Piece[] = isBrace ? [{ brace }] : pieces.slice(start, end + 1);
  const whole = expanded([...before, ...middle]);
  return whole.flatMap((head) => nested(pieces.slice(end + 1)).map((tail) => [...head, ...tail]));
}

function splitAtCommas(pieces: readonly Piece[]): (readonly Piece[])[] {
  const parts: Piece[][] = [[]];
  let depth = 0;
  for (const piece of pieces) {
    if (depth === 0 && is(piece, ',')) parts.push([]);
    else parts.at(-1)?.push(piece);
    if (is(piece, '{')) depth++;
    if (is(piece, '}')) depth--;
  }
  return parts;
}

function closing(pieces: readonly Piece[], start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < pieces.length; at++) {
    const piece = pieces[at];
    if (piece !== undefined && is(piece, '{')) depth++;
    if (piece !== undefined && is(piece, '}') && --depth === 0) return at;
  }
  return undefined;
}

/** `1..5`, `a..e`, `01..10..2`; what is none stands as it is written. */
function sequence(pieces: readonly Piece[]): string[] {
  const text = pieces.map((piece) => ('text' in piece ? piece.text : '?')).join('');
  const [, first = '', last = '', step = '1'] =
    /^(-?\d{1,9}|[A-Za-z])\.\.(-?\d{1,9}|[A-Za-z])(?:\.\.(-?\d{1,9}))?$/.exec(text) ?? [];
  const numeric = /\d$/.test(first);
  if (first === '' || numeric !== /\d$/.test(last)) return [`{${text}}`];
  const [from, to] = numeric ? [Number(first), Number(last)] : [first.charCodeAt(0), last.charCodeAt(0)];
  const by = Math.max(1, Math.abs(Number(step)));
  const count = Math.floor(Math.abs(to - from) / by) + 1;
  if (count > mostBraced) throw new LimitReached(`A word in braces becomes more than ${mostBraced} words.`);
  const width = [first, last].some((end) => /^-?0\d/.test(end)) ? Math.max(first.length, last.length) : 0;
  return Array.from({ length: count }, (_, index) => {
    const value = from + (to < from ? -by : by) * index;
    return numeric ? String(value).padStart(width, '0') : String.fromCharCode(value);
  });
}

function is(piece: Piece, text: string): boolean {
  return 'text' in piece && !piece.quoted && piece.text === text;
}

function globbing(piece: Piece): Piece {
  return 'text' in piece && !piece.quoted && '*?['.includes(piece.text) && piece.text !== ''
    ? { raw: piece.text }
    : piece;
}
