import { printable } from '../../gate/printable.ts';
import { changeName } from '../../gate/undo-store.ts';
import type { Activity } from './activities.ts';
import { activityText } from './document.ts';
import type { Page } from './feed.ts';
import type { WaysBack } from './ways-back.ts';
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
  whyText,
  worst,
} from './words.ts';

/** One row of the activity view, without anything of VS Code. */
export interface ActivityRow {
  /** Stable while the thing it stands for exists. */
  readonly id: string;
  readonly kind: 'activity' | 'step' | 'snapshots' | 'snapshot' | 'more' | 'error';
  readonly label: string;
  readonly description: string;
  /** A codicon, and a theme colour where the result has one; the result always stands in words too. */
  readonly icon: { readonly id: string; readonly color?: string };
  readonly tooltip: string;
  readonly children: readonly ActivityRow[];
  /** What a selected row opens. */
  readonly activity?: Activity;
  /** How it can be taken back. */
  readonly back?: WaysBack;
}

const noWay: WaysBack = { changes: [] };

/**
 * @param now milliseconds since 1970
 * @param undone the changes that were undone, as `<plan>-<index>`
 */
export function activityRow(
  activity: Activity,
  now: number,
  back: WaysBack = noWay,
  undone: ReadonlySet<string> = new Set(),
): ActivityRow {
  const [first] = activity.records;
  const steps = stepsOf(activity);
  const ofSteps = steps.map((step) => resultOf(step, activity.isLive));
  const result = worst(ofSteps);
  const words =
    first === undefined
      ? []
      : [timeText(activity.at, now), whoText(first), ...endWords(activity, result), ...undoneWords(back, undone)];
  return {
    id: activity.id,
    kind: 'activity',
    label: activityLabel(activity),
    description: words.join(' · '),
    icon: icons[result],
    tooltip: shortened(activityText(activity)),
    children:
      steps.length === 1 ? [] : steps.map((step, at) => stepRow(activity, step, at, ofSteps[at] ?? 'unknown', back)),
    activity,
    back,
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
  const steps = stepsOf(activity);
  const asked = steps.filter(([record]) => record?.safeguard === undefined);
  const [step, ...more] = asked.length === 0 ? steps : asked;
  const safeguard = steps.find((one) => !asked.includes(one))?.[0]?.safeguard;
  const preceded = asked.length === 0 || safeguard === undefined ? '' : `, ${printable(safeguard, 20)} first`;
  return `${step?.[0] === undefined ? '' : stepText(step[0])}${andMore(more.length)}${preceded}`;
}

/** What the view shows: why nothing newer can be read, old snapshots, the activities, and the way to older ones. */
export function viewRows(
  page: Page | undefined,
  problem: string | undefined,
  snapshots: readonly ActivityRow[] = [],
): readonly ActivityRow[] {
  return [
    ...(problem === undefined ? [] : [errorRow(problem)]),
    ...snapshots,
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
  return JSON.stringify([row.label, row.description, row.icon, row.tooltip, row.back, row.children.map(look)]);
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

function stepRow(
  activity: Activity,
  step: Activity['records'],
  at: number,
  result: Result,
  back: WaysBack,
): ActivityRow {
  const [first] = step;
  return {
    id: `${activity.id} ${at}`,
    kind: 'step',
    label: first === undefined ? '' : `${at + 1}. ${stepText(first)}`,
    description: [
      resultText(result, step),
      ...(step.some(({ edited }) => edited === true) ? ['edited by you'] : []),
    ].join(' · '),
    icon: icons[result],
    tooltip: shortened(activityText({ ...activity, records: step })),
    children: [],
    activity,
    back: stepBack(step, back),
  };
}

/** What was not run needs no second word, and a change was decided by the person who made it. */
function endWords(activity: Activity, result: Result): readonly string[] {
  const { records, isLive } = activity;
  const steps = stepsOf(activity);
  const last = records.findLast(({ decision }) => decision !== undefined);
  if (last === undefined) return [];
  if (result === 'denied') return [decisionText(last)];
  const worstStep = steps.find((step) => resultOf(step, isLive) === result) ?? [];
  const edited = steps.flat().some((record) => record.edited === true) ? ['edited by you'] : [];
  return [decisionText(last), ...edited, resultText(result, worstStep)];
}

/** `failed: command 'vzdump' failed: exit code 1` */
function resultText(result: Result, step: Activity['records']): string {
  const why = whyText(step);
  return why === undefined ? resultWords[result] : `${resultWords[result]}: ${why}`;
}

function undoneWords({ changes }: WaysBack, undone: ReadonlySet<string>): readonly string[] {
  const count = changes.filter((change) => undone.has(changeName(change))).length;
  if (count === 0) return [];
  return [count === changes.length ? 'undone' : 'undone in part'];
}

/** Of the ways back of the whole, those of one step. */
function stepBack([first]: Activity['records'], { snapshot, changes }: WaysBack): WaysBack {
  return {
    changes: changes.filter(({ index }) => index === (first?.index ?? 0)),
    ...(first?.safeguard === 'snapshot' && snapshot !== undefined ? { snapshot } : {}),
  };
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
