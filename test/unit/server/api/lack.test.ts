import { describe, expect, test } from 'vitest';
import { lackOf } from '../../../../src/server/api/lack.ts';
import { referenceSchema } from '../../../support/apidoc.ts';
import { referenceDir } from '../../../support/reference.ts';
import { fakeServer } from '../fake-door.ts';

const audit = { '/': { 'VM.Audit': true }, '/vms/102': { 'VM.PowerMgmt': false, 'VM.Audit': false } };
const power = ['perm', '/vms/{vmid}', ['VM.PowerMgmt']];

describe('what a token certainly lacks', () => {
  test.each([
    ['a privilege at the path', power, { vmid: '101' }, { path: '/vms/101', privileges: ['VM.PowerMgmt'] }],
    ['nothing where the path itself has it, handed down or not', power, { vmid: '102' }, undefined],
    ['nothing that it holds above', ['perm', '/vms/{vmid}', ['VM.Audit']], { vmid: '101' }, undefined],
    [
      'nothing that is handed down no further',
      ['perm', '/vms/102/x', ['VM.PowerMgmt']],
      {},
      { path: '/vms/102/x', privileges: ['VM.PowerMgmt'] },
    ],
    ['nothing where any of several is enough', ['perm', '/', ['VM.Audit', 'Sys.Audit'], 'any', 1], {}, undefined],
    [
      'those of several that are missing',
      ['perm', '/', ['VM.Audit', 'Sys.Audit']],
      {},
      { path: '/', privileges: ['Sys.Audit'] },
    ],
    [
      'the first of two that must both hold',
      ['and', ['perm', '/', ['VM.Audit']], ['perm', '/', ['Sys.Audit']]],
      {},
      { path: '/', privileges: ['Sys.Audit'] },
    ],
    [
      'nothing where one of two is enough',
      ['or', ['perm', '/', ['Sys.Audit']], ['perm', '/', ['VM.Audit']]],
      {},
      undefined,
    ],
    [
      'nothing that depends on what only PVE knows',
      ['or', ['perm', '/', ['Sys.Audit']], ['userid-param', 'self']],
      {},
      undefined,
    ],
    ['nothing where a value of the path is not there', power, {}, undefined],
    [
      'nothing with an option that is not known',
      ['perm', '/', ['Sys.Audit'], 'require_param', 'delete'],
      {},
      undefined,
    ],
    ['nothing of a check of another shape', { perm: 1 }, {}, undefined],
    ['nothing of no check', undefined, {}, undefined],
  ])('%s', (_what, check, values, lack) => {
    expect(lackOf(check, values, audit)).toEqual(lack);
  });
});

describe.skipIf(referenceDir() === undefined)('a write that the token may not make', () => {
  const guest = { id: 'qemu/101', type: 'qemu', vmid: 101, name: 'web-01', node: 'pve2', status: 'running' };
  const answers = {
    '/cluster/resources': [guest],
    '/nodes/pve2/qemu/101/status/current': { status: 'running' },
  };
  const stop = async (permissions: unknown) => {
    const { call, writes } = fakeServer({
      schema: referenceSchema(9),
      answers: { ...answers, '/access/permissions': permissions },
    });
    return { ...(await call('pve_power_guest', { guest: 101, action: 'stop' })), proposed: writes().length };
  };

  test('is refused before anybody is asked, with the privilege, its place and how to get it', async () => {
    const { text, isError, proposed } = await stop({ '/': { 'VM.Audit': 1 } });
    expect({ isError, proposed }).toEqual({ isError: true, proposed: 0 });
    expect(text).toContain('Error (forbidden)');
    expect(text).toContain('the privilege VM.PowerMgmt on /vms/101 is missing');
    expect(text).toContain('Nobody was asked, and nothing was sent.');
    expect(text).toContain('pveum acl modify /vms/101');
  });

  test('is left to the gate where the level refuses it anyway, so that it is recorded', async () => {
    const { call, writes } = fakeServer({
      schema: referenceSchema(9),
      connections: [{ id: 'c1', name: 'home', level: 'read-only' }],
      answers: { ...answers, '/access/permissions': { '/': { 'VM.Audit': 1 } } },
    });
    await call('pve_power_guest', { guest: 101, action: 'stop' });
    expect(writes()).toHaveLength(1);
  });

  test('is proposed where it holds the privilege, and where its privileges cannot be read', async () => {
    expect(await stop({ '/': { 'VM.PowerMgmt': 1 } })).toMatchObject({ isError: false, proposed: 1 });
    expect(await stop(undefined)).toMatchObject({ isError: false, proposed: 1 });
  });
});
