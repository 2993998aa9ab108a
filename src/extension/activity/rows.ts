import { printable } from '../../gate/printable.ts';
import type { Activity } from './activities.ts';
import { activityText } from './document.ts';
import type { Page } from './feed.ts';
import {
  decisionText,
  type Result,
  resultOf,
  resultWords,
  shortTarget,
  stepsOf,
  stepText,
  timeText,
  whoText,
  worst,
} from './words.ts';

/** One row of the activity view, without anything of VS Code. */
export interface ActivityRow {
  /** Stable while the thing it stands for exists. */
  readonly id: string;
  readonly kind: 'activity' | 'step' | 'more' | 'error';
  readonly label: string;
  readonly description: string;
  /** A codicon, and a theme colour where the result has one; the result always stands in words too. */
  readonly icon: { readonly id: string; readonly color?: string };
  readonly tooltip: string;
  readonly children: readonly ActivityRow[];
  /** What a selected row opens. */
  readonly activity?: Activity;
}

/** @param now milliseconds since 1970 */
export function activityRow(activity: Activity, now: number): ActivityRow {
  const [first] = activity.records;
  const steps = stepsOf(activity);
  const ofSteps = steps.map((step) => resultOf(step, activity.isLive));
  const result = worst(ofSteps);
  const words = first === undefined ? [] : [timeText(activity.at, now), whoText(first), ...endWords(activity, result)];
  return {
    id: activity.id,
    kind: 'activity',
    label: activityLabel(activity),
    description: words.join(' · '),
    icon: icons[result],
    tooltip: shortened(activityText(activity)),
    children: steps.length === 1 ? [] : steps.map((step, at) => stepRow(activity, step, at, ofSteps[at] ?? 'unknown')),
    activity,
  };
}

/** What the whole is called: its steps, or what was changed. */
function activityLabel(activity: Activity): string {
  const [first] = activity.records;
  if (first?.phase === 'changed') {
    const [change = '', ...more] = first.changes ?? [];
    const what = `${printable(change, 80)}${andMore(more.length)}`;
    return first.connection === undefined ? capital(what) : `${printable(first.connection.name ?? '', 64)}: ${what}`;
  }
  if (first?.phase === 'console') return `Direct console on ${shortTarget(first.target)}`;
  const [step, ...more] = stepsOf(activity);
  return `${step?.[0] === undefined ? '' : stepText(step[0])}${andMore(more.length)}`;
}

/** What the view shows: why nothing newer can be read, the activities, and the way to older ones. */
export function viewRows(page: Page | undefined, problem: string | undefined): readonly ActivityRow[] {
  return [
    ...(problem === undefined ? [] : [errorRow(problem)]),
    ...(page?.rows ?? []),
    ...(page?.hasMore === true ? [moreRow] : []),
  ];
}

/** The rows that look another way than they did; nothing when there are others, or in another order. */
export function changedRows(
  before: readonly ActivityRow[],
  after: readonly ActivityRow[],
): readonly ActivityRow[] | undefined {
  const ids = (rows: readonly ActivityRow[]) => rows.map(({ id }) => id).join('\n');
  if (ids(before) !== ids(after)) return undefined;
  return after.filter((row, at) => look(row) !== look(before[at] ?? row));
}

function look(row: ActivityRow): string {
  return JSON.stringify([row.label, row.description, row.icon, row.tooltip, row.children.map(look)]);
}

/** The row that loads older ones. */
const moreRow: ActivityRow = {
  id: 'more',
  kind: 'more',
  label: 'Show older…',
  description: '',
  icon: { id: 'ellipsis' },
  tooltip: '',
  children: [],
};

/** The row that says why there is nothing new. */
function errorRow(why: string): ActivityRow {
  return {
    id: 'error',
    kind: 'error',
    label: 'The audit cannot be read',
    description: printable(why, 200),
    icon: { id: 'error', color: 'list.errorForeground' },
    tooltip: `${printable(why)}\nNothing that must be recorded runs while it cannot be written. Select this row to try again.`,
    children: [],
  };
}

const icons: Readonly<Record<Result, ActivityRow['icon']>> = {
  unknown: { id: 'question', color: 'list.warningForeground' },
  'left open': { id: 'question', color: 'list.warningForeground' },
  failed: { id: 'error', color: 'list.errorForeground' },
  denied: { id: 'circle-slash' },
  'under way': { id: 'sync' },
  started: { id: 'play' },
  warning: { id: 'warning', color: 'list.warningForeground' },
  done: { id: 'pass' },
  opened: { id: 'terminal' },
  changed: { id: 'shield' },
};

function stepRow(activity: Activity, step: Activity['records'], at: number, result: Result): ActivityRow {
  const [first] = step;
  return {
    id: `${activity.id} ${at}`,
    kind: 'step',
    label: first === undefined ? '' : `${at + 1}. ${stepText(first)}`,
    description: resultWords[result],
    icon: icons[result],
    tooltip: shortened(activityText({ ...activity, records: step })),
    children: [],
    activity,
  };
}

/** What was not run needs no second word, and a change was decided by the person who made it. */
function endWords({ records }: Activity, result: Result): readonly string[] {
  const last = records.findLast(({ decision }) => decision !== undefined);
  if (last === undefined) return [];
  return result === 'denied' ? [decisionText(last)] : [decisionText(last), resultWords[result]];
}

function andMore(count: number): string {
  return count === 0 ? '' : ` and ${count} more`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const tooltipLines = 20;

function shortened(text: string): string {
  const lines = text.trimEnd().split('\n');
  return lines.length <= tooltipLines ? lines.join('\n') : [...lines.slice(0, tooltipLines), '…'].join('\n');
}
