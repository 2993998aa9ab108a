import { describe, expect, test } from 'vitest';
import type { LocalFiles } from '../../../src/gate/local-files.ts';
import { largestRead, proposalSchema } from '../../../src/gate/operation.ts';
import type { ProposedCommand, ProposedFile } from '../../../src/gate/types.ts';
import type { Answering } from '../../support/approver.ts';
import { type Bench, gateBench, home, power } from '../../support/gate.ts';
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
