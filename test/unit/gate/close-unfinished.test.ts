import { appendFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Audit, openAudit } from '../../../src/gate/audit.ts';
import { readAudit } from '../../../src/gate/audit-read.ts';
import { verifyAudit } from '../../../src/gate/audit-verify.ts';
import { type CloseOptions, closeUnfinished } from '../../../src/gate/close-unfinished.ts';
import { operationDigest } from '../../../src/gate/operation.ts';
import { createRedactor } from '../../../src/gate/redact.ts';
import type { ApiOperation } from '../../../src/gate/types.ts';
import { findUnfinished } from '../../../src/gate/unfinished.ts';
import { apiOnly } from '../../support/api-only.ts';
import { auditFolders, auditLines, entry, leftBehind } from '../../support/audit.ts';
import { fakeClock } from '../../support/clock.ts';
import { fakeCluster, pveError } from '../../support/cluster.ts';

const folders = auditFolders();
const begun = 1_800_000_000;
const user = 'demo@pve!test';

/** A task of the list of pve2, as Proxmox VE has it. */
function task({ type = 'qmstop', id = '101', start = begun + 1, status = 'OK', owner = user, number = 1 } = {}) {
  const hex = (value: number) => value.toString(16).toUpperCase().padStart(8, '0');
  const upid = `UPID:pve2:${hex(number)}:00ABCDEF:${hex(start)}:${type}:${id}:${owner}:`;
  return { upid, ...(status === 'RUNNING' ? {} : { endtime: start + 2 }), status };
}

/** A folder in which a process that is gone has left one step open, and a later process that closes it. */
async function bench({ entries = [entry()], tasks = [] as object[], dir = '' } = {}) {
  const clock = fakeClock();
  const folder = await leftBehind(dir === '' ? await folders.make() : dir, entries, { clock });
  clock.advance(3_600_000);
  const cluster = fakeCluster();
  const asked: unknown[] = [];
  cluster.on('GET /nodes/pve2/tasks', ({ params }) => {
    asked.push(params);
    return tasks;
  });
  const process = (more: Partial<CloseOptions> = {}) => {
    const audit: Audit = openAudit({ dir: folder, clock, redactor: createRedactor() });
    onTestFinished(() => audit.close());
    const reach = async () => ({ send: cluster.send, user });
    return () => closeUnfinished({ dir: folder, audit, clock, reach, onProblem: () => {}, ...more });
  };
  return { dir: folder, clock, cluster, asked, process, close: process() };
}

const afters = async (dir: string) => (await auditLines(dir)).filter(({ phase }) => phase === 'after');
const outcomes = async (dir: string) => (await afters(dir)).map(({ outcome }) => outcome);

