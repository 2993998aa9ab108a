import { describe, expect, test } from 'vitest';
import { readClusterLog } from '../../../../src/pve/logs.ts';
import { readResources, readTasks } from '../../../../src/pve/readers.ts';
import { byType, changes, warnings } from '../../../../src/server/health/recent.ts';

const foreign = /\uE000/g;
const task = (type: string, id: string, status: string | undefined, at = 0) => ({
  upid: `UPID:pve1:0000000${at}:00000001:6A000000:${type}:${id}:root@pam:`,
  ...(status === undefined ? { status: 'RUNNING' } : { status, endtime: 1 }),
});
const tasks = readTasks([
  task('qmstart', '101', 'OK'),
  task('qmstart', '102', 'no space', 1),
  task('vzdump', '', 'WARNINGS: 2'),
  task('vzdump', '', undefined, 2),
  task('qmclone', '100', 'OK'),
  task('qmcreate', '150', 'OK'),
  task('qmcreate', '151', 'failed'),
  task('qmdestroy', '150', 'OK'),
  task('qmigrate', '101', 'OK'),
]);

describe('what changed', () => {
  test('tasks by type, those that failed first, then those that warned', () => {
    expect(byType(tasks).slice(0, 3)).toEqual([
      { type: 'qmcreate', all: 2, failed: 1, warned: 0 },
      { type: 'qmstart', all: 2, failed: 1, warned: 0 },
      { type: 'vzdump', all: 2, failed: 0, warned: 1 },
    ]);
  });

  test('guests that came, went and moved', () => {
    const resources = readResources([
      { id: 'qemu/101', type: 'qemu', vmid: 101, name: 'web' },
      { id: 'qemu/100', type: 'qemu', vmid: 100, name: 'base' },
    ]);
    expect(changes(tasks, resources).map((line) => line.replace(foreign, ''))).toEqual([
      '2 guests were made, restored or cloned: 100 base (qmclone), 150 (qmcreate, not there any more).',
      '1 guest was removed: 150.',
      '1 guest was migrated: 101 web.',
    ]);
  });
});

describe('the cluster log', () => {
  const entry = (msg: string, pri: number, time = 100) => ({
    msg,
    pri,
    time,
    node: 'pve1',
    tag: 'pvedaemon',
    user: 'a@pve',
  });
  test('the same words once; ends of tasks, good news and what is older are left out', () => {
    const log = readClusterLog([
      entry('authentication failure; rhost=10.0.0.1', 4),
      entry('authentication failure; rhost=10.0.0.2', 4),
      entry('end task UPID:pve1:1: failed', 3),
      entry('successful auth', 6),
      entry('too old', 3, 5),
    ]);
    const lines = warnings(log, 50).map((line) => line.replace(foreign, ''));
    expect(lines).toEqual([
      '',
      'Warnings and errors of the cluster log, newest first:',
      '1970-01-01 00:01:40 pve1 pvedaemon: authentication failure; rhost=10.0.0.1 (2 times)',
    ]);
    expect(warnings([], 0)).toEqual(['', 'The cluster log warns of nothing else.']);
  });
});
