import { messageOf, PveError } from '../../pve/error.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** A shell that runs somewhere, as a terminal needs it. */
export interface ConsoleStream {
  /** What a person types, UTF-8. */
  write(bytes: Uint8Array): void;
  resize(size: Size): void;
  close(): void;
}

/** What a stream tells. */
export interface ConsoleEvents {
  readonly onData: (chunk: Uint8Array) => void;
  /** It has ended; `why` where it did so by itself other than by a plain exit. */
  readonly onEnd: (why?: string) => void;
}

export interface ConsoleOptions {
  /** Opens the shell; called anew by each reconnect. @throws PveError */
  readonly open: (size: Size, events: ConsoleEvents, signal: AbortSignal) => Promise<ConsoleStream>;
  /** Shows text in the terminal. */
  readonly show: (text: string) => void;
  /** What the terminal says of itself. */
  readonly words: ConsoleWords;
}

export interface ConsoleWords {
  readonly connecting: string;
  readonly ended: string;
  readonly reconnect: string;
}

/** One terminal: from its first connection over every reconnect until it is closed. */
export interface Console {
  start(size: Size): void;
  /** What is typed. After an end, Enter connects anew and everything else is dropped. */
  type(text: string): void;
  resize(size: Size): void;
  close(): void;
}

/** Nothing is typed ahead: keys that come while it connects are dropped, for they were meant for what was there before. */
export function createConsole({ open, show, words }: ConsoleOptions): Console {
  let size: Size = { columns: 80, rows: 24 };
  let stream: ConsoleStream | undefined;
  /** Counts connections, so that what an old one still tells is not taken for the new one's. */
  let current = 0;
  let state: 'connecting' | 'open' | 'ended' | 'closed' = 'ended';
  let cancel = new AbortController();

  const end = (why: string | undefined): void => {
    if (state === 'closed' || state === 'ended') return;
    state = 'ended';
    stream = undefined;
    show(`\r\n${note([words.ended, ...(why === undefined ? [] : [plain(why)])].join(': '))}${note(words.reconnect)}`);
  };
  const connect = async (): Promise<void> => {
    current += 1;
    const mine = current;
    state = 'connecting';
    cancel = new AbortController();
    show(note(words.connecting));
    // A character may be split over chunks.
    const decoder = new TextDecoder();
    const events: ConsoleEvents = {
      onData: (chunk) => {
        if (mine === current && state !== 'closed') show(decoder.decode(chunk, { stream: true }));
      },
      onEnd: (why) => {
        if (mine === current) end(why);
      },
    };
    try {
      const opened = await open(size, events, cancel.signal);
      if (mine !== current || state !== 'connecting') return opened.close();
      stream = opened;
      state = 'open';
      opened.resize(size);
    } catch (error) {
      if (mine === current) end(reasonOf(error));
    }
  };

  return {
    start(first) {
      size = first;
      void connect();
    },
    type(text) {
      if (state === 'open') stream?.write(Buffer.from(text, 'utf8'));
      else if (state === 'ended' && /[\r\n]/.test(text)) void connect();
    },
    resize(next) {
      size = next;
      stream?.resize(next);
    },
    close() {
      if (state === 'closed') return;
      state = 'closed';
      cancel.abort();
      stream?.close();
      stream = undefined;
    },
  };
}

/** A line of our own, told from what the shell writes. */
function note(text: string): string {
  return `\u001b[2m${text.replaceAll('\n', '\r\n')}\u001b[0m\r\n`;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof PveError)) return messageOf(error);
  const { message, reason, hint } = error.data;
  return `${[message, ...reason].join(': ')}. ${hint}`;
}

/** What another side says must not command the terminal. */
function plain(text: string): string {
  return text.replace(/[^\P{Cc}\n]/gu, ' ');
}
