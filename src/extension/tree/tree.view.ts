import * as vscode from 'vscode';
import { createTreeElements, type TreeElement } from '../tree-elements.ts';
import type { Live } from './live.ts';
import { changedRows, explorerRows, flatten } from './model.ts';
import type { Row } from './row.ts';

export type ExplorerItem = TreeElement<Row>;

export interface Explorer {
  /** Whether this is an element that the tree shows now: only such a one counts as a person's click on it (gate.md G13). */
  isLive(value: unknown): value is ExplorerItem;
  /** Whether the person sees it now. */
  isVisible(): boolean;
  dispose(): void;
}

/** Shows the live state, and asks for it only while the view can be seen. */
export function registerExplorer(live: Live): Explorer {
  const elements = createTreeElements<Row>();
  const emitter = new vscode.EventEmitter<ExplorerItem[] | undefined>();
  let rows: readonly Row[] = [];
  let isDrawn = false;

  const update = () => {
    const next = live.broken() === undefined ? explorerRows(live.views() ?? []) : [brokenRow(live.broken() ?? '')];
    const rootChanged = next.map(({ id }) => id).join() !== rows.map(({ id }) => id).join();
    const changed = changedRows(rows, next);
    rows = next;
    const all = flatten(rows);
    elements.show(all);
    // The first time in any case: an empty tree that is not told so may go without its welcome.
    if (rootChanged || !isDrawn) emitter.fire(undefined);
    else if (changed.length > 0) emitter.fire(all.filter(({ id }) => changed.includes(id)).map(elements.of));
    isDrawn = true;
  };
  live.onChange(update);

  const view = vscode.window.createTreeView<ExplorerItem>('proxmox.explorer', {
    showCollapseAll: true,
    canSelectMany: true,
    treeDataProvider: {
      onDidChangeTreeData: emitter.event,
      async getChildren(item) {
        await live.load();
        return (item?.row.children ?? rows).map(elements.of);
      },
      getTreeItem: (item) => toTreeItem(item, elements.idOf(item)),
    },
  });
  view.onDidChangeVisibility(({ visible }) => live.setVisible(visible));
  live.setVisible(view.visible);

  return {
    isLive: elements.isLive,
    isVisible: () => view.visible,
    dispose() {
      view.dispose();
      emitter.dispose();
    },
  };
}

function toTreeItem(element: ExplorerItem, id: string): vscode.TreeItem {
  const { row } = element;
  const item = new vscode.TreeItem(row.label, collapsible(row));
  item.id = id;
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
