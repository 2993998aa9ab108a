import { describe, expect, test } from 'vitest';
import { createRedactor } from '../../../src/gate/redact.ts';
import { PveError } from '../../../src/pve/error.ts';
import { fakeServer, home, manyGuests } from './fake-door.ts';

const guests = { '/cluster/resources': manyGuests(30) };

describe('arguments', () => {
  test('one that does not exist is named with the nearest, and with all there are', async () => {
    const { call, proposals } = fakeServer({ answers: guests });
    const { text, isError } = await call('pve_list_guests', { node_name: 'pve1' });
    expect(isError).toBe(true);
    expect(text).toContain('node_name: is not an argument; did you mean node?');
    expect(text).toContain('pve_list_guests takes: node, type, status');
    expect(proposals).toEqual([]);
  });

  test.each<[string, unknown, string]>([
    ['pve_get_guest', {}, 'guest: give a VMID (101) or a name'],
    ['pve_get_guest', { guest: { vmid: 1 } }, 'guest: give a VMID (101) or a name'],
    ['pve_get_guest', { guest: 101.5 }, 'guest: give a VMID (101) or a name'],
    ['pve_get_guest', { guest: '' }, 'guest: Too small'],
    ['pve_power_guest', { guest: 101, action: 'destroy' }, 'action:'],
    ['pve_power_guest', { guest: 101, action: 'stop', reason: 'x'.repeat(201) }, 'reason:'],
    ['pve_power_guest', { guest: 101, action: 'stop', approved: true }, 'approved: is not an argument'],
    ['pve_list_guests', { limit: 0 }, 'limit:'],
    ['pve_list_guests', { limit: '10' }, 'limit:'],
    ['pve_list_guests', ['node'], 'arguments:'],
    ['pve_get_cluster', { __proto__: null, constructor: 1 }, 'constructor: is not an argument'],
  ])('%s refuses %j', async (tool, args, message) => {
    const { call, proposals } = fakeServer({ answers: guests });
    const { text, isError } = await call(tool, args);
    expect(isError).toBe(true);
    expect(text).toContain(message);
    expect(proposals).toEqual([]);
  });

  test('a tool that does not exist is named with the nearest', async () => {
    expect(await fakeServer().call('pve_list_guest')).toMatchObject({
      isError: true,
      text: 'Error (not_found): There is no tool "pve_list_guest".\nNext: Did you mean pve_list_guests?',
    });
  });
});

describe('connections', () => {
  const office = { ...home, id: 'c2', name: 'office' };

  test('with one, a tool has no cluster argument', async () => {
    const { text } = await fakeServer({ answers: guests }).call('pve_list_guests', { cluster: 'home' });
    expect(text).toContain('cluster: is not an argument');
  });

  test.each(['c2', 'office'])('with several, %j chooses', async (cluster) => {
    const { call, proposals } = fakeServer({ answers: guests, connections: [home, office] });
    expect((await call('pve_list_guests', { cluster })).isError).toBe(false);
    expect(proposals.map(({ connection }) => connection)).toEqual(['c2']);
  });

  test('with several, none named or a wrong one is an error that lists them', async () => {
    const { call, proposals } = fakeServer({ answers: guests, connections: [home, office] });
    for (const args of [{}, { cluster: 'lab' }]) {
      const { text, isError } = await call('pve_list_guests', args);
      expect(isError).toBe(true);
      expect(text).toContain('"home" (id c1), "office" (id c2)');
    }
    expect(proposals).toEqual([]);
  });

  test('without any, the answer says what to do', async () => {
    expect((await fakeServer({ connections: [] }).call('pve_get_cluster')).text).toContain('Ask the user to add one');
  });
});

describe('answers', () => {
  test('longer than the budget are cut at a line, and say so', async () => {
    const config = Object.fromEntries(Array.from({ length: 80 }, (_, at) => [`key${at}`, 'x'.repeat(40)]));
    const { call } = fakeServer({
      budget: 1500,
      answers: {
        ...guests,
        '/nodes/pve2/qemu/101/status/current': { status: 'running' },
        '/nodes/pve2/qemu/101/config': config,
      },
    });
    const { raw, text } = await call('pve_get_guest', { guest: 101, include: ['config'] });
    expect(raw.length).toBeLessThanOrEqual(1500);
    expect(text).toMatch(/\n\[Cut: \d+ characters are more than the 1500 that fit\./);
  });

  test('G15: a secret that the cluster hands back does not reach the model, in an answer or in an error', async () => {
    const redactor = createRedactor();
    redactor.add('s3cr3t-canary');
    const error = new PveError({
      code: 'server_error',
      message: 'boom s3cr3t-canary',
      hint: 'x',
      reason: ['s3cr3t-canary'],
    });
    const named = [{ ...manyGuests(1)[0], name: 's3cr3t-canary' }];
    for (const answer of [named, error]) {
      const { text } = await fakeServer({ redactor, answers: { '/cluster/resources': answer } }).call(
        'pve_list_guests',
      );
      expect(text).not.toContain('s3cr3t-canary');
      expect(text).toContain('[redacted]');
    }
  });

  test("an error of PVE has its code, PVE's words and the next step", async () => {
    const error = new PveError({
      code: 'forbidden',
      message: 'Not allowed',
      hint: 'Grant VM.Audit.',
      reason: ['Permission check failed'],
    });
    expect(await fakeServer({ answers: { '/cluster/resources': error } }).call('pve_list_guests')).toMatchObject({
      isError: true,
      text: 'Error (forbidden): Not allowed.\nProxmox VE says: Permission check failed\nNext: Grant VM.Audit.',
    });
  });

  test('an answer of another shape is an error, not a crash', async () => {
    const { text, isError } = await fakeServer({ answers: { '/cluster/resources': 'nonsense' } }).call(
      'pve_list_guests',
    );
    expect(isError).toBe(true);
    expect(text).toContain('Error (server_error)');
  });
});
