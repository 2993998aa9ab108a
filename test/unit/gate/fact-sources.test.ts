import { describe, expect, test } from 'vitest';
import { assess } from '../../../src/gate/assess.ts';
import * as sources from '../../../src/gate/fact-sources.ts';
import { factText } from '../../../src/gate/question.ts';
import type { Fact, FactSource, GuestFacts } from '../../../src/gate/types.ts';
import { no } from '../../support/approver.ts';
import { pveError, upid } from '../../support/cluster.ts';
import { type Bench, call, gateBench, power } from '../../support/gate.ts';

const stop101 = power(101, 'stop');
const tasks = 'GET /nodes/pve2/tasks';
const rules = 'GET /cluster/ha/rules';

/** A bench that answers no, and what its question told about this operation. */
async function facts(operation: ReturnType<typeof call>, prepare: (bench: Bench) => void): Promise<readonly Fact[]> {
  const bench = gateBench({ answers: [no] });
  prepare(bench);
  await bench.one(operation);
  const asked = bench.asked[0]?.assessments[0];
  return [...(asked?.hazards ?? []), ...(asked?.notes ?? [])];
}

/** The source of the one fact whose text fits. */
function sourceOf(all: readonly Fact[], words: RegExp): FactSource | undefined {
  const [fact, ...others] = all.filter((one) => words.test(factText(one)));
  if (fact === undefined || others.length > 0) throw new Error(`not one fact: ${all.map(factText).join(' / ')}`);
  return typeof fact === 'string' ? undefined : fact.source;
}

const withConfig = (bench: Bench, keys: object) => Object.assign(bench.cluster.guests.get(101)?.config ?? {}, keys);

function withBackups(bench: Bench, storages: Readonly<Record<string, readonly number[]>>): void {
  bench.cluster.on('GET /nodes/pve2/storage', () =>
    Object.keys(storages).map((storage) => ({ storage, content: 'backup', active: 1 })),
  );
  for (const [storage, days] of Object.entries(storages))
    bench.cluster.on(`GET /nodes/pve2/storage/${storage}/content`, () =>
      days.map((age) => ({ volid: 'x', ctime: bench.clock.now() / 1000 - age * 86_400 })),
    );
}

const backupsOn = (storage: string) => ({
  what: 'backups',
  segments: ['nodes', 'pve2', 'storage', storage, 'content'],
  params: { content: 'backup', vmid: 101 },
});
const config = ['nodes', 'pve2', 'qemu', '101', 'config'];

