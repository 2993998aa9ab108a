import { describe, expect, test } from 'vitest';
import type { FileAnswer } from '../../../../src/gate/file-answer.ts';
import type { Outcome, ProposedFile } from '../../../../src/gate/types.ts';
import { fakeServer } from '../fake-door.ts';

const answers = {
  '/cluster/resources': [
    { type: 'lxc', vmid: 102, name: 'db-01', node: 'pve1', status: 'running' },
    { type: 'node', node: 'pve1', status: 'online' },
  ],
};
const sha256 = 'ab'.repeat(32);
const carried = (answer: Partial<FileAnswer> = {}): Outcome => ({
  status: 'done',
  data: { remotePath: '/etc/hosts', size: 12, sha256, ...answer },
  ms: 412,
});
const server = (outcome: Outcome = carried(), budget?: number) =>
  fakeServer({ answers, carry: () => outcome, ...(budget === undefined ? {} : { budget }) });
const proposed = ({ carried: [one] }: ReturnType<typeof fakeServer>) => one?.operations[0] as ProposedFile;

describe('pve_read_file', () => {
  const read = (text: string, args: object = {}, budget?: number) =>
    server(carried({ text, size: Buffer.byteLength(text) }), budget).call('pve_read_file', {
      guest: 102,
      path: '/etc/hosts',
      ...args,
    });
  const numbers = (amount: number) => Array.from({ length: amount }, (_, at) => `line ${at + 1}\n`).join('');

  test('proposes to read, of a guest or of a node', async () => {
    const at = server();
    await at.call('pve_read_file', { guest: 'db-01', path: '/etc/hosts' });
    await at.call('pve_read_file', { node: 'pve1', path: '/etc/hosts', max_bytes: 99 });
    const file = { kind: 'file', direction: 'read', remotePath: '/etc/hosts', overwrite: false };
    expect(at.carried.map(({ operations }) => operations)).toEqual([
      [{ ...file, target: { at: 'container', node: 'pve1', vmid: 102 }, maxBytes: 10 * 1024 * 1024 }],
      [{ ...file, target: { at: 'host', node: 'pve1' }, maxBytes: 99 }],
    ]);
  });

  test('answers with all lines', async () => {
    expect((await read('one\n\n\ttwo\n')).text).toBe(
      '"/etc/hosts" (container 102 on pve1): 10 bytes, 3 lines.\none\n\n\ttwo',
    );
  });

  test('says when the last line has no end, which a change of the file should know', async () => {
    expect((await read('one\ntwo')).text).toMatch(/2 lines\.\none\ntwo\n\[It ends without a line end\.\]$/);
  });

  test.each([
    [{ from_line: 3, to_line: 4 }, /9 lines; lines 3 to 4\.\nline 3\nline 4$/],
    [{ from_line: 8 }, /9 lines; lines 8 to 9\.\nline 8\nline 9$/],
    [{ to_line: 1 }, /9 lines; lines 1 to 1\.\nline 1$/],
    [{ from_line: 8, to_line: 800 }, /lines 8 to 9/],
    [{ from_line: 10 }, /9 lines; there is no line 10\.$/],
    [{ from_line: 4, to_line: 3 }, /to_line is before from_line/],
  ])('%j', async (range, expected) => {
    expect((await read(numbers(9), range)).text).toMatch(expected);
  });

  test('where not all fits, whole lines, and how to go on; following that loses and doubles nothing', async () => {
    const content = numbers(2000);
    let from: number | undefined = 1;
    const seen: string[] = [];
    for (let calls = 0; from !== undefined && calls < 50; calls += 1) {
      const { text, raw } = await read(content, { from_line: from }, 3000);
      expect(raw.length).toBeLessThanOrEqual(3000);
      seen.push(...(text.match(/^line \d+$/gm) ?? []));
      const next: string | undefined = /go on with from_line (\d+)/.exec(text)?.[1];
      from = next === undefined ? undefined : Number(next);
    }
    expect(`${seen.join('\n')}\n`).toBe(content);
  });

  test('a line that is longer than an answer is cut, and the rest still within reach', async () => {
    const { text, raw } = await read(`${'x'.repeat(9000)}\nend\n`, {}, 3000);
    expect(raw.length).toBeLessThanOrEqual(3000);
    expect(text).toMatch(/line 1 is cut/i);
    expect(text).toMatch(/from_line 2/);
  });

  test('binary and empty files are named', async () => {
    expect((await server(carried({ size: 700 })).call('pve_read_file', { guest: 102, path: '/bin/x' })).text).toBe(
      `"/bin/x" (container 102 on pve1): binary, 700 bytes, not shown. pve_download_file saves it on this machine. SHA-256 ${sha256}`,
    );
    expect((await read('')).text).toMatch(/: empty\.$/);
  });

  test('what is refused is an error', async () => {
    const error = {
      code: 'too_large',
      message: 'It is larger than 99 bytes',
      hint: 'Raise max_bytes.',
      reason: [],
    } as const;
    const { text, isError } = await server({ status: 'failed', error }).call('pve_read_file', {
      node: 'pve1',
      path: '/x',
    });
    expect(isError).toBe(true);
    expect(text).toMatch(/too_large.*larger than 99 bytes[\s\S]*Next: Raise max_bytes/);
  });
});

