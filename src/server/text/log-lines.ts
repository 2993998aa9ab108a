import { forModel } from '../../gate/printable.ts';
import type { LogLine } from '../../pve/logs.ts';

/** How log lines are written here, for a head line. */
export const logNote = 'Where time or writer stand as " or -, they are as in the line before; task ids are shortened.';

const longest = 400;
/** From so many on, lines that are alike stand once even with others between them. */
const often = 3;

/**
 * Log lines at half the tokens: the day once, time and writer only where they change, lines that are alike counted, and task
 * ids down to type and guest (lists of tasks have them whole).
 */
export function logLines(lines: readonly LogLine[]): string[] {
  let [day, time, service]: (string | undefined)[] = [];
  return counted(lines.map(shortened)).flatMap(({ line, times, since }) => {
    const newDay = line.day !== day && line.day !== undefined;
    const clock = line.time === undefined ? '' : line.time === time && !newDay ? '"' : line.time;
    const who = line.service === undefined ? '' : line.service === service ? '-' : `${line.service}:`;
    [day, time, service] = [line.day, line.time, line.service];
    const repeated = times > 1 ? ` (×${times}${since === undefined ? '' : ` since ${since}`})` : '';
    const text = [clock, who, line.message].filter((part) => part !== '').join(' ');
    return [...(newDay ? [forModel(`${line.day}:`)] : []), forModel(text, longest) + repeated];
  });
}

interface Counted {
  readonly line: LogLine;
  readonly times: number;
  /** Of the first of them. */
  readonly since: string | undefined;
}

/** Each line with how often it is there, at the place of its last. */
function counted(lines: readonly LogLine[]): Counted[] {
  const total = new Map<string, number>();
  for (const line of lines) total.set(keyOf(line), (total.get(keyOf(line)) ?? 0) + 1);
  const open = new Map<string, { times: number; since: string | undefined }>();
  return lines.flatMap((line, at) => {
    const key = keyOf(line);
    const { times, since } = open.get(key) ?? { times: 0, since: line.time };
    const next = lines[at + 1];
    const isLast =
      (total.get(key) ?? 0) >= often ? times + 1 === total.get(key) : next === undefined || keyOf(next) !== key;
    if (isLast) open.delete(key);
    else open.set(key, { times: times + 1, since });
    return isLast ? [{ line, times: times + 1, since }] : [];
  });
}

function keyOf({ service = '', message }: LogLine): string {
  return `${service}\n${message}`;
}

function shortened(line: LogLine): LogLine {
  const message = line.message.replace(taskId, (_, type: string, id: string) => (id === '' ? type : `${type}:${id}`));
  return { ...line, message: message.trimEnd() };
}

const taskId = /\bUPID:[^:\s]+:[0-9A-F]{8,}:[0-9A-F]{8,}:[0-9A-F]{8,}:([^:\s]+):([^:\s]*):[^:\s]+:/gi;
