import { describe, expect, it } from 'vitest';
import { bob, createTestWorld } from './world.ts';

const build01 = '/nodes/pve1/qemu/105/config';
const web02 = '/nodes/pve1/lxc/102/config';

describe('PUT config', () => {
  it('answers null, sets at once and gives back the digest with the content', () => {
    const { request, get } = createTestWorld();
    const { digest } = get(build01);
    expect(request('PUT', build01, { description: 'changed', cores: '3', onboot: '1' })).toMatchObject({ data: null });
    expect(get(build01)).toMatchObject({ description: 'changed', cores: 3, onboot: 1 });
    expect(get(build01).digest).not.toBe(digest);
    const { cores } = createTestWorld().get(build01);
    request('PUT', build01, { cores: String(cores), delete: 'description,onboot' });
    expect(get(build01).digest).toBe(digest);
  });

  it('keeps tags sorted and in lower case, and shows them in /cluster/resources at once', () => {
    const { request, get, list } = createTestWorld();
    request('PUT', build01, { tags: 'Zeta,alpha alpha' });
    expect(get(build01).tags).toBe('alpha;zeta');
    expect(list('/cluster/resources', { type: 'vm' }).find(({ vmid }) => vmid === 105)?.tags).toBe('alpha;zeta');
  });

  it('refuses a stale digest in the two wordings that PVE has', () => {
    const { request } = createTestWorld();
    expect(request('PUT', build01, { cores: '2', digest: 'a'.repeat(40) }).reason).toBe(
      'checksum mismatch (file change by other user?)',
    );
    expect(request('PUT', web02, { cores: '2', digest: 'a'.repeat(40) }).reason).toBe(
      'detected modified configuration - file changed by other user? Try again.',
    );
    const fresh = createTestWorld();
    const digest = String(fresh.get(build01).digest);
    expect(fresh.request('PUT', build01, { cores: '2', digest }).status).toBe(200);
  });

  it('refuses a locked guest at once', () => {
    expect(createTestWorld().request('PUT', '/nodes/pve2/qemu/109/config', { memory: '2048' })).toMatchObject({
      status: 500,
      reason: 'VM is locked (backup)',
    });
  });

  it.each([
    [
      { memory: 'lots' },
      'memory',
      "invalid format - format error\nmemory.current: type check ('integer') failed - got 'lots'\n",
    ],
    [{ cores: '-1' }, 'cores', 'value must have a minimum value of 1'],
    [{ cores: 'two' }, 'cores', "type check ('integer') failed - got 'two'"],
    [{ onboot: 'true' }, 'onboot', "type check ('boolean') failed - got 'true'"],
    [{ onboot: 'yes' }, 'onboot', "type check ('boolean') failed - got 'yes'"],
    [{ name: '-x' }, 'name', 'invalid format - value does not look like a valid DNS name\n'],
    [{ description: 'x'.repeat(8193) }, 'description', 'value may only be 8192 characters long'],
    [{ delete: 'nope' }, 'delete', "unknown option 'nope'"],
    [{ skiplock: '1' }, 'skiplock', 'Only root may use this option.'],
    [{ cores: ['1', '2'] }, 'cores', "type check ('integer') failed - got 'ARRAY'"],
    [
      { toString: '1' },
      'toString',
      'property is not defined in schema and the schema does not allow additional properties',
    ],
    [
      JSON.parse('{"__proto__": "1"}'),
      '__proto__',
      'property is not defined in schema and the schema does not allow additional properties',
    ],
  ])('refuses %j and names the parameter', (parameters, field, text) => {
    const { request, get } = createTestWorld();
    const before = get(build01).digest;
    expect(request('PUT', build01, parameters)).toMatchObject({
      status: 400,
      reason: 'Parameter verification failed.',
      errors: Object.fromEntries([[field, text]]),
    });
    expect(get(build01).digest).toBe(before);
  });

  it('leaves to root what is root’s', () => {
    expect(createTestWorld().request('PUT', build01, { args: '-foo' })).toMatchObject({
      status: 500,
      reason: "only root can set 'args' config",
    });
  });

  it('wants the privilege of each setting', () => {
    const { request } = createTestWorld({ bobs: [{ path: '/', privileges: ['VM.Config.CPU'] }] });
    expect(request('PUT', build01, { cores: '2' }, bob).status).toBe(200);
    expect(request('PUT', build01, { cores: '2', memory: '512' }, bob).reason).toBe(
      'Permission check failed (/vms/105, VM.Config.Memory)',
    );
  });
});

describe('snapshots', () => {
  it('end with the pseudo entry "current", and their configs can be read', () => {
    const { list, get, request } = createTestWorld();
    const snapshots = list('/nodes/pve1/qemu/104/snapshot');
    expect(snapshots.map(({ name, parent }) => [name, parent])).toEqual([
      ['before-update', undefined],
      ['current', 'before-update'],
    ]);
    const config = get('/nodes/pve1/qemu/104/config', { snapshot: 'before-update' });
    expect(config).toMatchObject({ name: 'db-02', snaptime: snapshots[0]?.snaptime });
    expect(request('GET', '/nodes/pve1/qemu/104/config', { snapshot: 'nope' }).reason).toBe(
      "snapshot 'nope' does not exist",
    );
  });
});
