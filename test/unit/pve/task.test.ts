import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/pve/clock.ts';
import { PveError, type PveErrorCode } from '../../../src/pve/error.ts';
import { describeRequest, type Send } from '../../../src/pve/request.ts';
import { stopTask, taskPath, waitForTask } from '../../../src/pve/task.ts';
import { parseUpid, type Upid } from '../../../src/pve/upid.ts';

const upid = parseUpid('UPID:pve1:000013E9:000562AD:6B003622:qmstart:110:root@pam!mcp:')?.upid ?? ('' as Upid);

/** Time that passes only by sleeping. */
function steppingClock(): Clock & { readonly slept: number[] } {
  const slept: number[] = [];
  const passed = () => slept.reduce((sum, ms) => sum + ms, 0);
  const sleep = async (ms: number, signal?: AbortSignal) => {
    signal?.throwIfAborted();
    slept.push(ms);
  };
  return { slept, now: passed, monotonic: passed, sleep };
}

type Step = { readonly exit?: string; readonly log?: readonly string[] } | PveErrorCode;

/** A node on which a task goes through the steps, one for each look at its status; the last one stays. */
function taskRunning(steps: readonly Step[]): { readonly send: Send; readonly asked: string[] } {
  const asked: string[] = [];
  let at = -1;
  const send: Send = async (request) => {
    asked.push(describeRequest(request));
    const isStatus = request.path.at(-1) === 'status';
    if (isStatus) at = Math.min(at + 1, steps.length - 1);
    const step = steps[at] ?? {};
    if (typeof step === 'string') throw new PveError({ code: step, message: 'failed', hint: '', reason: [] });
    if (isStatus)
      return {
        data:
          step.exit === undefined ? { upid, status: 'running' } : { upid, status: 'stopped', exitstatus: step.exit },
      };
    const lines = (step.log ?? []).map((t, index) => ({ n: index + 1, t }));
    const { start = 0, limit = 50 } = request.params ?? {};
    const page = lines.slice(Number(start), Number(start) + Number(limit));
    return { data: lines.length === 0 ? [{ n: 1, t: 'no content' }] : page, total: lines.length };
  };
  return { send, asked };
}

