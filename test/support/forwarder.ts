import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a port of this computer, on which bytes can be stopped. */
export interface Forwarder {
  readonly port: number;
  /** Bytes that went to the port so far. */
  sent(): number;
  /** Once so many more bytes went to the port, takes no more of them from anybody; resolves when that is so. */
  holdAfter(bytes: number): Promise<void>;
  /** Breaks every connection; new ones pass. */
  cut(): void;
  close(): Promise<void>;
}

export async function startForwarder(target: number): Promise<Forwarder> {
  const open = new Set<Socket>();
  let sent = 0;
  let limit = Number.POSITIVE_INFINITY;
  let held = () => {};

  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => {}); // connections that break are what it is for
      socket.once('close', () => {
        open.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    far.pipe(near);
    near.on('data', (chunk) => {
      sent += chunk.length;
      if (!far.write(chunk)) {
        near.pause();
        far.once('drain', () => sent < limit && near.resume());
      }
      if (sent < limit) return;
      near.pause();
      held();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    limit = Number.POSITIVE_INFINITY;
    for (const socket of open) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    sent: () => sent,
    holdAfter(bytes) {
      limit = sent + bytes;
      return new Promise((resolve) => {
        held = resolve;
      });
    },
    cut,
    async close() {
      server.close();
      cut();
      await once(server, 'close');
    },
  };
}
