import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { createCertificates } from '../../src/demo/certificate.ts';

/** A certificate with its key, and the CA that signed it. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
  readonly fingerprint: string;
}

export interface Listener {
  /** `https://127.0.0.1:port` */
  readonly url: string;
  readonly port: number;
  /** Connections so far. */
  connections(): number;
  /** Resolves when every connection so far is closed. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** @param now milliseconds since 1970; the leaf is valid from one day before for two years */
export function makeIdentity(now = Date.now()): Identity {
  return makeIdentities(now)[0];
}

/** Two certificates of the same CA, as before and after a renewal, or of two nodes. */
export function makeIdentities(now = Date.now()): readonly [Identity, Identity] {
  const { ca, leaves, keys } = createCertificates(['pve1', 'pve2'], now);
  const identity = (node: string): Identity => {
    const leaf = leaves.get(node);
    const key = keys.get(node);
    if (leaf === undefined || key === undefined) throw new Error(`no certificate for ${node}`);
    return { cert: leaf.pem, key, ca: ca.pem, fingerprint: leaf.fingerprint };
  };
  return [identity('pve1'), identity('pve2')];
}

/** An HTTPS server that answers as it is told. Keep-alive never ends by itself. */
export async function serve(
  identity: Identity,
  handler: (request: IncomingMessage, response: ServerResponse) => void,
  port = 0,
): Promise<Listener> {
  const server = createHttpsServer({ cert: identity.cert, key: identity.key, keepAliveTimeout: 0 }, handler);
  return listen(server, port);
}

/** A TLS server that never answers, and keeps every byte that comes through the encryption. */
export async function record(identity: Identity, port = 0): Promise<Listener & { readonly received: Buffer[] }> {
  const received: Buffer[] = [];
  const server = createTlsServer({ cert: identity.cert, key: identity.key }, (socket) => {
    socket.on('data', (chunk) => received.push(chunk));
    socket.on('error', () => {}); // clients that go away are the subject of these tests
  });
  return { ...(await listen(server, port)), received };
}

/** A TCP server without any TLS. */
export function serveTcp(onConnection: (socket: Socket) => void): Promise<Listener> {
  return listen(createTcpServer(onConnection), 0);
}

export interface ProxyListener extends Listener {
  /** `127.0.0.1:port` */
  readonly address: string;
  /** What it was told before it connected. */
  readonly heads: string[];
  /** What then went through it to the host. */
  readonly through: Buffer[];
}

/** A proxy. @param answer what it does once it was told where to connect; by default it does, on 127.0.0.1 whatever the name */
export async function serveProxy(answer: (socket: Socket, head: string) => void = tunnel): Promise<ProxyListener> {
  const heads: string[] = [];
  const through: Buffer[] = [];
  const listener = await serveTcp((socket) => {
    let head = '';
    socket.on('data', (chunk) => {
      if (head.includes('\r\n\r\n')) return void through.push(chunk);
      head += chunk.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      heads.push(head);
      answer(socket, head);
    });
  });
  return { ...listener, heads, through, address: `127.0.0.1:${listener.port}` };
}

function tunnel(socket: Socket, head: string): void {
  const port = Number(/^CONNECT [^ ]*:(\d+) /.exec(head)?.[1]);
  const inner = connect(port, '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n');
    socket.pipe(inner).pipe(socket);
  });
  inner.on('error', () => socket.destroy());
  socket.once('close', () => inner.destroy());
}

async function listen(server: Server, port: number): Promise<Listener> {
  const open = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket) => {
    connections += 1;
    open.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => open.delete(socket));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${address.port}`,
    port: address.port,
    connections: () => connections,
    idle: async () => {
      await Promise.all([...open].map((socket) => once(socket, 'close')));
    },
    close: async () => {
      server.close();
      for (const socket of open) socket.destroy();
      await once(server, 'close');
    },
  };
}
