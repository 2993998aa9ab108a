import { describe, expect, test } from 'vitest';
import { factText } from '../../../src/gate/question.ts';
import { pveError } from '../../support/cluster.ts';
import { type Bench, call, gateBench, power } from '../../support/gate.ts';

describe('a guest that HA manages', () => {
  const statusOf103 = 'GET /nodes/pve3/qemu/103/status/current';

  /** Runs a shutdown of 103 that HA gets to after the guest was looked at so often; then `then` happens. */
  function haBench(looks: number, then: () => object): Bench {
    const bench = gateBench();
    let count = 0;
    bench.cluster.on(statusOf103, () => {
      const asked = bench.entries.length > 0;
      if (asked) count += 1;
      return count > looks ? then() : { status: 'running', ha: { managed: 1, state: 'started' } };
    });
    return bench;
  }

  test('G3: is followed until it is there', async () => {
    const bench = haBench(3, () => ({ status: 'stopped', ha: { managed: 1, state: 'stopped' } }));
    expect(await bench.one(power(103, 'shutdown'))).toMatchObject({ status: 'done' });
    expect(bench.asked[0]?.assessments[0]?.hazards.map(factText).join()).toContain('HA manages it (started)');
    expect(bench.cluster.sent.filter((request) => request === statusOf103)).toHaveLength(2 + 4);
  });

  test('G3: that HA does not bring there is not called done', async () => {
    const bench = haBench(Number.POSITIVE_INFINITY, () => ({}));
    const started = bench.clock.monotonic();
    expect(await bench.one(power(103, 'shutdown'))).toMatchObject({ status: 'unknown', error: { code: 'timeout' } });
    expect(bench.clock.monotonic() - started).toBeLessThan(130_000);
  });

  test('G3: that HA gives up on is not waited for any longer', async () => {
    const bench = haBench(1, () => ({ status: 'running', ha: { managed: 1, state: 'error' } }));
    expect(await bench.one(power(103, 'shutdown'))).toMatchObject({ status: 'failed', error: { code: 'task_failed' } });
  });

  test('G3: cancelled when HA has its request already: no task is stopped, and none is said to be', async () => {
    const bench = haBench(1, () => {
      bench.cancel();
      return { status: 'running', ha: { managed: 1, state: 'request_stop' } };
    });
    expect(await bench.one(power(103, 'shutdown'))).toMatchObject({
      status: 'started',
      upid: expect.stringMatching(/^UPID:/),
    });
    expect(bench.cluster.writes()).toHaveLength(1);
  });

  test('G3: that migrates is followed to its new node; on the way it may be on neither', async () => {
    const bench = gateBench();
    const guest = bench.cluster.guests.get(103);
    let looks = 0;
    bench.cluster.on('GET /nodes/pve1/qemu/103/status/current', () => {
      looks += 1;
      if (looks === 2 && guest !== undefined) guest.node = 'pve2';
      if (looks < 4) throw pveError('not_found');
      return { status: 'running', ha: { managed: 1, state: 'started' } };
    });
    expect(await bench.one(call('POST', '/nodes/pve3/qemu/103/migrate', { target: 'pve1', online: 1 }))).toMatchObject({
      status: 'done',
    });
    expect(looks).toBe(4);
    expect(bench.progress.map(({ message }) => message)).toContain(
      'HA manages "db-01" (103, VM on pve3): waiting until it is on pve1',
    );
  });

  test('G3: that HA does not move is not called migrated', async () => {
    const bench = gateBench();
    const migrate = call('POST', '/nodes/pve3/qemu/103/migrate', { target: 'pve1' });
    expect(await bench.one(migrate)).toMatchObject({ status: 'unknown', error: { code: 'timeout' } });
  });
});
