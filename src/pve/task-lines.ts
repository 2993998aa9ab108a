/** Whether a line of a task's log only says how far it is. */
export function isProgress(line: string): boolean {
  return progress.test(line);
}

/**
 * Of a failed task, the last lines of its log that say something beside its exit status: no empty ones, no progress, none
 * twice in a row, none that repeats the exit status.
 */
export function tellingLines(log: readonly string[], exitStatus: string, most: number): readonly string[] {
  return log
    .map((line) => line.trim())
    .filter((line) => line !== '' && line !== exitStatus && !line.startsWith('TASK ERROR') && !isProgress(line))
    .filter((line, at, all) => line !== all[at - 1])
    .slice(-most)
    .map(shortLine);
}

/** A line without the arguments of a long command, whose end tells more than they do, and of 500 characters at most. */
export function shortLine(line: string): string {
  const plain = withoutArguments(line);
  if (plain.length <= longest) return plain;
  // Between words: a secret that stands at the cut is dropped or kept whole, so that it is still known as one.
  const end = plain.lastIndexOf(' ', longest - 2);
  return `${plain.slice(0, end > 0 ? end : longest - 2)} …`;
}

/** `command '/usr/bin/kvm …' failed: got timeout`: what long arguments hold says nothing of what went wrong. */
export function withoutArguments(line: string): string {
  return line.replace(longCommand, "command '$1 …' failed");
}

const longest = 500;
const longCommand = /command '(\S+) .{100,}' failed/gs;
/**
 * `INFO:  42% (6.7 GiB of 16.0 GiB) in 81s, …`, `transferred 2.0 GiB of 32.0 GiB (6.25%) in 9s`, `progress 12% (read …`,
 * `… migration active, transferred 1.2 GiB of 4.0 GiB VM-state`
 */
const progress =
  /^(INFO:)?\s*\d+% \(|transferred .* of .* \(\d+(\.\d+)?%\)|^progress \d+% \(|migration active, transferred |^\s*\(\d+(\.\d+)?\/100%\)/;
