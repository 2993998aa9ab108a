/** The candidate that is most like the text, or undefined when none is near enough to be meant. */
export function nearest(text: string, candidates: readonly string[]): string | undefined {
  const wanted = text.slice(0, 64).toLowerCase();
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: distanceOf(wanted, candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return ranked !== undefined && ranked.distance <= Math.max(2, wanted.length / 2) ? ranked.candidate : undefined;
}

/** How many letters have to be put in, taken out or replaced; 1 where one text holds the other whole. */
function distanceOf(a: string, b: string): number {
  if (a === b) return 0;
  if (a.length > 1 && b.length > 1 && (a.includes(b) || b.includes(a))) return 1;
  let previous = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (const [row, letter] of Array.from(a).entries()) {
    const current = [row + 1];
    for (const [column, other] of Array.from(b).entries()) {
      const replaced = (previous[column] ?? 0) + (letter === other ? 0 : 1);
      current.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? Math.max(a.length, b.length);
}
