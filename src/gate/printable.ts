/**
 * Foreign text (names, notes, tags, logs) made safe to show on one line: control, bidirectional and zero-width characters
 * become visible, line ends become ⏎, and what is longer than `max` characters is cut with an ellipsis (G18).
 * @param max in characters (code points).
 */
export function printable(text: string, max = Number.POSITIVE_INFINITY): string {
  const shown = text
    .replace(/\r\n|[\n\r\u0085\u2028\u2029]/g, '⏎')
    .replace(/\t/g, ' ')
    .replace(
      unseen,
      (character) => `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`,
    );
  const characters = Array.from(shown);
  return characters.length <= max ? shown : `${characters.slice(0, Math.max(0, max - 1)).join('')}…`;
}

/** A foreign name in quotes, at most 64 characters unless `max` says otherwise. */
export function quoted(name: string, max = 64): string {
  return `"${printable(name, max).replaceAll('"', '”')}"`;
}

// Control, format (zero-width, bidirectional, tags), surrogates and private use; and what shows as nothing by its nature.
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Default_Ignorable_Code_Point}\u2800]/gu;
