import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { ApprovalAnswer, Safeguard } from '../../../src/gate/types.ts';
import { type Answering, yes } from '../../support/approver.ts';
import { upid } from '../../support/cluster.ts';
import { type Bench, type BenchOptions, call, gateBench, power } from '../../support/gate.ts';
import { fakeShell } from '../../support/shell.ts';

const config = '/nodes/pve2/qemu/101/config';
const snapshot = 'POST /nodes/pve2/qemu/101/snapshot';
const first: ApprovalAnswer = { kind: 'run', first: true };
/** Types the name where it is asked for, and has the safeguard first. */
const firstByName: Answering = ({ mustType }) => ({ ...first, ...(mustType === undefined ? {} : { typed: mustType }) });
const change = () => call('PUT', config, { cores: 4 });

/** A bench in which snapshots and backups of guests can be had; a snapshot makes another digest of the config. */
function bench(options: BenchOptions = {}): Bench {
  const made = gateBench({ answers: [first], offersMore: true, ...options });
  const { cluster } = made;
  for (const guest of ['pve2/qemu/101', 'pve1/lxc/102', 'pve3/qemu/103'])
    cluster.on(`GET /nodes/${guest}/feature`, () => ({ hasFeature: 1 }));
  cluster.on('GET /access/permissions', ({ params }) => ({
    [String(params?.path)]: { 'VM.Snapshot': 1, 'VM.Backup': 1, 'Datastore.AllocateSpace': 0 },
  }));
  for (const node of ['pve1', 'pve2', 'pve3']) {
    cluster.on(`GET /nodes/${node}/storage`, () => [
      { storage: 'small', content: 'backup,iso', active: 1, enabled: 1, avail: 10 },
      { storage: 'pbs', content: 'backup', active: 1, enabled: 1, avail: 1000 },
      { storage: 'gone', content: 'backup', active: 0, enabled: 1, avail: 9999 },
      { storage: 'disks', content: 'images', active: 1, enabled: 1, avail: 99_999 },
    ]);
    for (const storage of ['small', 'pbs']) cluster.on(`GET /nodes/${node}/storage/${storage}/content`, () => []);
    cluster.on(`POST /nodes/${node}/vzdump`, () => upid(node, 77));
  }
  cluster.on(snapshot, () => {
    const guest = cluster.guests.get(101);
    if (guest !== undefined) guest.config.digest = 'e'.repeat(40);
    return upid('pve2', 66);
  });
  return made;
}

const offered = (made: Bench): Safeguard | undefined => made.asked[0]?.safeguard;

