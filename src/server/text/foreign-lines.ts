import { foreignMark, forModel } from '../../gate/printable.ts';

// Foreign text of several lines (output of a command, content of a file): lines and tabs stay as they are.

/**
 * A text, and where it is too long its beginning and its end, with our own line between them.
 * @param max characters that fit
 * @param bytes of all that the text stands for; more than it has where something was left out before
 */
export function cutLines(text: string, max: number, bytes: number): { lines: string[]; isCut: boolean } {
  const all = linesOf(text);
  if (roomFor(text) <= max) return { lines: all.map(foreignLine), isCut: false };
  const half = Math.max(0, Math.floor(max / 2));
  const head = fitting(all, (line) => line.slice(0, half), half);
  const tail = fitting(all.toReversed(), (line) => line.slice(Math.max(0, line.length - half)), half).reverse();
  const left = bytes - Buffer.byteLength([...head, ...tail].join(''));
  return {
    lines: [...head.map(foreignLine), `[${left} bytes left out here]`, ...tail.map(foreignLine)],
    isCut: true,
  };
}

/** Characters that a text takes at most in an answer. */
export function roomFor(text: string): number {
  return linesOf(text).reduce((sum, line) => sum + cost(line), 0);
}

/** Lines with their ends. */
export function linesOf(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/);
}

/** With its mark, and what may be put before it. */
function cost(line: string): number {
  return line.length + 2;
}

/** As many as fit, from the first on; of a first one that is too long as much as `cut` leaves. */
export function fitting(lines: readonly string[], cut: (line: string) => string, room: number): string[] {
  let used = 0;
  const over = lines.findIndex((line) => {
    used += cost(line);
    return used > room;
  });
  if (over === 0) return lines.slice(0, 1).map(cut);
  return over === -1 ? [...lines] : lines.slice(0, over);
}

/** A line, marked for the fence. Tabs are harmless, and mean something in many files. */
export function foreignLine(line: string): string {
  const words = line.replace(/\r?\n$/, '').split('\t');
  // An empty line is marked too: it must not end the fence.
  return (
    foreignMark +
    words
      .map((word) => forModel(word).replace(foreignMark, ''))
      .join('\t')
      .replace(likeFence, '\\$&')
  );
}

/** A line of its own that looks like a mark of the fence could be taken for one, though it holds another number. */
const likeFence = /^\s*\[(?=(data|end)\b)/i;
