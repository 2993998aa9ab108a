import * as vscode from 'vscode';
import { systemClock } from '../pve/clock.ts';
import type { ProxySettings } from '../pve/proxy.ts';
import { registerActivity } from './activity/activity.view.ts';
import { tellLeftOpen } from './activity/left-open.view.ts';
import { registerApprovals } from './approvals/approvals.view.ts';
import { registerAudit } from './commands/audit.view.ts';
import { registerConnections } from './commands/connections.view.ts';
import { registerExplain } from './commands/explain.view.ts';
import { registerPlaces } from './commands/places.view.ts';
import { registerPower } from './commands/power.view.ts';
import { askCode } from './connections/code.view.ts';
import { connectionOf } from './connections/secrets.ts';
import { registerDocuments } from './documents.view.ts';
import { logStates } from './log.ts';
import { log, redactLog } from './log.view.ts';
import { offerSettings, onOfferChanged } from './mcp/offer.view.ts';
import { registerMcpServer } from './mcp/provider.view.ts';
import { createConsoles } from './terminals/terminals.view.ts';
import { createLive, refreshMs } from './tree/live.ts';
import { registerExplorer } from './tree/tree.view.ts';
import type { Window, WindowOptions } from './window.ts';

let close: (() => Promise<void>) | undefined;

/** Registers views, commands and the MCP server; everything heavy waits until it is first needed. */
export function activate(context: vscode.ExtensionContext): void {
  const toolsChanged = new vscode.EventEmitter<void>();
  let opened: Promise<Window> | undefined;
  const window = () => {
    opened ??= openWindow(context, {
      approver: approvals.approver,
      onConnections: () => void live.refresh(),
      onTools: () => toolsChanged.fire(),
    })
      .then(async (ready) => {
        await approvals.follow(ready);
        return ready;
      })
      .catch((error: unknown) => {
        opened = undefined;
        throw error;
      });
    return opened;
  };
  close = async () => (await opened)?.dispose();

  const live = createLive({
    profiles: async () => (await window()).store.read(),
    frozen: async () => (await (await window()).store.standing()).freeze.since !== undefined,
    secretPlace: async ({ kind, id }) => (kind === 'demo' ? 'stored' : (await window()).store.secrets.place(id)),
    reach: async (id) => (await window()).session.reach(id),
    client: async (id) => (await window()).session.client(id),
    clock: systemClock,
    intervalMs: () => refreshMs(vscode.workspace.getConfiguration('proxmox').get('refreshInterval')),
  });
  const explorer = registerExplorer(live);
  const consoles = createConsoles();
  const documents = registerDocuments();
  const approvals = registerApprovals({
    extensionUri: context.extensionUri,
    window,
    isContainerVisible: explorer.isVisible,
    consoles,
    documents,
  });
  const audit = { dir: vscode.Uri.joinPath(context.globalStorageUri, 'audit').fsPath, documents };
  const writeStates = logStates(log());
  live.onChange(() => writeStates(live.views() ?? []));
  context.subscriptions.push(
    approvals,
    consoles,
    toolsChanged,
    live,
    explorer,
    registerConnections({ window, live, explorer, documents }),
    registerPlaces({ window, live, explorer, consoles, documents }),
    documents,
    registerActivity({ ...audit, window }),
    registerAudit(audit),
    registerExplain(documents),
    registerPower({ session: async () => (await window()).session, live, explorer }),
    registerMcpServer(
      window,
      vscode.Uri.joinPath(context.extensionUri, 'dist', 'server.js').fsPath,
      toolsChanged.event,
    ),
    onOfferChanged(async () => (await opened)?.offerChanged()),
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
    folders: trustedFolders,
    offer: offerSettings,
    log: log(),
    demoScript: vscode.Uri.joinPath(context.extensionUri, 'dist', 'demo.js').fsPath,
  });
  redactLog(window.session.redactor);
  void tellLeftOpen(window);
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

/** The folders of this window on this computer; none while the person does not trust them (gate.md G12). */
function trustedFolders(): readonly string[] {
  if (!vscode.workspace.isTrusted) return [];
  const folders = vscode.workspace.workspaceFolders ?? [];
  return folders.filter(({ uri }) => uri.scheme === 'file').map(({ uri }) => uri.fsPath);
}