describe('what is offered', () => {
  test('a snapshot, with its name and the request that would be sent', async () => {
    const made = bench({ answers: [yes] });
    await made.one(change());
    expect(offered(made)).toMatchObject({
      kind: 'snapshot',
      step: {
        risk: 'configure',
        verb: 'Take',
        facts: { label: expect.stringMatching(/^snapshot "before_\d{8}_\d{6}" of "web-01" \(101, VM on pve2\)$/) },
        operation: { method: 'POST', segments: ['nodes', 'pve2', 'qemu', '101', 'snapshot'] },
      },
    });
    // It was not ticked.
    expect(made.cluster.writes()).toEqual([`PUT ${config}`]);
    expect(made.byPerson()).toBeUndefined();
  });

  test.each<[string, ReturnType<typeof call>]>([
    ['the guest is deleted with it', call('DELETE', '/nodes/pve2/qemu/101')],
    ['a template has none', call('POST', '/nodes/pve2/qemu/101/template')],
    ['some storages roll back to the newest one alone', call('POST', '/nodes/pve2/qemu/101/snapshot/old/rollback')],
    [
      'the disk could not be taken from its source',
      call('POST', '/nodes/pve2/qemu/101/move_disk', { disk: 'scsi0', storage: 'x', delete: 1 }),
    ],
    ['the guest is replaced', call('POST', '/nodes/pve2/qemu', { vmid: 101, archive: 'pbs:backup/x', force: 1 })],
  ])('a backup where a snapshot would not do: %s', async (_why, operation) => {
    const made = bench({ answers: [firstByName] });
    await made.one(operation);
    expect(offered(made)).toMatchObject({ kind: 'backup' });
    const [backup, then] = made.cluster.writes();
    expect(backup).toBe('POST /nodes/pve2/vzdump');
    expect(then).toBe(`${operation.method} /${operation.segments.join('/')}`);
    // The one with the most room that takes backups and answers; older backups stay.
    expect(offered(made)?.step.operation).toMatchObject({
      params: { vmid: '101', storage: 'pbs', remove: '0', mode: 'snapshot' },
    });
    expect(offered(made)?.step.risk).toBe('operate');
  });

  test('a backup where the disks have no snapshots', async () => {
    const made = bench({ answers: [yes] });
    made.cluster.on('GET /nodes/pve2/qemu/101/feature', () => ({ hasFeature: 0 }));
    await made.one(change());
    expect(offered(made)?.kind).toBe('backup');
  });

  test('for a command in a guest and a file that goes there', async () => {
    const made = bench({ answers: [firstByName], shell: fakeShell() });
    const command = {
      kind: 'command',
      target: { at: 'container', node: 'pve1', vmid: 102 },
      run: { argv: ['apt', 'upgrade', '-y'] },
      timeoutSeconds: 60,
    } as const;
    await made.one(command);
    expect(offered(made)?.kind).toBe('snapshot');
    expect(made.cluster.writes()).toEqual(['POST /nodes/pve1/lxc/102/snapshot']);
  });

  test.each<[string, (made: Bench) => void, readonly ReturnType<typeof call>[]]>([
    ['what only starts or stops', () => {}, [power(101, 'stop')]],
    [
      'a plan that takes a snapshot itself',
      () => {},
      [call('POST', '/nodes/pve2/qemu/101/snapshot', { snapname: 'mine' }), change()],
    ],
    ['unused disks, which neither holds', () => {}, [call('PUT', config, { delete: 'unused0' })]],
    ['two guests', () => {}, [change(), call('PUT', '/nodes/pve3/qemu/103/config', { cores: 2 })]],
    ['what is no guest', () => {}, [call('PUT', '/cluster/options', { keyboard: 'de' })]],
    [
      'a guest that is locked',
      ({ cluster }) => Object.assign(cluster.guests.get(101)?.config ?? {}, { lock: 'backup' }),
      [change()],
    ],
    [
      'who lacks the privileges',
      ({ cluster }) => cluster.on('GET /access/permissions', ({ params }) => ({ [String(params?.path)]: {} })),
      [change()],
    ],
    [
      'a cluster that does not tell',
      ({ cluster }) =>
        cluster.on('GET /nodes/pve2/qemu/101/feature', () => {
          throw new Error('no');
        }),
      [change()],
    ],
  ])('nothing for %s', async (_what, prepare, operations) => {
    const made = bench({
      answers: [({ mustType }) => ({ ...yes, ...(mustType === undefined ? {} : { typed: mustType }) })],
    });
    prepare(made);
    await made.perform(operations);
    expect(made.asked).toHaveLength(1);
    expect(offered(made)).toBeUndefined();
  });

  test('nothing where it takes too long to find out, however many storages there are to ask about', async () => {
    const made = bench({ answers: [yes] });
    made.cluster.on('GET /nodes/pve2/qemu/101/feature', () => ({ hasFeature: 0 }));
    made.cluster.on('GET /nodes/pve2/storage', () =>
      Array.from({ length: 20 }, (_, at) => ({ storage: `s${at}`, content: 'backup', active: 1, enabled: 1 })),
    );
    for (let at = 0; at < 20; at += 1) made.cluster.on(`GET /nodes/pve2/storage/s${at}/content`, () => []);
    made.cluster.on('GET /access/permissions', async ({ params }, { signal }) => {
      const path = String(params?.path);
      if (path.startsWith('/vms/')) return { [path]: { 'VM.Backup': 1 } };
      await delay(1000, undefined, signal === undefined ? {} : { signal });
      return { [path]: {} };
    });
    const begun = performance.now();
    await made.one(change());
    expect(offered(made)).toBeUndefined();
    expect(performance.now() - begun).toBeLessThan(6000);
  }, 30_000);

  test('nothing to who cannot offer it, and the cluster is not asked for it', async () => {
    const made = gateBench();
    await made.one(change());
    expect(offered(made)).toBeUndefined();
    expect(made.cluster.sent).not.toContain('GET /nodes/pve2/qemu/101/feature');
  });

  test('G18: what was not offered is no answer', async () => {
    const made = gateBench({ answers: [first] });
    expect(await made.one(change())).toMatchObject({ status: 'denied', by: 'nobody' });
    expect(made.cluster.writes()).toEqual([]);
  });
});

