import { expect, test } from 'vitest';
import type { Clock } from '../../../src/pve/clock.ts';
import { createPlaces, nodeAddresses } from '../../../src/ssh/places.ts';

const { signal } = new AbortController();

function places(addresses: Record<string, string> = {}) {
  const asked: number[] = [];
  let now = 0;
  const clock: Clock = { now: () => now, monotonic: () => now, sleep: async () => {} };
  const find = createPlaces({
    addresses,
    ofCluster: async () => {
      asked.push(now);
      return [{ node: 'pve1', address: `10.0.0.${asked.length}` }];
    },
    hint: 'Set one.',
    clock,
  });
  const pass = (ms: number): void => {
    now += ms;
  };
  return { find: (node: string) => find(node, signal), asked, pass };
}

test('what a person has set counts first, and then the cluster is not asked', async () => {
  const { find, asked } = places({ pve1: '192.168.1.1' });
  expect(await find('pve1')).toEqual({ node: 'pve1', address: '192.168.1.1' });
  expect(asked).toEqual([]);
});

test('what the cluster says is good for a minute', async () => {
  const { find, asked, pass } = places({ pve2: '192.168.1.2' });
  await find('pve1');
  pass(59_000);
  expect(await find('pve1')).toEqual({ node: 'pve1', address: '10.0.0.1' });
  pass(2000);
  expect(await find('pve1')).toEqual({ node: 'pve1', address: '10.0.0.2' });
  expect(asked).toEqual([0, 61_000]);
});

test.each([
  'pve9',
  'constructor',
  '__proto__',
])('%s, whose address nobody knows, is refused with what to do', async (node) => {
  await expect(places({ pve2: '192.168.1.2' }).find(node)).rejects.toMatchObject({
    code: 'not_found',
    data: {
      message: `The cluster does not say at which address the node ${node} is`,
      hint: expect.stringMatching(/Set one\.$/),
    },
  });
});

test('nodes of which the cluster tells no address are left out', async () => {
  const clusterStatus = async () => ({
    quorate: true,
    nodes: [
      { name: 'pve1', ip: '10.0.0.1', online: true, local: true },
      { name: 'pve2', online: false, local: false },
    ],
  });
  expect(await nodeAddresses({ clusterStatus } as Parameters<typeof nodeAddresses>[0])).toEqual([
    { node: 'pve1', address: '10.0.0.1' },
  ]);
});