describe('waiting for a task', () => {
  it('follows it to its end, each log line told once and in order', async () => {
    const lines: string[] = [];
    const { send } = taskRunning([
      {},
      { log: ['a'] },
      { log: ['a', 'b'] },
      { log: ['a', 'b'] },
      { exit: 'OK', log: ['a', 'b', 'TASK OK'] },
    ]);
    const end = await waitForTask(send, upid, { clock: steppingClock(), onLine: (line) => lines.push(line) });
    expect(end).toEqual({ exitStatus: 'OK', ok: true, warnings: 0, log: ['a', 'b', 'TASK OK'] });
    expect(lines).toEqual(['a', 'b', 'TASK OK']);
  });

  it('looks at once, then ever more rarely, up to every 2 s', async () => {
    const clock = steppingClock();
    await waitForTask(taskRunning([{}, {}, {}, {}, {}, {}, {}, { exit: 'OK' }]).send, upid, { clock });
    expect(clock.slept.map(Math.round)).toEqual([300, 450, 675, 1013, 1519, 2000, 2000]);
  });

  it('asks the node that runs the task, and nothing that could change it', async () => {
    const { send, asked } = taskRunning([{ exit: 'OK' }]);
    await waitForTask(send, upid, { clock: steppingClock() });
    expect(asked).toEqual([`GET /nodes/pve1/tasks/${upid}/status`, `GET /nodes/pve1/tasks/${upid}/log`]);
  });

  it.each([
    ['WARNINGS: 3', true, 3],
    ['VM 110 already running', false, 0],
    ['job errors', false, 0],
    ['received interrupt', false, 0],
    ['ok', false, 0],
    ['WARNINGS: x', false, 0],
  ])('"%s" is ok: %s, warnings: %s', async (exit, ok, warnings) => {
    const end = await waitForTask(taskRunning([{ exit }]).send, upid, { clock: steppingClock() });
    expect(end).toMatchObject({ exitStatus: exit, ok, warnings });
  });

  it('a task that ended without an exit status was not ok', async () => {
    const send: Send = async ({ path }) => ({ data: path.at(-1) === 'log' ? [] : { upid, status: 'stopped' } });
    expect(await waitForTask(send, upid, { clock: steppingClock() })).toMatchObject({
      ok: false,
      exitStatus: 'unknown',
    });
  });

  it('lines of progress are told as they come, and do not push what was said before out of what is kept', async () => {
    const progress = Array.from({ length: 40 }, (_, index) => `INFO: ${index}% (${index} GiB of 100 GiB)`);
    const told: string[] = [];
    const { send } = taskRunning([{ exit: 'job errors', log: ['begun', ...progress, 'ERROR: broken'] }]);
    const end = await waitForTask(send, upid, { clock: steppingClock(), onLine: (line) => told.push(line) });
    expect([end.log, told.length]).toEqual([['begun', 'ERROR: broken'], 42]);
  });

  it('a long log is read whole, and its last 20 lines are kept', async () => {
    const log = Array.from({ length: 1201 }, (_, index) => `line ${index + 1}`);
    let told = 0;
    const end = await waitForTask(taskRunning([{ exit: 'OK', log }]).send, upid, {
      clock: steppingClock(),
      onLine: () => (told += 1),
    });
    expect(told).toBe(1201);
    expect([end.log.length, end.log[0], end.log.at(-1)]).toEqual([20, 'line 1182', 'line 1201']);
  });

  it('survives failures that pass, and gives up after six in a row with the task named', async () => {
    const blips: Step[] = [
      'unreachable',
      'timeout',
      'node_offline',
      {},
      'unreachable',
      'unreachable',
      'unreachable',
      'unreachable',
      'unreachable',
    ];
    const { send } = taskRunning([...blips, { exit: 'OK' }]);
    expect((await waitForTask(send, upid, { clock: steppingClock() })).ok).toBe(true);
    const dead = taskRunning(['unreachable']);
    await expect(waitForTask(dead.send, upid, { clock: steppingClock() })).rejects.toMatchObject({
      code: 'unreachable',
      data: { upid },
    });
    expect(dead.asked).toHaveLength(6);
  });

  it('does not repeat what cannot get better', async () => {
    const { send, asked } = taskRunning(['forbidden']);
    await expect(waitForTask(send, upid, { clock: steppingClock() })).rejects.toMatchObject({
      code: 'forbidden',
      data: { upid },
    });
    expect(asked).toHaveLength(1);
  });

  it('ends when it is cancelled, during a pause, a look, or before; the task goes on', async () => {
    const clock = steppingClock();
    const during = new AbortController();
    const sleep = async (_ms: number, signal?: AbortSignal) => {
      during.abort();
      signal?.throwIfAborted();
    };
    const pausing: Clock = { ...clock, sleep };
    await expect(
      waitForTask(taskRunning([{}]).send, upid, { clock: pausing, signal: during.signal }),
    ).rejects.toMatchObject({ code: 'cancelled', data: { upid } });

    const looking = new AbortController();
    const send: Send = async () => {
      looking.abort();
      throw new PveError({ code: 'cancelled', message: 'cancelled', hint: '', reason: [] });
    };
    await expect(waitForTask(send, upid, { clock, signal: looking.signal })).rejects.toMatchObject({
      code: 'cancelled',
      data: { upid },
    });

    const before = taskRunning([{}]);
    await expect(waitForTask(before.send, upid, { clock, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(before.asked).toEqual([]);
  });

  it('ends when its time is up', async () => {
    const clock = steppingClock();
    await expect(waitForTask(taskRunning([{}]).send, upid, { clock, timeoutMs: 5_000 })).rejects.toMatchObject({
      code: 'timeout',
      data: { upid },
    });
    expect(clock.monotonic()).toBeLessThanOrEqual(5_000);
  });
});

describe('a task', () => {
  it('is stopped by one DELETE', async () => {
    const { send, asked } = taskRunning([{}]);
    await stopTask(send, upid);
    expect(asked).toEqual([`DELETE /nodes/pve1/tasks/${upid}`]);
  });

  it.each(['', 'UPID:garbage', '../access', `${upid}/../x`])('%j has no path', (text) => {
    expect(() => taskPath(text)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });
});
