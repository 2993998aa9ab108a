import { describe, expect, it } from 'vitest';
import { burdenedNode, createManners } from '../../../src/pve/manners.ts';

const ping = (node: string) => ({ method: 'POST', path: ['nodes', node, 'qemu', '101', 'agent', 'ping'] }) as const;
const never = new AbortController().signal;

/** Works that the test ends one by one. */
function setUp() {
  const manners = createManners();
  const started: { node: string; end(): void }[] = [];
  const run = (node: string, signal = never) =>
    manners.run(ping(node), signal, () => new Promise<void>((resolve) => started.push({ node, end: resolve })));
  return { manners, started, run, settle: () => new Promise((resolve) => setImmediate(resolve)) };
}

describe('calls that make a node wait', () => {
  it('are at most two at once on each node, in the order of asking', async () => {
    const { started, run, settle } = setUp();
    const all = ['pve1', 'pve1', 'pve1', 'pve1', 'pve2'].map((node) => run(node));
    await settle();
    expect(started.map(({ node }) => node)).toEqual(['pve1', 'pve1', 'pve2']);
    for (const at of [0, 1, 2, 3, 4]) {
      started[at]?.end();
      await settle();
    }
    await Promise.all(all);
    expect(started.map(({ node }) => node)).toEqual(['pve1', 'pve1', 'pve2', 'pve1', 'pve1']);
  });

  it('free their place when they fail', async () => {
    const { manners } = setUp();
    const fail = () => manners.run(ping('pve1'), never, () => Promise.reject(new Error('no')));
    for (let times = 0; times < 3; times += 1) await expect(fail()).rejects.toThrow('no');
    expect(await manners.run(ping('pve1'), never, async () => 'yes')).toBe('yes');
  });

  it('that are given up while they wait take no place', async () => {
    const { started, run, settle } = setUp();
    const abort = new AbortController();
    const running = [run('pve1'), run('pve1')];
    const waiting = run('pve1', abort.signal);
    const last = run('pve1');
    await settle();
    abort.abort(new Error('given up'));
    await expect(waiting).rejects.toThrow('given up');
    started[0]?.end();
    await settle();
    expect(started).toHaveLength(3);
    for (const { end } of started) end();
    await Promise.all([...running, last]);
  });

  it('do not hold up others', async () => {
    const { manners, started, run, settle } = setUp();
    void run('pve1');
    void run('pve1');
    await settle();
    const status = { method: 'GET', path: ['nodes', 'pve1', 'status'] } as const;
    expect(await manners.run(status, never, async () => 'at once')).toBe('at once');
    for (const { end } of started) end();
  });

  it.each([
    ['nodes/pve1/qemu/101/agent/get-osinfo', 'pve1'],
    ['nodes/pve1/storage/nfs/content', 'pve1'],
    ['nodes/pve1/storage/nfs/content/nfs:iso', 'pve1'],
    ['nodes/pve2/scan/nfs', 'pve2'],
    ['nodes/pve1/qemu/101/config', undefined],
    ['nodes/pve1/storage', undefined],
    ['nodes/pve1/storage/nfs/status', undefined],
    ['cluster/resources', undefined],
  ])('%s: %s', (path, node) => {
    expect(burdenedNode(path.split('/'))).toBe(node);
  });
});
