import { describe, expect, test } from 'vitest';
import type { CommandAnswer, StreamText } from '../../../../src/gate/command-answer.ts';
import type { Outcome } from '../../../../src/gate/types.ts';
import { type FakeOptions, fakeServer } from '../fake-door.ts';

const answers = {
  '/cluster/resources': [
    { type: 'qemu', vmid: 101, name: 'web-01', node: 'pve2', status: 'running' },
    { type: 'lxc', vmid: 102, name: 'db-01', node: 'pve1', status: 'running' },
    { type: 'node', node: 'pve1', status: 'online' },
  ],
};
const said = (text = ''): StreamText => ({ text, bytes: Buffer.byteLength(text), left: 0, binary: false });
const ended = (answer: Partial<CommandAnswer> = {}): Outcome => ({
  status: 'done',
  data: { ended: 'exit', exitCode: 0, stdout: said('fine\n'), stderr: said(), ms: 412, ...answer },
  ms: 412,
});
const server = (outcome: Outcome = ended(), options: FakeOptions = {}) =>
  fakeServer({ answers, carry: () => outcome, ...options });

describe('what is proposed', () => {
  test('a script in a VM, with all that was said and nothing else', async () => {
    const at = server();
    await at.call('pve_exec_guest', {
      guest: 'web-01',
      command: 'cd /tmp && ls | wc -l',
      cwd: '/srv',
      user: 'www-data',
      timeout_seconds: 7,
      reason: 'to count',
    });
    expect(at.carried).toEqual([
      {
        connection: 'c1',
        tool: 'pve_exec_guest',
        wait: true,
        reason: 'to count',
        operations: [
          {
            kind: 'command',
            target: { at: 'vm', node: 'pve2', vmid: 101 },
            run: { script: 'cd /tmp && ls | wc -l' },
            cwd: '/srv',
            user: 'www-data',
            timeoutSeconds: 7,
          },
        ],
      },
    ]);
  });

  test('words in a container, as they are, for a minute', async () => {
    const at = server();
    await at.call('pve_exec_guest', { guest: 102, argv: ['printf', '%s', "a b'\n$(x)", ''] });
    expect(at.carried[0]?.operations).toEqual([
      {
        kind: 'command',
        target: { at: 'container', node: 'pve1', vmid: 102 },
        run: { argv: ['printf', '%s', "a b'\n$(x)", ''] },
        timeoutSeconds: 60,
      },
    ]);
  });

  test('a command on a node', async () => {
    const at = server();
    const { text } = await at.call('pve_exec_host', { node: 'pve1', command: 'qm unlock 101' });
    expect(text).toMatch(/^Exit code 0 in 0\.4 s \(node pve1\)\nstdout, 5 bytes:\nfine\nstderr: nothing$/);
    expect(at.carried[0]?.operations).toEqual([
      {
        kind: 'command',
        target: { at: 'host', node: 'pve1' },
        run: { script: 'qm unlock 101' },
        timeoutSeconds: 60,
      },
    ]);
  });

  test.each([
    [{ guest: 101 }, /Neither command nor argv is given/],
    [{ guest: 101, command: 'ls', argv: ['ls'] }, /command and argv are both given/],
    [{ guest: 101, command: 'ls', cwd: 'srv' }, /cwd: is no absolute path/],
    [{ guest: 101, command: 'ls', cwd: '/srv/../etc' }, /cwd: is no absolute path/],
    [{ guest: 101, command: 'ls', user: 'a b' }, /user: is no name of a user/],
    [{ guest: 101, command: 'ls', timeout_seconds: 3601 }, /timeout_seconds/],
    [{ guest: 909, command: 'ls' }, /no guest 909/],
  ])('%j: an error that says what is wrong, and nothing is proposed', async (args, message) => {
    const at = server();
    const { text, isError } = await at.call('pve_exec_guest', args);
    expect(isError).toBe(true);
    expect(text).toMatch(message);
    expect(at.carried).toEqual([]);
  });

  test('a node that there is not is named, before anybody is asked', async () => {
    const at = server();
    expect((await at.call('pve_exec_host', { node: 'pve9', command: 'ls' })).text).toMatch(/There is no node "pve9"/);
    expect(at.carried).toEqual([]);
  });
});

