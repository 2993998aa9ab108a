import { describe, expect, test } from 'vitest';
import { inLanes } from '../../../../src/server/health/lanes.ts';

const never = new AbortController().signal;

/** Jobs that end when they are told to, and how many of each node ran at once at most. */
function jobs(nodes: readonly string[]) {
  const running = new Map<string, number>();
  const most = new Map<string, number>();
  const ran: number[] = [];
  return {
    most,
    ran,
    list: nodes.map((node, at) => ({
      node,
      run: async () => {
        const now = (running.get(node) ?? 0) + 1;
        running.set(node, now);
        most.set(node, Math.max(now, most.get(node) ?? 0));
        await new Promise((next) => setImmediate(next));
        running.set(node, (running.get(node) ?? 1) - 1);
        ran.push(at);
      },
    })),
  };
}

describe('requests to nodes', () => {
  test('at most two at once on a node, each job once', async () => {
    const { list, most, ran } = jobs(Array.from({ length: 90 }, (_, at) => `pve${at % 3}`));
    const told: number[] = [];
    await inLanes(list, never, (done) => told.push(done));
    expect([...most.values()]).toEqual([2, 2, 2]);
    expect([...ran].sort((a, b) => a - b)).toEqual(list.map((_, at) => at));
    expect(told.at(-1)).toBe(90);
  });

  test('after a cancel no job begins', async () => {
    const cancel = new AbortController();
    const { list, ran } = jobs(Array.from({ length: 50 }, () => 'pve1'));
    await expect(
      inLanes(list, cancel.signal, (done) => done === 4 && cancel.abort(new Error('enough'))),
    ).rejects.toThrow('enough');
    expect(ran.length).toBeLessThanOrEqual(6);
  });

  test('a job that throws ends the rest', async () => {
    const { list, ran } = jobs(Array.from({ length: 50 }, () => 'pve1'));
    const broken = { node: 'pve1', run: () => Promise.reject(new Error('broken')) };
    await expect(inLanes([broken, ...list], never, () => {})).rejects.toThrow('broken');
    expect(ran.length).toBeLessThan(5);
  });
});
