import { describe, expect, test } from 'vitest';
import { readThrough } from '../../../src/gate/read-through.ts';
import { no } from '../../support/approver.ts';
import { pveError, upid } from '../../support/cluster.ts';
import { agent, type Bench, call, click, gateBench, home, power } from '../../support/gate.ts';

/** Calls this when the task of the bench is looked at for the first time. */
function whileTaskRuns(bench: Bench, then: () => void): void {
  const onRequest = bench.cluster.onRequest;
  bench.cluster.onRequest = (request) => {
    onRequest(request);
    if (request.endsWith('/log')) then();
  };
}

describe('the task that an operation starts', () => {
  test('G3: is followed to its end, its log told as it comes', async () => {
    const bench = gateBench();
    bench.cluster.task.running = 3;
    expect(await bench.one(power(101, 'shutdown'))).toMatchObject({
      status: 'done',
      upid: expect.stringMatching(/^UPID:pve2:/),
    });
    const told = bench.progress.map(({ message }) => message);
    expect(told).toContain('Waiting for you in Proxmox VE › Approvals');
    expect(told).toContain('Shut down "web-01" (101, VM on pve2): task started');
    expect(told).toContain('starting');
  });

  test('G3: that fails is a failure in its own words, though the request itself was accepted', async () => {
    const bench = gateBench();
    Object.assign(bench.cluster.task, {
      exit: 'VM 101 already running',
      log: ['a', 'b', 'TASK ERROR: VM 101 already running'],
    });
    expect(await bench.one(power(101, 'start'))).toMatchObject({
      status: 'failed',
      error: {
        code: 'task_failed',
        message: 'Start "web-01" (101, VM on pve2) failed',
        reason: ['VM 101 already running', 'a', 'b'],
        hint: 'It runs already. Look at its state: nothing more may be needed.',
      },
    });
    expect(bench.entries.at(-1)).toMatchObject({
      outcome: 'failed',
      detail: 'VM 101 already running\na\nb',
      next: 'It runs already. Look at its state: nothing more may be needed.',
      upid: expect.stringMatching(/^UPID:/),
    });
  });

  test('that fails for what its log says is explained by it, with the last lines that say something', async () => {
    const bench = gateBench();
    Object.assign(bench.cluster.task, {
      exit: 'start failed: QEMU exited with code 1',
      log: ['1', '2', '3', '4', "bridge 'vmbr9' does not exist", '  5% (1 of 20)', '', '6', '7', '8'],
    });
    const outcome = await bench.one(power(101, 'start'));
    const hint =
      'A bridge of its network does not exist on this node. Make the bridge there and apply the network, or give the guest another one.';
    expect(outcome).toMatchObject({ status: 'failed', error: { hint } });
    const lines = ['2', '3', '4', "bridge 'vmbr9' does not exist", '6', '7', '8'];
    expect(bench.entries.at(-1)).toMatchObject({
      detail: ['start failed: QEMU exited with code 1', '1', ...lines].join('\n'),
      next: hint,
    });
  });

  test('that fails in words that nobody knows sends to its log, on its node', async () => {
    const bench = gateBench();
    Object.assign(bench.cluster.task, { exit: 'job errors', log: ['TASK ERROR: job errors'] });
    const next = 'Read the log of the task on pve2 for what it did before.';
    expect(await bench.one(power(101, 'start'))).toMatchObject({ status: 'failed', error: { hint: next } });
    expect(bench.entries.at(-1)).toMatchObject({ detail: 'job errors', next });
  });

  test('a request that is refused at once has its next step in the audit; one whose end is not known, how to look', async () => {
    const refused = gateBench();
    refused.cluster.on('POST /nodes/pve2/qemu/101/status/stop', () => {
      throw pveError('locked', { reason: ['VM is locked (backup)'] });
    });
    await refused.one(power(101, 'stop'));
    expect(refused.entries.at(-1)).toMatchObject({
      outcome: 'failed',
      detail: 'It is locked\nVM is locked (backup)',
      next: 'Look at it.',
    });
    const lost = gateBench();
    lost.cluster.on('POST /nodes/pve2/qemu/101/status/stop', () => {
      throw pveError('unreachable', { mayHaveRun: true });
    });
    await lost.one(power(101, 'stop'));
    expect(lost.entries.at(-1)).toMatchObject({ outcome: 'unknown', next: expect.stringMatching(/^It was sent/) });
  });

  test('G3: that warns is done, with its warnings', async () => {
    const bench = gateBench();
    bench.cluster.task.exit = 'WARNINGS: 2';
    expect(await bench.one(power(101, 'stop'))).toMatchObject({ status: 'done', warnings: 2 });
    expect(bench.entries.at(-1)).toMatchObject({ outcome: 'warning' });
  });

  test('G3: is not followed where nobody waits', async () => {
    const bench = gateBench();
    expect(await bench.one(power(101, 'stop'), { wait: false })).toMatchObject({
      status: 'started',
      upid: expect.stringMatching(/^UPID:/),
    });
    expect(bench.cluster.sent.filter((request) => request.includes('/tasks/'))).toEqual([]);
    expect(bench.entries.at(-1)).toMatchObject({
      phase: 'after',
      outcome: 'started',
      upid: expect.stringMatching(/^UPID:/),
    });
  });

  test('G3: that cannot be looked at any more is unknown, with the task named', async () => {
    const bench = gateBench();
    whileTaskRuns(bench, () => {
      throw pveError('forbidden');
    });
    expect(await bench.one(power(101, 'stop'))).toMatchObject({
      status: 'unknown',
      howToLook: expect.stringMatching(/UPID:/),
    });
    expect(bench.cluster.writes()).toHaveLength(1);
  });

  test('G3: is stopped on cancel where that is harmless', async () => {
    const bench = gateBench();
    bench.cluster.task.running = 1000;
    whileTaskRuns(bench, bench.cancel);
    expect(await bench.one(power(101, 'shutdown'))).toMatchObject({ status: 'failed', error: { code: 'cancelled' } });
    const [, stopped] = bench.cluster.writes();
    expect(stopped).toMatch(/^DELETE \/nodes\/pve2\/tasks\/UPID:pve2:/);
    expect(bench.entries.at(-1)).toMatchObject({ phase: 'after', upid: stopped?.split('/').at(-1) });
  });

  test.each(['start', 'stop', 'reboot'])('G3: of a %s goes on after a cancel', async (action) => {
    const bench = gateBench();
    bench.cluster.task.running = 1000;
    whileTaskRuns(bench, bench.cancel);
    expect(await bench.one(power(101, action))).toMatchObject({
      status: 'started',
      upid: expect.stringMatching(/^UPID:/),
    });
    expect(bench.cluster.writes()).toHaveLength(1);
  });

  test('G3: that could not be stopped on cancel goes on, and that is what is told', async () => {
    const bench = gateBench();
    bench.cluster.task.running = 1000;
    bench.cluster.on('POST /nodes/pve2/qemu/101/status/shutdown', () => upid('pve2', 1));
    bench.cluster.on(`DELETE /nodes/pve2/tasks/${upid('pve2', 1)}`, () => Promise.reject(pveError('forbidden')));
    whileTaskRuns(bench, bench.cancel);
    expect(await bench.one(power(101, 'shutdown'))).toMatchObject({ status: 'started', upid: upid('pve2', 1) });
    expect(bench.cluster.writes()).toHaveLength(2);
  });

  test('G3: a write is not interrupted once it is on its way', async () => {
    const bench = gateBench();
    bench.cluster.on('POST /nodes/pve2/qemu/101/status/stop', (_request, { signal }) => {
      bench.cancel();
      expect(signal).toBeUndefined();
      return null;
    });
    expect(await bench.one(power(101, 'stop'))).toMatchObject({ status: 'done' });
  });
});

