import * as vscode from 'vscode';
import type { Window } from '../window.ts';

/** Part of the server's identity in VS Code: renaming it resets people's choices. */
const label = 'Proxmox VE';

/**
 * Offers the MCP server to VS Code. The definition carries no secret, for VS Code stores it; the way to this window's gate
 * is handed over in `resolve`, at each start.
 */
export function registerMcpServer(
  window: () => Promise<Window>,
  script: string,
  onTools: vscode.Event<void>,
): vscode.Disposable {
  // Forks without this API still have the explorer.
  if (typeof vscode.lm?.registerMcpServerDefinitionProvider !== 'function') return new vscode.Disposable(() => {});
  return vscode.lm.registerMcpServerDefinitionProvider('proxmox.mcp', {
    onDidChangeMcpServerDefinitions: onTools,
    async provideMcpServerDefinitions() {
      const { version, connections } = await (await window()).tools();
      return connections === 0 ? [] : [definition(script, version)];
    },
    async resolveMcpServerDefinition() {
      const { tools, launch } = await window();
      const { version } = await tools();
      const resolved = definition(script, version);
      resolved.env = await launch();
      return resolved;
    },
  });
}

/** Made anew each time: a stored one may point at an editor that was updated away. */
function definition(script: string, version: string): vscode.McpStdioServerDefinition {
  return new vscode.McpStdioServerDefinition(label, process.execPath, [script], { ELECTRON_RUN_AS_NODE: '1' }, version);
}
