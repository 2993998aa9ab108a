import { describe, expect, test } from 'vitest';
import type { GateProfile } from '../../../src/gate/types.ts';
import { sharedReads } from '../../../src/pve/reads.ts';
import { type Answering, no, yes } from '../../support/approver.ts';
import type { FakeGuest } from '../../support/cluster.ts';
import { pveError } from '../../support/cluster.ts';
import { type Bench, call, gateBench, home, meanwhile, power } from '../../support/gate.ts';

function guestOf(bench: Bench, vmid = 101): FakeGuest {
  const guest = bench.cluster.guests.get(vmid);
  if (guest === undefined) throw new Error(`No guest ${vmid}`);
  return guest;
}

describe('changed between question and answer', () => {
  test.each<[string, (guest: FakeGuest, bench: Bench) => void, string]>([
    [
      'config',
      (guest) => {
        guest.config.cores = 8;
      },
      '"web-01" (101, VM on pve2): its configuration was edited.',
    ],
    [
      'name',
      (guest) => {
        guest.name = 'db-02';
      },
      '"web-01" (101, VM on pve2): its name was "web-01" and is "db-02", its configuration was edited.',
    ],
    [
      'state',
      (guest) => {
        guest.status = 'paused';
      },
      '"web-01" (101, VM on pve2): its state was "running" and is "paused".',
    ],
    [
      'node',
      (guest) => {
        guest.node = 'pve3';
      },
      '"web-01" (101, VM on pve2): its node was "pve2" and is "pve3".',
    ],
    [
      'owner of the VMID',
      (_guest, bench) =>
        void bench.cluster.guests.set(101, {
          type: 'qemu',
          node: 'pve2',
          name: 'web-01',
          status: 'running',
          config: {},
        }),
      '"web-01" (101, VM on pve2): its configuration was edited.',
    ],
  ])('G2: %s: asked again with the difference, and nothing is sent before', async (_what, change, difference) => {
    const bench = meanwhile((it) => change(guestOf(it), it), no);
    expect(await bench.one(power(101, 'stop'))).toMatchObject({ status: 'denied', by: 'person' });
    expect(bench.asked.map(({ changed }) => changed)).toEqual([undefined, difference]);
    expect(bench.cluster.writes()).toEqual([]);
  });

  test('G2: a VM that was paused is not as it was, though Proxmox VE calls it running all the same', async () => {
    const bench = meanwhile((it) => void Object.assign(guestOf(it), { qmpstatus: 'paused' }), no);
    await bench.one(power(101, 'stop'));
    expect(bench.asked[1]?.changed).toContain('its state was "running" and is "paused"');
  });

  test('G2: a second yes covers what was shown the second time', async () => {
    const bench = meanwhile((it) => void Object.assign(guestOf(it), { node: 'pve3' }), yes);
    expect(await bench.one(power(101, 'stop'))).toMatchObject({ status: 'done' });
    expect(bench.asked[1]?.assessments[0]?.facts.label).toBe('"web-01" (101, VM on pve3)');
    expect(bench.cluster.writes()).toEqual(['POST /nodes/pve3/qemu/101/status/stop']);
  });

  test('G2: what keeps changing is given up, and nothing is sent', async () => {
    const again: Answering = () => {
      guestOf(bench).config.cores = Number(guestOf(bench).config.cores) + 1;
      return yes;
    };
    const bench: Bench = gateBench({ answers: [again, again, again, again] });
    expect(await bench.one(power(101, 'stop'))).toMatchObject({ status: 'denied', by: 'changed' });
    expect(bench.asked).toHaveLength(3);
    expect(bench.cluster.writes()).toEqual([]);
    expect(bench.entries).toMatchObject([{ phase: 'decided' }]);
  });

  test.each<[string, (guest: FakeGuest) => void]>([
    ['a snapshot', (guest) => Object.assign(guest.config, { parent: 'before', snapshots: { before: {} } })],
    ['PVE’s own digest', (guest) => Object.assign(guest.config, { digest: 'e'.repeat(40) })],
    ['a lock', (guest) => Object.assign(guest.config, { lock: 'backup' })],
    [
      'the mark of its creation',
      (guest) => {
        guest.config.meta = 'ctime=1';
      },
    ],
  ])('G2: %s is no change of the config', async (_what, change) => {
    const bench = meanwhile((it) => change(guestOf(it)));
    expect(await bench.one(power(101, 'stop'))).toMatchObject({ status: 'done' });
    expect(bench.asked).toHaveLength(1);
  });

  test.each<[string, (bench: Bench) => void]>([
    ['destroyed', (bench) => void bench.cluster.guests.delete(101)],
    ['destroyed and its VMID given to a container', (bench) => void Object.assign(guestOf(bench), { type: 'lxc' })],
    [
      'out of reach',
      (bench) => bench.cluster.on('GET /nodes/pve2/qemu/101/config', () => Promise.reject(pveError('unreachable'))),
    ],
  ])('G2: a guest that is %s when its yes comes: nothing is sent, and the audit says why', async (_what, change) => {
    const bench = meanwhile(change);
    expect(await bench.one(power(101, 'stop'))).toMatchObject({ status: 'denied', by: 'changed' });
    expect(bench.cluster.writes()).toEqual([]);
    expect(bench.entries).toMatchObject([
      { phase: 'decided', decision: expect.stringMatching(/^denied by changed: /) },
    ]);
  });

  test('G2: the second target of a plan counts as well', async () => {
    const bench = meanwhile((it) => void Object.assign(guestOf(it, 102), { status: 'stopped' }), no);
    await bench.perform([power(101, 'reboot'), power(102, 'reboot')]);
    expect(bench.asked[1]?.changed).toBe(
      '"mail-01" (102, container on pve1): its state was "running" and is "stopped".',
    );
    expect(bench.cluster.writes()).toEqual([]);
  });
});

