import { describe, expect, it } from 'vitest';
import { readGuestConfig, readLog, readResources, readTask, readTasks } from '../../../src/pve/readers.ts';

const upid = 'UPID:pve1:000014FE:00057065:6B003645:vzdump:201:root@pam:';

describe('loose answers', () => {
  it('numbers as text, booleans in all spellings, null and nonsense', () => {
    const loose = {
      vmid: '1',
      maxmem: '256',
      cpu: null,
      mem: '',
      disk: 'x',
      template: '1',
      shared: true,
      tags: 'a; b,c',
    };
    const [first, second] = readResources([
      { id: 'qemu/1', type: 'qemu', ...loose },
      { id: 'qemu/2', type: 'qemu', vmid: 2, name: 7, template: '0' },
    ]);
    expect(first).toMatchObject({ vmid: 1, maxmem: 256, template: true, shared: true, tags: ['a', 'b', 'c'] });
    expect([first?.cpu, first?.mem, first?.disk]).toEqual([undefined, undefined, undefined]);
    expect(second).toMatchObject({ name: '7', template: false });
  });

  it('a config holds text only', () => {
    const config = { lxc: [['lxc.cap.drop', 'sys_time']], memory: 64, hostname: 'ct1' };
    expect(readGuestConfig(config)).toEqual({ lxc: '[["lxc.cap.drop","sys_time"]]', memory: '64', hostname: 'ct1' });
  });

  it('an empty log is told from one whose first line is all there is', () => {
    expect(readLog([{ n: 1, t: 'no content' }])).toEqual([]);
    expect(readLog([{ n: '1', t: 'no content' }])).toEqual([]);
    expect(readLog([{ n: 7, t: 'no content' }])).toEqual(['no content']);
    expect(readLog([{ n: 1, t: '' }, { n: 2 }])).toEqual(['', '']);
  });

  it('a running task in a list has no end; a list entry without a task id is left out', () => {
    const tasks = readTasks([{ upid, status: 'RUNNING' }, { upid, endtime: 5, status: 'OK' }, { upid }, { upid: 'x' }]);
    expect(tasks.map(({ running, exitStatus }) => [running, exitStatus])).toEqual([
      [true, undefined],
      [false, 'OK'],
      [true, undefined],
    ]);
  });

  it.each([null, 'text', { a: 1 }, [1], [null]])('%j for a list is an error, never an empty list', (data) => {
    expect(() => readResources(data)).toThrow(expect.objectContaining({ code: 'server_error' }));
  });

  it.each([null, 'text', [], {}])('%j for a task is an error', (data) => {
    expect(() => readTask(data)).toThrow(expect.objectContaining({ code: 'server_error' }));
  });
});
