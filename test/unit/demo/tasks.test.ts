import { describe, expect, it } from 'vitest';
import { createTestWorld } from './world.ts';

const shutdown = '/nodes/pve2/qemu/101/status/shutdown';

describe('tasks', () => {
  it('say who started them, with the token apart', () => {
    const { begin, get } = createTestWorld();
    const upid = begin('POST', shutdown);
    expect(get(`/nodes/pve2/tasks/${upid}/status`)).toMatchObject({
      upid,
      node: 'pve2',
      type: 'qmshutdown',
      id: '101',
      user: 'demo@pve',
      tokenid: 'vscode',
      status: 'running',
    });
  });

  it('have a line of PVE’s own while the log is empty', () => {
    const { begin, request } = createTestWorld();
    const upid = begin('POST', shutdown);
    expect(request('GET', `/nodes/pve2/tasks/${upid}/log`)).toMatchObject({
      data: [{ n: 1, t: 'no content' }],
      total: 1,
    });
  });

  it('answer pieces of the log, with the total', () => {
    const { begin, request, clock } = createTestWorld();
    const upid = begin('POST', '/nodes/pve1/qemu/105/migrate', { target: 'pve2' });
    clock.advance(7000);
    const piece = request('GET', `/nodes/pve1/tasks/${upid}/log`, { start: '1', limit: '2' });
    expect(piece.total).toBe(5);
    expect(piece.data).toMatchObject([{ n: 2 }, { n: 3, t: expect.stringContaining('copying local disk images') }]);
    expect(request('GET', `/nodes/pve1/tasks/${upid}/log`, { limit: '0' }).data).toHaveLength(5);
  });

  it('end with "received interrupt" and without effect when they are stopped', () => {
    const { begin, request, exit, get, clock } = createTestWorld();
    const upid = begin('POST', shutdown);
    clock.advance(1000);
    expect(request('DELETE', `/nodes/pve2/tasks/${upid}`)).toMatchObject({ status: 200, data: null });
    clock.advance(10_000);
    expect(exit(upid)).toBe('received interrupt');
    expect(get('/nodes/pve2/qemu/101/status/current').status).toBe('running');
    expect(request('DELETE', `/nodes/pve2/tasks/${upid}`).status).toBe(200);
  });

  it('are listed newest first, filtered and paged, with the total beside', () => {
    const { begin, request, list, clock } = createTestWorld();
    const running = begin('POST', shutdown);
    const failing = begin('POST', '/nodes/pve2/qemu/109/status/start');
    clock.advance(500);
    const upids = (filter: Record<string, string>) => list('/nodes/pve2/tasks', filter).map(({ upid }) => upid);
    expect(upids({ source: 'active' })).toEqual([running]);
    expect(list('/nodes/pve2/tasks', { source: 'active' })[0]).toMatchObject({ status: 'RUNNING' });
    expect(upids({ source: 'all' }).slice(0, 2)).toEqual([failing, running]);
    expect(upids({ errors: '1' })).toEqual([failing]);
    expect(upids({ statusfilter: 'error,warning' })).toEqual([failing]);
    expect(upids({ vmid: '109' })).toEqual([failing]);
    expect(upids({ typefilter: 'vzdump' })).toHaveLength(1);
    expect(upids({ since: String(Math.floor(clock.now() / 1000) - 60) })).toEqual([failing]);
    const page = request('GET', '/nodes/pve2/tasks', { source: 'all', start: '1', limit: '1' });
    expect(page).toMatchObject({ total: 3, data: [{ upid: running }] });
  });

  it('show in /cluster/tasks, without an end while they run', () => {
    const { begin, list, clock } = createTestWorld();
    const upid = begin('POST', shutdown);
    const entry = () => list('/cluster/tasks').find((task) => task.upid === upid);
    expect(entry()).not.toHaveProperty('status');
    clock.advance(5000);
    expect(entry()).toMatchObject({ status: 'OK', saved: '1', endtime: expect.any(Number) });
  });

  it('are found on their own node only', () => {
    const { begin, request } = createTestWorld();
    const upid = begin('POST', shutdown);
    expect(request('GET', `/nodes/pve1/tasks/${upid}/status`)).toMatchObject({
      status: 400,
      errors: { upid: 'no such task' },
    });
  });
});
