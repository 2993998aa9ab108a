import type { Socket } from 'node:net';
import {
  createMessageConnection,
  type Message,
  type MessageConnection,
  type MessageWriter,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import type { Clock } from '../pve/clock.ts';
import { frameLimit } from './limit.ts';

export interface ChannelOptions {
  /** Largest body, in bytes, that may arrive now. */
  readonly mayReceive: () => number;
  /** Largest body, in bytes, that may be sent; a larger message fails alone and the channel goes on. */
  readonly maySend: number;
  /** While more messages than this wait to be sent, none is taken in; no limit when absent. */
  readonly mayOwe?: number;
  /** Whether a message is one that exists in the protocol; any other destroys the socket. */
  readonly accepts: (message: unknown) => boolean;
}

/**
 * JSON-RPC over a socket that trusts nothing of what arrives: limited frames, known messages only. Whatever is wrong
 * destroys the socket; when the socket closes, every pending request rejects. The caller registers its handlers and
 * listens at once.
 */
export function openChannel(
  socket: Socket,
  { mayReceive, maySend, mayOwe = Number.POSITIVE_INFINITY, accepts }: ChannelOptions,
): MessageConnection {
  let resting = false;
  const limit = frameLimit(mayReceive);
  const reader = new StreamMessageReader(socket.pipe(limit));
  const writer = countUnsent(new StreamMessageWriter(socket, { contentTypeEncoder: limitedJson(maySend) }), takeNext);
  const connection = createMessageConnection(
    {
      onError: reader.onError,
      onClose: reader.onClose,
      onPartialMessage: reader.onPartialMessage,
      dispose: () => reader.dispose(),
      listen(deliver) {
        limit.on('data', rest);
        return reader.listen((message) => (accepts(message) ? deliver(message) : void socket.destroy()));
      },
    },
    writer,
  );
  // What the limit refuses arrives here too.
  reader.onError(() => socket.destroy());
  // A socket that failed closes as well, and closing is what everybody waits for.
  socket.on('error', () => socket.destroy());
  socket.on('end', () => socket.destroy());
  socket.on('close', () => {
    limit.destroy();
    connection.dispose();
  });
  return connection;

  /** JSON-RPC queues without end and handles one message a turn of the event loop, so it is not given more than that. */
  function rest(): void {
    limit.pause();
    resting = true;
    setImmediate(() => {
      resting = false;
      takeNext();
    });
  }

  function takeNext(): void {
    if (!resting && writer.unsent() <= mayOwe) limit.resume();
  }
}

/** Runs `action` after `ms` milliseconds, unless the signal fires first. */
export function after(clock: Clock, ms: number, signal: AbortSignal, action: () => void): void {
  // The sleep rejects when the signal fires, and only then.
  clock.sleep(ms, signal).then(action, () => undefined);
}

/** The same writer, and how many messages wait in it. */
function countUnsent(writer: MessageWriter, onSent: () => void): MessageWriter & { unsent(): number } {
  let unsent = 0;
  return {
    onError: writer.onError,
    onClose: writer.onClose,
    async write(message) {
      unsent += 1;
      try {
        await writer.write(message);
      } finally {
        unsent -= 1;
        onSent();
      }
    },
    end: () => writer.end(),
    dispose: () => writer.dispose(),
    unsent: () => unsent,
  };
}

function limitedJson(maxBytes: number) {
  return {
    name: 'application/json',
    encode: async (message: Message) => {
      const body = Buffer.from(JSON.stringify(message));
      if (body.length > maxBytes)
        throw new Error(`A message of ${body.length} bytes is larger than the ${maxBytes} allowed`);
      return body;
    },
  };
}
