import { describe, expect, it } from 'vitest';
import { createTestWorld } from './world.ts';

const build01 = '/nodes/pve1/qemu/105';

function prepared() {
  const world = createTestWorld();
  const run = (method: string, path: string, parameters = {}): string => {
    const upid = world.begin(method, path, parameters);
    world.clock.advance(15_000);
    return world.exit(upid);
  };
  return { ...world, run };
}

describe('snapshots', () => {
  it('are taken, listed in a chain, rolled back and deleted', () => {
    const { run, request, get, list } = prepared();
    expect(run('POST', `${build01}/snapshot`, { snapname: 'one', description: 'first' })).toBe('OK');
    request('PUT', `${build01}/config`, { cores: '7' });
    expect(run('POST', `${build01}/snapshot`, { snapname: 'two' })).toBe('OK');
    const chain = () => list(`${build01}/snapshot`).map(({ name, parent }) => [name, parent]);
    expect(chain()).toEqual([
      ['one', undefined],
      ['two', 'one'],
      ['current', 'two'],
    ]);

    expect(run('POST', `${build01}/snapshot/one/rollback`)).toBe('OK');
    expect(get(`${build01}/config`).cores).not.toBe(7);
    expect(chain().at(-1)).toEqual(['current', 'one']);
    expect(get(`${build01}/snapshot/two/config`)).toMatchObject({ cores: 7, parent: 'one' });

    expect(run('DELETE', `${build01}/snapshot/one`)).toBe('OK');
    expect(chain()).toEqual([
      ['two', undefined],
      ['current', undefined],
    ]);
    request('PUT', `${build01}/snapshot/two/config`, { description: 'renamed' });
    expect(list(`${build01}/snapshot`)[0]).toMatchObject({ name: 'two', description: 'renamed' });
  });

  it('lock the guest meanwhile and change its digest', () => {
    const { begin, get, clock, request } = prepared();
    const { digest } = get(`${build01}/config`);
    begin('POST', `${build01}/snapshot`, { snapname: 'one' });
    clock.advance(500);
    expect(get(`${build01}/config`).lock).toBe('snapshot');
    expect(request('PUT', `${build01}/config`, { cores: '2' }).reason).toBe('VM is locked (snapshot)');
    clock.advance(1000);
    expect(get(`${build01}/config`)).not.toHaveProperty('lock');
    expect(get(`${build01}/config`).digest).not.toBe(digest);
  });

  it('fail in the task when the name is taken or missing, or the guest is a template', () => {
    const { run } = prepared();
    run('POST', `${build01}/snapshot`, { snapname: 'one' });
    expect(run('POST', `${build01}/snapshot`, { snapname: 'one' })).toBe("snapshot name 'one' already used");
    expect(run('DELETE', `${build01}/snapshot/nope`)).toBe("snapshot 'nope' does not exist");
    expect(run('POST', `${build01}/snapshot/nope/rollback`)).toBe("snapshot 'nope' does not exist");
    expect(run('POST', '/nodes/pve1/qemu/100/snapshot', { snapname: 'one' })).toBe(
      "you can't take a snapshot if it's a template",
    );
  });

  it.each(['x', 'y'.repeat(41), '1st', 'a b'])('refuse the name %j', (snapname) => {
    expect(prepared().request('POST', `${build01}/snapshot`, { snapname }).errors).toHaveProperty('snapname');
  });

  it('with memory bring a running VM back running, without it stopped', () => {
    const { run, get } = prepared();
    const web01 = '/nodes/pve2/qemu/101';
    run('POST', `${web01}/snapshot`, { snapname: 'with', vmstate: '1' });
    run('POST', `${web01}/snapshot`, { snapname: 'without' });
    run('POST', `${web01}/snapshot/without/rollback`);
    expect(get(`${web01}/status/current`).status).toBe('stopped');
    run('POST', `${web01}/snapshot/with/rollback`);
    expect(get(`${web01}/status/current`).status).toBe('running');
  });
});

describe('clones and templates', () => {
  it('are there at once, locked and without a name, and complete in the end', () => {
    const { begin, exit, get, clock } = prepared();
    const upid = begin('POST', `${build01}/clone`, { newid: '150', name: 'copy' });
    expect(get('/nodes/pve1/qemu/150/status/current')).toMatchObject({ name: 'VM 150', lock: 'clone' });
    clock.advance(10_000);
    expect(exit(upid)).toBe('OK');
    const copy = get('/nodes/pve1/qemu/150/config');
    const source = get(`${build01}/config`);
    expect(copy).toMatchObject({ name: 'copy', cores: source.cores });
    expect(copy.scsi0).toContain('vm-150-disk-0');
    expect(copy.net0).not.toBe(source.net0);
  });

  it('linked ones come from templates only, and keep them from being destroyed', () => {
    const { run, request } = prepared();
    const linked = { newid: '150', full: '0' };
    expect(request('POST', `${build01}/clone`, linked).reason).toBe(
      "Linked clone feature is not supported for drive 'scsi0'",
    );
    expect(run('POST', '/nodes/pve1/qemu/100/clone', linked)).toBe('OK');
    expect(run('DELETE', '/nodes/pve1/qemu/100')).toMatch(/^base volume 'base-100-disk-0' is still in use/);
    expect(run('DELETE', '/nodes/pve1/qemu/150')).toBe('OK');
    expect(run('DELETE', '/nodes/pve1/qemu/100')).toBe('OK');
  });

  it('leave nothing behind when they are interrupted', () => {
    const { begin, exit, clock, request } = prepared();
    const upid = begin('POST', `${build01}/clone`, { newid: '150' });
    clock.advance(500);
    request('DELETE', `/nodes/pve1/tasks/${upid}`);
    expect(exit(upid)).toBe('received interrupt');
    expect(request('GET', '/nodes/pve1/qemu/150/config').status).toBe(500);
  });

  it('a stopped VM without snapshots becomes a template that does not start', () => {
    const { run, request, get } = prepared();
    expect(request('POST', '/nodes/pve2/qemu/101/template').reason).toBe(
      "you can't convert a VM to template if VM is running",
    );
    expect(request('POST', '/nodes/pve1/qemu/104/template').reason).toContain('contains snapshots');
    expect(run('POST', `${build01}/template`)).toBe('OK');
    expect(get(`${build01}/config`)).toMatchObject({ template: 1, scsi0: expect.stringContaining('base-105-disk-0') });
    expect(run('POST', `${build01}/status/start`)).toBe("you can't start a vm if it's a template");
  });
});