describe('the connection', () => {
  test.each<[string, () => Promise<readonly GateProfile[]>]>([
    ['was edited', async () => [{ ...home, revision: 4 }]],
    ['was lowered in level', async () => [{ ...home, level: 'read-only' }]],
    ['was raised in level', async () => [{ ...home, level: 'read-execute' }]],
    ['was removed', async () => [{ ...home, id: 'another' }]],
    ['cannot be read', () => Promise.reject(new Error('The file is malformed'))],
  ])('G2 G9: %s while a person was asked: denied, nothing sent', async (_what, profiles) => {
    const bench = meanwhile((it) => {
      it.profiles = profiles;
    });
    expect(await bench.one(power(101, 'stop'))).toMatchObject({ status: 'denied', by: 'changed' });
    expect(bench.cluster.writes()).toEqual([]);
    expect(bench.entries).toMatchObject([{ phase: 'decided' }]);
  });

  test('G2: lowered while the target is read again: denied, nothing sent', async () => {
    const bench = meanwhile((it) =>
      it.cluster.on('GET /nodes/pve2/qemu/101/status/current', () => {
        it.profiles = async () => [{ ...home, level: 'read-only' }];
        return { status: 'running', uptime: 7200 };
      }),
    );
    expect(await bench.one(power(101, 'stop'))).toMatchObject({ status: 'denied', by: 'changed' });
    expect(bench.cluster.writes()).toEqual([]);
    expect(bench.entries).toMatchObject([{ phase: 'decided' }]);
  });

  test('G9: cannot be read when something is proposed: nothing is asked, nothing is sent', async () => {
    const bench = gateBench();
    bench.profiles = () => Promise.reject(new Error('The file is malformed'));
    expect((await bench.one(power(101, 'stop'))).status).toBe('failed');
    expect((await bench.one(call('GET', '/version'))).status).toBe('failed');
    expect(bench.events).toEqual([]);
  });

  test('G9: its level is read anew for each call', async () => {
    const bench = gateBench();
    expect(await bench.one(power(101, 'stop'))).toMatchObject({ status: 'done' });
    bench.profiles = async () => [{ ...home, level: 'read-only' }];
    expect(await bench.one(power(102, 'stop'))).toMatchObject({ status: 'denied', by: 'level' });
    expect(bench.asked).toHaveLength(1);
  });
});

test('G2: the look at a target passes by what other reads have just got', async () => {
  const bench = gateBench({
    answers: [
      () => {
        Object.assign(bench.cluster.guests.get(101)?.config ?? {}, { cores: 8 });
        return yes;
      },
      no,
    ],
    through: (send, clock) => sharedReads(send, { clock }),
  });
  // A view reads the same, and the reads are still warm when the gate looks.
  await bench.one(call('GET', '/nodes/pve2/qemu/101/config'));
  expect(await bench.one(power(101, 'shutdown'))).toMatchObject({ status: 'denied', by: 'person' });
  expect(bench.asked).toHaveLength(2);
  expect(bench.asked[1]?.changed).toContain('its configuration was edited');
});
