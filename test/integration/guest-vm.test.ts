import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AgentCommand, execInVm } from '../../src/pve/agent-exec.ts';
import { tokenAuth } from '../../src/pve/auth.ts';
import type { PveError } from '../../src/pve/error.ts';
import { captured, type ExecResult } from '../../src/pve/exec-result.ts';
import type { Send } from '../../src/pve/request.ts';
import { createTransport, type PveTransport } from '../../src/pve/transport.ts';
import { type Demo, startDemo } from '../support/demo.ts';
import { oddWords } from '../support/odd-words.ts';

const web = { node: 'pve2', vmid: 101 };
const exec = '/nodes/pve2/qemu/101/agent/exec';
let demo: Demo;
let transport: PveTransport;

beforeAll(async () => {
  demo = await startDemo({ speed: 10 });
  transport = createTransport({
    endpoints: [{ url: demo.url, trust: { kind: 'pin', sha256: [demo.fingerprint] } }],
    auth: tokenAuth(demo.tokenId, demo.tokenSecret),
  });
});
afterAll(async () => {
  await transport.close();
  await demo.stop();
});

const run = (
  command: AgentCommand,
  more: Partial<Parameters<typeof execInVm>[3]> = {},
  place = web,
  send: Send = transport.send,
) =>
  execInVm(send, place, command, {
    signal: new AbortController().signal,
    timeoutMs: 10_000,
    maxBytes: 1_000_000,
    windows: false,
    ...more,
  });
const failing = (promise: Promise<unknown>): Promise<PveError> =>
  promise.then(
    () => expect.fail('it should have failed'),
    (error: PveError) => error,
  );
const out = ({ stdout }: ExecResult): string => captured(stdout).toString();

describe('a command in a VM, by its guest agent', () => {
  test('has its output, its exit code and its standard input', async () => {
    const result = await run({
      run: { script: 'cat; echo bad >&2; exit 3' },
      stdin: Buffer.from('in ü\xff', 'latin1'),
    });
    expect(result).toMatchObject({ exitCode: 3, ended: 'exit' });
    expect(captured(result.stdout)).toEqual(Buffer.from('in ü\xff', 'latin1'));
    expect(captured(result.stderr).toString()).toBe('bad\n');
    expect((await failing(run({ run: { argv: ['cat'] }, stdin: Buffer.from('\0') }))).code).toBe('invalid_argument');
  });

  test('gets each word as it is: any characters but NUL, and empty ones, which a form loses', async () => {
    await fc.assert(
      fc.asyncProperty(oddWords(), async (words) => {
        const result = await run({ run: { argv: ['printf', '%s\\0', 'first', ...words] } });
        expect(out(result).split('\0').slice(0, -1)).toEqual(['first', ...words]);
      }),
      { numRuns: 40 },
    );
  });

  test('runs where and as whom it is told to, with an environment of its own', async () => {
    expect(out(await run({ run: { argv: ['pwd'] }, cwd: '/var/log' }))).toBe('/var/log\n');
    expect((await run({ run: { argv: ['touch', '/srv/never'] }, cwd: '/nowhere' })).exitCode).not.toBe(0);
    expect(out(await run({ run: { script: 'id -un; ls /srv' }, user: 'www-data' }))).toBe('www-data\n');
    expect(out(await run({ run: { argv: ['env'] } }))).toMatch(/^PAGER=cat$/m);
  });

  test.each([
    ['a program that is not there', { argv: ['no-such-program'] }, { exitCode: 127 }],
    ['a program that fails', { argv: ['false'] }, { exitCode: 1 }],
    ['a signal', { script: 'kill -KILL $$; sleep 1' }, { exitSignal: 'KILL' }],
  ])('%s is told as such', async (_, what, expected) => {
    expect(await run({ run: what as AgentCommand['run'] })).toMatchObject(expected);
  });

  test('may write more than is kept, here and by the agent', async () => {
    const result = await run({ run: { argv: ['yes'] } }, { timeoutMs: 1500, maxBytes: 1000 });
    expect(result).toMatchObject({ ended: 'timeout', exitSignal: 'KILL' });
    expect(result.stdout.head.length + result.stdout.tail.length).toBe(1000);
    expect(result.stdout.bytes).toBeGreaterThan(16 * 1024 * 1024);
  });

  test('in Windows runs as it stands there', async () => {
    const seen: unknown[] = [];
    const send: Send = async ({ path, params }) => {
      if (path.at(-1) === 'info')
        return { data: { result: { version: '1', supported_commands: [{ name: 'guest-exec', enabled: true }] } } };
      if (path.at(-1) === 'exec') seen.push(params?.command);
      return { data: path.at(-1) === 'exec' ? { pid: 7 } : { exited: 1, exitcode: 0, 'out-data': 'ok\r\n' } };
    };
    expect(out(await run({ run: { argv: ['ipconfig.exe', '/all'] } }, { windows: true }, web, send))).toBe('ok\r\n');
    await run({ run: { script: 'Get-Date' } }, { windows: true }, web, send);
    expect(seen).toEqual([
      ['ipconfig.exe', '/all'],
      [
        'powershell.exe',
        '-NoProfile',
        '-NonInteractive',
        '-EncodedCommand',
        Buffer.from('Get-Date', 'utf16le').toString('base64'),
      ],
    ]);
    expect((await failing(run({ run: { argv: ['dir'] }, user: 'bob' }, { windows: true }, web, send))).code).toBe(
      'invalid_argument',
    );
  });
});

