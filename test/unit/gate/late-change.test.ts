import { describe, expect, test } from 'vitest';
import type { LocalFiles } from '../../../src/gate/local-files.ts';
import { largestRead, proposalSchema } from '../../../src/gate/operation.ts';
import type { ProposedCommand, ProposedFile } from '../../../src/gate/types.ts';
import { PveError } from '../../../src/pve/error.ts';
import type { Answering } from '../../support/approver.ts';
import { type Bench, call, gateBench, home, power } from '../../support/gate.ts';
import { execResult, fakeShell } from '../../support/shell.ts';

const agree: Answering = ({ mustType }) => ({ kind: 'run', ...(mustType === undefined ? {} : { typed: mustType }) });
const commandsOn = { commands: { host: true } } as const;

const command: ProposedCommand = {
  kind: 'command',
  target: { at: 'host', node: 'pve1' },
  run: { argv: ['sleep', '600'] },
  timeoutSeconds: 600,
};
const file: ProposedFile = {
  kind: 'file',
  direction: 'download',
  target: { at: 'host', node: 'pve1' },
  remotePath: '/etc/hosts',
  localPath: 'notes/hosts',
  overwrite: false,
  maxBytes: 1000,
};

test('G2: a freeze while the record of a command is written keeps it from being run', async () => {
  const shell = fakeShell(() => execResult('ran'));
  const bench: Bench = gateBench({
    shell,
    profile: commandsOn,
    answers: [agree],
    audit: {
      async append({ phase }) {
        if (phase !== 'before') return;
        bench.freeze = { count: 1, since: '2027-01-15T08:00:00Z' };
        await bench.gate.recheck();
      },
      change: async () => {},
    },
  });
  expect(await bench.one(command)).toMatchObject({ status: 'denied', by: 'freeze' });
  expect(shell.ran).toEqual([]);
});

test('G2, G12: a download whose folder leads elsewhere by the time of its step is not begun', async () => {
  const unused = () => Promise.reject(new Error('not wanted here'));
  let folder = '/work/notes';
  const files: LocalFiles = {
    read: unused,
    measure: unused,
    open: unused,
    write: unused,
    place: async () => `${folder}/hosts`,
  };
  const shell = fakeShell();
  const bench = gateBench({ shell, files, profile: commandsOn, answers: [agree] });
  bench.cluster.on('POST /nodes/pve1/lxc/102/status/start', () => {
    folder = '/work/.git/hooks';
    return null;
  });
  const [first, second] = await bench.perform([power(102, 'start'), file]);
  expect(first).toMatchObject({ status: 'done' });
  expect(second).toMatchObject({ status: 'denied', by: 'changed', why: expect.stringContaining('/work/.git/hooks') });
  expect(shell.ran).toEqual([]);
});

describe('G16: a text that is read', () => {
  const isAccepted = (maxBytes: number) => {
    const { localPath: _, ...rest } = file;
    const operations = [{ ...rest, direction: 'read', maxBytes }];
    return proposalSchema.safeParse({ connection: home.id, operations, tool: 'pve_test', wait: true }).success;
  };

  test('has at most what one message to the child holds', () => {
    expect(isAccepted(largestRead)).toBe(true);
    expect(isAccepted(largestRead + 1)).toBe(false);
  });
});

test('G12: the sources of one call are together no larger than one may be', async () => {
  const unused = () => Promise.reject(new Error('not wanted here'));
  const bytes = Buffer.alloc(150 * 1024 * 1024);
  const files: LocalFiles = {
    measure: unused,
    open: unused,
    write: unused,
    place: unused,
    async read(path, maxBytes) {
      if (bytes.length > maxBytes)
        throw new PveError({ code: 'too_large', message: `${path} is too large`, hint: '', reason: [] });
      return { path, bytes, sha256: 'ab'.repeat(32) };
    },
  };
  const bench = gateBench({ shell: fakeShell(), files, profile: commandsOn });
  const upload = (localPath: string): ProposedFile => ({
    ...file,
    direction: 'upload',
    remotePath: `/root/${localPath}`,
    localPath,
    maxBytes: 200 * 1024 * 1024,
  });
  const outcomes = await bench.perform([upload('one'), upload('two')]);
  expect(outcomes).toMatchObject([{ status: 'failed', error: { code: 'too_large' } }, { status: 'failed' }]);
  expect(JSON.stringify(outcomes)).toContain('Upload them in several calls');
  expect(bench.asked).toEqual([]);
});

test.each([
  ['a path that goes up', call('GET', '/nodes/pve2/qemu/101/agent/file-read', { file: 'C:\\Temp\\..\\SAM' })],
  ['a path that begins nowhere', call('GET', '/nodes/pve2/qemu/101/agent/file-read', { file: 'etc/shadow' })],
  ['no words', call('POST', '/nodes/pve2/qemu/101/agent/exec', { command: [] })],
])('G5: a request to the guest agent with %s is refused like the command or file that it is', async (_what, request) => {
  const bench = gateBench();
  expect(await bench.one(request)).toMatchObject({ status: 'failed', error: { code: 'invalid_argument' } });
  expect(bench.asked).toEqual([]);
});
