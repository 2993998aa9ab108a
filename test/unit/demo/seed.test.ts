import { describe, expect, it } from 'vitest';
import { guestName } from '../../../src/demo/guests.ts';
import { seedCluster } from '../../../src/demo/seed.ts';
import { createSecrets } from '../../../src/demo/seed-access.ts';
import type { Cluster } from '../../../src/demo/state.ts';
import { createTestClock } from './world.ts';

const seed = (nodes: number, guests: number, number: number): Cluster =>
  seedCluster({ nodes, guests, seed: number, secrets: createSecrets() }, createTestClock());
const shape = ({ nodes, guests }: Cluster): unknown => ({
  nodes,
  guests: [...guests.values()].map(({ vmid, kind, node, config, running }) => ({ vmid, kind, node, config, running })),
});

describe('seedCluster', () => {
  it('makes the same cluster from the same seed and another from another', () => {
    expect(shape(seed(3, 24, 5))).toEqual(shape(seed(3, 24, 5)));
    expect(shape(seed(3, 24, 5))).not.toEqual(shape(seed(3, 24, 6)));
  });

  it.each([1, 2])('has the guests that tours and tests know, with seed %i', (number) => {
    const { guests } = seed(3, 24, number);
    const known = [...guests.values()]
      .slice(0, 10)
      .map((guest) => [guest.vmid, guestName(guest), guest.kind, guest.node, guest.running]);
    expect(known).toEqual([
      [100, 'debian-13-template', 'qemu', 'pve1', false],
      [101, 'web-01', 'qemu', 'pve2', true],
      [102, 'web-02', 'lxc', 'pve1', true],
      [103, 'db-01', 'qemu', 'pve3', true],
      [104, 'db-02', 'qemu', 'pve1', false],
      [105, 'build-01', 'qemu', 'pve1', false],
      [106, 'test', 'qemu', 'pve1', false],
      [107, 'test', 'lxc', 'pve2', true],
      [108, 'mail-01', 'qemu', 'pve3', true],
      [109, 'files-01', 'qemu', 'pve2', true],
    ]);
    expect(guests.get(100)?.config.template).toBe(1);
    expect(guests.get(101)?.ha).toBeUndefined();
    expect(guests.get(101)?.config).not.toHaveProperty('protection');
    expect(guests.get(103)?.ha).toEqual({ requested: 'started', state: 'started' });
    expect(guests.get(104)?.config.protection).toBe(1);
    expect(guests.get(109)?.config.lock).toBe('backup');
  });

  it('gives every guest but the two called test a name of its own', () => {
    const names = [...seed(5, 500, 3).guests.values()].map(guestName).filter((name) => name !== 'test');
    expect(new Set(names).size).toBe(498);
  });

  it('puts every guest on a node that exists, however few there are', () => {
    const { guests, nodes } = seed(1, 50, 1);
    expect(new Set([...guests.values()].map(({ node }) => node))).toEqual(new Set(nodes.map(({ name }) => name)));
  });

  it('scales to 30 nodes and 10,000 guests', () => {
    const { guests, nodes } = seed(30, 10_000, 1);
    expect([guests.size, nodes.length]).toEqual([10_000, 30]);
  });
});
