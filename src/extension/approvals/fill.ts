/** Puts values into a text: `{0}` is the first. */
export function fill(text: string, ...values: readonly (string | number)[]): string {
  return text.replace(/\{(\d)\}/g, (_placeholder, index: string) => String(values[Number(index)] ?? ''));
}
