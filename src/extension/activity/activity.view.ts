import * as vscode from 'vscode';
import { systemClock } from '../../pve/clock.ts';
import type { Documents } from '../documents.view.ts';
import { log } from '../log.view.ts';
import { showError } from '../problem.view.ts';
import { createTreeElements, type TreeElement } from '../tree-elements.ts';
import type { Window } from '../window.ts';
import { createFeed, type Feed, type Page } from './feed.ts';
import type { ActivityRow } from './rows.ts';
import { watchFolder } from './watch-folder.ts';

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
  const elements = createTreeElements<ActivityRow>();
  const changed = new vscode.EventEmitter<TreeElement<ActivityRow>[] | undefined>();
  let rows: readonly ActivityRow[] | undefined;

  const update = async (): Promise<void> => {
    const { changedRows, viewRows } = await import('./rows.ts');
    const next = viewRows(feed.page(), feed.problem());
    const others = rows === undefined ? undefined : changedRows(rows, next);
    rows = next;
    elements.show(rows.flatMap((row) => [row, ...row.children]));
    // An empty tree is told each time: the editor misses it now and then, and shows no welcome then.
    if (others === undefined || rows.length === 0) changed.fire(undefined);
    else if (others.length > 0) changed.fire(others.map(elements.of));
  };
  feed.onChange(() => void update());

  const view = vscode.window.createTreeView<TreeElement<ActivityRow>>('proxmox.activity', {
    showCollapseAll: true,
    treeDataProvider: {
      onDidChangeTreeData: changed.event,
      async getChildren(item) {
        await feed.load();
        if (rows === undefined) await update();
        return (item?.row.children ?? rows ?? []).map(elements.of);
      },
      getTreeItem: (item) => toTreeItem(item, elements.idOf(item)),
    },
  });
  return { view, isLive: elements.isLive };
}

function toTreeItem(element: TreeElement<ActivityRow>, id: string): vscode.TreeItem {
  const { label, description, icon, tooltip, children } = element.row;
  const { None, Collapsed } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(label, children.length === 0 ? None : Collapsed);
  item.id = id;
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
