import * as vscode from 'vscode';
import { systemClock } from '../../pve/clock.ts';
import type { Documents } from '../documents.view.ts';
import { log } from '../log.view.ts';
import { showError } from '../problem.view.ts';
import { createTreeElements, type TreeElement } from '../tree-elements.ts';
import type { Window } from '../window.ts';
import type { Activity } from './activities.ts';
import { createFeed, type Feed, type Page } from './feed.ts';
import type { createOldSnapshots } from './old-snapshots.ts';
import type { ActivityRow } from './rows.ts';
import { registerTakeBack } from './take-back.view.ts';
import { watchFolder } from './watch-folder.ts';
import type { WaysBack } from './ways-back.ts';

interface Parts {
  /** The audit folder, which may not exist yet. */
  readonly dir: string;
  readonly documents: Documents;
  readonly window: () => Promise<Window>;
}

/** What was done and decided, newest first, as the audit of all windows has it; and how it is taken back. */
export function registerActivity(parts: Parts): vscode.Disposable {
  const { dir, window } = parts;
  /** By guest, what was undone last in this window. */
  const undone = new Map<string, string>();
  const feed = createFeed({
    read: (limit) => readPage(parts, limit, new Set(undone.values())),
    watch: (onChange) => watchFolder(dir, onChange),
    clock: systemClock,
  });
  const oldSnapshots = lazily(async () => {
    const { createOldSnapshots: create, takenSnapshots } = await import('./old-snapshots.ts');
    const client = async (connection: string) => (await window()).session.client(connection);
    return create({ taken: () => takenSnapshots(dir), client, clock: systemClock });
  });
  const { view, isLive, update, rows } = createView(feed, oldSnapshots);
  /** Clusters are asked in the background, so that the rest is there at once. */
  const look = async (now = false): Promise<void> => {
    if (!view.visible) return;
    await feed.load();
    await (await oldSnapshots()).look(now);
    await update();
  };
  const setVisible = (visible: boolean): void => {
    feed.setVisible(visible);
    void look();
  };
  feed.onChange(() => void look());
  view.onDidChangeVisibility(({ visible }) => setVisible(visible));
  setVisible(view.visible);
  const refresh = async (): Promise<void> => {
    await feed.refresh();
    void look(true);
  };
  const open = async (item: unknown): Promise<void> => {
    if (!isLive(item)) return;
    if (item.row.kind === 'more') return feed.more();
    if (item.row.kind === 'error') return refresh();
    await show(item.row, parts);
  };
  return vscode.Disposable.from(
    view,
    feed,
    registerTakeBack({
      window,
      rowOf: (item) => (isLive(item) ? item.row : undefined),
      async rows() {
        await feed.load();
        await update();
        return rows();
      },
      async onRemoved(snapshot) {
        (await oldSnapshots()).forget(snapshot);
        await feed.refresh();
      },
      async onUndone(guest, change) {
        undone.set(guest, change);
        await feed.refresh();
      },
    }),
    vscode.commands.registerCommand('proxmox.activity.refresh', refresh),
    vscode.commands.registerCommand('proxmox.activity.open', (item: unknown) => open(item).catch(showError)),
  );
}

/** What reads and judges the records comes when the view is first seen. */
async function readPage({ dir, window }: Parts, limit: number, undone: ReadonlySet<string>): Promise<Page> {
  const [{ readActivities }, { activityRow }, { removedBy, waysBack }] = await Promise.all([
    import('./activities.ts'),
    import('./rows.ts'),
    import('./ways-back.ts'),
  ]);
  const onProblem = (file: string, what: string) => log().error(`Audit file ${file}: ${what}`);
  const { activities, hasMore } = await readActivities(dir, limit, onProblem);
  const kept = await window().then(
    ({ undo }) => undo.list(),
    () => new Set<string>(),
  );
  const removed = new Set(activities.flatMap(({ records }) => records.flatMap((record) => removedBy(record) ?? [])));
  const now = systemClock.now();
  const row = (activity: Activity) => activityRow(activity, now, waysBack(activity, kept, removed), undone);
  return { rows: activities.map(row), hasMore };
}

async function show({ activity, label, back }: ActivityRow, { dir, documents, window }: Parts): Promise<void> {
  if (activity === undefined) return;
  const [{ wholeActivity }, { activityText, taskLogText, tasksOf }] = await Promise.all([
    import('./activities.ts'),
    import('./document.ts'),
  ]);
  const whole = await wholeActivity(dir, activity);
  const values = back === undefined || back.changes.length === 0 ? [] : await valuesOf(back, window);
  const text = [activityText(whole), ...values].join('\n');
  const tasks = tasksOf(whole);
  const logs = tasks.map(({ upid, connection }) =>
    taskLogText(upid, async () => (await window()).session.client(connection)),
  );
  const withLogs = async () => [text, ...(await Promise.all(logs))].join('\n');
  const reading = tasks.length === 0 ? text : `${text}\n${vscode.l10n.t('Reading the task log…')}\n`;
  await documents.show(label, reading, tasks.length === 0 ? undefined : withLogs());
}

/** The values before its changes, as they are kept. */
async function valuesOf({ changes }: WaysBack, window: Parts['window']): Promise<readonly string[]> {
  const [{ undo }, { valuesBefore }] = await Promise.all([window(), import('./take-back.ts')]);
  const records = await Promise.all(changes.map(undo.read));
  return records.flatMap((record) => (record === undefined ? [] : [valuesBefore(record)]));
}

function createView(feed: Feed, oldSnapshots: () => Promise<ReturnType<typeof createOldSnapshots>>) {
  const elements = createTreeElements<ActivityRow>();
  const changed = new vscode.EventEmitter<TreeElement<ActivityRow>[] | undefined>();
  let rows: readonly ActivityRow[] | undefined;

  const update = async (): Promise<void> => {
    const [{ changedRows, viewRows }, { oldSnapshotRows }, old] = await Promise.all([
      import('./rows.ts'),
      import('./old-rows.ts'),
      oldSnapshots(),
    ]);
    const next = viewRows(feed.page(), feed.problem(), oldSnapshotRows(old.found(), systemClock.now()));
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
  return { view, isLive: elements.isLive, update, rows: () => rows ?? [] };
}

function toTreeItem(element: TreeElement<ActivityRow>, id: string): vscode.TreeItem {
  const { kind, label, description, icon, tooltip, children, back } = element.row;
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
  const offers = [
    ...(back?.snapshot === undefined ? [] : ['snapshot']),
    ...(back?.changes.length === 1 ? ['undo'] : []),
  ];
  item.contextValue = `;${[kind, ...offers].join(';')};`;
  if (kind === 'snapshots' || kind === 'snapshot') return item;
  item.command = { command: 'proxmox.activity.open', title: label, arguments: [element] };
  return item;
}

function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