describe('the task of the step', () => {
  test.each([
    ['OK', 'ok', 'found in Proxmox VE'],
    ['WARNINGS: 2', 'warning', 'WARNINGS: 2'],
    ['VM 101 not running', 'failed', 'VM 101 not running'],
  ])('G3: that ended with "%s" is its end: %s', async (status, outcome, detail) => {
    const { dir, close, asked } = await bench({ tasks: [task({ status })] });
    expect(await close()).toMatchObject([{ outcome, step: { id: 'plan-1 0' } }]);
    const [before, after] = (await auditLines(dir)).filter(({ phase }) => phase !== 'header');
    expect(after).toMatchObject({
      ...before,
      v: 1,
      seq: 1,
      prev: expect.any(String),
      hash: expect.any(String),
      phase: 'after',
      at: '2027-01-15T09:00:00.000Z',
      begunAt: before?.at,
      outcome,
      detail: expect.stringContaining(detail),
      upid: task().upid,
    });
    expect(after?.digest).toBe(operationDigest(after?.operation as ApiOperation));
    expect(asked).toEqual([{ source: 'all', vmid: 101, since: begun - 5, until: begun + 120, limit: 500 }]);
    expect((await verifyAudit(dir)).map(({ problem }) => problem)).toEqual([undefined, undefined]);
    expect(await close()).toEqual([]);
  });

  test('G3: that still runs leaves the step open for the next start', async () => {
    const tasks = [task({ status: 'RUNNING' })];
    const { dir, close } = await bench({ tasks });
    expect(await close()).toMatchObject([{ outcome: 'open' }]);
    expect(await afters(dir)).toEqual([]);
    tasks.splice(0, 1, task());
    expect(await close()).toMatchObject([{ outcome: 'ok' }]);
    expect(await outcomes(dir)).toEqual(['ok']);
  });

  test.each([
    ['of another type', { type: 'qmstart' }],
    ['of another guest', { id: '102' }],
    ['of another user', { owner: 'root@pam' }],
    ['that is older', { start: begun - 60 }],
    ['that is much newer', { start: begun + 600 }],
  ])('G3: a task %s is not taken for it', async (_what, other) => {
    const { close } = await bench({ tasks: [task(other)] });
    expect(await close()).toMatchObject([{ outcome: 'unknown', detail: expect.stringContaining('has no task of it') }]);
  });

  test('G3: two tasks that fit tell nothing', async () => {
    const { close } = await bench({ tasks: [task(), task({ number: 2, status: 'failed' })] });
    expect(await close()).toMatchObject([{ outcome: 'unknown' }]);
  });

  test('G3: a task that is known to be of another step is not taken for it', async () => {
    const upid = task().upid as never;
    const entries = [
      entry({ plan: 'a' }),
      entry({ plan: 'a', phase: 'after', upid, outcome: 'ok' }),
      entry({ plan: 'b' }),
    ];
    const { close } = await bench({ entries, tasks: [task()] });
    expect(await close()).toMatchObject([{ outcome: 'unknown', step: { id: 'b 0' } }]);
  });

  test('G3: one task for two steps that were left open ends neither', async () => {
    const { close } = await bench({ entries: [entry({ plan: 'a' }), entry({ plan: 'b' })], tasks: [task()] });
    expect((await close()).map(({ outcome }) => outcome)).toEqual(['unknown', 'unknown']);
  });

  test.each([
    ['hastop', 'ok'],
    ['qmshutdown', 'unknown'],
  ])('G3: after a stop, a task %s is %s', async (type, outcome) => {
    const { close } = await bench({ tasks: [task({ type })] });
    expect(await close()).toMatchObject([{ outcome }]);
  });

  test.each([
    [['nodes', 'pve2', 'qemu', '101', 'config'], {}, 'qmconfig', 'ok'],
    [['nodes', 'pve2', 'qemu', '101', 'config'], {}, 'vncproxy', 'unknown'],
    [['nodes', 'pve2', 'qemu', '101', 'config'], {}, 'qmstart', 'unknown'],
    [['nodes', 'pve2', 'vzdump'], { vmid: '101' }, 'vzdump', 'ok'],
    [['nodes', 'pve2', 'vzdump'], { vmid: '101,102' }, 'vzdump', 'unknown'],
    [['cluster', 'options'], {}, 'qmstop', 'unknown'],
  ])('G3: of /%j with %j, a task %s is %s', async (segments, params, type, outcome) => {
    const operation: ApiOperation = { ...apiOnly(entry().operation), segments, params };
    const { close } = await bench({ entries: [entry({ operation })], tasks: [task({ type })] });
    expect(await close()).toMatchObject([{ outcome }]);
  });
});

