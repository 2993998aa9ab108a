import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { PveError } from './error.ts';

/** One HTTP request as it goes out. */
export interface Message {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path and query, encoded. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Readable;
}

/** What came of it. `sent`: some byte of the request may have left. `answered`: the head of an answer arrived. */
export type Exchange =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly statusText: string;
      readonly encoding: string;
      readonly body: Buffer;
    }
  | { readonly kind: 'broken'; readonly cause: unknown; readonly sent: boolean; readonly answered: boolean };

/**
 * Sends one message, once, and collects the answer. Never rejects: how far a failed exchange got decides whether it may be
 * repeated, so that is part of the result.
 * @param maxBytes the largest body that is taken
 * @param signal ends the exchange; its reason becomes the `cause`
 */
export function exchange(
  dispatcher: Dispatcher,
  message: Message,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Exchange> {
  return new Promise((resolve) => {
    const progress = { sent: false, answered: false };
    const head = { status: 0, statusText: '', encoding: '' };
    const chunks: Buffer[] = [];
    let size = 0;
    let control: Dispatcher.DispatchController | undefined;

    const { body } = message;
    const finish = (result: Exchange) => {
      signal.removeEventListener('abort', onAbort);
      // Whoever reads a file for it stops, also where the answer came before its end.
      if (body instanceof Readable) body.destroy();
      resolve(result);
    };
    const fail = (cause: unknown) => finish({ kind: 'broken', cause, ...progress });
    const stop = (cause: Error) => {
      fail(cause);
      control?.abort(cause);
    };
    const onAbort = () => stop(asError(signal.reason));
    if (body instanceof Readable) body.on('error', () => {}); // told by the exchange
    if (signal.aborted) return fail(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });

    dispatcher.dispatch(
      { method: message.method, path: message.target, headers: message.headers, body: body ?? null },
      {
        onRequestStart(controller) {
          // Aborted while it waited for a free connection: nothing of it leaves.
          if (signal.aborted) return controller.abort(asError(signal.reason));
          control = controller;
          progress.sent = true;
        },
        onResponseStart(_controller, status, headers, statusText = '') {
          progress.answered = true;
          Object.assign(head, { status, statusText, encoding: String(headers['content-encoding'] ?? '') });
        },
        onResponseData(_controller, chunk) {
          size += chunk.length;
          if (size > maxBytes) return stop(tooLarge(maxBytes));
          chunks.push(chunk);
        },
        onResponseEnd() {
          finish({ kind: 'answer', ...head, body: Buffer.concat(chunks) });
        },
        onResponseError(_controller, cause) {
          fail(cause);
        },
      },
    );
  });
}

/** @param maxBytes the limit that an answer went beyond */
export function tooLarge(maxBytes: number): PveError {
  const message = `The answer is larger than ${Math.ceil(maxBytes / 1024)} KiB`;
  return new PveError({
    code: 'too_large',
    message,
    hint: 'Ask for less: fewer entries, a shorter time, or one item.',
    reason: [],
  });
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('aborted');
}
