import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PveError } from '../../src/pve/error.ts';
import { type RemoteFiles, sha256Of } from '../../src/pve/remote-file.ts';
import { containerFiles } from '../../src/ssh/guest-transfer.ts';
import { startNode, type TestNode } from '../support/node.ts';
import { never } from '../support/ssh.ts';
import { hasSshd } from '../support/sshd.ts';

const million = 1_000_000;
const failing = (promise: Promise<unknown>): Promise<PveError> =>
  promise.then(
    () => expect.fail('it should have failed'),
    (error: PveError) => error,
  );

describe.skipIf(!hasSshd())('files of a container', () => {
  let node: TestNode;
  let files: RemoteFiles;
  let folder: string;
  beforeAll(async () => {
    node = await startNode();
    files = containerFiles(node.shell, 102);
  });
  afterAll(() => node.stop());
  beforeEach(async () => {
    folder = await mkdtemp(join(node.folder, 'files-'));
  });

  const at = (name: string): string => join(folder, name);
  const upload = (
    bytes: Buffer,
    path: string,
    more: Partial<Parameters<RemoteFiles['upload']>[2]> = {},
    signal = never,
  ) => files.upload(bytes, path, { overwrite: false, sha256: sha256Of(bytes), ...more }, signal);
  const there = (): string[] => readdirSync(folder).sort();
  /** What a transfer has left on the node. */
  const rubbish = (): string[] => readdirSync(node.sshd.folder).filter((name) => name.startsWith('proxmox-'));

  test('G12: go up and come down as they are', async () => {
    for (const size of [0, 3 * million]) {
      const bytes = randomBytes(size);
      await upload(bytes, at(`ü ${size}`), { mode: 0o640 });
      expect(readFileSync(at(`ü ${size}`)).equals(bytes)).toBe(true);
      const down = await files.download(at(`ü ${size}`), 10 * million, never);
      expect(down.bytes.equals(bytes)).toBe(true);
      expect(down).toMatchObject({ sha256: sha256Of(bytes), mode: 0o640 });
    }
    const copies = node.standIns.calls.filter(({ argv }) => argv[0] === 'push' || argv[0] === 'pull');
    expect(copies.map(({ argv }) => argv[0])).toEqual(['push', 'push', 'pull']);
    expect(there()).toEqual(['ü 0', 'ü 3000000']);
    expect(rubbish()).toEqual([]);
  });

  test('by a login with sudo as well', async () => {
    const sudo = '#!/bin/sh\n[ "$1 $2" = "-n --" ] || exit 9\nshift 2\nexec "$@"\n';
    writeFileSync(join(node.standIns.folder, 'sudo'), sudo, { mode: 0o755 });
    const own = containerFiles(await node.login({ sudo: true }), 102);
    const bytes = randomBytes(100_000);
    await own.upload(bytes, at('x'), { overwrite: false, sha256: sha256Of(bytes) }, never);
    expect((await own.download(at('x'), million, never)).bytes.equals(bytes)).toBe(true);
    expect(rubbish()).toEqual([]);
  });

  test('a push that fails and tells success is noticed by the checksum, with its words', async () => {
    writeFileSync(at('x'), 'as it was');
    node.standIns.failing.add('push');
    const error = await failing(upload(Buffer.from('new'), at('x'), { overwrite: true }));
    node.standIns.failing.clear();
    expect(error).toMatchObject({
      code: 'changed',
      data: { reason: expect.arrayContaining(['failed to push: No space left on device']) },
    });
    expect(readFileSync(at('x'), 'utf8')).toBe('as it was');
    expect(there()).toEqual(['x']);
    expect(rubbish()).toEqual([]);
  });

  test('a pull that fails is told with its words', async () => {
    writeFileSync(at('x'), 'x');
    node.standIns.failing.add('pull');
    const error = await failing(files.download(at('x'), million, never));
    node.standIns.failing.clear();
    expect(error.data.reason.join()).toContain('No space left');
    expect(rubbish()).toEqual([]);
  });

  test('G12: nothing is replaced unless asked, and nothing through a link', async () => {
    writeFileSync(at('mine'), 'mine');
    symlinkSync(at('mine'), at('link'));
    mkdirSync(at('folder'));
    execFileSync('mkfifo', [at('pipe')]);
    expect((await failing(upload(Buffer.from('x'), at('mine')))).code).toBe('exists');
    expect((await failing(upload(Buffer.from('x'), at('link'), { overwrite: true }))).code).toBe('changed');
    expect((await failing(upload(Buffer.from('x'), at('pipe'), { overwrite: true }))).code).toBe('wrong_state');
    expect((await failing(files.download(at('link'), million, never))).code).toBe('changed');
    expect((await failing(files.download(at('folder'), million, never))).code).toBe('wrong_state');
    expect((await failing(files.download(at('pipe'), million, never))).code).toBe('wrong_state');
    expect((await failing(files.download(at('none'), million, never))).code).toBe('not_found');
    expect(readFileSync(at('mine'), 'utf8')).toBe('mine');
    await upload(Buffer.from('y'), at('mine'), { overwrite: true });
    expect(readFileSync(at('mine'), 'utf8')).toBe('y');
    expect(there()).toEqual(['folder', 'link', 'mine', 'pipe']);
  });

  test('one that is too large is refused, also where its size is not told', async () => {
    execFileSync('truncate', ['-s', '3G', at('huge')]);
    expect((await failing(files.download(at('huge'), million, never))).code).toBe('too_large');
    expect((await failing(files.download('/proc/kallsyms', 10_000, never))).code).toBe('too_large');
    const version = await files.download('/proc/version', 10_000, never);
    expect(version.bytes.toString()).toBe(readFileSync('/proc/version', 'utf8'));
    expect(rubbish()).toEqual([]);
  });

  test('of a container that is elsewhere or stopped: said as such', async () => {
    const elsewhere = containerFiles(node.shell, 107);
    expect((await failing(elsewhere.download(at('x'), million, never))).code).toBe('not_found');
    await node.demo.taskEnd((await node.demo.request('POST', '/nodes/pve1/lxc/111/status/stop')).data);
    const stopped = containerFiles(node.shell, 111);
    const bytes = Buffer.from('x');
    const options = { overwrite: false, sha256: sha256Of(bytes) };
    expect((await failing(stopped.upload(bytes, at('x'), options, never))).code).toBe('wrong_state');
    expect(there()).toEqual([]);
  });

  test('the folder on the node is for nobody else; a connection that breaks leaves nothing in either place', async () => {
    const going = failing(upload(randomBytes(60 * million), at('big')));
    await expect
      .poll(() => rubbish().some((name) => existsSync(join(node.sshd.folder, name, 'file'))), {
        timeout: 5000,
        interval: 2,
      })
      .toBe(true);
    const [temp = ''] = rubbish();
    expect(statSync(join(node.sshd.folder, temp)).mode & 0o777).toBe(0o700);
    await node.sshd.dropConnections();
    expect((await going).code).toBe('unreachable');
    await expect.poll(rubbish, { timeout: 8000 }).toEqual([]);
    await expect.poll(there, { timeout: 8000 }).toEqual([]);
  });

  test('many at once do not wait for each other for ever', async () => {
    const names = Array.from({ length: 5 }, (_, number) => `many${number}`);
    await Promise.all(names.map((name) => upload(Buffer.from(name), at(name))));
    expect(there()).toEqual(names);
  });

  test('a cancel leaves nothing in either place', async () => {
    const controller = new AbortController();
    const going = failing(upload(randomBytes(60 * million), at('big'), {}, controller.signal));
    await expect.poll(() => rubbish().length, { timeout: 5000, interval: 2 }).toBe(1);
    controller.abort();
    expect((await going).code).toBe('cancelled');
    expect(rubbish()).toEqual([]);
    expect(there()).toEqual([]);
  });
});
