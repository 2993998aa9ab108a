import { type AuditRecord, requestOf } from '../../gate/audit-read.ts';
import { printable, quoted } from '../../gate/printable.ts';
import type { PveClient } from '../../pve/client.ts';
import { messageOf } from '../../pve/error.ts';
import { isUpid, type Upid } from '../../pve/upid.ts';
import { actOf } from './act.ts';
import type { Activity } from './activities.ts';
import { momentText, resultOf, resultWords, stepsOf, stepText } from './words.ts';

/** Everything that the audit has of an activity, in plain words. */
export function activityText(activity: Activity): string {
  const [first] = activity.records;
  if (first === undefined) return '';
  if (first.phase === 'changed') return `${changeLines(first).join('\n')}\n`;
  if (first.phase === 'console') return `${consoleLines(first).join('\n')}\n`;
  const steps = stepsOf(activity);
  const head = [
    ...field('Asked by', askedBy(first)),
    ...field('Tool', first.tool),
    ...field('Connection', first.connection?.name),
    ...(first.title === undefined ? [] : [`The agent calls this: ${quoted(first.title, 100)}`]),
    ...(first.reason === undefined ? [] : [`The agent says: ${quoted(first.reason, 200)}`]),
    ...field('Plan', first.plan),
  ];
  const of = (at: number) => (steps.length === 1 ? '' : `Step ${at + 1} of ${steps.length}: `);
  const bodies = steps.map((step, at) => `${of(at)}${stepLines(step, activity.isLive).join('\n')}\n`);
  return `${head.join('\n')}\n\n${bodies.join('\n')}`;
}

/** The tasks that its steps have started, with the connection to ask. */
export function tasksOf({ records }: Activity): readonly { readonly upid: Upid; readonly connection: string }[] {
  const found = new Map<Upid, string>();
  for (const { upid, connection } of records)
    if (upid !== undefined && isUpid(upid) && connection?.id !== undefined) found.set(upid, connection.id);
  return [...found].map(([upid, connection]) => ({ upid, connection }));
}

const mostLines = 1000;

/** The log of a task as Proxmox VE has it, or why it cannot be read now (GET `/nodes/{node}/tasks/{upid}/log`). */
export async function taskLogText(upid: Upid, client: () => Promise<Pick<PveClient, 'taskLog'>>): Promise<string> {
  const head = `Task log of ${printable(upid)}`;
  try {
    const { lines, total = lines.length } = await (await client()).taskLog(upid, 0, mostLines);
    const rest = total > lines.length ? [`… and ${total - lines.length} lines more`] : [];
    return `${[head, ...lines.map((line) => `  ${printable(line)}`), ...rest].join('\n')}\n`;
  } catch (error) {
    return `${head}\n  It cannot be read: ${printable(messageOf(error), 500)}\n`;
  }
}

function stepLines(step: readonly AuditRecord[], isLive: boolean): readonly string[] {
  const [first] = step;
  if (first === undefined) return [];
  const { operation, target, risk } = first;
  return [
    `${stepText(first)}: ${resultWords[resultOf(step, isLive)]}`,
    ...field('  Target', target),
    ...field('  Request', operation === undefined ? undefined : requestOf(operation)),
    ...actLines(first),
    ...Object.entries(operation?.params ?? {}).flatMap(([name, value]) =>
      field(`    ${printable(name, 64)}`, [value].flat().join(', ')),
    ),
    ...field('  Risk', risk),
    ...safeguardLines(first),
    ...(step.some(({ edited }) => edited === true) ? ['  Edited by you before it ran'] : []),
    ...step.flatMap(recordLines),
  ];
}

/** One record: when, what, and what it says beside the step itself. */
function recordLines(record: AuditRecord): readonly string[] {
  const { at, phase, decision, note, outcome, ms, detail, upid, next, file, seq } = record;
  const what = phases[phase] ?? printable(phase, 40);
  const end = phase === 'after' ? `: ${printable(outcome ?? 'unknown', 20)}${tookText(ms)}` : '';
  return [
    `  ${momentText(Date.parse(at))}  ${what}${end}`,
    ...(phase === 'after' ? [] : field('    Decision', decision)),
    ...(note === undefined ? [] : [`    The person says: ${quoted(note, 200)}`]),
    ...detailLines(detail),
    ...field('    Next step', next),
    ...field('    Task', upid),
    `    Record ${seq ?? '?'} of ${file}`,
  ];
}

function actLines(record: AuditRecord): readonly string[] {
  const act = actOf(record);
  return act === undefined ? [] : [`  ${act.name}: ${act.text.replaceAll('\n', '\n    ')}`];
}

/** What was done before the rest, and where it is. */
function safeguardLines({ operation, safeguard }: AuditRecord): readonly string[] {
  if (safeguard === 'snapshot') return ['  A person had it taken before the change'];
  if (safeguard !== 'backup') return [];
  const storage = quoted([operation?.params.storage ?? ''].flat().join(', '));
  const name = [operation?.params['notes-template'] ?? ''].flat().join(', ');
  return [
    `  A person had the guest backed up before the change, to the storage ${storage}${name === '' ? '' : `, with the note ${quoted(name)}`}`,
    '  Restore it in the web UI of Proxmox VE: the guest’s Backup, or the Backups of that storage',
  ];
}

/** The lines of a task or a command stand on lines of their own. */
function detailLines(detail: string | undefined): readonly string[] {
  const lines = (detail ?? '').split('\n').filter((line) => line.trim() !== '');
  if (lines.length < 2) return field('    Detail', detail);
  return ['    Detail:', ...lines.map((line) => `      ${printable(line, 1000)}`)];
}

const phases: Readonly<Record<string, string>> = { decided: 'Decided', before: 'Begun', after: 'Ended' };

function tookText(ms: number | undefined): string {
  return ms === undefined ? '' : ` after ${(ms / 1000).toFixed(1)} s`;
}

function changeLines({ at, connection, changes = [], file, seq }: AuditRecord): readonly string[] {
  return [
    `What holds agents back was changed by a person, ${momentText(Date.parse(at))}`,
    ...field('Connection', connection === undefined ? 'all' : connection.name),
    ...changes.map((change) => `  ${printable(change, 500)}`),
    `Record ${seq ?? '?'} of ${file}`,
  ];
}

function consoleLines({ at, connection, target, detail, file, seq }: AuditRecord): readonly string[] {
  return [
    `A console was opened by a person, ${momentText(Date.parse(at))}. What was typed there was neither checked nor recorded.`,
    ...field('Connection', connection?.name),
    ...field('Target', target),
    ...field('How', detail),
    `Record ${seq ?? '?'} of ${file}`,
  ];
}

function askedBy({ origin }: AuditRecord): string | undefined {
  if (origin?.who === 'agent') return `an agent that says it is ${quoted(origin.client ?? '', 64)}`;
  return origin?.who === 'person' ? 'you' : origin?.who;
}

function field(name: string, value: string | undefined): readonly string[] {
  return value === undefined || value === '' ? [] : [`${name}: ${printable(value, 1000)}`];
}
