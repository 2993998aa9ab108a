import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PveError } from '../../src/pve/error.ts';
import { type RemoteFiles, sha256Of } from '../../src/pve/remote-file.ts';
import { hostFiles } from '../../src/ssh/transfer.ts';
import type { NodeShell } from '../../src/ssh/types.ts';
import { startNode, type TestNode } from '../support/node.ts';
import { never } from '../support/ssh.ts';
import { hasSshd } from '../support/sshd.ts';

const million = 1_000_000;
const isRoot = process.getuid?.() === 0;
const failing = (promise: Promise<unknown>): Promise<PveError> =>
  promise.then(
    () => expect.fail('it should have failed'),
    (error: PveError) => error,
  );

describe.skipIf(!hasSshd())('files of a node', () => {
  let node: TestNode;
  let folder: string;
  beforeAll(async () => {
    node = await startNode();
    const sudo = '#!/bin/sh\n[ "$1 $2" = "-n --" ] || exit 9\nshift 2\nexec "$@"\n';
    writeFileSync(join(node.standIns.folder, 'sudo'), sudo, { mode: 0o755 });
  });
  afterAll(() => node.stop());
  beforeEach(async () => {
    folder = await mkdtemp(join(node.folder, 'files-'));
  });

  const at = (name: string): string => join(folder, name);
  const upload = (
    files: RemoteFiles,
    bytes: Buffer,
    path: string,
    more: Partial<Parameters<RemoteFiles['upload']>[2]> = {},
    signal = never,
  ) => files.upload(bytes, path, { overwrite: false, sha256: sha256Of(bytes), ...more }, signal);
  /** What is in the folder, hidden things too. */
  const there = (): string[] => readdirSync(folder).sort();

  describe.each([
    ['root, by SFTP', false],
    ['a user with sudo, by commands', true],
  ])('as %s', (_, sudo) => {
    let files: RemoteFiles;
    beforeAll(async () => {
      files = hostFiles(sudo ? await node.login({ sudo }) : node.shell);
    });

    test('G12: go up and come down as they are, of any size', async () => {
      for (const size of [0, 1, 32_768, 5 * million]) {
        const bytes = randomBytes(size);
        await upload(files, bytes, at(`f${size}`));
        expect(readFileSync(at(`f${size}`)).equals(bytes)).toBe(true);
        const down = await files.download(at(`f${size}`), 10 * million, never);
        expect(down.bytes.equals(bytes)).toBe(true);
        expect(down).toMatchObject({ sha256: sha256Of(bytes), mode: 0o644 });
      }
      expect(there()).toEqual(['f0', 'f1', 'f32768', 'f5000000']);
    });

    test('get mode and owner; one that is replaced keeps its own', async () => {
      await upload(files, Buffer.from('x'), at("odd 'ü name"), {
        mode: 0o640,
        ...(isRoot ? { owner: 'nobody:daemon' } : {}),
      });
      expect(statSync(at("odd 'ü name")).mode & 0o7777).toBe(0o640);
      if (isRoot)
        expect(execFileSync('stat', ['-c', '%U:%G', at("odd 'ü name")], { encoding: 'utf8' })).toBe('nobody:daemon\n');
      await upload(files, Buffer.from('y'), at("odd 'ü name"), { overwrite: true });
      expect(statSync(at("odd 'ü name")).mode & 0o7777).toBe(0o640);
      if (isRoot)
        expect(execFileSync('stat', ['-c', '%U:%G', at("odd 'ü name")], { encoding: 'utf8' })).toBe('nobody:daemon\n');
      expect(readFileSync(at("odd 'ü name"), 'utf8')).toBe('y');
    });

    test('G12: never replace what is there unless asked, and leave nothing behind', async () => {
      writeFileSync(at('mine'), 'mine');
      expect((await failing(upload(files, Buffer.from('x'), at('mine')))).code).toBe('exists');
      expect((await failing(upload(files, Buffer.from('x'), at('no/such/folder/x')))).code).toBe('not_found');
      expect(
        (await failing(upload(files, Buffer.from('x'), at('new'), { owner: 'no-such-user' }))).data.reason.join(),
      ).toContain('no-such-user');
      expect(
        (await failing(upload(files, Buffer.from('x'), at('new'), { sha256: sha256Of(Buffer.from('y')) }))).code,
      ).toBe('changed');
      expect(readFileSync(at('mine'), 'utf8')).toBe('mine');
      expect(there()).toEqual(['mine']);
    });

    test('G12: a path through a symbolic link is refused, and told where it leads', async () => {
      mkdirSync(at('real'));
      writeFileSync(at('real/secret'), 'secret');
      symlinkSync(at('real'), at('link'));
      symlinkSync(at('real/secret'), at('file-link'));
      symlinkSync('/nowhere', at('dangling'));
      for (const path of [at('link/secret'), at('file-link')]) {
        const told = await failing(files.download(path, million, never));
        expect(told).toMatchObject({
          code: 'changed',
          data: { message: `${path} leads through a symbolic link to ${at('real/secret')}` },
        });
        expect((await failing(upload(files, Buffer.from('x'), path, { overwrite: true }))).code).toBe('changed');
        expect(await files.look(path, never)).toEqual({ kind: 'elsewhere', path: at('real/secret') });
      }
      expect((await failing(upload(files, Buffer.from('x'), at('dangling')))).code).toBe('changed');
      expect((await failing(upload(files, Buffer.from('x'), at('link/new')))).code).toBe('changed');
      expect(readFileSync(at('real/secret'), 'utf8')).toBe('secret');
      expect(readdirSync(at('real'))).toEqual(['secret']);
    });

    test('what is no regular file is neither read nor replaced', async () => {
      mkdirSync(at('folder'));
      execFileSync('mkfifo', [at('pipe')]);
      for (const path of [at('folder'), at('pipe'), '/dev/zero']) {
        expect((await failing(files.download(path, million, never))).code).toBe('wrong_state');
        if (path !== '/dev/zero')
          expect((await failing(upload(files, Buffer.from('x'), path, { overwrite: true }))).code).toBe('wrong_state');
      }
      expect((await failing(files.download(at('missing'), million, never))).code).toBe('not_found');
      for (const path of ['relative', '/a//b', '/a/../b', '/a/', '/', '/a\0b'])
        expect((await failing(files.download(path, million, never))).code, path).toBe('invalid_argument');
    });

    test('one that is too large is refused before it is read, and one that has no end while it is', async () => {
      execFileSync('truncate', ['-s', '3G', at('huge')]);
      expect((await failing(files.download(at('huge'), million, never))).data).toMatchObject({
        code: 'too_large',
        message: expect.stringContaining('3221225472'),
      });
      writeFileSync(at('exact'), Buffer.alloc(1000));
      expect((await files.download(at('exact'), 1000, never)).bytes).toHaveLength(1000);
      expect((await failing(files.download(at('exact'), 999, never))).code).toBe('too_large');
      expect((await files.download('/proc/version', million, never)).bytes.toString()).toBe(
        readFileSync('/proc/version', 'utf8'),
      );
      expect((await failing(files.download('/proc/kallsyms', 10_000, never))).code).toBe('too_large');
    });

    test('one that grows while it is read is taken as far as it was, or refused where it grows too much', async () => {
      writeFileSync(at('log'), 'begin\n');
      const writer = spawn('sh', ['-c', `while :; do head -c 100000 /dev/zero >> '${at('log')}'; done`]);
      try {
        const result = await files.download(at('log'), 5 * million, never).then(
          ({ bytes }) => bytes.subarray(0, 6).toString(),
          ({ code }) => code,
        );
        expect(['begin\n', 'too_large']).toContain(result);
      } finally {
        writer.kill('SIGKILL');
      }
    });

    test('G12: one that appears meanwhile is not replaced', async () => {
      const going = failing(upload(files, randomBytes(40 * million), at('x')));
      await begun(folder);
      writeFileSync(at('x'), 'theirs');
      expect((await going).code).toBe('exists');
      expect(readFileSync(at('x'), 'utf8')).toBe('theirs');
      expect(there()).toEqual(['x']);
    });

    test('many at once do not wait for each other for ever', async () => {
      const names = Array.from({ length: 20 }, (_, number) => `many${number}`);
      await Promise.all(names.map((name) => upload(files, Buffer.from(name), at(name))));
      const down = await Promise.all(names.map((name) => files.download(at(name), 100, never)));
      expect(down.map(({ bytes }) => bytes.toString())).toEqual(names);
      expect(there()).toEqual([...names].sort());
    });

    test('a cancel leaves neither half a file nor rubbish', async () => {
      const controller = new AbortController();
      const going = failing(upload(files, randomBytes(40 * million), at('big'), {}, controller.signal));
      await begun(folder);
      controller.abort();
      expect((await going).code).toBe('cancelled');
      expect(there()).toEqual([]);
    });

    test('a connection that breaks leaves neither half a file nor rubbish', async () => {
      writeFileSync(at('big'), 'as it was');
      const going = failing(upload(files, randomBytes(40 * million), at('big'), { overwrite: true }));
      await begun(folder);
      await node.sshd.dropConnections();
      expect((await going).code).toBe('unreachable');
      await expect.poll(there, { timeout: 5000 }).toEqual(['big']);
      expect(readFileSync(at('big'), 'utf8')).toBe('as it was');
      await upload(files, Buffer.from('again'), at('big'), { overwrite: true });
      expect(readFileSync(at('big'), 'utf8')).toBe('again');
    });

    test.skipIf(!isRoot)('a full disk is told, and leaves nothing', async ({ skip }) => {
      mkdirSync(at('small'));
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'small', at('small')], { stdio: 'ignore' });
      } catch {
        skip('nothing may be mounted here');
      }
      try {
        await failing(upload(files, randomBytes(3 * million), at('small/big')));
        expect(readdirSync(at('small'))).toEqual([]);
      } finally {
        execFileSync('umount', [at('small')]);
      }
    });
  });

  test('what a link showed for a moment while it was read is not taken', async () => {
    writeFileSync(at('x'), 'harmless');
    writeFileSync(at('secret'), 'a secret');
    const files = hostFiles(swapping(node.shell, at('x'), at('secret')));
    expect((await failing(files.download(at('x'), million, never))).code).toBe('changed');
    expect(readFileSync(at('x'), 'utf8')).toBe('harmless');
  });

  test('the folder in which a file arrives is for nobody else', async () => {
    const files = hostFiles(node.shell);
    chmodSync(folder, 0o777);
    const going = upload(files, randomBytes(40 * million), at('big'), { mode: 0o600 });
    await begun(folder);
    const [temp = ''] = readdirSync(folder).filter((name) => name.startsWith('.proxmox-'));
    expect(statSync(at(temp)).mode & 0o777).toBe(0o700);
    expect(statSync(join(at(temp), 'file')).mode & 0o777).toBe(0o600);
    await going;
    expect(there()).toEqual(['big']);
  });

  test('a link that is put in the way meanwhile is not followed', async () => {
    const files = hostFiles(node.shell);
    mkdirSync(at('inner'));
    mkdirSync(at('victim'));
    const going = failing(upload(files, randomBytes(40 * million), at('inner/x')));
    await begun(at('inner'));
    execFileSync('mv', [at('inner'), at('moved')]);
    symlinkSync(at('victim'), at('inner'));
    await going;
    expect(readdirSync(at('victim'))).toEqual([]);
    expect(existsSync(at('moved/x'))).toBe(false);
  });

  test.skipIf(!isRoot)(
    'G12: who owns the folder is not given another file by putting a link to it in the way',
    async () => {
      writeFileSync(at('victim'), 'x', { mode: 0o600 });
      const nobody = 65_534;
      const swap = (): void => {
        const [temp = ''] = there().filter((name) => name.startsWith('.proxmox-'));
        renameSync(at(temp), at('aside'));
        mkdirSync(at(temp));
        symlinkSync(at('victim'), at(`${temp}/file`));
        chownSync(at(temp), nobody, nobody);
      };
      const shell: NodeShell = {
        ...node.shell,
        exec(command, options) {
          if (command.argv.some((word) => word.includes('chown'))) swap();
          return node.shell.exec(command, options);
        },
      };
      await failing(upload(hostFiles(shell), Buffer.from('x'), at('x'), { owner: 'nobody', mode: 0o666 }));
      expect(statSync(at('victim'))).toMatchObject({ uid: 0, mode: 0o100600 });
      expect(there()).not.toContain('x');
    },
  );
});

/** Waits until a file is arriving. */
async function begun(folder: string): Promise<void> {
  await expect
    .poll(
      () => readdirSync(folder).some((name) => name.startsWith('.proxmox-') && existsSync(join(folder, name, 'file'))),
      { timeout: 5000, interval: 2 },
    )
    .toBe(true);
}

/** A node on which somebody puts a link in the way exactly while a file is read. */
function swapping(shell: NodeShell, path: string, other: string): NodeShell {
  return {
    ...shell,
    async sftp(signal) {
      renameSync(path, `${path}.aside`);
      symlinkSync(other, path);
      const sftp = await shell.sftp(signal);
      const { end } = sftp;
      sftp.end = () => {
        renameSync(`${path}.aside`, path);
        end.call(sftp);
      };
      return sftp;
    },
  };
}
