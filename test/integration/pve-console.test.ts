import { expect, onTestFinished, test, vi } from 'vitest';
import { ticketAuth } from '../../src/pve/auth.ts';
import { type ConsoleListener, openConsole } from '../../src/pve/console.ts';
import { createTransport } from '../../src/pve/transport.ts';
import { fakeClock } from '../support/clock.ts';
import { type ConsoleNodeOptions, consoleNode } from '../support/console-node.ts';
import { type Identity, makeIdentities } from '../support/https-server.ts';

const [identity, other] = makeIdentities();
const { signal } = new AbortController();
const web = { node: 'pve2', guest: { type: 'qemu', vmid: 101 } } as const;

async function opening(options: Partial<ConsoleNodeOptions> = {}, trusted: Identity = identity) {
  const node = await consoleNode({ identity, ...options });
  const clock = fakeClock();
  const transport = createTransport({
    endpoints: [{ url: node.url, trust: { kind: 'pin', sha256: [trusted.fingerprint] } }],
    auth: ticketAuth({ username: 'root@pam', password: 'p4ss' }),
  });
  onTestFinished(() => transport.close());
  let shown = '';
  const ends: (string | undefined)[] = [];
  const listener: ConsoleListener = {
    onData: (chunk) => {
      shown += Buffer.from(chunk).toString('utf8');
    },
    onEnd: (why) => void ends.push(why),
  };
  const { send, webSocket } = transport;
  const open = () => openConsole({ send, webSocket, clock }, web, { columns: 100, rows: 30 }, listener, signal);
  return { node, clock, open, shown: () => shown, ends };
}

test('a console logs in with its ticket, says its size, and carries what is typed and shown', async () => {
  const { node, open, shown } = await opening();
  const console = await open();
  await vi.waitFor(() => expect(node.frames).toContain('1:100:30:'));
  console.write(Buffer.from('é\r'));
  console.resize({ columns: 60, rows: 20 });
  node.say('$ é 🐧\r\n');
  await vi.waitFor(() => expect(node.frames).toEqual(['root@pam:PVEVNC:t/+=\n', '1:100:30:', '0:3:é\r', '1:60:20:']));
  await vi.waitFor(() => expect(shown()).toBe('$ é 🐧\r\n'));
  expect(node.opened).toEqual([
    {
      url: '/api2/json/nodes/pve2/qemu/101/vncwebsocket?port=5900&vncticket=PVEVNC%3At%2F%2B%3D',
      cookie: expect.stringContaining('PVEAuthCookie='),
      protocol: 'binary',
    },
  ]);
});

test('what is shown together with the acceptance is not lost, and nothing is typed before it', async () => {
  const { node, open, shown } = await opening({ answer: 'OKlogin: ' });
  const console = await open();
  console.write(Buffer.from('too soon'));
  await vi.waitFor(() => expect(shown()).toBe('login: '));
  expect(node.frames).not.toContain('0:8:too soon');
});

test('a quiet console is kept alive', async () => {
  const { node, open, clock } = await opening();
  await open();
  await vi.waitFor(() => expect(node.frames).toHaveLength(2));
  clock.advance(30_000);
  await vi.waitFor(() => expect(node.frames.at(-1)).toBe('2'));
});

test('an end is told, with its reason when the ticket was refused', async () => {
  const lost = await opening();
  await lost.open();
  await vi.waitFor(() => expect(lost.node.frames).toHaveLength(2));
  lost.node.cut();
  await vi.waitFor(() => expect(lost.ends).toEqual([undefined]));
  const refused = await opening({ answer: 'NO' });
  await refused.open();
  await vi.waitFor(() => expect(refused.ends).toEqual([expect.stringContaining('did not accept the ticket')]));
});

test('a websocket that is refused is an error that holds no ticket', async () => {
  const { open } = await opening({ refuse: 403 });
  const error = await open().catch((cause: unknown) => cause);
  expect(error).toMatchObject({ code: 'unreachable' });
  expect(JSON.stringify(error)).not.toContain('PVEVNC');
});

test('G17: another certificate gets neither the password nor a ticket', async () => {
  const { open, node } = await opening({}, other);
  await expect(open()).rejects.toMatchObject({ code: 'certificate' });
  expect(node.opened).toEqual([]);
});
