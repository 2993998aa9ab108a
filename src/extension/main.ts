import * as vscode from 'vscode';
import { systemClock } from '../pve/clock.ts';
import type { ProxySettings } from '../pve/proxy.ts';
import { createDialogApprover } from './approvals/dialog.ts';
import { registerConnections } from './commands/connections.view.ts';
import { registerPower } from './commands/power.view.ts';
import { askCode } from './connections/code.view.ts';
import { connectionOf } from './connections/secrets.ts';
import { logStates } from './log.ts';
import { log, redactLog } from './log.view.ts';
import { registerMcpServer } from './mcp/provider.view.ts';
import { createLive, refreshMs } from './tree/live.ts';
import { registerExplorer } from './tree/tree.view.ts';
import type { Window, WindowOptions } from './window.ts';

let close: (() => Promise<void>) | undefined;

/** Registers views, commands and the MCP server; everything heavy waits until it is first needed. */
export function activate(context: vscode.ExtensionContext): void {
  const approver = createDialogApprover();
  const toolsChanged = new vscode.EventEmitter<void>();
  let opened: Promise<Window> | undefined;
  const window = () => {
    opened ??= openWindow(context, {
      approver,
      onConnections: () => void live.refresh(),
      onTools: () => toolsChanged.fire(),
    }).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  close = async () => (await opened)?.dispose();

  const live = createLive({
    profiles: async () => (await window()).store.read(),
    secretPlace: async ({ kind, id }) => (kind === 'demo' ? 'stored' : (await window()).store.secrets.place(id)),
    reach: async (id) => (await window()).session.reach(id),
    client: async (id) => (await window()).session.client(id),
    clock: systemClock,
    intervalMs: () => refreshMs(vscode.workspace.getConfiguration('proxmox').get('refreshInterval')),
  });
  const explorer = registerExplorer(live);
  const writeStates = logStates(log());
  live.onChange(() => writeStates(live.views() ?? []));
  context.subscriptions.push(
    approver,
    toolsChanged,
    live,
    explorer,
    registerConnections({ window, live, explorer }),
    registerPower({ session: async () => (await window()).session, live, explorer }),
    registerMcpServer(
      window,
      vscode.Uri.joinPath(context.extensionUri, 'dist', 'server.js').fsPath,
      toolsChanged.event,
    ),
    // In another window too; the session sees by itself that the secret is another one.
    context.secrets.onDidChange(({ key }) => {
      const connection = connectionOf(key);
      if (connection !== undefined) void live.reconnect(connection);
    }),
  );
}

export function deactivate(): Promise<void> | undefined {
  return close?.();
}

async function openWindow(
  context: vscode.ExtensionContext,
  parts: Pick<WindowOptions, 'approver' | 'onConnections' | 'onTools'>,
): Promise<Window> {
  const { openWindow: open } = await import('./window.ts');
  const window = await open({
    storageDir: context.globalStorageUri.fsPath,
    secrets: context.secrets,
    ...parts,
    askCode,
    proxy: proxySettings,
    log: log(),
    demoScript: vscode.Uri.joinPath(context.extensionUri, 'dist', 'demo.js').fsPath,
  });
  redactLog(window.session.redactor);
  await tellUnfinished(context, window).catch((error: unknown) => log().error(String(error)));
  return window;
}

/** The editor's own proxy. */
function proxySettings(): ProxySettings {
  const http = vscode.workspace.getConfiguration('http');
  if (http.get<string>('proxySupport') === 'off') return {};
  return {
    proxy: http.get<string>('proxy', ''),
    noProxy: [http.get<string | string[]>('noProxy', [])].flat().join(','),
  };
}

/** What an editor that ended in the middle has left open is shown once (gate.md G3). */
async function tellUnfinished({ globalState }: vscode.ExtensionContext, { unfinished }: Window): Promise<void> {
  const told = 'proxmox.unfinishedTold';
  const known: readonly string[] = globalState.get(told, []);
  const all = await unfinished();
  const ids = all.map(({ id }) => id);
  const open = all.filter(({ id }) => !known.includes(id));
  if (open.length === 0) return;
  await globalState.update(told, ids);
  for (const { at, target, request, file } of open)
    log().error(`Outcome unknown: ${target}, ${request}, begun ${at} (${file})`);
  const show = vscode.l10n.t('Show log');
  const message = vscode.l10n.t(
    'The editor ended while {0} operations ran. Look at their targets: the outcome is not known.',
    open.length,
  );
  void vscode.window.showWarningMessage(message, show).then((pressed) => {
    if (pressed === show) log().show();
  });
}