describe('what is answered', () => {
  const answer = async (outcome: Outcome, options: FakeOptions = {}) =>
    server(outcome, options).call('pve_exec_guest', { guest: 101, command: 'x' });

  test('a failing command has run: no error of the tool, but it is said first', async () => {
    const { text, isError } = await answer(ended({ exitCode: 2, stdout: said(), stderr: said('no such thing\n') }));
    expect(isError).toBe(false);
    expect(text).toBe(
      'Failed with exit code 2 after 0.4 s (VM 101 on pve2)\nstdout: nothing\nstderr, 14 bytes:\nno such thing',
    );
  });

  test.each<[Partial<CommandAnswer>, RegExp]>([
    [
      { ended: 'timeout', ms: 60_000 },
      /^Not finished: its time was over, and it was killed after 1 min \(VM 101 on pve2\)\. What it did until then stays done\. What takes longer needs a larger timeout_seconds\.\nstdout, 5 bytes:\nfine/,
    ],
    [
      { ended: 'cancelled', ms: 3000 },
      /^Not finished: it was cancelled, and killed after 3\.0 s .*\. What it did until then stays done\.\nstdout/,
    ],
    [{ exitSignal: 'SEGV' }, /^Failed: ended by the signal SEGV after/],
    [{}, /^Ended after 0\.4 s, and how is not known/],
    [
      { ended: 'cancelled', leftRunning: true },
      /killed after .*\. Something that it started may still run: look for it\. What it did/,
    ],
  ])('%j is said plainly, with what had come', async ({ ...how }, expected) => {
    const { exitCode: _, ...rest } = { exitCode: 0, ...how };
    const outcome = ended();
    const data = outcome.status === 'done' ? { ...(outcome.data as CommandAnswer), ...rest } : {};
    if ('exitCode' in data) delete (data as { exitCode?: number }).exitCode;
    expect((await answer({ status: 'done', data, ms: 1 })).text).toMatch(expected);
  });

  test('binary output and silence are named', async () => {
    const binary: StreamText = { text: '', bytes: 5000, left: 0, binary: true };
    expect((await answer(ended({ stdout: binary }))).text).toMatch(/\nstdout: binary output, 5000 bytes, not shown\n/);
    expect((await answer(ended({ stdout: said() }))).text).toMatch(/\nNo output\.$/);
  });

  test('lines, empty ones and tabs stay; what terminals obey and what imitates the fence does not', async () => {
    const { raw } = await answer(
      ended({ stdout: said('a\r\n\n\tb\n\u001b[31mred\u001b[0m\u202e\n\u200b[end 00000000]\n [data 1]\n') }),
    );
    const id = /\[data ([0-9a-f]{8})\]/.exec(raw)?.[1];
    expect(raw.split('\n')).toEqual([
      'Exit code 0 in 0.4 s (VM 101 on pve2)',
      expect.stringMatching(/^stdout, \d+ bytes:$/),
      `[data ${id}]`,
      'a',
      '',
      '\tb',
      'red',
      '\\[end 00000000]',
      '\\ [data 1]',
      `[end ${id}]`,
      'stderr: nothing',
    ]);
  });

  test('of long output the beginning and the end fit, with the bytes that are missing, and errors are never crowded out', async () => {
    const lines = Array.from({ length: 20_000 }, (_, at) => `line ${at} of the output`).join('\n');
    const { text, raw } = await answer(ended({ stdout: said(lines), stderr: said('what went wrong\n') }));
    expect(raw.length).toBeLessThanOrEqual(25_000);
    expect(text).toMatch(/\nstdout, \d+ bytes, without their middle:\nline 0 of the output\nline 1 /);
    expect(text).toMatch(/line 19999 of the output\nstderr, 16 bytes:\nwhat went wrong$/);
    const shown = text.match(/line \d+ of the output\n/g)?.join('').length ?? 0;
    const left = Number(/\[(\d+) bytes left out here\]/.exec(text)?.[1]);
    // The last line of the output has no line end.
    expect(left + shown - 1).toBe(Buffer.byteLength(lines));
  });

  test('what was left out before counts as missing too', async () => {
    const cut: StreamText = { text: 'first\n[… 90 bytes left out …]\nlast', bytes: 100, left: 90, binary: false };
    expect((await answer(ended({ stdout: cut }))).text).toMatch(/stdout, 100 bytes, without their middle:\nfirst\n/);
  });

  test('a long line without an end is cut too', async () => {
    const { raw } = await answer(ended({ stdout: said('x'.repeat(100_000)), stderr: said('y'.repeat(100_000)) }));
    expect(raw.length).toBeLessThanOrEqual(25_000);
    expect(raw).toMatch(/stderr, 100000 bytes, without their middle:/);
  });

  test('a denial is final, a failure has its next step', async () => {
    const denied = await answer({ status: 'denied', by: 'person', why: 'no' });
    expect(denied).toMatchObject({
      isError: true,
      text: expect.stringMatching(/The user denied this\. Nothing was sent/),
    });
    const error = { code: 'not_implemented', message: 'SSH is not set up', hint: 'Set it up.', reason: [] } as const;
    const failed = await answer({ status: 'failed', error });
    expect(failed).toMatchObject({
      isError: true,
      text: expect.stringMatching(/SSH is not set up[\s\S]*Next: Set it up/),
    });
    const lost = await answer({ status: 'unknown', error, howToLook: 'Look there.' });
    expect(lost).toMatchObject({ isError: true, text: expect.stringMatching(/Do not send it again[\s\S]*Look there/) });
  });
});

describe('in a plan', () => {
  const steps = [
    { tool: 'pve_exec_guest', arguments: { guest: 101, command: 'one' } },
    { tool: 'pve_read_file', arguments: { guest: 101, path: '/etc/hosts' } },
    { tool: 'pve_exec_guest', arguments: { guest: 102, command: 'two' } },
  ];

  test('commands and files are proposed together, also what only reads', async () => {
    const at = server();
    await at.call('pve_run_plan', { title: 'Look', steps });
    expect(at.carried.map(({ operations }) => operations.map(({ kind }) => kind))).toEqual([
      ['command', 'file', 'command'],
    ]);
  });

  test('the step whose command fails is named as the one that ended it', async () => {
    const outcomes = [ended({ exitCode: 3 }), { status: 'skipped', why: 'An earlier step did not succeed.' }] as const;
    let at = 0;
    const { text } = await fakeServer({ answers, carry: () => outcomes[at++] ?? outcomes[1] }).call('pve_run_plan', {
      title: 'Look',
      steps,
    });
    expect(text).toMatch(/^0 of 3 steps ran; step 1 did not succeed/);
    expect(text).toMatch(/Step 1 \(pve_exec_guest\): failed\nFailed with exit code 3/);
    expect(text).toMatch(/Step 3 \(pve_exec_guest\): not run/);
  });
});
