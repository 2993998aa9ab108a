import { printable, quoted } from '../../gate/printable.ts';
import { factText } from '../../gate/question.ts';
import type { ApprovalRequest, FactSource } from '../../gate/types.ts';
import { toPveError } from '../../pve/error.ts';
import { describeRequest } from '../../pve/request.ts';

/** Which facts of a question come from where, for the whole request. */
export function sourceLines({ assessments }: ApprovalRequest): string[] {
  const facts = assessments.flatMap(({ hazards, notes }) => [...hazards, ...notes]);
  const lines = facts.flatMap((fact) =>
    typeof fact === 'string' ? [] : [factText(fact), `  ${printable(fact.source.what)}: ${requestOf(fact.source)}`],
  );
  return lines.length === 0 ? [] : ['', 'Where it comes from:', ...lines];
}

/** What was read, where and when. @param now wall clock, milliseconds */
export function sourceHead(source: FactSource, connection: string, now: number): string {
  return `${requestOf(source)}\non ${quoted(connection)}, read at ${new Date(now).toISOString()}\n`;
}

/** What Proxmox VE has answered: the lines of a task's log, a list or an object with one value a line, else JSON. */
export function sourceText({ segments }: FactSource, data: unknown): string {
  const lines = isTaskLog(segments) ? logLines(data) : undefined;
  return `${(lines ?? shown(data)).map((line) => printable(line)).join('\n')}\n`;
}

/** Why it cannot be read now, with Proxmox VE's own words. */
export function sourceProblem(error: unknown): string {
  const { message, reason, hint } = toPveError(error).data;
  return ['It cannot be read now.', `${message}.`, ...reason, hint, ''].map((line) => printable(line)).join('\n');
}

function requestOf({ segments, params = {} }: FactSource): string {
  const values = Object.entries(params).map(([name, value]) => `  ${name}=${[value].flat().join(',')}`);
  return printable(describeRequest({ method: 'GET', path: segments }) + values.join(''));
}

function isTaskLog(segments: readonly string[]): boolean {
  return segments[2] === 'tasks' && segments[4] === 'log';
}

/** GET `/nodes/{node}/tasks/{upid}/log`: `[{n, t}]`. */
function logLines(data: unknown): string[] | undefined {
  if (!Array.isArray(data)) return undefined;
  return data.map((line: unknown) => (isFlat(line) && 't' in line ? String(line.t) : JSON.stringify(line)));
}

function shown(data: unknown): string[] {
  if (Array.isArray(data) && data.length === 0) return ['Nothing is there.'];
  if (Array.isArray(data) && data.every(isFlat))
    return data.flatMap((one, index) => [...(index === 0 ? [] : ['']), ...aligned(one)]);
  if (isFlat(data)) return aligned(data);
  return (JSON.stringify(data, undefined, 2) ?? 'Nothing is there.').split('\n');
}

function aligned(object: Readonly<Record<string, unknown>>): string[] {
  const width = Math.max(0, ...Object.keys(object).map((name) => name.length));
  return Object.entries(object).map(([name, value]) => `${name.padEnd(width)}  ${String(value)}`);
}

/** An object without objects in it. */
function isFlat(data: unknown): data is Readonly<Record<string, unknown>> {
  return (
    typeof data === 'object' &&
    data !== null &&
    !Array.isArray(data) &&
    Object.values(data).every((value) => typeof value !== 'object' || value === null)
  );
}
