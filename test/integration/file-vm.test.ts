import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { execInVm } from '../../src/pve/agent-exec.ts';
import { agentFiles } from '../../src/pve/agent-file.ts';
import { tokenAuth } from '../../src/pve/auth.ts';
import { PveError } from '../../src/pve/error.ts';
import { captured } from '../../src/pve/exec-result.ts';
import { type RemoteFiles, sha256Of } from '../../src/pve/remote-file.ts';
import type { Send } from '../../src/pve/request.ts';
import { createTransport, type PveTransport } from '../../src/pve/transport.ts';
import { type Demo, startDemo } from '../support/demo.ts';

const million = 1_000_000;
const web = { node: 'pve2', vmid: 101 };
const never = new AbortController().signal;
const agent = '/nodes/pve2/qemu/101/agent';
let demo: Demo;
let transport: PveTransport;
let files: RemoteFiles;

beforeAll(async () => {
  demo = await startDemo({ speed: 100 });
  transport = createTransport({
    endpoints: [{ url: demo.url, trust: { kind: 'pin', sha256: [demo.fingerprint] } }],
    auth: tokenAuth(demo.tokenId, demo.tokenSecret),
  });
  files = agentFiles(transport.send, web, { windows: false });
});
afterAll(async () => {
  await transport.close();
  await demo.stop();
});

const failing = (promise: Promise<unknown>): Promise<PveError> =>
  promise.then(
    () => expect.fail('it should have failed'),
    (error: PveError) => error,
  );
const upload = (
  bytes: Buffer,
  path: string,
  more: Partial<Parameters<RemoteFiles['upload']>[2]> = {},
  signal = never,
) => files.upload(bytes, path, { overwrite: false, sha256: sha256Of(bytes), ...more }, signal);
const sh = async (script: string): Promise<string> => {
  const options = { signal: never, timeoutMs: 5000, maxBytes: 100_000, windows: false };
  return captured((await execInVm(transport.send, web, { run: { script } }, options)).stdout).toString();
};

