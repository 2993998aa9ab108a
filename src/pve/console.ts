import type { WebSocket } from 'undici';
import type { Clock } from './clock.ts';
import { PveError } from './error.ts';
import { looseObject, text } from './loose.ts';
import type { PveRequest, Send } from './request.ts';

/** What a console is opened on: a node's shell, or a guest. */
export interface ConsolePlace {
  readonly node: string;
  readonly guest?: { readonly type: 'qemu' | 'lxc'; readonly vmid: number };
}
interface ConsoleSize {
  readonly columns: number;
  readonly rows: number;
}

/** A console that is open. */
export interface PveConsole {
  /** UTF-8. */
  write(bytes: Uint8Array): void;
  resize(size: ConsoleSize): void;
  close(): void;
}
export interface ConsoleListener {
  readonly onData: (chunk: Uint8Array) => void;
  readonly onEnd: (why?: string) => void;
}

export interface ConsoleWay {
  readonly send: Send;
  /** Opens a websocket on the endpoint that serves. */
  readonly webSocket: (request: PveRequest, signal: AbortSignal) => Promise<WebSocket>;
  readonly clock: Clock;
}

/** PVE ends a console that it does not hear of. */
const keepAliveMs = 30_000;

/**
 * Opens a text console as the web interface does: POST `…/termproxy`, then GET `…/vncwebsocket` with the ticket that it
 * gave. It wants the ticket of a user; Proxmox VE opens none for an API token.
 * @throws PveError
 */
export async function openConsole(
  { send, webSocket, clock }: ConsoleWay,
  place: ConsolePlace,
  size: ConsoleSize,
  { onData, onEnd }: ConsoleListener,
  signal: AbortSignal,
): Promise<PveConsole> {
  const path = pathOf(place);
  const reply = await send({ method: 'POST', path: [...path, 'termproxy'] }, { signal });
  const { user, ticket, port } = proxyOf(reply.data);
  const request: PveRequest = { method: 'GET', path: [...path, 'vncwebsocket'], params: { port, vncticket: ticket } };
  const socket = await webSocket(request, signal);
  const ended = new AbortController();
  let isAccepted = false;
  socket.addEventListener('message', ({ data }: { data: unknown }) => {
    const bytes = typeof data === 'string' ? Buffer.from(data) : Buffer.from(data as ArrayBuffer);
    if (isAccepted) return onData(bytes);
    isAccepted = bytes.subarray(0, 2).toString('latin1') === 'OK';
    if (!isAccepted) return socket.close();
    socket.send(resizing(size));
    if (bytes.length > 2) onData(bytes.subarray(2));
  });
  socket.addEventListener('close', () => {
    ended.abort();
    onEnd(isAccepted ? undefined : 'Proxmox VE did not accept the ticket of the console.');
  });
  socket.send(`${user}:${ticket}\n`);
  void keepAlive(socket, clock, ended.signal);
  const whenAccepted = (frame: string | Uint8Array) => {
    if (isAccepted && socket.readyState === socket.OPEN) socket.send(frame);
  };
  return {
    write: (bytes) => whenAccepted(Buffer.concat([Buffer.from(`0:${bytes.length}:`), bytes])),
    resize(next) {
      size = next;
      whenAccepted(resizing(next));
    },
    close: () => socket.close(),
  };
}

function pathOf({ node, guest }: ConsolePlace): readonly string[] {
  return guest === undefined ? ['nodes', node] : ['nodes', node, guest.type, String(guest.vmid)];
}

function proxyOf(data: unknown): { readonly user: string; readonly ticket: string; readonly port: string } {
  const { user, ticket, port } = looseObject(data, '…/termproxy');
  const [name, secret, number] = [text(user), text(ticket), text(port)];
  if (name !== undefined && secret !== undefined && number !== undefined)
    return { user: name, ticket: secret, port: number };
  throw new PveError({
    code: 'server_error',
    message: 'Proxmox VE opened a console and did not say where',
    reason: [],
    hint: 'Try again, or use the console of the web interface.',
  });
}

/** `1:COLUMNS:ROWS:` of PVE's terminal protocol; `0:LENGTH:` goes before what is typed, `2` keeps the console alive. */
function resizing({ columns, rows }: ConsoleSize): string {
  return `1:${columns}:${rows}:`;
}

async function keepAlive(socket: WebSocket, clock: Clock, ended: AbortSignal): Promise<void> {
  for (;;) {
    await clock.sleep(keepAliveMs, ended).catch(() => {});
    if (ended.aborted || socket.readyState !== socket.OPEN) return;
    socket.send('2');
  }
}
