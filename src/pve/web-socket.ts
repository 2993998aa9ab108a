import { type Dispatcher, WebSocket } from 'undici';
import { PveError } from './error.ts';

export interface WebSocketOptions {
  /** Whose connector has checked the certificate before a byte is sent. */
  readonly dispatcher: Dispatcher;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/**
 * A websocket that is open.
 * @param url `https://host:port` of the endpoint
 * @param target path and query; never shown, for it holds a ticket
 * @throws PveError `unreachable`, `cancelled`
 */
export function openWebSocket(
  url: string,
  target: string,
  { dispatcher, headers, signal }: WebSocketOptions,
): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace(/^https/, 'wss')}${target}`, {
    protocols: 'binary',
    dispatcher,
    headers: { ...headers },
  });
  socket.binaryType = 'arraybuffer';
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      socket.close();
      reject(cancelled(url));
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    socket.addEventListener('open', () => {
      signal.removeEventListener('abort', onAbort);
      resolve(socket);
    });
    socket.addEventListener('error', ({ error }) => {
      signal.removeEventListener('abort', onAbort);
      reject(notOpened(url, error));
    });
  });
}

function notOpened(url: string, cause: unknown): PveError {
  const found = [cause, cause instanceof Error ? cause.cause : undefined].find((one) => one instanceof PveError);
  if (found instanceof PveError) return found;
  return new PveError({
    code: 'unreachable',
    message: `${new URL(url).host} did not open a websocket`,
    reason: [],
    hint: 'Try again. A proxy in between must let websockets pass.',
  });
}

function cancelled(url: string): PveError {
  return new PveError({
    code: 'cancelled',
    message: `Opening a websocket on ${new URL(url).host} was cancelled`,
    reason: [],
    hint: 'Try again.',
  });
}
