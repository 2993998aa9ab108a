import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { Live } from './live.ts';
import { changedRows, explorerRows, flatten } from './model.ts';
import type { Row } from './row.ts';

/** An element of the tree; the same object for the same thing, so that VS Code refreshes just what changed. */
export class ExplorerItem {
  row: Row;
  constructor(row: Row) {
    this.row = row;
  }
}

export interface Explorer {
  /** Whether this is an element that the tree shows now: only such a one counts as a person's click on it (gate.md G13). */
  isLive(value: unknown): value is ExplorerItem;
  /** Whether the person sees it now. */
  isVisible(): boolean;
  dispose(): void;
}

export const explorerView = 'proxmox.explorer';

/** Shows the live state, and asks for it only while the view can be seen. */
export function registerExplorer(live: Live): Explorer {
  // VS Code finds an element by "view and id" in the arguments of a command, so an id that can be guessed could forge a
  // click. This part of it is new in each window.
  const salt = randomBytes(12).toString('hex');
  const items = new Map<string, ExplorerItem>();
  const emitter = new vscode.EventEmitter<ExplorerItem[] | undefined>();
  let rows: readonly Row[] = [];
  let isDrawn = false;

  const itemOf = (row: Row): ExplorerItem => {
    const known = items.get(row.id);
    if (known !== undefined) return known;
    const item = new ExplorerItem(row);
    items.set(row.id, item);
    return item;
  };
  const update = () => {
    const next = live.broken() === undefined ? explorerRows(live.views() ?? []) : [brokenRow(live.broken() ?? '')];
    const rootChanged = next.map(({ id }) => id).join() !== rows.map(({ id }) => id).join();
    const changed = changedRows(rows, next);
    rows = next;
    const all = flatten(rows);
    for (const row of all) itemOf(row).row = row;
    const present = new Set(all.map(({ id }) => id));
    for (const id of items.keys()) if (!present.has(id)) items.delete(id);
    // The first time in any case: an empty tree that is not told so may go without its welcome.
    if (rootChanged || !isDrawn) emitter.fire(undefined);
    else if (changed.length > 0) emitter.fire(changed.flatMap((id) => items.get(id) ?? []));
    isDrawn = true;
  };
  live.onChange(update);

  const view = vscode.window.createTreeView<ExplorerItem>(explorerView, {
    showCollapseAll: true,
    canSelectMany: true,
    treeDataProvider: {
      onDidChangeTreeData: emitter.event,
      async getChildren(item) {
        await live.load();
        return (item?.row.children ?? rows).map(itemOf);
      },
      getTreeItem: (item) => toTreeItem(item, salt),
    },
  });
  view.onDidChangeVisibility(({ visible }) => live.setVisible(visible));
  live.setVisible(view.visible);

  return {
    isLive: (value): value is ExplorerItem => value instanceof ExplorerItem && items.get(value.row.id) === value,
    isVisible: () => view.visible,
    dispose() {
      view.dispose();
      emitter.dispose();
    },
  };
}

function toTreeItem(element: ExplorerItem, salt: string): vscode.TreeItem {
  const { row } = element;
  const item = new vscode.TreeItem(row.label, collapsible(row));
  item.id = `${salt}/${row.id}`;
  item.description = row.description;
  item.tooltip = row.tooltip;
  item.contextValue = row.context;
  item.iconPath = new vscode.ThemeIcon(
    row.icon.id,
    row.icon.color === undefined ? undefined : new vscode.ThemeColor(row.icon.color),
  );
  item.accessibilityInformation = { label: `${row.label}, ${row.description}` };
  if (row.command !== undefined) item.command = { command: row.command, title: row.label, arguments: [element] };
  return item;
}

function collapsible({ children, expanded }: Row): vscode.TreeItemCollapsibleState {
  if (children.length === 0) return vscode.TreeItemCollapsibleState.None;
  return expanded ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed;
}

function brokenRow(why: string): Row {
  const tooltip = `${why}\nNothing was changed in the file. Nothing runs until it can be read.`;
  return {
    id: 'broken',
    label: why,
    description: '',
    icon: { id: 'error' },
    context: ';broken;',
    tooltip,
    connection: '',
    command: 'proxmox.refresh',
    children: [],
  };
}
