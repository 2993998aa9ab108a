import { type AuditRecord, requestOf } from '../../gate/audit-read.ts';
import { printable, quoted } from '../../gate/printable.ts';
import { riskRule } from '../../gate/risk.ts';
import { actOf } from './act.ts';
import type { Activity } from './activities.ts';

/** What became of a step, the worst first. */
export const results = [
  'unknown',
  'left open',
  'failed',
  'denied',
  'under way',
  'started',
  'warning',
  'done',
  'opened',
  'changed',
] as const;
export type Result = (typeof results)[number];

/** A result in words, as rows and documents have it. */
export const resultWords: Readonly<Record<Result, string>> = {
  unknown: 'outcome unknown',
  'left open': 'no end known',
  failed: 'failed',
  denied: 'not run',
  'under way': 'under way',
  started: 'started, not waited for',
  warning: 'done with warnings',
  done: 'done',
  opened: 'opened',
  changed: 'changed',
};

/** The records of each step in turn. */
export function stepsOf({ records }: Activity): readonly (readonly AuditRecord[])[] {
  const steps = new Map<number, AuditRecord[]>();
  for (const record of records) {
    const step = steps.get(record.index ?? 0);
    if (step === undefined) steps.set(record.index ?? 0, [record]);
    else step.push(record);
  }
  return [...steps].sort(([a], [b]) => a - b).map(([, step]) => step);
}

/** What became of a step. */
export function resultOf(step: readonly AuditRecord[], isLive: boolean): Result {
  const after = step.findLast(({ phase }) => phase === 'after');
  if (after !== undefined) return outcomes[after.outcome ?? ''] ?? 'unknown';
  if (step.some(({ phase }) => phase === 'changed')) return 'changed';
  if (step.some(({ phase }) => phase === 'console')) return 'opened';
  // A denial may follow the *before* record of another process, and says that nothing was sent.
  if (step.every(({ phase }) => phase !== 'before')) return 'denied';
  return isLive ? 'under way' : 'left open';
}

const outcomes: Readonly<Record<string, Result>> = {
  ok: 'done',
  warning: 'warning',
  failed: 'failed',
  unknown: 'unknown',
  started: 'started',
};

/** Why a step failed, shortly: the other side's own words. */
export function whyText(step: readonly AuditRecord[]): string | undefined {
  const after = step.findLast(({ phase }) => phase === 'after');
  if (after?.outcome !== 'failed' && after?.outcome !== 'unknown') return undefined;
  const [first = ''] = (after.detail ?? '').split('\n');
  return first.trim() === '' ? undefined : printable(first.trim(), 80);
}

/** The worst of the steps. */
export function worst(all: readonly Result[]): Result {
  return results.find((result) => all.includes(result)) ?? 'unknown';
}

/** `Stop web-01 (101)`, `Run a command on web-01 (101): nginx -t`; where the audit has no target, the request. */
export function stepText(record: AuditRecord): string {
  const { operation, target } = record;
  const act = actOf(record);
  if (act !== undefined) return `${act.verb} ${shortTarget(target)}: ${oneLine(act.text, 60)}`;
  const request = operation === undefined ? '' : printable(requestOf(operation), 100);
  const verb = operation === undefined ? undefined : verbOf(operation);
  return verb === undefined ? request : `${verb} ${shortTarget(target) || request}`;
}

function oneLine(text: string, max: number): string {
  return printable(text.replaceAll('\n│', ' ').trim().replaceAll(/\s+/g, ' '), max);
}

function verbOf({ method, segments }: NonNullable<AuditRecord['operation']>): string | undefined {
  const known = (['GET', 'POST', 'PUT', 'DELETE'] as const).find((one) => one === method);
  return known === undefined ? undefined : riskRule({ method: known, segments })?.verb;
}

/** `"web-01" (101, VM on pve2)` → `web-01 (101)` */
export function shortTarget(target = ''): string {
  const [, name, vmid] = /^"(.*)" \((\d+),.*\)$/s.exec(target) ?? [];
  return name === undefined ? printable(target, 100) : `${printable(name, 64)} (${vmid})`;
}

/** Who it was: the person, or the agent by the name that it claims. */
export function whoText({ origin, phase }: AuditRecord): string {
  if (origin?.who === 'agent') return quoted(origin.client ?? '', 40);
  return origin?.who === 'person' || phase === 'changed' ? 'you' : 'not known';
}

/** The decision in a word or two. */
export function decisionText({ decision = '' }: AuditRecord): string {
  if (decision.startsWith('run:')) return 'approved';
  if (decision.startsWith('allowed')) return 'allowed';
  const [, by] = /^denied by ([^:]+)/.exec(decision) ?? [];
  if (by === undefined) return printable(decision, 40);
  return denials[by] ?? `denied by ${printable(by, 20)}`;
}

const denials: Readonly<Record<string, string>> = {
  person: 'denied',
  timeout: 'not answered in time',
  nobody: 'nobody to ask',
  cancelled: 'cancelled',
  changed: 'changed meanwhile',
  flood: 'too many at once',
};

/** `14:03` on the same day, else with the date; local time. */
export function timeText(at: number, now: number): string {
  const [day, time] = [dayText(at), clockText(at).slice(0, 5)];
  return day === dayText(now) ? time : `${day} ${time}`;
}

/** `2027-01-15 14:03:20`, local time. */
export function momentText(at: number): string {
  return `${dayText(at)} ${clockText(at)}`;
}

function dayText(at: number): string {
  const date = new Date(at);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(twoDigits).join('-');
}

function clockText(at: number): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':');
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
