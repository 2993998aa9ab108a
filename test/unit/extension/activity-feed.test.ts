import { appendFile, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readActivities, wholeActivity } from '../../../src/extension/activity/activities.ts';
import { taskLogText, tasksOf } from '../../../src/extension/activity/document.ts';
import { createFeed } from '../../../src/extension/activity/feed.ts';
import { watchFolder } from '../../../src/extension/activity/watch-folder.ts';
import { openAudit } from '../../../src/gate/audit.ts';
import { createRedactor } from '../../../src/gate/redact.ts';
import type { Upid } from '../../../src/pve/upid.ts';
import { auditFolders, entry } from '../../support/audit.ts';
import { fakeClock } from '../../support/clock.ts';
import { pveError, upid } from '../../support/cluster.ts';
import { temporaryFolder } from '../../support/folder.ts';

const folders = auditFolders();

/** A folder with plans named by numbers, of two windows in turn. */
async function plans(count: number): Promise<string> {
  const dir = await folders.make();
  const clock = fakeClock();
  const audits = [0, 1].map(() => openAudit({ dir, clock, redactor: createRedactor() }));
  for (let at = 0; at < count; at += 1) {
    clock.advance(1000);
    await audits[at % 2]?.append(entry({ plan: `plan-${at}` }));
    await audits[at % 2]?.append(entry({ plan: `plan-${at}`, phase: 'after', outcome: 'ok' }));
  }
  await Promise.all(audits.map((audit) => audit.close()));
  return dir;
}

const read = (dir: string, limit: number) => readActivities(dir, limit, () => {});
const ids = ({ activities }: Awaited<ReturnType<typeof read>>) => activities.map(({ id }) => id);

describe('activities', () => {
  test('are merged over the files of all windows, newest first, page by page', async () => {
    const dir = await plans(5);
    const first = await read(dir, 2);
    expect([ids(first), first.hasMore]).toEqual([['plan-4', 'plan-3'], true]);
    const all = await read(dir, 5);
    expect([ids(all), all.hasMore]).toEqual([['plan-4', 'plan-3', 'plan-2', 'plan-1', 'plan-0'], false]);
    expect(all.activities[0]?.records.map(({ phase }) => phase)).toEqual(['before', 'after']);
  });

  test('that a page has cut are whole in their document', async () => {
    const dir = await folders.make();
    const audit = openAudit({ dir, clock: fakeClock(), redactor: createRedactor() });
    await audit.append(entry({ plan: 'long' }));
    await audit.append(entry({ plan: 'short' }));
    await audit.append(entry({ plan: 'long', phase: 'after', outcome: 'ok' }));
    await audit.close();
    const { activities } = await read(dir, 1);
    const [cut] = activities;
    expect(cut?.records.map(({ phase }) => phase)).toEqual(['after']);
    if (cut === undefined) throw new Error('No activity');
    expect((await wholeActivity(dir, cut)).records.map(({ phase }) => phase)).toEqual(['before', 'after']);
  });
});

describe('the log of a task', () => {
  const task = upid('pve2', 1) as Upid;

  test('is asked of the connection of the plan', async () => {
    const dir = await folders.make();
    const audit = openAudit({ dir, clock: fakeClock(), redactor: createRedactor() });
    await audit.append(entry());
    await audit.append(entry({ phase: 'after', outcome: 'started', upid: task }));
    await audit.append(entry({ phase: 'after', index: 1, outcome: 'started', upid: 'no task' as Upid }));
    await audit.close();
    const { activities } = await read(dir, 1);
    expect(activities.map(tasksOf)).toEqual([[{ upid: task, connection: 'c-home' }]]);
  });

  test('is shown line by line, made visible, with how much there is beyond it', async () => {
    const taskLog = async () => ({ lines: ['starting', 'TASK \u001b OK'], total: 5 });
    const text = await taskLogText(task, async () => ({ taskLog }));
    expect(text.split('\n').slice(1)).toEqual(['  starting', '  TASK <U+001B> OK', '… and 3 lines more', '']);
  });

  test('says why it cannot be read', async () => {
    const taskLog = async () => {
      throw pveError('unreachable', { reason: ['no route'] });
    };
    expect(await taskLogText(task, async () => ({ taskLog }))).toContain('cannot be read: It is unreachable: no route');
    const gone = () => Promise.reject(pveError('not_found'));
    expect(await taskLogText(task, gone)).toContain('It is not_found');
  });
});

describe('the feed', () => {
  function bench() {
    const clock = fakeClock();
    const limits: number[] = [];
    let written = () => {};
    let watching = 0;
    let fault: Error | undefined;
    const feed = createFeed({
      clock,
      async read(limit) {
        limits.push(limit);
        if (fault !== undefined) throw fault;
        return { rows: [], hasMore: true };
      },
      watch(onChange) {
        watching += 1;
        written = onChange;
        return {
          close() {
            watching -= 1;
          },
        };
      },
    });
    onTestFinished(() => feed.dispose());
    const fail = (error: Error | undefined) => {
      fault = error;
    };
    return { feed, limits, written: () => written(), watching: () => watching, fail };
  }

  test('reads once when it is first needed, a page of 50, and more when asked', async () => {
    const { feed, limits } = bench();
    expect(feed.page()).toBeUndefined();
    await Promise.all([feed.load(), feed.load()]);
    await feed.more();
    await feed.refresh();
    expect(limits).toEqual([50, 100, 100]);
  });

  test('reads when something was written while it can be seen, and neither reads nor watches while hidden', async () => {
    const { feed, limits, written, watching } = bench();
    feed.setVisible(true);
    await feed.load();
    expect([limits.length, watching()]).toEqual([1, 1]);
    const shown = new Promise<void>((resolve) => feed.onChange(resolve));
    written();
    written();
    await shown;
    expect(limits).toHaveLength(2);
    feed.setVisible(false);
    written();
    await Promise.resolve();
    expect([limits.length, watching()]).toEqual([2, 0]);
  });

  test('tells why it cannot read, and heals', async () => {
    const { feed, fail } = bench();
    fail(new Error('EACCES'));
    await feed.load();
    expect(feed.problem()).toBe('EACCES');
    fail(undefined);
    await feed.refresh();
    expect([feed.problem(), feed.page()]).toEqual([undefined, { rows: [], hasMore: true }]);
  });
});

describe('watching the folder', () => {
  test('tells of each file that is written in it, and makes it first', async () => {
    const dir = join(await temporaryFolder(), 'audit');
    const changed = new Promise<void>((resolve) => {
      const watcher = watchFolder(dir, resolve);
      onTestFinished(() => watcher.close());
    });
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    await appendFile(join(dir, 'a.jsonl'), 'x');
    await changed;
  });

  test('where the system refuses, it is left alone and can be closed', async () => {
    const dir = await temporaryFolder();
    await mkdir(join(dir, 'audit'));
    const refuse = () => {
      throw new Error('ENOSPC');
    };
    watchFolder(join(dir, 'audit'), () => {}, refuse as never).close();
  });
});