describe('a fault in showing progress', () => {
  test('G3: changes nothing of what is told of a write that ran', async () => {
    const bench = gateBench();
    const onProgress = () => {
      throw new Error('The window is gone');
    };
    expect(await bench.one(power(101, 'stop'), { onProgress })).toMatchObject({ status: 'done' });
    expect(bench.entries.map(({ phase }) => phase)).toEqual(['before', 'after']);
  });
});

describe('reads through the gate', () => {
  const send = (bench: Bench) =>
    readThrough((proposal, options) => bench.gate.perform(proposal, agent, options), {
      connection: home.id,
      tool: 'test',
    });

  test('G10: an answer comes as from the cluster itself, with its total', async () => {
    const bench = gateBench();
    bench.cluster.on('GET /version', () => ({ version: '9.2.11' }));
    expect(await send(bench)({ method: 'GET', path: ['version'] })).toEqual({ data: { version: '9.2.11' } });
  });

  test('G6: a denial is an error that says so', async () => {
    const bench = gateBench({ answers: [{ ...no }] });
    await expect(send(bench)({ method: 'GET', path: ['nodes', 'pve1', 'report'] })).rejects.toMatchObject({
      code: 'denied',
    });
  });

  test('G3: a refusal of the cluster is an error with its own code', async () => {
    const bench = gateBench({ origin: click });
    bench.cluster.on('GET /version', () => Promise.reject(pveError('forbidden')));
    await expect(send(bench)({ method: 'GET', path: ['version'] })).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('G5: a write is never sent as a read', async () => {
    const bench = gateBench();
    await expect(send(bench)({ method: 'POST', path: power(101, 'stop').segments })).rejects.toThrow(TypeError);
    await expect(bench.one(call('GET', '/version'))).resolves.toBeDefined();
    expect(bench.cluster.writes()).toEqual([]);
  });
});
