import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { CompleteRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { printable } from '../gate/printable.ts';
import { readThrough } from '../gate/read-through.ts';
import type { ConnectionInfo } from '../gate/types.ts';
import { createPveClient, type PveClient } from '../pve/client.ts';
import { PveError } from '../pve/error.ts';
import { guestsOf } from '../pve/guest.ts';
import { clientName } from './client-name.ts';
import type { PipelineDeps } from './pipeline.ts';

/** MCP's own limit. */
const most = 100;

/** Completes what prompts and addresses of resources ask for: connections, nodes, guests, storages and tasks. */
export function serveCompletions(server: Server, { door }: Pick<PipelineDeps, 'door'>): void {
  server.setRequestHandler(CompleteRequestSchema, async ({ params: { argument, context } }, { signal }) => {
    const chosen = context?.arguments?.connection ?? context?.arguments?.cluster;
    const values = await candidates(argument.name, chosen);
    const begun = argument.value.toLowerCase();
    const fitting = [...new Set(values)].filter((value) => value.toLowerCase().includes(begun));
    const first = fitting.filter((value) => value.toLowerCase().startsWith(begun));
    const sorted = [...first, ...fitting.filter((value) => !first.includes(value))];
    return { completion: { values: sorted.slice(0, most), total: sorted.length, hasMore: sorted.length > most } };

    async function candidates(name: string, wanted: string | undefined): Promise<readonly string[]> {
      const connections = door.connections();
      if (name === 'connection' || name === 'cluster') return connections.map((one) => one.name);
      const connection = connections.find((one) => one.name === wanted || one.id === wanted) ?? connections[0];
      const read = reads[name];
      if (connection === undefined || read === undefined) return [];
      try {
        return (await read(clientOf(connection))).map((value) => printable(value));
      } catch (error) {
        // Somebody is typing: a cluster that does not answer has nothing to offer, and the call itself will say why.
        if (error instanceof PveError) return [];
        throw error;
      }
    }

    function clientOf({ id }: ConnectionInfo): PveClient {
      const perform: Parameters<typeof readThrough>[0] = (proposal, options) =>
        door.perform(proposal, clientName(server), options);
      return createPveClient(readThrough(perform, { connection: id, tool: 'completion', signal }));
    }
  });
}

const reads: Readonly<Record<string, (pve: PveClient) => Promise<readonly string[]>>> = {
  node: async (pve) => (await pve.resources('node')).flatMap(({ node }) => node ?? []),
  // Digits stand for a VMID, so a name of digits alone would lead to another guest.
  guest: async (pve) =>
    guestsOf(await pve.resources('vm')).flatMap(({ name, vmid }) =>
      name === '' || /^\d+$/.test(name) ? [String(vmid)] : [name, String(vmid)],
    ),
  storage: async (pve) => (await pve.resources('storage')).flatMap(({ storage }) => storage ?? []),
  upid: async (pve) => (await pve.tasks({ limit: most })).map(({ upid }) => upid),
};
