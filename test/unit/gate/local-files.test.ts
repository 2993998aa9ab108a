import { execFileSync } from 'node:child_process';
import {
  chmod,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLocalFiles } from '../../../src/gate/local-files.ts';
import { localHazards } from '../../../src/gate/local-path.ts';

let root = '';
let outside = '';
const files = createLocalFiles({ folders: () => [root], hint: 'Open a folder.' });
const bytes = Buffer.from('hello\n');

beforeEach(async () => {
  // A temporary folder may itself be behind a link.
  root = await realpath(await mkdtemp(join(tmpdir(), 'proxmox-test-')));
  outside = await realpath(await mkdtemp(join(tmpdir(), 'proxmox-test-')));
});
afterEach(async () => {
  // Whatever happened, no half file is left.
  const left = await Promise.all([root, outside].map((folder) => readdir(folder, { recursive: true })));
  for (const folder of [root, outside]) await rm(folder, { recursive: true, force: true });
  expect(left.flat().filter((name) => name.endsWith('.part'))).toEqual([]);
});

describe('what is sent', () => {
  test('G12: a plain file in the folder is read whole, with its real path and sum', async () => {
    await writeFile(join(root, 'a.txt'), bytes);
    const read = await files.read('a.txt', 100);
    expect(read).toMatchObject({
      path: join(root, 'a.txt'),
      sha256: '5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03',
    });
    expect(read.bytes).toEqual(bytes);
  });

  test.each<[string, () => Promise<unknown>, string]>([
    ['of another folder', () => writeFile(join(outside, 'x'), bytes), '../{outside}/x'],
    ['behind a link to another folder', () => symlink(outside, join(root, 'x')), 'x/x'],
    ['that is a link to a file elsewhere', () => symlink(join(outside, 'x'), join(root, 'x')), 'x'],
    ['with a second name', () => link(join(outside, 'x'), join(root, 'x')), 'x'],
    ['that is a folder', () => mkdir(join(root, 'x')), 'x'],
    ['that is not there', async () => {}, 'x'],
    ['of the machine', async () => {}, '/proc/self/environ'],
  ])('G12: a file %s is refused', async (_what, make, path) => {
    await writeFile(join(outside, 'x'), bytes);
    await make();
    const wanted = path.replace('../{outside}', outside);
    await expect(files.read(wanted, 100)).rejects.toMatchObject({ name: 'PveError' });
  });

  test('G12: a pipe is refused at once, though nobody writes to it', async () => {
    execFileSync('mkfifo', [join(root, 'pipe')]);
    await expect(files.read('pipe', 100)).rejects.toMatchObject({ code: 'invalid_argument' });
  });

  test('what is larger than allowed is refused by its size', async () => {
    await writeFile(join(root, 'big'), Buffer.alloc(101));
    await expect(files.read('big', 100)).rejects.toMatchObject({ code: 'too_large' });
  });

  test('without a folder nothing is read, and the hint says how to have one', async () => {
    const none = createLocalFiles({ folders: () => [], hint: 'Open a folder.' });
    await expect(none.read('a.txt', 100)).rejects.toMatchObject({ code: 'denied', data: { hint: 'Open a folder.' } });
    await expect(none.read('/etc/hostname', 100)).rejects.toMatchObject({ code: 'denied' });
  });
});

describe('what is received', () => {
  test('G12: a new file is private, is no program, and holds what came', async () => {
    const place = await files.place('new.txt', false);
    await files.write(place, bytes, false);
    expect(await readFile(join(root, 'new.txt'))).toEqual(bytes);
    expect((await stat(place)).mode & 0o777).toBe(0o600);
  });

  test('G12: what is there is kept unless asked, and replaced whole when asked', async () => {
    await writeFile(join(root, 'old'), 'old');
    await chmod(join(root, 'old'), 0o755);
    await expect(files.place('old', false)).rejects.toMatchObject({ code: 'exists' });
    await files.write(await files.place('old', true), bytes, true);
    expect(await readFile(join(root, 'old'))).toEqual(bytes);
    expect((await stat(join(root, 'old'))).mode & 0o777).toBe(0o600);
  });

  test('G12: a file that came there meanwhile is kept', async () => {
    const place = await files.place('late', false);
    await writeFile(place, 'meanwhile');
    await expect(files.write(place, bytes, false)).rejects.toMatchObject({ code: 'exists' });
    expect(await readFile(place, 'utf8')).toBe('meanwhile');
  });

  test('G12: a file with a second name is replaced, and its other name keeps what it had', async () => {
    await writeFile(join(outside, 'kept'), 'kept');
    await link(join(outside, 'kept'), join(root, 'twin'));
    await files.write(await files.place('twin', true), bytes, true);
    expect(await readFile(join(outside, 'kept'), 'utf8')).toBe('kept');
  });

  test('G12: a folder that became a link to elsewhere between question and run gets nothing', async () => {
    await mkdir(join(root, 'sub'));
    const place = await files.place('sub/x', false);
    await rename(join(root, 'sub'), join(root, 'moved'));
    await symlink(outside, join(root, 'sub'));
    await expect(files.write(place, bytes, false)).rejects.toMatchObject({ name: 'PveError' });
    expect(await readdir(outside)).toEqual([]);
  });

  test.each<[string, () => Promise<unknown>, string]>([
    ['outside of the folder', async () => {}, '../x'],
    ['that is a link', () => symlink(join(outside, 'x'), join(root, 'x')), 'x'],
    ['that is a folder', () => mkdir(join(root, 'x')), 'x'],
    ['in a folder that is not there', async () => {}, 'no/x'],
    ['that is the folder itself', async () => {}, '.'],
  ])('G12: a place %s is refused, also to overwrite', async (_what, make, path) => {
    await make();
    await expect(files.place(path, true)).rejects.toMatchObject({ name: 'PveError' });
  });
});

describe('what the question warns of', () => {
  test.each<[string, 'upload' | 'download', boolean]>([
    ['/home/a/work/notes.txt', 'download', false],
    ['/home/a/work/.vscode/tasks.json', 'download', true],
    ['/home/a/work/.git/hooks/post-checkout', 'download', true],
    ['/home/a/work/x.code-workspace', 'download', true],
    ['/home/a/work/AGENTS.md', 'download', true],
    ['/home/a/work/docs/copilot-instructions.md', 'download', true],
    ['/home/a/work/deploy.prompt.md', 'download', true],
    ['C:\\work\\.vscode\\settings.json', 'download', true],
    ['/home/a/.ssh/id_ed25519', 'upload', true],
    ['/home/a/work/.env', 'upload', true],
    ['/home/a/work/notes.txt', 'upload', false],
  ])('G12: %s of a %s: %s', (path, direction, warns) => {
    expect(localHazards(path, direction).length > 0).toBe(warns);
  });
});
