import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { CallToolRequestSchema, type CallToolResult, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import type { Redactor } from '../gate/redact.ts';
import { clientName } from './client-name.ts';
import { describeTool, isOffered, type ToolDefinition } from './define-tool.ts';
import type { Door } from './door.ts';
import { callTool, type PipelineDeps } from './pipeline.ts';
import { startProgress } from './progress.ts';
import { fenceExplained } from './text/fence.ts';

/** Speaks MCP; knows no tools yet, so that an approver can be built on it first. @param version our release. */
export function createMcpServer(version: string): Server {
  return new Server(
    { name: 'proxmox-mcp', title: 'Proxmox', version, icons: [icon] },
    { capabilities: { tools: { listChanged: true }, resources: {}, prompts: {}, completions: {} }, instructions },
  );
}

/** Two nodes and what joins them, in a grey that is seen on light and on dark. */
const icon = {
  src: `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#808080" stroke-width="1.6" stroke-linecap="round"><rect x="3" y="3.5" width="18" height="5" rx="1.2"/><rect x="3" y="15.5" width="18" height="5" rx="1.2"/><path d="M6.5 6h.01M6.5 18h.01M12 8.5v7M8.5 12h7"/></svg>')}`,
  mimeType: 'image/svg+xml',
  sizes: ['any'],
};

const instructions = `Reads and operates Proxmox VE (PVE) clusters: nodes, guests (VMs and containers), storage, tasks.
Guests are named by VMID (101) or exact name ("web-01"); nodes are found by themselves. Sizes are binary (1 GiB = 1024 MiB), times are UTC unless stated. The end of a page gives the cursor of the next.
set holds Proxmox VE's own parameters; delete in it names settings that fall back to their defaults. Never write a secret: give null, and the person fills it in.
Whatever changes the cluster is put to a person first, exactly as proposed. That can take minutes, and calls wait for the end of what they started; with wait false they return the task. reason tells the person why. A denial is final: do not try another way, ask what the person wants. dry_run true, which every tool takes, only tells what would happen and be decided.
${fenceExplained}`;

/** Puts the tools behind the protocol. @returns waits until no call runs any more. */
export function serveTools(server: Server, deps: PipelineDeps): () => Promise<void> {
  const { door, tools, schemas, clock, redactor } = deps;
  door.onConnections(schemas.forget);
  const running = new Set<Promise<CallToolResult>>();
  const describe = describer(tools, door);
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: describe() }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const beat = startProgress(params._meta?.progressToken, { clock, redactor }, (progress) =>
      extra.sendNotification({ method: 'notifications/progress', params: progress }),
    );
    const call = callTool(
      {
        name: params.name,
        args: params.arguments,
        client: clientName(server),
        signal: extra.signal,
        progress: beat.report,
      },
      deps,
    ).finally(beat.end);
    running.add(call);
    return call.finally(() => running.delete(call));
  });
  announceChanges(server, describe, door, redactor);
  return async () => {
    await Promise.allSettled(running);
  };
}

/** The list as it is now; the schemas themselves are made once. */
function describer(tools: readonly ToolDefinition[], door: Door) {
  const described = new Map<string, ReturnType<typeof describeTool>>();
  return () => {
    const connections = door.connections();
    const several = connections.length > 1;
    return tools
      .filter((tool) => isOffered(tool, connections))
      .map((tool) => {
        const key = `${several} ${tool.name}`;
        const known = described.get(key) ?? describeTool(tool, several);
        described.set(key, known);
        return known;
      });
  };
}

function announceChanges(server: Server, describe: () => unknown, door: Door, redactor: Redactor): void {
  let shown = JSON.stringify(describe());
  door.onConnections(() => {
    const now = JSON.stringify(describe());
    if (now === shown) return;
    shown = now;
    server.sendToolListChanged().catch((error: unknown) => process.stderr.write(`${redactor.text(String(error))}\n`));
  });
}
