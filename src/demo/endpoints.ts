import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createDemoServer, identity, type ServerOptions } from './https.ts';
import type { World } from './state.ts';

/** The daemons of the nodes that listen. */
export interface Endpoints {
  /** In the order of the nodes; the first one is the demo's address. */
  list(): { readonly node: string; readonly url: string; readonly fingerprint: string }[];
  /** Closes the daemons of nodes that are offline, connections too, and opens those of nodes that are back. */
  follow(): Promise<void>;
  /** Shows the cluster's present certificates to every new connection. */
  renew(): void;
}

interface Endpoint {
  readonly world: World;
  readonly server: Server;
  readonly port: number;
}

const host = '127.0.0.1';

/**
 * Listens for the first `count` nodes.
 * @param port of the first one, the others follow; 0 takes free ones
 * @throws Error when a port is taken
 */
export async function openEndpoints(
  { world, ...options }: ServerOptions,
  { port, count }: { readonly port: number; readonly count: number },
): Promise<Endpoints> {
  const { cluster } = world;
  const endpoints: Endpoint[] = [];
  for (const [index, { name }] of cluster.nodes.slice(0, count).entries()) {
    const own = { ...world, local: name };
    const server = createDemoServer({ world: own, ...options });
    endpoints.push({ world: own, server, port: await listen(server, port === 0 ? 0 : port + index) });
  }
  return {
    list: () =>
      endpoints.map(({ world: { local }, port }) => ({
        node: local,
        url: `https://${host}:${port}`,
        fingerprint: cluster.certificates.leaves.get(local)?.fingerprint ?? '',
      })),
    follow: async () => {
      for (const { world, server, port } of endpoints) {
        const offline = cluster.nodes.some((node) => node.name === world.local && node.offline);
        if (offline && server.listening) await close(server);
        if (!offline && !server.listening) await listen(server, port);
      }
    },
    renew: () => {
      for (const { world, server } of endpoints) server.setSecureContext(identity(world));
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((done, failed) => {
    const wrong = (error: Error): void => failed(new Error(`Cannot listen on ${host}:${port}: ${error.message}`));
    server.once('error', wrong);
    server.listen(port, host, () => {
      server.off('error', wrong);
      done(portOf(server.address()));
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
    server.closeAllConnections();
  });
}

function portOf(address: string | AddressInfo | null): number {
  return address !== null && typeof address === 'object' ? address.port : 0;
}