describe.concurrent('what is killed in a VM', () => {
  const running = async (): Promise<string> =>
    out(await run({ run: { script: 'cat /run/alive 2>/dev/null; rm -f /run/alive' } }));
  const script = '(sleep 20; echo child > /run/alive) & sleep 30; echo late';

  test('after a time-out: its children too, with the output until then', async () => {
    const result = await run({ run: { script: `echo begun; ${script}` } }, { timeoutMs: 300 });
    expect(result).toMatchObject({ ended: 'timeout', exitSignal: 'KILL' });
    expect(out(result)).toBe('begun\n');
    await new Promise((later) => setTimeout(later, 2500));
    expect(await running()).toBe('');
  });

  test('after a cancel: at once', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 200);
    const started = performance.now();
    const result = await run({ run: { script } }, { signal: controller.signal });
    expect(result.ended).toBe('cancelled');
    expect(performance.now() - started).toBeLessThan(2500);
  });

  test('what lets the agent wait for its output, out of the group, is told as still running', async () => {
    const error = await failing(run({ run: { script: 'setsid sleep 600 & sleep 600' } }, { timeoutMs: 200 }));
    expect(error.data).toMatchObject({ code: 'timeout', mayHaveRun: true });
  });
});

describe.concurrent('an agent that does not answer', () => {
  const place = (node: string, vmid: number) => ({ node, vmid });
  test.each([
    ['disabled', place('pve2', 109), 'agent_unavailable', /disabled/],
    ['not running', place('pve3', 108), 'agent_unavailable', /enabled and does not answer/],
    ['of a stopped VM', place('pve1', 105), 'wrong_state', /stopped/],
    ['of no VM', place('pve1', 999), 'not_found', /999/],
  ])('%s: nothing is sent, and it is said which', async (_, where, code, message) => {
    const { data } = await failing(run({ run: { argv: ['true'] } }, { patienceMs: 1000 }, where));
    expect(data.code).toBe(code);
    expect(data.message).toMatch(message);
    expect(data.mayHaveRun).toBeUndefined();
  });

  test('is waited for, and what is sent then is sent once', async () => {
    let looks = 0;
    const sent: string[] = [];
    const send: Send = async (request, options) => {
      const what = request.path.at(-1) ?? '';
      sent.push(what);
      if (what === 'info' && ++looks < 3)
        return transport.send({ ...request, path: ['nodes', 'pve3', 'qemu', '108', 'agent', 'info'] }, options);
      return transport.send(request, options);
    };
    expect(await run({ run: { argv: ['hostname'] } }, { patienceMs: 8000 }, web, send)).toMatchObject({ exitCode: 0 });
    expect(sent.filter((what) => what === 'exec')).toHaveLength(1);
    expect(looks).toBe(3);
  });
});

describe('a result that is given once only', () => {
  test('is lost with its answer: it is not known, and the command is not sent again', async () => {
    await demo.control({ fault: 'cut', path: `${exec}-status`, method: 'GET', times: 1 });
    const { data } = await failing(run({ run: { argv: ['true'] } }));
    expect(data).toMatchObject({ mayHaveRun: true, message: expect.stringContaining('not known') });
  });

  test('a look that fails before it reaches the agent costs nothing', async () => {
    await demo.control({ fault: '595 No route to host', path: `${exec}-status`, method: 'GET', times: 2 });
    expect(await run({ run: { argv: ['hostname'] } })).toMatchObject({ exitCode: 0 });
  });

  test('a start whose answer is lost may have run', async () => {
    await demo.control({ fault: 'cut', path: exec, method: 'POST', times: 1 });
    expect((await failing(run({ run: { argv: ['true'] } }))).data).toMatchObject({ mayHaveRun: true });
  });
});
