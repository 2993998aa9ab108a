import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { systemClock } from '../../pve/clock.ts';
import { log } from '../log.view.ts';
import { showError } from '../problem.view.ts';
import type { Window } from '../window.ts';
import type { Documents } from './documents.view.ts';
import { createFeed, type Feed, type Page } from './feed.ts';
import type { ActivityRow } from './rows.ts';
import { watchFolder } from './watch-folder.ts';

/** An element of the tree; the same object for the same thing. */
class ActivityItem {
  row: ActivityRow;
  constructor(row: ActivityRow) {
    this.row = row;
  }
}

interface Parts {
  /** The audit folder, which may not exist yet. */
  readonly dir: string;
  readonly documents: Documents;
  readonly window: () => Promise<Window>;
}

/** What was done and decided, newest first, as the audit of all windows has it. */
export function registerActivity(parts: Parts): vscode.Disposable {
  const { dir } = parts;
  const feed = createFeed({
    read: (limit) => readPage(dir, limit),
    watch: (onChange) => watchFolder(dir, onChange),
    clock: systemClock,
  });
  const { view, isLive } = createView(feed);
  view.onDidChangeVisibility(({ visible }) => feed.setVisible(visible));
  feed.setVisible(view.visible);
  const open = async (item: unknown): Promise<void> => {
    // Whatever is no element of this tree names nothing (gate.md G13).
    if (!isLive(item)) return;
    if (item.row.kind === 'more') return feed.more();
    if (item.row.kind === 'error') return feed.refresh();
    await show(item.row, parts);
  };
  return vscode.Disposable.from(
    view,
    feed,
    vscode.commands.registerCommand('proxmox.activity.refresh', () => feed.refresh()),
    vscode.commands.registerCommand('proxmox.activity.open', (item: unknown) => open(item).catch(showError)),
  );
}

/** What reads and judges the records comes when the view is first seen. */
async function readPage(dir: string, limit: number): Promise<Page> {
  const [{ readActivities }, { activityRow }] = await Promise.all([import('./activities.ts'), import('./rows.ts')]);
  const onProblem = (file: string, what: string) => log().error(`Audit file ${file}: ${what}`);
  const { activities, hasMore } = await readActivities(dir, limit, onProblem);
  const now = systemClock.now();
  return { rows: activities.map((activity) => activityRow(activity, now)), hasMore };
}

async function show({ activity, label }: ActivityRow, { dir, documents, window }: Parts): Promise<void> {
  if (activity === undefined) return;
  const [{ wholeActivity }, { activityText, taskLogText, tasksOf }] = await Promise.all([
    import('./activities.ts'),
    import('./document.ts'),
  ]);
  const whole = await wholeActivity(dir, activity);
  const text = activityText(whole);
  const tasks = tasksOf(whole);
  const logs = tasks.map(({ upid, connection }) =>
    taskLogText(upid, async () => (await window()).session.client(connection)),
  );
  const withLogs = async () => [text, ...(await Promise.all(logs))].join('\n');
  const reading = tasks.length === 0 ? text : `${text}\n${vscode.l10n.t('Reading the task log…')}\n`;
  await documents.show(label, reading, tasks.length === 0 ? undefined : withLogs());
}

function createView(feed: Feed) {
  // Other callers can name an element by "view id + element id", so a part of the ids is new in each window.
  const salt = randomBytes(12).toString('hex');
  const items = new Map<string, ActivityItem>();
  const changed = new vscode.EventEmitter<ActivityItem[] | undefined>();
  let rows: readonly ActivityRow[] | undefined;

  const itemOf = (row: ActivityRow): ActivityItem => {
    const known = items.get(row.id) ?? new ActivityItem(row);
    known.row = row;
    items.set(row.id, known);
    return known;
  };
  const update = async (): Promise<void> => {
    const { changedRows, viewRows } = await import('./rows.ts');
    const next = viewRows(feed.page(), feed.problem());
    const others = rows === undefined ? undefined : changedRows(rows, next);
    rows = next;
    const present = new Set(rows.flatMap((row) => [row, ...row.children]).map(({ id }) => id));
    for (const id of items.keys()) if (!present.has(id)) items.delete(id);
    // An empty tree is told each time: the editor misses it now and then, and shows no welcome then.
    if (others === undefined || rows.length === 0) changed.fire(undefined);
    else if (others.length > 0) changed.fire(others.map(itemOf));
  };
  feed.onChange(() => void update());

  const view = vscode.window.createTreeView<ActivityItem>('proxmox.activity', {
    showCollapseAll: true,
    treeDataProvider: {
      onDidChangeTreeData: changed.event,
      async getChildren(item) {
        await feed.load();
        if (rows === undefined) await update();
        return (item?.row.children ?? rows ?? []).map(itemOf);
      },
      getTreeItem: (item) => toTreeItem(item, salt),
    },
  });
  const isLive = (value: unknown): value is ActivityItem =>
    value instanceof ActivityItem && items.get(value.row.id) === value;
  return { view, isLive };
}

function toTreeItem(element: ActivityItem, salt: string): vscode.TreeItem {
  const { id, label, description, icon, tooltip, children } = element.row;
  const { None, Collapsed } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(label, children.length === 0 ? None : Collapsed);
  item.id = `${salt}/${id}`;
  item.description = description;
  item.tooltip = tooltip;
  item.iconPath = new vscode.ThemeIcon(
    icon.id,
    icon.color === undefined ? undefined : new vscode.ThemeColor(icon.color),
  );
  item.accessibilityInformation = { label: [label, ...description.split(' · ')].filter(Boolean).join(', ') };
  item.command = { command: 'proxmox.activity.open', title: label, arguments: [element] };
  return item;
}
