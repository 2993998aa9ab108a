/** An answer without the lines of its fence: most tests are about what stands between them. */
export function unfenced(text: string): string {
  return text.replace(/^\[(?:data|end) [0-9a-f]{8}\]\n?/gm, '').replace(/\n$/, '');
}
