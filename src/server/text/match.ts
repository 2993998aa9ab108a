/**
 * Whether a text fits what a model looks for, in any case: a part of it, or with `*` for anything the whole of it. Takes
 * time in proportion to the text, whatever the pattern.
 */
export function fitsPattern(text: string, pattern: string): boolean {
  const whole = text.toLowerCase();
  const wanted = pattern.toLowerCase();
  if (!wanted.includes('*')) return whole.includes(wanted);
  const [first = '', ...others] = wanted.split('*');
  const last = others.pop() ?? '';
  if (!whole.startsWith(first)) return false;
  let at = first.length;
  for (const part of others) {
    const found = whole.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return whole.length - last.length >= at && whole.endsWith(last);
}

/** Whether a line holds a text, in any case; `*` within it stands for anything. */
export function holdsPattern(line: string, pattern: string): boolean {
  return fitsPattern(line, pattern.includes('*') ? `*${pattern}*` : pattern);
}