describe('run with a snapshot first', () => {
  test('G3: it is taken and waited for, recorded before, and named in what follows', async () => {
    const made = bench();
    // The call itself does not wait.
    const [outcome, ...others] = await made.perform([change()], { wait: false });
    expect(outcome).toMatchObject({ status: 'done' });
    expect(others).toEqual([]);
    expect(made.cluster.writes()).toEqual([snapshot, `PUT ${config}`]);
    const at = made.events.findIndex((event) => event.startsWith('PUT'));
    const taskSeen = made.events.findLastIndex((event) => event.includes('/tasks/') && event.endsWith('/log'));
    expect(taskSeen).toBeGreaterThan(0);
    expect(taskSeen).toBeLessThan(at);
    expect(made.entries.map(({ phase, index, safeguard, outcome }) => [phase, index, safeguard, outcome])).toEqual([
      ['before', 0, 'snapshot', undefined],
      ['after', 0, 'snapshot', 'ok'],
      ['before', 1, undefined, undefined],
      ['after', 1, undefined, 'ok'],
    ]);
    expect(made.entries[2]?.decision).toMatch(/a person said yes .*, with this first: Take snapshot "before_/);
    expect(made.byPerson()?.safeguard).toMatchObject({ kind: 'snapshot', outcome: { status: 'done' } });
  });

  test('it stops the plan when it fails, with the reason', async () => {
    const made = bench();
    made.cluster.task.exit = 'snapshot feature is not available';
    expect(await made.perform([change(), power(101, 'stop')])).toEqual([
      { status: 'skipped', why: 'The snapshot that was wanted first did not succeed. Nothing else was sent.' },
      { status: 'skipped', why: 'The snapshot that was wanted first did not succeed. Nothing else was sent.' },
    ]);
    expect(made.cluster.writes()).toEqual([snapshot]);
    expect(made.byPerson()?.safeguard?.outcome).toMatchObject({ status: 'failed', error: { code: 'task_failed' } });
  });

  test('G10: nothing is sent when it cannot be recorded', async () => {
    const audit = { append: async () => Promise.reject(new Error('no space left')), change: async () => {} };
    const made = bench({ audit });
    expect(await made.one(change())).toMatchObject({ status: 'skipped' });
    expect(made.cluster.writes()).toEqual([]);
    expect(made.byPerson()?.safeguard?.outcome).toMatchObject({ status: 'denied', by: 'audit' });
  });

  test('G2: what changed while it was taken stops the rest', async () => {
    const made = bench();
    made.cluster.on(snapshot, () => {
      const guest = made.cluster.guests.get(101);
      if (guest !== undefined) guest.config.cores = 8;
      return upid('pve2', 66);
    });
    expect(await made.one(change())).toMatchObject({
      status: 'denied',
      by: 'changed',
      why: expect.stringContaining('configuration was edited'),
    });
    expect(made.cluster.writes()).toEqual([snapshot]);
  });

  test('G2: a freeze while it is taken stops the rest', async () => {
    const made = bench();
    made.cluster.on(snapshot, () => {
      made.freeze = { count: 1, since: '2027-01-15T08:00:00Z' };
      return upid('pve2', 66);
    });
    expect(await made.one(change())).toMatchObject({ status: 'denied', by: 'freeze' });
    expect(made.cluster.writes()).toEqual([snapshot]);
  });

  test('G2: the digest of before is sent as the one of after, for the snapshot alone has changed it', async () => {
    const made = bench();
    const digests: unknown[] = [];
    made.cluster.on(`PUT ${config}`, ({ params }) => void digests.push(params?.digest));
    await made.one(call('PUT', config, { cores: 4, digest: 'd'.repeat(40) }));
    expect(digests).toEqual(['e'.repeat(40)]);
    // The record tells what was sent.
    expect(made.entries[2]?.operation).toMatchObject({ params: { digest: 'e'.repeat(40) } });
  });

  test('G2: a digest that was an old one already stays one', async () => {
    const made = bench();
    const digests: unknown[] = [];
    made.cluster.on(`PUT ${config}`, ({ params }) => void digests.push(params?.digest));
    await made.one(call('PUT', config, { cores: 4, digest: 'a'.repeat(40) }));
    expect(digests).toEqual(['a'.repeat(40)]);
  });

  test('G2: without it the digest is sent as it was proposed', async () => {
    const made = bench({ answers: [yes] });
    const digests: unknown[] = [];
    made.cluster.on(`PUT ${config}`, ({ params }) => void digests.push(params?.digest));
    await made.one(call('PUT', config, { cores: 4, digest: 'd'.repeat(40) }));
    expect(digests).toEqual(['d'.repeat(40)]);
  });

  test('a cancel while it is taken stops the rest', async () => {
    const made = bench();
    made.cluster.on(snapshot, () => {
      made.cancel();
      return upid('pve2', 66);
    });
    expect(await made.one(change())).toMatchObject({ status: 'skipped' });
    expect(made.cluster.writes()).toEqual([snapshot]);
  });
});
