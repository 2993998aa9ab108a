// Files of agents through the real server over stdio: to and from a node, a container and a VM.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { execServers } from '../support/exec-servers.ts';
import type { Elicit } from '../support/mcp.ts';
import { hasSshd } from '../support/sshd.ts';

const onNodes = { PVE_SSH_HOST_COMMANDS: '1' };
const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');

describe.skipIf(!hasSshd())('files of agents', () => {
  const at = execServers();

  /** A folder of this machine that files may go to and come from, one of the node, and a server that knows the first. */
  async function places(elicit?: Elicit) {
    const [local, remote] = [await at.folder(), await at.folder()];
    const settings = { ...onNodes, PVE_FILES_DIR: local };
    const server = await at.start(settings, elicit === undefined ? {} : { elicit });
    const refused = async (tool: string, args: Record<string, unknown>, expected: RegExp) => {
      const { text, isError } = await server.call(tool, args);
      expect(isError, text).toBe(true);
      expect(text).toMatch(expected);
    };
    const done = async (tool: string, args: Record<string, unknown>) => {
      const { text, isError } = await server.call(tool, args);
      expect(isError, text).toBe(false);
      return text;
    };
    return { local, remote, server, refused, done };
  }

  test('G6: reading asks each time, and answers with the lines that were wanted, fenced', async () => {
    const { remote, server, done } = await places();
    const path = join(remote, 'list');
    await writeFile(path, Array.from({ length: 50 }, (_, line) => `line ${line + 1}\n`).join(''));
    const text = await done('pve_read_file', { node: 'pve2', path, from_line: 49 });
    expect(text).toMatch(/: 391 bytes, 50 lines; lines 49 to 50\.\nline 49\nline 50$/);
    const { raw } = await server.call('pve_read_file', { node: 'pve2', path, to_line: 1 });
    expect(raw).toMatch(/\n\[data ([0-9a-f]{8})\]\nline 1\n\[end \1\]$/);
    expect(server.questions).toHaveLength(2);
    expect(server.questions[0]).toContain(`read pve2:"${path}"`);
  });

  test('of a VM and of a container too, without a switch; what is binary, too large or not there is told', async () => {
    const { remote, done, refused } = await places();
    expect(await done('pve_read_file', { guest: 101, path: '/etc/hostname' })).toMatch(/\(VM 101 on pve2\).*\nweb-01$/);
    const path = join(remote, 'bytes');
    await writeFile(path, Buffer.from([0, 1, 2, 3]));
    const inside = { guest: 107, path };
    expect(await done('pve_read_file', inside)).toMatch(/binary, 4 bytes, not shown/);
    await refused('pve_read_file', { ...inside, max_bytes: 3 }, /too_large/);
    await refused('pve_read_file', { guest: 107, path: join(remote, 'none') }, /not_found|no such file/i);
  });

  test('an upload arrives whole, with its mode, and the answer has its sum; the question shows the text', async () => {
    const { remote, server, done } = await places();
    const path = join(remote, 'motd');
    const content = 'hello\n\tworld ü\n';
    const text = await done('pve_upload_file', { node: 'pve2', path, content, mode: '0640' });
    expect(text).toContain(`${Buffer.byteLength(content)} bytes, SHA-256 ${sha256(content)}`);
    expect(await readFile(path, 'utf8')).toBe(content);
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    expect(await readdir(remote)).toEqual(['motd']);
    expect(server.questions[0]).toContain('hello');
    expect(server.questions[0]).toContain('mode 0640');
  });

  test('into a container by pct push, and into a VM by its agent', async () => {
    const { local, remote, done } = await places();
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 251));
    const from = join(local, 'bytes');
    await writeFile(from, bytes);
    const path = join(remote, 'bytes');
    await done('pve_upload_file', { guest: 107, path, from });
    expect((await readFile(path)).equals(bytes)).toBe(true);
    expect(at.node.standIns.calls.map(({ argv }) => argv.slice(0, 2))).toContainEqual(['push', '107']);
    await done('pve_upload_file', { guest: 101, path: '/srv/bytes', from: 'bytes' });
    const back = await done('pve_download_file', { guest: 101, path: '/srv/bytes', to: 'back' });
    expect(back).toContain(`saved as "${join(local, 'back')}"`);
    expect((await readFile(join(local, 'back'))).equals(bytes)).toBe(true);
  });

  test('what is there already stays, unless it is to be overwritten', async () => {
    const { local, remote, done, refused, server } = await places();
    const path = join(remote, 'there');
    await writeFile(path, 'old');
    await refused('pve_upload_file', { node: 'pve2', path, content: 'new' }, /there already|exists/);
    expect(await readFile(path, 'utf8')).toBe('old');
    await done('pve_upload_file', { node: 'pve2', path, content: 'new', overwrite: true });
    expect(await readFile(path, 'utf8')).toBe('new');
    await writeFile(join(local, 'mine'), 'mine');
    const asked = server.questions.length;
    await refused('pve_download_file', { node: 'pve2', path, to: 'mine' }, /is there already/);
    expect(server.questions).toHaveLength(asked);
    expect(await readFile(join(local, 'mine'), 'utf8')).toBe('mine');
    await done('pve_download_file', { node: 'pve2', path, to: 'mine', overwrite: true });
    expect(await readFile(join(local, 'mine'), 'utf8')).toBe('new');
    expect((await readdir(local)).concat(await readdir(remote))).toEqual(['mine', 'there']);
  });

  test('a denied transfer changes nothing here or there', async () => {
    const { local, remote, refused, server } = await places(() => ({ action: 'accept', content: { answer: 'deny' } }));
    const path = join(remote, 'file');
    await refused('pve_upload_file', { node: 'pve2', path, content: 'x' }, /denied/);
    await writeFile(path, 'c4n4ry-content');
    await refused('pve_download_file', { node: 'pve2', path, to: 'file' }, /denied/);
    await refused('pve_read_file', { node: 'pve2', path }, /denied/);
    expect(server.questions).toHaveLength(3);
    expect(await readdir(local)).toEqual([]);
    expect(await readFile(path, 'utf8')).toBe('c4n4ry-content');
    expect(server.received()).not.toContain('c4n4ry-content');
  });

  test('G12: nothing of this machine is touched outside of the folders, whatever leads there, and nobody is asked', async () => {
    const { local, remote, refused, server } = await places();
    const outside = await at.folder();
    await writeFile(join(outside, 'key'), 'private');
    await symlink(outside, join(local, 'link'));
    await symlink(join(outside, 'key'), join(local, 'file-link'));
    await link(join(outside, 'key'), join(local, 'hard'));
    const path = join(remote, 'file');
    for (const from of [join(outside, 'key'), '../key', 'link/key', 'file-link', 'hard', '/etc/shadow'])
      await refused('pve_upload_file', { node: 'pve2', path, from }, /within the folders|hard link|cannot be opened/);
    await writeFile(path, 'x');
    for (const to of [join(outside, 'new'), '../new', 'link/new', 'file-link'])
      await refused(
        'pve_download_file',
        { node: 'pve2', path, to, overwrite: true },
        /within the folders|no plain file|cannot/,
      );
    expect(server.questions).toEqual([]);
    expect(await readdir(outside)).toEqual(['key']);
    expect(await readFile(join(outside, 'key'), 'utf8')).toBe('private');
  });

  test('G12: what was asked about is sent, though the file has changed meanwhile', async () => {
    let change = async () => {};
    const { local, remote, done } = await places(async () => {
      await change();
      return { action: 'accept', content: { answer: 'run' } };
    });
    const [from, path] = [join(local, 'file'), join(remote, 'file')];
    await writeFile(from, 'as it was');
    change = () => writeFile(from, 'something else');
    const text = await done('pve_upload_file', { node: 'pve2', path, from });
    expect(text).toContain(sha256('as it was'));
    expect(await readFile(path, 'utf8')).toBe('as it was');
  });

  test('G12: a folder that becomes a link between question and run gets nothing', async () => {
    const outside = await at.folder();
    let swap = async () => {};
    const { local, remote, refused } = await places(async () => {
      await swap();
      return { action: 'accept', content: { answer: 'run' } };
    });
    await mkdir(join(local, 'in'));
    await writeFile(join(remote, 'file'), 'x');
    swap = async () => {
      const { rename } = await import('node:fs/promises');
      await rename(join(local, 'in'), join(local, 'was'));
      await symlink(outside, join(local, 'in'));
    };
    await refused(
      'pve_download_file',
      { node: 'pve2', path: join(remote, 'file'), to: 'in/file' },
      /within the folders|leads elsewhere/,
    );
    expect(await readdir(outside)).toEqual([]);
    expect(await readdir(join(local, 'was'))).toEqual([]);
  });

  test('G12: the question says what a guest could turn into code here', async () => {
    const { local, remote, server, done } = await places();
    await writeFile(join(remote, 'tasks.json'), '{}');
    await mkdir(join(local, '.vscode'));
    const path = join(remote, 'tasks.json');
    await done('pve_download_file', { node: 'pve2', path, to: '.vscode/tasks.json' });
    await done('pve_download_file', { node: 'pve2', path, to: 'AGENTS.md' });
    expect(server.questions[0]).toMatch(/hidden path on this machine: programs may run what stands there/);
    expect(server.questions[1]).toMatch(/Agents take what stands in this file for instructions/);
    expect((await stat(join(local, 'AGENTS.md'))).mode & 0o777).toBe(0o600);
  });

  test('without folders no file of this machine is touched, and the answer says who names them', async () => {
    const server = await at.shared(onNodes);
    const folder = await at.folder();
    await writeFile(join(folder, 'here'), 'x');
    const args = { node: 'pve2', path: join(folder, 'there'), from: join(folder, 'here') };
    const { text, isError } = await server.call('pve_upload_file', args);
    expect(isError).toBe(true);
    expect(text).toMatch(/PVE_FILES_DIR/);
    expect(server.questions).toEqual([]);
    expect(existsSync(join(folder, 'there'))).toBe(false);
  });

  test('G8: files of nodes are off with commands on nodes', async () => {
    const server = await at.shared();
    for (const [tool, more] of [
      ['pve_read_file', {}],
      ['pve_upload_file', { content: 'x' }],
    ] as const) {
      const { text, isError } = await server.call(tool, { node: 'pve2', path: '/tmp/x', ...more });
      expect(isError).toBe(true);
      expect(text).toMatch(/switched off for agents/);
    }
    expect(server.questions).toEqual([]);
  });

  test('a plan of a transfer and a command is asked about once', async () => {
    const { remote, server, done } = await places();
    const path = join(remote, 'script');
    const text = await done('pve_run_plan', {
      title: 'Put a script there and run it',
      steps: [
        { tool: 'pve_upload_file', arguments: { guest: 107, path, content: 'echo it ran\n' } },
        { tool: 'pve_exec_guest', arguments: { guest: 107, argv: ['sh', path] } },
        { tool: 'pve_read_file', arguments: { guest: 107, path } },
      ],
    });
    expect(text).toMatch(/^All 3 steps ran\.[\s\S]*it ran[\s\S]*echo it ran/);
    expect(server.questions).toHaveLength(1);
  });
});
