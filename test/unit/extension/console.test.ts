import { expect, test } from 'vitest';
import {
  type ConsoleEvents,
  type ConsoleStream,
  createConsole,
  type Size,
} from '../../../src/extension/terminals/console.ts';
import { PveError } from '../../../src/pve/error.ts';

const words = { connecting: 'Connecting…', ended: 'The console has ended', reconnect: 'Press Enter to reconnect.' };

/** A console over shells that the test plays. */
function played(refusal?: PveError) {
  const shells: { events: ConsoleEvents; typed: string; sizes: Size[]; closed: boolean; signal: AbortSignal }[] = [];
  let shown = '';
  let ready: (() => void) | undefined;
  const made = createConsole({
    words,
    show: (text) => {
      shown += text;
    },
    open: async (size, events, signal) => {
      if (refusal !== undefined) throw refusal;
      const shell = { events, typed: '', sizes: [size], closed: false, signal };
      shells.push(shell);
      await new Promise<void>((resolve) => {
        ready = resolve;
      });
      const stream: ConsoleStream = {
        write: (bytes) => {
          shell.typed += Buffer.from(bytes).toString('utf8');
        },
        resize: (next) => shell.sizes.push(next),
        close: () => {
          shell.closed = true;
        },
      };
      return stream;
    },
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    console: made,
    shells,
    shown: () => shown,
    settle,
    async connected() {
      ready?.();
      await settle();
    },
  };
}

test('what is typed reaches the shell, and what it writes is shown', async () => {
  const { console, shells, shown, connected } = played();
  console.start({ columns: 100, rows: 30 });
  await connected();
  console.type('ls é\r');
  shells[0]?.events.onData(Buffer.from('répertoire\r\n'));
  expect(shells[0]?.typed).toBe('ls é\r');
  expect(shown()).toContain('Connecting…');
  expect(shown()).toContain('répertoire\r\n');
});

test('a character that is split over chunks is shown whole', async () => {
  const { console, shells, shown, connected } = played();
  console.start({ columns: 80, rows: 24 });
  await connected();
  for (const byte of Buffer.from('naïve 🐧 雪')) shells[0]?.events.onData(Uint8Array.of(byte));
  expect(shown()).toContain('naïve 🐧 雪');
  expect(shown()).not.toContain('\ufffd');
});

test('the shell has the size that the terminal has when it is ready, and follows it', async () => {
  const { console, shells, connected } = played();
  console.start({ columns: 80, rows: 24 });
  console.resize({ columns: 120, rows: 40 });
  await connected();
  console.resize({ columns: 60, rows: 20 });
  expect(shells[0]?.sizes.slice(1)).toEqual([
    { columns: 120, rows: 40 },
    { columns: 60, rows: 20 },
  ]);
});

test('an end is told, only Enter connects anew, and nothing typed before reaches the new shell', async () => {
  const { console, shells, shown, connected } = played();
  console.start({ columns: 80, rows: 24 });
  await connected();
  shells[0]?.events.onEnd('the connection\u0007 was lost');
  expect(shown()).toContain('The console has ended: the connection  was lost');
  expect(shown()).toContain('Press Enter to reconnect.');
  console.type('rm -rf x');
  expect(shells).toHaveLength(1);
  console.type('\r');
  expect(shells).toHaveLength(2);
  console.type('typed ahead\r');
  await connected();
  console.type('w');
  expect([shells[0]?.typed, shells[1]?.typed]).toEqual(['', 'w']);
  shells[0]?.events.onData(Buffer.from('old shell'));
  shells[0]?.events.onEnd();
  expect(shown()).not.toContain('old shell');
  console.type('x');
  expect(shells[1]?.typed).toBe('wx');
});

test('what cannot be opened says why and what to do, without obeying it', async () => {
  const refusal = new PveError({
    code: 'unreachable',
    message: 'pve1 refused',
    reason: ['\u001b[31mred\u0007'],
    hint: 'Try again.',
  });
  const { console, shown, settle } = played(refusal);
  console.start({ columns: 80, rows: 24 });
  await settle();
  expect(shown()).toContain('pve1 refused:  [31mred . Try again.');
  expect(shown()).toContain('Press Enter to reconnect.');
});

test('closing ends the shell; one that is still on its way is closed when it comes', async () => {
  const open = played();
  open.console.start({ columns: 80, rows: 24 });
  await open.connected();
  open.console.close();
  expect(open.shells[0]?.closed).toBe(true);
  const onItsWay = played();
  onItsWay.console.start({ columns: 80, rows: 24 });
  onItsWay.console.close();
  expect(onItsWay.shells[0]?.signal.aborted).toBe(true);
  await onItsWay.connected();
  expect(onItsWay.shells[0]?.closed).toBe(true);
});
