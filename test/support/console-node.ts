// A node that opens text consoles as Proxmox VE does: termproxy, then a websocket that speaks its terminal protocol.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { Identity } from './https-server.ts';

export interface ConsoleNode {
  readonly url: string;
  /** Every websocket that was asked for, in order. */
  readonly opened: readonly { readonly url: string; readonly cookie: string; readonly protocol: string }[];
  /** Every frame that arrived, as text. */
  readonly frames: readonly string[];
  /** Sends bytes to the console that was opened last, in one frame. */
  say(bytes: Uint8Array | string): void;
  /** Ends the last one without a goodbye. */
  cut(): void;
}

export interface ConsoleNodeOptions {
  readonly identity: Identity;
  /** What it answers to the ticket; `OK` when absent. */
  readonly answer?: string;
  /** Refuses the websocket with this status. */
  readonly refuse?: number;
}

/** Ends with the test. */
export async function consoleNode({ identity, answer = 'OK', refuse }: ConsoleNodeOptions): Promise<ConsoleNode> {
  const opened: { url: string; cookie: string; protocol: string }[] = [];
  const frames: string[] = [];
  let last: Duplex | undefined;
  const server = createServer({ cert: identity.cert, key: identity.key }, (request, response) => {
    request.resume();
    const data = request.url?.endsWith('/access/ticket')
      ? { username: 'root@pam', ticket: 'PVE:root@pam:c4n4ry', CSRFPreventionToken: 'csrf' }
      : { user: 'root@pam', ticket: 'PVEVNC:t/+=', port: 5900, upid: 'UPID:x' };
    response.setHeader('content-type', 'application/json;charset=UTF-8').end(JSON.stringify({ data }));
  });
  server.on('upgrade', (request, socket: Duplex) => {
    socket.on('error', () => {});
    opened.push({
      url: request.url ?? '',
      cookie: request.headers.cookie ?? '',
      protocol: request.headers['sec-websocket-protocol'] ?? '',
    });
    if (refuse !== undefined) return void socket.end(`HTTP/1.1 ${refuse} No\r\nContent-Length: 0\r\n\r\n`);
    const key = request.headers['sec-websocket-key'] ?? '';
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: binary\r\n\r\n`,
    );
    last = socket;
    readFrames(socket, (text) => {
      frames.push(text);
      if (frames.length === 1) socket.write(frame(Buffer.from(answer)));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    last?.destroy();
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    opened,
    frames,
    say: (bytes) => void last?.write(frame(Buffer.from(bytes))),
    cut: () => void last?.destroy(),
  };
}

/** One unmasked binary frame (RFC 6455, section 5.2). */
function frame(payload: Buffer): Buffer {
  if (payload.length > 125) throw new Error('too long for this stand-in');
  return Buffer.concat([Buffer.from([0x82, payload.length]), payload]);
}

/** The payload of each short masked frame. */
function readFrames(socket: Duplex, onText: (text: string) => void): void {
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const length = (rest[1] ?? 0) & 0x7f;
      if (rest.length < 6 || rest.length < 6 + length) return;
      const [opcode, mask] = [(rest[0] ?? 0) & 0x0f, rest.subarray(2, 6)];
      const payload = rest.subarray(6, 6 + length).map((byte, at) => byte ^ (mask[at % 4] ?? 0));
      rest = rest.subarray(6 + length);
      if (opcode === 8) return void socket.end();
      onText(Buffer.from(payload).toString('utf8'));
    }
  });
}