describe('files of a VM, by its guest agent', () => {
  test('G12: go up in pieces and come down as they are, of any size', async () => {
    for (const size of [0, 1, 45_000, 45_001, 5 * million]) {
      const bytes = randomBytes(size);
      await upload(bytes, `/srv/f${size}`, { mode: 0o640, owner: 'root:www-data' });
      const down = await files.download(`/srv/f${size}`, 10 * million, never);
      expect(down.bytes.equals(bytes)).toBe(true);
      expect(down).toMatchObject({ sha256: sha256Of(bytes), mode: 0o640 });
    }
    expect(await sh('ls -a /srv; stat -c "%U:%G" /srv/f1')).toBe('f0\nf1\nf45000\nf45001\nf5000000\nroot:www-data\n');
  });

  test('G12: nothing is replaced unless asked, and nothing through a link', async () => {
    await sh('mkdir /srv/a; echo mine > /srv/a/mine; ln -s /srv/a/mine /srv/a/link');
    expect((await failing(upload(Buffer.from('x'), '/srv/a/mine'))).code).toBe('exists');
    expect((await failing(upload(Buffer.from('x'), '/srv/a/link', { overwrite: true }))).code).toBe('changed');
    expect((await failing(upload(Buffer.from('x'), '/run/initctl', { overwrite: true }))).code).toBe('wrong_state');
    expect((await failing(upload(Buffer.from('x'), '/srv/none/x'))).code).toBe('not_found');
    expect((await failing(files.download('/srv/a/link', million, never))).code).toBe('changed');
    expect((await failing(files.download('/srv/a', million, never))).code).toBe('wrong_state');
    expect((await failing(files.download('/var/run/x', million, never))).code).toBe('not_found');
    expect(await files.look('/srv/a/link', never)).toEqual({ kind: 'elsewhere', path: '/srv/a/mine' });
    await upload(Buffer.from('y'), '/srv/a/mine', { overwrite: true });
    expect(await sh('cat /srv/a/mine; ls -a /srv/a')).toBe('ylink\nmine\n');
  });

  test('a transfer that fails or is cancelled leaves neither half a file nor rubbish', async () => {
    await sh('mkdir /srv/b; echo old > /srv/b/x');
    await demo.control({
      fault: '500 Agent error: failed to write',
      path: `${agent}/file-write`,
      method: 'POST',
      times: 1,
    });
    expect((await failing(upload(randomBytes(million), '/srv/b/x', { overwrite: true }))).code).toBe('server_error');
    const controller = new AbortController();
    let writes = 0;
    const counting: Send = (request, options) => {
      if (request.path.at(-1) === 'file-write' && ++writes === 3) controller.abort();
      return transport.send(request, options);
    };
    const bytes = randomBytes(million);
    const options = { overwrite: true, sha256: sha256Of(bytes) };
    const cancelled = failing(
      agentFiles(counting, web, { windows: false }).upload(bytes, '/srv/b/x', options, controller.signal),
    );
    await cancelled;
    expect(writes).toBe(3);
    expect(await sh('cat /srv/b/x; ls -a /srv/b')).toBe('old\nx\n');
  });

  test('a piece that arrives changed is noticed by the checksum', async () => {
    const changing: Send = (request, options) => {
      if (request.path.at(-1) !== 'file-write') return transport.send(request, options);
      return transport.send({ ...request, params: { ...request.params, content: 'AAAA' } }, options);
    };
    const bytes = Buffer.from('hello');
    const options = { overwrite: false, sha256: sha256Of(bytes) };
    const error = await failing(agentFiles(changing, web, { windows: false }).upload(bytes, '/srv/c', options, never));
    expect(error.code).toBe('changed');
    expect(await sh('[ -e /srv/c ] || echo none')).toBe('none\n');
  });

  test('one that is too large is refused, by its size or while it is read', async () => {
    await upload(Buffer.alloc(100_000), '/srv/large');
    expect((await failing(files.download('/srv/large', 99_999, never))).code).toBe('too_large');
    const blind = agentFiles(transport.send, web, { windows: true });
    expect((await failing(blind.download('/srv/large', 99_999, never))).code).toBe('too_large');
    expect((await blind.download('/srv/large', 100_000, never)).bytes).toHaveLength(100_000);
  });

  test('with the privilege to read files alone they can be read, as before 9.2 too', async () => {
    const noExec: Send = (request, options) => {
      const what = request.path.at(-1) ?? '';
      if (what === 'info' || what === 'exec')
        throw new PveError({ code: 'forbidden', message: 'no', hint: '', reason: ['Permission check failed'] });
      if (what === 'file-read' && 'count' in (request.params ?? {}))
        throw new PveError({
          code: 'invalid_argument',
          message: 'no',
          hint: '',
          reason: [],
          fields: { count: 'not defined in schema' },
        });
      return transport.send(request, options);
    };
    const bytes = randomBytes(3 * million);
    await upload(bytes, '/srv/plain');
    const down = await agentFiles(noExec, web, { windows: false }).download('/srv/plain', 10 * million, never);
    expect(down.bytes.equals(bytes)).toBe(true);
    expect(down.mode).toBeUndefined();
  });

  test('in a Windows guest are read, and not written', async () => {
    const windows = agentFiles(transport.send, web, { windows: true });
    expect((await windows.download('/etc/hostname', million, never)).bytes.toString()).toBe('web-01\n');
    const options = { overwrite: false, sha256: sha256Of(Buffer.from('x')) };
    expect((await failing(windows.upload(Buffer.from('x'), 'C:\\x', options, never))).code).toBe('not_implemented');
  });

  test.each([
    [{ node: 'pve2', vmid: 109 }, 'agent_unavailable'],
    [{ node: 'pve3', vmid: 108 }, 'agent_unavailable'],
    [{ node: 'pve1', vmid: 105 }, 'wrong_state'],
  ])('of %j: it is said that and why its agent does not answer', async (place, code) => {
    const there = agentFiles(transport.send, place, { windows: false, patienceMs: 0 });
    expect((await failing(there.download('/etc/hostname', million, never))).code).toBe(code);
  });
});
