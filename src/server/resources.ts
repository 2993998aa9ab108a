import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  ErrorCode,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  McpError,
  ReadResourceRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { printable } from '../gate/printable.ts';
import type { ConnectionInfo } from '../gate/types.ts';
import { clientName } from './client-name.ts';
import { callTool, type PipelineDeps } from './pipeline.ts';
import { stepTools } from './tools/all.ts';

/** One kind of thing that can be read by its address. What it reads is what the tool of the same question answers. */
export interface ResourceKind {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Below `pve://{connection}/`; a name in braces stands for one segment. */
  readonly path: string;
  readonly tool: string;
  readonly args: (values: Readonly<Record<string, string>>) => Record<string, unknown>;
}

export const resourceKinds: readonly ResourceKind[] = [
  {
    name: 'cluster',
    title: 'Cluster',
    description: 'State, quorum, nodes and totals',
    path: 'cluster',
    tool: 'pve_get_cluster',
    args: () => ({}),
  },
  {
    name: 'node',
    title: 'Node',
    description: 'Version, load, memory, disks and guests of a node',
    path: 'nodes/{node}',
    tool: 'pve_get_node',
    args: ({ node }) => ({ node }),
  },
  {
    name: 'guest-config',
    title: 'Guest config',
    description: 'State and every setting of a VM or container',
    path: 'guests/{guest}/config',
    tool: 'pve_get_guest',
    args: ({ guest }) => ({ guest, include: ['config'] }),
  },
  {
    name: 'storage',
    title: 'Storage',
    description: 'Definition, space and content of a storage',
    path: 'storage/{storage}',
    tool: 'pve_list_storage',
    args: ({ storage }) => ({ storage }),
  },
  {
    name: 'task-log',
    title: 'Task log',
    description: 'Result and log of a task',
    path: 'tasks/{upid}/log',
    tool: 'pve_get_task',
    args: ({ upid }) => ({ upid, log_lines: 500 }),
  },
];

const mimeType = 'text/plain';

/** `pve://{connection}/…`: lists no more than the clusters, so that nothing waits for one; everything else by its address. */
export function serveResources(server: Server, deps: PipelineDeps): void {
  const { door } = deps;
  server.setRequestHandler(ListResourcesRequestSchema, () => ({
    resources: door.connections().flatMap(({ name }) =>
      resourceKinds
        .filter(({ path }) => !path.includes('{'))
        .map(({ path, title, description }) => ({
          uri: `pve://${encodeURIComponent(name)}/${path}`,
          name: `${path} ${printable(name, 64)}`,
          title: `${title} ${printable(name, 64)}`,
          description,
          mimeType,
        })),
    ),
  }));
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({
    resourceTemplates: resourceKinds.map(({ name, title, description, path }) => ({
      uriTemplate: `pve://{connection}/${path}`,
      ...{ name, title, description, mimeType },
    })),
  }));
  server.setRequestHandler(ReadResourceRequestSchema, async ({ params: { uri } }, { signal }) => {
    const { kind, values } = resourceAt(uri);
    const connections = door.connections();
    const connection = connectionOf(connections, values.connection ?? '');
    const args = { ...kind.args(values), ...(connections.length > 1 ? { cluster: connection.id } : {}) };
    const call = { name: kind.tool, args, client: clientName(server), signal, progress: () => {} };
    const { content, isError } = await callTool(call, { ...deps, tools: stepTools });
    const text = content.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
    if (isError === true) throw new McpError(ErrorCode.InvalidRequest, text);
    return { contents: [{ uri, mimeType, text }] };
  });
}

/** The kind of resource that an address names, with what stands in the place of its names. @throws McpError */
export function resourceAt(uri: string): {
  readonly kind: ResourceKind;
  readonly values: Readonly<Record<string, string>>;
} {
  const [, connection = '', path = ''] = /^pve:\/\/([^/?#]+)\/([^?#]+)$/.exec(uri) ?? [];
  const segments = path.split('/');
  for (const kind of resourceKinds) {
    const parts = kind.path.split('/');
    if (parts.length !== segments.length) continue;
    if (!parts.every((part, at) => part.startsWith('{') || part === segments[at])) continue;
    const values = parts.flatMap((part, at) =>
      part.startsWith('{') ? [[part.slice(1, -1), decoded(segments[at] ?? '')] as const] : [],
    );
    return { kind, values: { ...Object.fromEntries(values), connection: decoded(connection) } };
  }
  throw new McpError(
    ErrorCode.InvalidParams,
    `There is no resource ${JSON.stringify(printable(uri, 200))}. There are: ${resourceKinds.map(({ path: known }) => `pve://{connection}/${known}`).join(', ')}.`,
  );
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function connectionOf(connections: readonly ConnectionInfo[], wanted: string): ConnectionInfo {
  const found = connections.filter(({ id, name }) => id === wanted || name === wanted);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw new McpError(
    ErrorCode.InvalidParams,
    `"${printable(wanted, 64)}" is not exactly one connection. There are: ${connections.map(({ name }) => `"${printable(name, 64)}"`).join(', ') || 'none'}.`,
  );
}