describe('pve_download_file', () => {
  test('proposes where it goes, and tells where it is', async () => {
    const at = server(carried({ localPath: '/home/me/hosts' }));
    const { text, isError } = await at.call('pve_download_file', { guest: 102, path: '/etc/hosts', to: 'hosts' });
    expect(proposed(at)).toEqual({
      kind: 'file',
      direction: 'download',
      target: { at: 'container', node: 'pve1', vmid: 102 },
      remotePath: '/etc/hosts',
      localPath: 'hosts',
      overwrite: false,
      maxBytes: 10 * 1024 * 1024,
    });
    expect(isError).toBe(false);
    expect(text).toBe(
      `container 102 on pve1: download of "/etc/hosts" OK in 0.4 s, 12 bytes, SHA-256 ${sha256}, saved as "/home/me/hosts"`,
    );
  });
});

describe('pve_upload_file', () => {
  test('proposes a text with mode and owner', async () => {
    const at = server();
    const { text } = await at.call('pve_upload_file', {
      node: 'pve1',
      path: '/etc/motd',
      content: 'hello\n',
      overwrite: true,
      mode: '0640',
      owner: 'root:adm',
      reason: 'greeting',
    });
    expect(proposed(at)).toEqual({
      kind: 'file',
      direction: 'upload',
      target: { at: 'host', node: 'pve1' },
      remotePath: '/etc/motd',
      content: 'hello\n',
      overwrite: true,
      mode: 0o640,
      owner: 'root:adm',
      maxBytes: 10 * 1024 * 1024,
    });
    expect(at.carried[0]?.reason).toBe('greeting');
    expect(text).toBe(`node pve1: upload to "/etc/motd" OK in 0.4 s, 12 bytes, SHA-256 ${sha256}`);
  });

  test('proposes a file of this machine', async () => {
    const at = server();
    await at.call('pve_upload_file', { guest: 102, path: '/srv/app.tar', from: '/home/me/app.tar', max_bytes: 5 });
    expect(proposed(at)).toMatchObject({ localPath: '/home/me/app.tar', overwrite: false, maxBytes: 5 });
    expect(proposed(at)).not.toHaveProperty('content');
  });
});

test.each([
  ['pve_read_file', {}, /Neither guest nor node is given/],
  ['pve_read_file', { guest: 102, node: 'pve1' }, /guest and node are both given/],
  ['pve_read_file', { guest: 102, path: 'etc/hosts' }, /path: is no absolute path/],
  ['pve_read_file', { guest: 102, path: '/etc/../shadow' }, /path: is no absolute path/],
  ['pve_read_file', { guest: 102, max_bytes: 33 * 1024 * 1024 }, /max_bytes/],
  ['pve_upload_file', { guest: 102 }, /Neither content nor from is given/],
  ['pve_upload_file', { guest: 102, content: 'x', from: '/x' }, /content and from are both given/],
  ['pve_upload_file', { guest: 102, content: 'x', mode: '999' }, /mode: is no mode in octal digits/],
  ['pve_upload_file', { guest: 102, content: 'x', owner: 'a;b' }, /owner: is no owner/],
  ['pve_download_file', { guest: 102, to: '' }, /to:/],
])('%s %j: an error that says what is wrong, and nothing is proposed', async (tool, args, message) => {
  const at = server();
  const { text, isError } = await at.call(tool, { path: '/etc/hosts', ...args });
  expect(isError).toBe(true);
  expect(text).toMatch(message);
  expect(at.carried).toEqual([]);
});
