/** A course of values in digits: 0 for the lowest, 9 for the highest, `-` where nothing was measured. Three cost a model one token. */
export function sparkline(values: readonly (number | undefined)[], width: number): string {
  const amount = Math.min(width, values.length);
  const parts = Array.from({ length: amount }, (_, at) => {
    const from = Math.floor((at * values.length) / amount);
    return average(values.slice(from, Math.floor(((at + 1) * values.length) / amount)));
  });
  const known = parts.filter((value) => value !== undefined);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const digit = (value: number) => (high === low ? 5 : Math.round(((value - low) / (high - low)) * 9));
  return parts.map((value) => (value === undefined ? '-' : String(digit(value)))).join('');
}

/** Over those that were measured. */
export function average(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
}
