import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PveError } from '../../src/pve/error.ts';
import { captured, type ExecResult } from '../../src/pve/exec-result.ts';
import type { GuestCommand } from '../../src/pve/guest-command.ts';
import { execInContainer } from '../../src/ssh/guest-exec.ts';
import type { ExecOptions } from '../../src/ssh/types.ts';
import { startNode, type TestNode } from '../support/node.ts';
import { oddWords } from '../support/odd-words.ts';
import { hasSshd } from '../support/sshd.ts';

let node: TestNode;

describe.skipIf(!hasSshd())('containers over SSH', () => {
  beforeAll(async () => {
    node = await startNode();
  });
  afterAll(() => node.stop());

  const options = (more: Partial<ExecOptions> = {}): ExecOptions => ({
    signal: new AbortController().signal,
    timeoutMs: 15_000,
    maxBytes: 1_000_000,
    ...more,
  });
  const run = (command: GuestCommand & { stdin?: Uint8Array }, more: Partial<ExecOptions> = {}, vmid = 102) =>
    execInContainer(node.shell, vmid, command, options(more));
  const out = ({ stdout }: ExecResult): string => captured(stdout).toString();

  describe('a command in a container', () => {
    test('has its output, its exit code and its standard input', async () => {
      const result = await run({ run: { script: 'cat; echo bad >&2; exit 3' }, stdin: Buffer.from('in\0put') });
      expect(result).toMatchObject({ exitCode: 3, ended: 'exit' });
      expect(out(result)).toBe('in\0put');
      expect(captured(result.stderr).toString()).toBe('bad\n');
    });

    test('gets each word as it is: any characters but NUL, and empty ones', async () => {
      await fc.assert(
        fc.asyncProperty(oddWords(), async (words) => {
          const result = await run({ run: { argv: ['printf', '%s\\0', 'first', ...words] } });
          expect(out(result).split('\0').slice(0, -1)).toEqual(['first', ...words]);
        }),
        { numRuns: 6 },
      );
    });

    test('finds nothing of the host in its environment, and pagers that do not wait', async () => {
      const result = await run({ run: { argv: ['env'] } });
      const names = out(result)
        .split('\n')
        .map((line) => line.split('=')[0]);
      expect(names.filter((name) => name?.startsWith('SSH_'))).toEqual([]);
      expect(out(result)).toMatch(/^PAGER=cat$/m);
      expect(out(result)).toMatch(/^HOME=\/root$/m);
      expect(out(result)).toMatch(/^LC_ALL=C\.UTF-8$/m);
      const { environment = [] } = node.standIns.calls.at(-1) ?? {};
      expect(environment.filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name))).toEqual(['LC_ALL', 'PATH']);
    });

    test('runs where and as whom it is told to', async () => {
      expect(out(await run({ run: { argv: ['pwd'] }, cwd: '/usr/lib' }))).toBe('/usr/lib\n');
      const nowhere = await run({ run: { script: 'touch /tmp/never-there' }, cwd: '/nowhere' });
      expect(nowhere.exitCode).toBeGreaterThan(0);
      expect(existsSync('/tmp/never-there')).toBe(false);
      const nobody = await run({
        run: { argv: ['sh', '-c', 'id -un; printf "%s|" "$@"', 'sh', 'a b', 'ü', ''] },
        user: 'nobody',
      });
      expect(out(nobody)).toBe('nobody\na b|ü||');
    });

    test('as a script runs in bash that reads no start files', async () => {
      const result = await run({ run: { script: 'echo "$BASH_VERSION $0 $-"; [[ a == a ]] && echo "ü"' } });
      expect(out(result)).toMatch(/^\d+\.\d\S* bash \w+\nü\n$/);
    });

    test.each([
      ['a program that is not there', { argv: ['no-such-program'] }, { exitCode: 127 }],
      ['a program that fails', { argv: ['false'] }, { exitCode: 1 }],
      ['exit code 2 of the program itself', { script: 'echo "ls: cannot access" >&2; exit 2' }, { exitCode: 2 }],
      ['a signal', { script: 'kill -TERM $$' }, { exitCode: 143, exitSignal: 'TERM' }],
    ])('%s is told as such', async (_, what, expected) => {
      expect(await run({ run: what as GuestCommand['run'] })).toMatchObject(expected);
    });

    test('is refused, not run, in a container on another node, a missing one, and one that is stopped', async () => {
      const refused = (vmid: number) =>
        run({ run: { argv: ['true'] } }, {}, vmid).catch((error: PveError) => error.code);
      expect(await refused(107)).toBe('not_found');
      expect(await refused(999)).toBe('not_found');
      await node.demo.taskEnd((await node.demo.request('POST', '/nodes/pve1/lxc/111/status/stop')).data);
      expect(await refused(111)).toBe('wrong_state');
    });

    test('may write a lot', async () => {
      const result = await run({ run: { script: 'head -c 5000000 /dev/zero' } }, { maxBytes: 1000 });
      expect(result.stdout).toMatchObject({ bytes: 5_000_000 });
      expect(result.stdout.head.length + result.stdout.tail.length).toBe(1000);
    });
  });

  describe.concurrent('what is killed in a container', () => {
    const alive = (seconds: string): boolean => spawnSync('pgrep', ['-f', `sleep ${seconds}`]).status === 0;
    /** A time that nobody else on this machine sleeps. */
    const ownTime = (): string => String(randomInt(100_000_000, 1_000_000_000));

    test.each([
      ['its children', 'sleep TIME & sleep TIME & echo begun; wait'],
      ['what began a session of its own', 'setsid sleep TIME & (setsid sleep TIME &) ; echo begun; sleep TIME'],
      ['what cleared its environment', 'env -i sleep TIME & echo begun; exec env -i sleep TIME'],
      ['what ignores signals', 'trap "" TERM INT HUP; echo begun; sleep TIME; sleep TIME'],
    ])('after a cancel, with the output until then: %s too', async (_, script) => {
      const controller = new AbortController();
      const onOutput = () => controller.abort();
      const time = ownTime();
      const signal = controller.signal;
      const result = await run({ run: { script: script.replaceAll('TIME', time) } }, { signal, onOutput });
      expect(result.ended).toBe('cancelled');
      expect(out(result)).toBe('begun\n');
      expect(alive(time)).toBe(false);
    });

    test('after a time-out, as another user', async () => {
      const time = ownTime();
      const script = `sleep ${time} & sleep ${time}`;
      const result = await run({ run: { script }, user: 'nobody' }, { timeoutMs: 1500 });
      expect(result.ended).toBe('timeout');
      expect(alive(time)).toBe(false);
    });

    test('cancelled at once: nothing is left running', async () => {
      const time = ownTime();
      const result = await run({ run: { argv: ['sleep', time] } }, { timeoutMs: 60 });
      expect(result.ended).toBe('timeout');
      expect(alive(time)).toBe(false);
    });
  });
});
