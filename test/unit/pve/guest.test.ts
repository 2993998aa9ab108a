import { describe, expect, it } from 'vitest';
import { guestLabel, guestsOf, matchGuest } from '../../../src/pve/guest.ts';
import { readResources } from '../../../src/pve/readers.ts';

const resources = readResources([
  { id: 'node/pve1', type: 'node', node: 'pve1', status: 'online' },
  { id: 'qemu/103', type: 'qemu', vmid: 103, node: 'pve1', name: '104', status: 'running' },
  { id: 'lxc/200', type: 'lxc', vmid: 200, node: 'pve2', name: 'test', status: 'stopped' },
  { id: 'qemu/104', type: 'qemu', vmid: '104', node: 'pve2', name: 'web-01', status: 'running' },
  { id: 'qemu/201', type: 'qemu', vmid: 201, node: 'pve1', name: 'test', status: 'running' },
  { id: 'qemu/150', type: 'qemu', vmid: 150, node: 'pve1', status: 'unknown' },
  { id: 'qemu/151', type: 'qemu', vmid: 151, node: 'pve1', name: '', status: 'unknown' },
]);

const failure = (guest: number | string): unknown => {
  try {
    return matchGuest(resources, guest);
  } catch (error) {
    return error;
  }
};

describe('finding a guest', () => {
  it('by VMID, as number or digits, even where another guest bears them as its name', () => {
    const web = { vmid: 104, type: 'qemu', node: 'pve2', name: 'web-01', status: 'running' };
    expect(matchGuest(resources, 104)).toEqual(web);
    expect(matchGuest(resources, ' 104 ')).toEqual(web);
  });

  it('by name, to the letter', () => {
    expect(matchGuest(resources, 'web-01').vmid).toBe(104);
    expect(failure('WEB-01')).toMatchObject({ code: 'not_found', data: { hint: 'Near: "web-01" (104, VM on pve2)' } });
  });

  it('a name that fits two is an error that lists both', () => {
    expect(failure('test')).toMatchObject({
      code: 'ambiguous',
      message: 'The name "test" fits 2 guests: "test" (200, container on pve2), "test" (201, VM on pve1)',
    });
  });

  it('a name that fits none is an error with names that are near', () => {
    expect(failure('wbe-01')).toMatchObject({
      code: 'not_found',
      data: { hint: expect.stringContaining('"web-01" (104, VM on pve2)') },
    });
    expect(failure('web')).toMatchObject({ data: { hint: expect.stringContaining('web-01') } });
    expect(failure('something-else')).toMatchObject({
      code: 'not_found',
      data: { hint: 'List the guests to see names and VMIDs.' },
    });
    expect(failure(999)).toMatchObject({ code: 'not_found', message: expect.stringContaining('999') });
  });

  it('an empty name never finds the guests whose name is not known yet', () => {
    expect(failure('')).toMatchObject({ code: 'not_found' });
  });

  it('guests come by VMID, and a nameless one is called by it', () => {
    expect(guestsOf(resources).map(({ vmid }) => vmid)).toEqual([103, 104, 150, 151, 200, 201]);
    expect(guestLabel(matchGuest(resources, 150))).toBe('150 (VM on pve1)');
  });
});
