import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { ticketAuth } from '../../src/pve/auth.ts';
import { systemClock } from '../../src/pve/clock.ts';
import { type ConsolePlace, openConsole } from '../../src/pve/console.ts';
import { createTransport } from '../../src/pve/transport.ts';
import { type Demo, startDemo } from '../support/demo.ts';

let demo: Demo;
beforeAll(async () => {
  demo = await startDemo({ speed: 50 });
});
afterAll(() => demo.stop());

async function open(place: ConsolePlace) {
  const transport = createTransport({
    endpoints: [{ url: demo.url, trust: { kind: 'pin', sha256: [demo.fingerprint] } }],
    auth: ticketAuth({ username: demo.username, password: demo.password }),
  });
  onTestFinished(() => transport.close());
  let shown = '';
  const ends: (string | undefined)[] = [];
  const listener = {
    onData: (chunk: Uint8Array) => {
      shown += Buffer.from(chunk).toString('utf8');
    },
    onEnd: (why?: string) => void ends.push(why),
  };
  const { send, webSocket } = transport;
  const { signal } = new AbortController();
  const size = { columns: 90, rows: 25 };
  const console = await openConsole({ send, webSocket, clock: systemClock }, place, size, listener, signal);
  const shows = (text: string) => vi.waitFor(() => expect(shown).toContain(text), 5000);
  return { console, shows, ends };
}

test.each<[string, ConsolePlace]>([
  ['a node', { node: 'pve1' }],
  ['a VM', { node: 'pve2', guest: { type: 'qemu', vmid: 101 } }],
])('the demo has a text console of %s, which says what is typed once more', async (_what, place) => {
  const { console, shows, ends } = await open(place);
  await shows('says everything twice');
  console.write(Buffer.from('héllo 🐧\r'));
  await shows('# héllo 🐧\r\nhéllo 🐧\r\n');
  console.resize({ columns: 60, rows: 20 });
  console.write(Buffer.from('stty size\r'));
  await shows('\r\n20 60\r\n');
  console.write(Buffer.from('exit\r'));
  await vi.waitFor(() => expect(ends).toEqual([undefined]), 5000);
});

test('the demo refuses a console of a guest that does not run', async () => {
  await expect(open({ node: 'pve1', guest: { type: 'qemu', vmid: 105 } })).rejects.toThrow(/not running/);
});