describe('where a fact of a question comes from', () => {
  test('the last backup: the backups of the guest on its storage', async () => {
    const all = await facts(stop101, (bench) => withBackups(bench, { nas: [9], pbs: [3, 40], empty: [] }));
    expect(sourceOf(all, /^Its last backup/)).toEqual(backupsOn('pbs'));
  });

  test('that there is none: the only storage for backups, or all of them', async () => {
    const one = await facts(stop101, (bench) => withBackups(bench, { nas: [] }));
    expect(sourceOf(one, /^No backup/)).toEqual(backupsOn('nas'));
    const two = await facts(stop101, (bench) => withBackups(bench, { nas: [], pbs: [] }));
    const storages = { what: 'backup storages', segments: ['nodes', 'pve2', 'storage'], params: { content: 'backup' } };
    expect(sourceOf(two, /^No backup/)).toEqual(storages);
  });

  test('protection: the config of the guest', async () => {
    const all = await facts(stop101, (bench) => withConfig(bench, { protection: 1 }));
    expect(sourceOf(all, /^It is protected/)).toEqual({ what: 'config', segments: config });
  });

  test('a lock: the log of the task that holds it', async () => {
    const held = upid('pve2', 7);
    const all = await facts(stop101, (bench) => {
      withConfig(bench, { lock: 'backup' });
      bench.cluster.on(tasks, ({ params }) => {
        expect(params).toEqual({ vmid: 101, source: 'active' });
        return [{ upid: upid('pve2', 6), status: 'OK', endtime: 1 }, { upid: held }];
      });
    });
    const log = { what: 'task', segments: ['nodes', 'pve2', 'tasks', held, 'log'] };
    expect(sourceOf(all, /^It is locked by a backup/)).toEqual(log);
  });

  test.each<[string, () => unknown]>([
    ['no task runs', () => []],
    [
      'tasks cannot be read',
      () => {
        throw pveError('forbidden');
      },
    ],
  ])('a lock, and %s: the config of the guest', async (_what, answer) => {
    const all = await facts(stop101, (bench) => {
      withConfig(bench, { lock: 'backup' });
      bench.cluster.on(tasks, answer);
    });
    expect(sourceOf(all, /^It is locked by a backup/)).toEqual({ what: 'lock', segments: config });
  });

  test('a guest without a lock costs no look at the tasks, one without HA none at its rules', async () => {
    const bench = gateBench({ answers: [no] });
    await bench.one(stop101);
    expect(bench.cluster.sent.filter((request) => request === tasks || request === rules)).toEqual([]);
  });

  test('HA: the rules that name the guest, or else its entry', async () => {
    const named = await facts(power(103, 'stop'), ({ cluster }) =>
      cluster.on(rules, () => [{ rule: 'keep-together' }]),
    );
    const haRules = { what: 'HA rules', segments: ['cluster', 'ha', 'rules'], params: { resource: 'vm:103' } };
    expect(sourceOf(named, /^HA manages it/)).toEqual(haRules);
    const entry = { what: 'HA resource', segments: ['cluster', 'ha', 'resources', 'vm:103'] };
    const unnamed = await facts(power(103, 'stop'), ({ cluster }) => cluster.on(rules, () => []));
    expect(sourceOf(unnamed, /^HA manages it/)).toEqual(entry);
    const old = await facts(power(103, 'stop'), ({ cluster }) =>
      cluster.on(rules, () => {
        throw pveError('not_implemented');
      }),
    );
    expect(sourceOf(old, /^HA manages it/)).toEqual(entry);
  });

  test('who depends on a storage: what is on it, where it has something of a guest', async () => {
    const all = await facts(call('DELETE', '/storage/fast'), ({ cluster }) => {
      cluster.on('GET /cluster/resources', () =>
        ['pve1', 'pve2'].map((node) => ({ id: `storage/${node}/fast`, type: 'storage', node, storage: 'fast' })),
      );
      cluster.on('GET /nodes/pve1/storage/fast/content', () => [{ volid: 'fast:iso/x.iso' }]);
      cluster.on('GET /nodes/pve2/storage/fast/content', () => [{ vmid: 101 }]);
    });
    const content = { what: 'content', segments: ['nodes', 'pve2', 'storage', 'fast', 'content'] };
    expect(sourceOf(all, /^Guests with disks/)).toEqual(content);
  });

  test('who runs on a node: the guests of the cluster', async () => {
    const all = await facts(call('POST', '/nodes/pve2/status', { command: 'reboot' }), () => {});
    const guests = { what: 'guests', segments: ['cluster', 'resources'], params: { type: 'vm' } };
    expect(sourceOf(all, /^Guests that run on it/)).toEqual(guests);
  });

  test('a firewall: the rules or the group that let a port in, or its own rules where none does', async () => {
    const rule = { type: 'in', action: 'ACCEPT', enable: 1, proto: 'tcp' };
    const all = await facts(call('PUT', '/nodes/pve1/firewall/options', { enable: 1 }), ({ cluster }) => {
      cluster.on('GET /nodes/pve1/firewall/rules', () => []);
      cluster.on('GET /cluster/firewall/rules', () => [{ type: 'group', action: 'admins', enable: 1 }]);
      cluster.on('GET /cluster/firewall/groups/admins', () => [{ ...rule, dport: '22' }]);
    });
    const at = (...segments: string[]) => ({ what: 'firewall rules', segments });
    expect(sourceOf(all, /port 22/)).toEqual(at('cluster', 'firewall', 'groups', 'admins'));
    expect(sourceOf(all, /port 8006/)).toEqual(at('nodes', 'pve1', 'firewall', 'rules'));
  });
});

const guest: GuestFacts = {
  ...{ type: 'lxc', vmid: 102, node: 'pve1', name: 'mail-01', state: 'running', configHash: '' },
  ...{ protected: false, template: false, tags: [], lock: 'backup', ha: 'started' },
};
const { nearerSources: _nearer, readSource: _read, guestsSource, ...made } = sources;
/** What each of them makes; a new one does not pass the type check before it stands here. */
const all: Readonly<Record<keyof typeof made, FactSource>> = {
  configSource: sources.configSource(guest),
  haSource: sources.haSource(guest),
  backupStoragesSource: sources.backupStoragesSource('pve1'),
  backupsSource: sources.backupsSource('pve1', 'nas', 102),
  contentSource: sources.contentSource('pve1', 'nas'),
  rulesSource: sources.rulesSource(['nodes', 'pve1', 'lxc', '102', 'firewall', 'rules']),
};

test('G6: every source is a plain read, and agents could make it too', async () => {
  const bench = gateBench();
  bench.cluster.on('GET /nodes/pve1/tasks', () => [{ upid: upid('pve1', 1) }]);
  bench.cluster.on(rules, () => [{ rule: 'x' }]);
  const hazards = [sources.configSource(guest, 'lock'), sources.haSource(guest)].map((source) => ({
    text: '',
    source,
  }));
  const step = { ...assess(operationOf(guestsSource), { label: '', guest }), hazards };
  const nearer = (await sources.nearerSources(bench.cluster.send, step, {})).flatMap((fact) =>
    typeof fact === 'string' ? [] : [fact.source],
  );
  expect(nearer.map(({ what }) => what)).toEqual(['task', 'HA rules']);
  const group = sources.rulesSource(['cluster', 'firewall', 'groups', 'admins']);
  for (const source of [...Object.values(all), ...nearer, guestsSource, group]) {
    const { risk, sensitive, refused } = assess(operationOf(source), { label: '' });
    expect([source.segments.join('/'), risk, sensitive, refused]).toEqual([
      source.segments.join('/'),
      'read',
      false,
      undefined,
    ]);
  }
});

function operationOf({ segments, params = {} }: FactSource) {
  const wire = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]));
  return { kind: 'api', connection: 'home', revision: 1, method: 'GET', segments, params: wire } as const;
}