describe('what cannot be learnt', () => {
  test('G3: a cluster that cannot be read leaves the step open, for 30 days', async () => {
    const { dir, clock, cluster, close } = await bench();
    cluster.on('GET /nodes/pve2/tasks', () => {
      throw pveError('unreachable');
    });
    expect(await close()).toMatchObject([{ outcome: 'open', detail: expect.stringContaining('It is unreachable') }]);
    expect(await afters(dir)).toEqual([]);
    clock.advance(31 * 24 * 3_600_000);
    expect(await close()).toMatchObject([{ outcome: 'unknown' }]);
    expect(await outcomes(dir)).toEqual(['unknown']);
  });

  test('G3: a connection that is gone makes it unknown', async () => {
    const { dir, process } = await bench({ tasks: [task()] });
    expect(await process({ reach: async () => undefined })()).toMatchObject([{ outcome: 'unknown' }]);
    expect(await outcomes(dir)).toEqual(['unknown']);
  });

  test('G3: a step that was begun a moment ago stays open while no task shows', async () => {
    const { clock, close } = await bench();
    clock.jump('wall', -3_590_000);
    expect(await close()).toMatchObject([{ outcome: 'open' }]);
    clock.jump('wall', 3_590_000);
    expect(await close()).toMatchObject([{ outcome: 'unknown' }]);
  });

  test('G3: an end that cannot be recorded leaves the step open', async () => {
    const { dir, process } = await bench({ tasks: [task()] });
    const audit = { end: () => Promise.reject(pveError('denied')) };
    await expect(process({ audit })()).rejects.toMatchObject({ code: 'denied' });
    expect((await findUnfinished(dir)).steps).toHaveLength(1);
    expect(await process()()).toMatchObject([{ outcome: 'ok' }]);
  });
});

describe('exactly one end', () => {
  test('G3: when several processes start at once', async () => {
    const entries = ['a', 'b', 'c'].map((plan) => entry({ plan }));
    const { dir, process } = await bench({ entries });
    const all = await Promise.all([process()(), process()(), process()(), process()()]);
    expect(await outcomes(dir)).toEqual(['unknown', 'unknown', 'unknown']);
    expect(
      all
        .flat()
        .map(({ step }) => step.id)
        .sort(),
    ).toEqual(['a 0', 'b 0', 'c 0']);
  });

  test('G3: when one that lives has closed it', async () => {
    const { dir, process } = await bench();
    await process()();
    expect(await process()()).toEqual([]);
    expect(await outcomes(dir)).toEqual(['unknown']);
  });

  test('G3: when the process that closed it is gone too, and others were left open', async () => {
    const { dir, process, clock } = await bench();
    const [step] = (await findUnfinished(dir)).steps;
    await leftBehind(dir, [entry({ phase: 'after', outcome: 'unknown' }), entry({ plan: 'other' })], { clock });
    expect(step?.id).toBe('plan-1 0');
    clock.advance(3_600_000);
    expect(await process()()).toMatchObject([{ step: { id: 'other 0' } }]);
    expect(await process()()).toEqual([]);
    expect(await outcomes(dir)).toEqual(['unknown', 'unknown']);
  });
});

describe('files in which everything has ended', () => {
  test('are not read again', async () => {
    const { dir, close, process } = await bench({ tasks: [task()] });
    await close();
    // What is read tells of this line.
    const [name = ''] = await readdir(dir);
    await appendFile(join(dir, name), 'nonsense "phase":\n');
    const told: string[] = [];
    await leftBehind(dir, [entry({ plan: 'later' })]);
    const onProblem = (file: string) => void told.push(file);
    expect(await process({ onProblem })()).toMatchObject([{ step: { id: 'later 0' } }]);
    expect(told).toEqual([]);
  });

  test('are read again where the note of them is damaged, and still have one end', async () => {
    const { dir, close } = await bench({ tasks: [task()] });
    await close();
    await writeFile(join(dir, 'ended.json'), '{"all":true}');
    expect(await close()).toEqual([]);
    expect(await outcomes(dir)).toEqual(['ok']);
  });

  test('are none while one of them cannot be read', async () => {
    const { dir, process } = await bench({ entries: [entry({ phase: 'decided' })] });
    const [name = ''] = await readdir(dir);
    await appendFile(join(dir, name), 'nonsense "phase":\n');
    for (const _start of [1, 2]) {
      const told: string[] = [];
      await process({ onProblem: (file) => void told.push(file) })();
      expect(told).toEqual([name]);
    }
    const records = [];
    for await (const record of readAudit(dir, { order: 'oldest' })) records.push(record);
    expect(records).toHaveLength(2);
  });
});
