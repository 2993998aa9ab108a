/**
 * Foreign text (names, notes, tags, logs) made safe to show on one line: control, bidirectional and zero-width characters
 * become visible, line ends become ⏎, and what is longer than `max` characters is cut with an ellipsis (G18).
 * @param max in characters (code points).
 */
export function printable(text: string, max = Number.POSITIVE_INFINITY): string {
  const shown = text
    .replace(lineEnd, '⏎')
    .replace(/\t/g, ' ')
    .replace(
      unseen,
      (character) => `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`,
    );
  return cut(shown, max);
}

/** Stands before each foreign text in an answer, so that the fence finds it; `forModel` takes it out of the text itself. */
export const foreignMark = '\u{E000}';

/**
 * Foreign text made safe to hand to a model, on one line: control, bidirectional and zero-width characters and terminal
 * sequences are taken out, line ends become ⏎, and what is longer than `max` characters is cut. It carries a mark around
 * which the answer's fence closes (see `fenced` in `src/server/text/fence.ts`).
 * @param max in characters (code points).
 */
export function forModel(text: string, max = Number.POSITIVE_INFINITY): string {
  const shown = text.replace(terminalSequence, '').replace(lineEnd, '⏎').replace(/\t/g, ' ').replace(unseen, '');
  return shown === '' ? '' : foreignMark + cut(shown, max);
}

/** A foreign name in quotes, at most 64 characters unless `max` says otherwise. */
export function quoted(name: string, max = 64): string {
  return `"${printable(name, max).replaceAll('"', '”')}"`;
}

function cut(text: string, max: number): string {
  const characters = Array.from(text);
  return characters.length <= max ? text : `${characters.slice(0, Math.max(0, max - 1)).join('')}…`;
}

const lineEnd = /\r\n|[\n\r\u0085\u2028\u2029]/g;
/** What terminals obey: control sequences, and commands such as a new window title. */
const terminalSequence = /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)/g;
// Control, format (zero-width, bidirectional, tags), surrogates and private use; and what shows as nothing by its nature.
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Default_Ignorable_Code_Point}\u2800]/gu;
