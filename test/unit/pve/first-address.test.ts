import { describe, expect, test } from 'vitest';
import { readInterfaces } from '../../../src/pve/agent.ts';
import { firstAddress, reachable } from '../../../src/pve/first-address.ts';
import { byFreeMemory } from '../../../src/pve/placement.ts';
import { fakeClock } from '../../support/clock.ts';
import { pveError } from '../../support/cluster.ts';

const card = (name: string, ...addresses: string[]) => ({
  name,
  'ip-addresses': addresses.map((one) => ({ 'ip-address': one })),
});
const vm = { node: 'pve1', type: 'qemu', vmid: 150 } as const;

describe('addresses of a guest', () => {
  test('loopback and link-local ones are none', () => {
    const result = [card('lo', '127.0.0.1', '::1'), card('eth0', '10.0.0.5', 'fe80::1', '2001:db8::5')];
    expect(reachable(readInterfaces({ result }))).toEqual(['10.0.0.5 (eth0)', '2001:db8::5 (eth0)']);
    expect(reachable(readInterfaces([{ name: 'eth0', inet: '10.0.0.6/24' }]))).toEqual(['10.0.0.6 (eth0)']);
  });

  test('the first one is waited for; an agent that does not run yet is no error', async () => {
    const answers = [
      pveError('agent_unavailable'),
      { result: [card('lo', '127.0.0.1')] },
      { result: [card('a', '10.0.0.5')] },
    ];
    const send = async () => {
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return { data: answer };
    };
    const options = { clock: { ...fakeClock(), sleep: async () => {} }, signal: new AbortController().signal };
    expect(await firstAddress({ send }, vm, { ...options, patienceMs: 10_000 })).toEqual(['10.0.0.5 (a)']);
    expect(await firstAddress({ send: async () => ({ data: [] }) }, vm, { ...options, patienceMs: 10_000 })).toEqual(
      [],
    );
    const denied = async () => Promise.reject(pveError('forbidden'));
    await expect(firstAddress({ send: denied }, vm, { ...options, patienceMs: 10_000 })).rejects.toThrow();
  });
});

test('nodes by free memory: offline ones are none, unknown memory comes last', () => {
  const nodes = [
    { node: 'a', online: true },
    { node: 'b', online: true, mem: 10, maxmem: 20 },
    { node: 'c', online: false, mem: 0, maxmem: 99 },
    { node: 'd', online: true, mem: 1, maxmem: 20 },
  ];
  expect(byFreeMemory(nodes).map(({ node }) => node)).toEqual(['d', 'b', 'a']);
});
