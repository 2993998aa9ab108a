// Text as the editor renders it: no-break spaces instead of spaces, line breaks where it likes.

/** @returns the text with every run of white space, no-break spaces included, as one space */
export function plain(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** A pattern that matches exactly this text, however its white space was rendered. */
export function exactly(text: string): RegExp {
  const words = plain(text).split(' ').map(escapePattern);
  return new RegExp(`^\\s*${words.join('\\s+')}\\s*$`);
}

/** The text as part of a pattern. */
export function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
