import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { makeIdentities, serve } from './https-server.ts';
import { closeLater, type Handler, newRealm, type Realm, refuse, startNode, withLogin } from './pve-node.ts';

/** What a node can be made to do; all but `unknown name` pass when it is healed. */
export type Fault = keyof typeof answers | (typeof others)[number];

/** Faults below HTTP, and one of the login. */
const others = [
  'refused',
  'unknown name',
  'hung connect',
  'hung handshake',
  'swapped certificate',
  'expired ticket',
] as const;

/** Faults that a node, or what stands before it, answers with. */
const answers = {
  'hung answer': () => {},
  'slow body': (_request, response) => {
    const timer = setInterval(() => response.write(' '), 20);
    response.once('close', () => clearInterval(timer));
  },
  'cut body': (_request, response) => {
    response.writeHead(200, { 'content-length': 1_000 });
    response.write('{"data":"', () => response.socket?.destroy());
  },
  reset: ({ socket }) => socket.destroy(),
  'login page': (_request, response) => response.setHeader('content-type', 'text/html').end('<h1>Log in</h1>'),
  oversized: (_request, response) => response.end(`{"data":"${'x'.repeat(200_000)}"}`),
  redirect: (_request, response) => response.writeHead(302, { location: 'https://elsewhere.invalid/' }).end(),
  '595': (_request, response) => response.writeHead(595, 'No route to host').end(),
  '596': (_request, response) => response.writeHead(596, 'Broken pipe').end(),
  '401': (_request, response) => refuse(response, 'Authentication failed!'),
  '403': (_request, response) =>
    response.writeHead(403, 'Permission check failed (/vms/101, VM.PowerMgmt)').end('{"data":null}'),
  'no quorum': (_request, response) => response.writeHead(500, 'cluster not ready - no quorum?').end('{"data":null}'),
  'no cluster file system': (_request, response) =>
    response.writeHead(500, 'RPCEnvironment init request failed: Connection refused').end('{"data":null}'),
} satisfies Record<string, Handler>;

export const faults: readonly Fault[] = [...others, ...(Object.keys(answers) as (keyof typeof answers)[])];

export interface FaultyNode {
  readonly url: string;
  readonly realm: Realm;
  /** Requests that reached it, logins aside. */
  seen(): number;
  break(): Promise<void>;
  heal(): Promise<void>;
}

/** A node with one fault, which comes and goes; `healthy` is what it answers otherwise. */
export async function startFaultyNode(fault: Fault, healthy: Handler): Promise<FaultyNode> {
  const realm = newRealm();
  let isBroken = false;
  const answer: Handler = (request, response, number, body) => {
    const handler = isBroken && isAnswer(fault) ? answers[fault] : healthy;
    const whole = fault === 'expired ticket' ? withLogin(realm, handler) : handler;
    whole(request, response, number, body);
  };
  const { seen, server } = await startNode(answer);
  const [other] = makeIdentities();
  const thief = closeLater(await serve(other, (_request, response) => response.end('{"data":"stolen"}')));
  const door = await openDoor(() => {
    if (isBroken && fault === 'hung handshake') return undefined;
    return isBroken && fault === 'swapped certificate' ? thief.port : server.port;
  });
  return {
    url: fault === 'unknown name' ? 'https://no-such-host.invalid:8006' : door.url,
    realm,
    seen: () => seen.filter(({ line }) => !line.endsWith('/access/ticket')).length,
    async break() {
      isBroken = true;
      realm.revoked = realm.issued;
      if (fault === 'refused') await door.shut();
      if (fault === 'hung connect') await door.block();
    },
    async heal() {
      isBroken = false;
      await door.reopen();
    },
  };
}

function isAnswer(fault: Fault): fault is keyof typeof answers {
  return fault in answers;
}

/** A port that leads to another one, to nothing (`undefined`), is closed, or takes no more connections. */
async function openDoor(leadsTo: () => number | undefined) {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket.on('error', () => {}).once('close', () => sockets.delete(socket)));
    return socket;
  };
  const server = createServer((outer) => {
    keep(outer);
    const port = leadsTo();
    if (port === undefined) return;
    const inner = keep(connect(port, '127.0.0.1'));
    outer.once('close', () => inner.destroy());
    inner.once('close', () => outer.destroy());
    outer.pipe(inner).pipe(outer);
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  };
  const port = await listen(0);
  let worker: Worker | undefined;

  const shut = async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const reopen = async () => {
    if (server.listening) return;
    for (const socket of sockets) socket.destroy();
    await worker?.terminate();
    worker = undefined;
    await listen(port);
  };
  const block = async () => {
    await shut();
    worker = new Worker(deafListener, { eval: true, workerData: port });
    await once(worker, 'message');
    for (let isFull = false; !isFull; ) isFull = !(await connects(keep(connect(port, '127.0.0.1'))));
  };
  closeLater({
    async close() {
      await worker?.terminate();
      if (server.listening) await shut();
      for (const socket of sockets) socket.destroy();
    },
  });
  return { url: `https://127.0.0.1:${port}`, shut, block, reopen };
}

/** Listens, and then never accepts: when the queue is full, a connection comes about no more. */
const deafListener = `
  const { parentPort, workerData } = require('node:worker_threads');
  require('node:net').createServer().listen({ port: workerData, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage('listening');
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
  });`;

async function connects(socket: Socket): Promise<boolean> {
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(100) });
    return true;
  } catch {
    return false; // it hangs: that is what was wanted
  }
}
