// Random configs and changes on the demo's own config code: what is undone is as it was.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Undo, undoOf } from '../../../src/gate/undo.ts';
import { nextValue, recordAfter, recordBefore, type UndoRecord } from '../../../src/gate/undo-record.ts';
import { type Settings, settingsFrom } from '../../../src/pve/pending.ts';
import { createTestWorld } from '../demo/world.ts';

const guests = [
  { node: 'pve2', type: 'qemu', vmid: 101 },
  { node: 'pve1', type: 'qemu', vmid: 105 },
  { node: 'pve1', type: 'lxc', vmid: 102 },
] as const;

type Step = { readonly set: string } | 'delete' | 'revert';
type Change = Readonly<Record<string, Step>>;

const numbers = fc.integer({ min: 1, max: 4 }).map((many) => ({ set: String(many) }));
const words = fc.constantFrom('a', 'b', 'c').map((word) => ({ set: word }));
const sizes = fc.constantFrom('16', '32', '64').map((size) => ({ set: size }));
const disk = fc.constantFrom('local-lvm:1', 'local-lvm:2,backup=0').map((line) => ({ set: line }));
const card = (line: string) => fc.constantFrom('vmbr0', 'vmbr1').map((bridge) => ({ set: `${line},bridge=${bridge}` }));
const taken = fc.constantFrom('delete' as const, 'revert' as const);
const step = (set: fc.Arbitrary<Step>): fc.Arbitrary<Step> => fc.oneof(set, set, taken);

const both = {
  cores: step(numbers),
  memory: step(sizes),
  tags: step(words),
  description: step(words),
  onboot: step(fc.constantFrom({ set: '0' }, { set: '1' })),
  startup: step(words),
  cpuunits: step(numbers),
};
const some = { requiredKeys: [] };
const vmChange: fc.Arbitrary<Change> = fc.record(
  {
    ...both,
    balloon: step(numbers),
    agent: step(numbers),
    net1: step(card('virtio=BC:24:11:00:00:01')),
    scsi1: step(disk),
    virtio1: step(disk),
    unused0: fc.constant('delete' as const),
    cipassword: step(words),
  },
  some,
);
const containerChange: fc.Arbitrary<Change> = fc.record(
  { ...both, features: step(words), net1: step(card('name=eth1')), mp0: step(disk) },
  some,
);

const story = fc.constantFrom(...guests).chain((guest) => {
  const change = guest.type === 'qemu' ? vmChange : containerChange;
  return fc.record({
    guest: fc.constant(guest),
    earlier: fc.array(change, { maxLength: 3 }),
    change: fc.oneof(change, fc.tuple(change, fc.nat()).map(oneOf)),
    restarts: fc.boolean(),
  });
});

function oneOf([change, which]: [Change, number]): Change {
  const entries = Object.entries(change);
  return Object.fromEntries(entries.slice(which % Math.max(1, entries.length)).slice(0, 1));
}

function paramsOf(change: Change): Record<string, string> {
  const listed = (what: Step) => Object.keys(change).filter((key) => change[key] === what);
  const lists = { delete: listed('delete').join(','), revert: listed('revert').join(',') };
  const set = Object.entries(change).flatMap(([key, one]) => (typeof one === 'string' ? [] : [[key, one.set]]));
  return Object.fromEntries([...set, ...Object.entries(lists).filter(([, list]) => list !== '')]);
}

/** What is in force after the next start, without what is left of disks. */
function view({ byKey }: Settings, without: ReadonlySet<string>): Record<string, string> {
  const kept = [...byKey.values()].filter(({ key }) => !without.has(key) && !/^(unused\d+|digest)$/.test(key));
  return Object.fromEntries(
    kept.flatMap((setting) => {
      const value = nextValue(setting);
      return value === undefined ? [] : [[setting.key, value] as const];
    }),
  );
}

/** The demo with one guest of it, as the gate would change it. */
function worldWith(guest: (typeof guests)[number]) {
  const { request, list, begin, clock } = createTestWorld();
  const path = `/nodes/${guest.node}/${guest.type}/${guest.vmid}`;
  const look = () => settingsFrom(list(`${path}/pending`));
  return {
    look,
    restart() {
      begin('POST', `${path}/status/reboot`);
      clock.advance(30_000);
    },
    change(params: Record<string, string>): UndoRecord | undefined {
      const before = look();
      const segments = `${path}/config`.slice(1).split('/');
      if (request('PUT', `${path}/config`, params).status !== 200) return undefined;
      const kept = recordBefore({ method: 'PUT', segments, params }, { ...guest, name: '' }, before);
      const head = {
        v: 1 as const,
        plan: crypto.randomUUID(),
        index: 0,
        at: new Date(0).toISOString(),
        connection: 'c',
      };
      return { ...head, ...kept, after: recordAfter(kept, look()) };
    },
  };
}

/** What it says cannot come back: destroyed volumes and secrets. */
function lostKeys({ keys }: UndoRecord, found: Undo): ReadonlySet<string> {
  const lines = found.kind === 'possible' ? found.lost : [found.why];
  return new Set(
    keys.filter((key) => lines.some((line) => new RegExp(`\\b${key}: (\\S+ was destroyed|[^:]*secret)`).test(line))),
  );
}

test('a change that is undone leaves the config as it was, and so does the undoing of its undoing', () => {
  const seen = { wholly: 0, partly: 0, 'not at all': 0 };
  const check = ({ guest, earlier, change, restarts }: typeof story extends fc.Arbitrary<infer S> ? S : never) => {
    const world = worldWith(guest);
    for (const one of earlier) world.change(paramsOf(one));
    const before = world.look();
    const record = world.change(paramsOf(change));
    if (record === undefined || record.keys.length === 0) return;
    if (restarts && guest.vmid !== 105) world.restart();
    const after = world.look();
    const found = undoOf(record, after, guest);
    const gone = lostKeys(record, found);
    if (found.kind === 'impossible') {
      expect(found.why).toMatch(/as it was before already|Nothing of it can come back/);
      expect(view(after, gone)).toEqual(view(before, gone));
      seen['not at all'] += 1;
      return;
    }
    const params = found.operation.params as Record<string, string>;
    expect(params.digest).toBe(after.digest);
    const undoing = world.change(params);
    if (undoing === undefined) throw new Error(`refused: ${JSON.stringify(params)}`);
    expect(view(world.look(), gone)).toEqual(view(before, gone));
    seen[gone.size === 0 ? 'wholly' : 'partly'] += 1;

    // A secret that was unset before is unset again; nobody knows it any more.
    const again = undoOf(undoing, world.look(), guest);
    const lostAgain = lostKeys(undoing, again);
    if (again.kind === 'possible') world.change(again.operation.params as Record<string, string>);
    expect(view(world.look(), lostAgain)).toEqual(view(after, lostAgain));
  };
  fc.assert(fc.property(story, check), { numRuns: 300 });
  for (const [what, times] of Object.entries(seen)) expect(times, what).toBeGreaterThan(0);
});
