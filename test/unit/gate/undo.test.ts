import { describe, expect, test } from 'vitest';
import { judge } from '../../../src/gate/judge.ts';
import { toOperation } from '../../../src/gate/operation.ts';
import type { ApiOperation } from '../../../src/gate/types.ts';
import { undoOf } from '../../../src/gate/undo.ts';
import { recordAfter, recordBefore, type UndoRecord } from '../../../src/gate/undo-record.ts';
import { type Setting, type Settings, settingsFrom } from '../../../src/pve/pending.ts';
import { home } from '../../support/gate.ts';

const plan = '0b7e4c52-6d0f-4b62-9d0a-1c9a4e0f8a11';
const digest = 'a'.repeat(40);

type Lines = Readonly<Record<string, string | Omit<Setting, 'key'>>>;

/** `{cores: '2', memory: {value: '2048', pending: '4096'}}` */
function settings(lines: Lines, own = digest): Settings {
  const byKey = new Map<string, Setting>(
    Object.entries(lines).map(([key, line]) => [key, { key, ...(typeof line === 'string' ? { value: line } : line) }]),
  );
  return { byKey, digest: own };
}

interface Story {
  readonly params: Readonly<Record<string, string>>;
  readonly before: Lines;
  readonly after: Lines;
  /** As it was right after the change unless it is given. */
  readonly now?: Lines;
  readonly type?: 'qemu' | 'lxc';
  readonly ask?: readonly string[];
  readonly nowDigest?: string;
}

function recordOf({ params, before, after, type = 'qemu', ask }: Story): UndoRecord {
  const operation = {
    method: 'PUT' as const,
    segments: ['nodes', 'pve2', type, '101', 'config'],
    params,
    ...(ask === undefined ? {} : { ask }),
  };
  const kept = recordBefore(operation, { type, vmid: 101, node: 'pve2', name: 'web-01' }, settings(before));
  const head = { v: 1 as const, plan, index: 0, at: '2026-01-01T00:00:00.000Z', connection: 'c1' };
  return { ...head, ...kept, after: recordAfter(kept, settings(after)) };
}

function undo(story: Story) {
  const { type = 'qemu', now = story.after, nowDigest } = story;
  return undoOf(recordOf(story), settings(now, nowDigest), { type, vmid: 101, node: 'pve2' });
}

/** The parameters that it sends, the digest aside. */
function sent(story: Story) {
  const found = undo(story);
  if (found.kind === 'impossible') throw new Error(found.why);
  const { digest: given, ...params } = found.operation.params ?? {};
  expect(given).toBe(digest);
  return params;
}

function lost(story: Story) {
  const found = undo(story);
  return found.kind === 'possible' ? found.lost : found.why;
}

describe('each row of the table', () => {
  test.each<[string, Story, object]>([
    [
      'in force at once: the former value',
      { params: { tags: 'b' }, before: { tags: 'a' }, after: { tags: 'b' } },
      { tags: 'a' },
    ],
    [
      'in force at once, unset before: delete',
      { params: { onboot: '1' }, before: {}, after: { onboot: '1' } },
      { delete: 'onboot' },
    ],
    [
      'deleted at once: the former value',
      { params: { delete: 'tags onboot' }, before: { tags: 'a', onboot: '1' }, after: {} },
      { tags: 'a', onboot: '1' },
    ],
    [
      'it waits: revert',
      { params: { cores: '4' }, before: { cores: '2' }, after: { cores: { value: '2', pending: '4' } } },
      { revert: 'cores' },
    ],
    [
      'unset before, and it waits: revert',
      { params: { numa: '1' }, before: {}, after: { numa: { pending: '1' } } },
      { revert: 'numa' },
    ],
    [
      'its removal waits: revert',
      { params: { delete: 'cores' }, before: { cores: '2' }, after: { cores: { value: '2', goes: true } } },
      { revert: 'cores' },
    ],
    [
      'what waited was replaced: it waits again',
      {
        params: { cores: '8' },
        before: { cores: { value: '2', pending: '4' } },
        after: { cores: { value: '2', pending: '8' } },
      },
      { cores: '4' },
    ],
    [
      'what waited was withdrawn: it waits again',
      { params: { revert: 'cores' }, before: { cores: { value: '2', pending: '4' } }, after: { cores: '2' } },
      { cores: '4' },
    ],
    [
      'a removal that waited was withdrawn: it is to go again',
      { params: { revert: 'cores' }, before: { cores: { value: '2', goes: true } }, after: { cores: '2' } },
      { delete: 'cores' },
    ],
    [
      'a restart has moved what waited into force: the former value',
      {
        params: { cores: '4' },
        before: { cores: '2' },
        after: { cores: { value: '2', pending: '4' } },
        now: { cores: '4' },
      },
      { cores: '2' },
    ],
    [
      'a restart, unset before: delete',
      { params: { numa: '1' }, before: {}, after: { numa: { pending: '1' } }, now: { numa: '1' } },
      { delete: 'numa' },
    ],
    [
      'several keys at once, the same one left out',
      {
        params: { cores: '4', tags: 'b', name: 'x' },
        before: { cores: '2', tags: 'a', name: 'x' },
        after: { cores: { value: '2', pending: '4' }, tags: 'b', name: 'x' },
      },
      { tags: 'a', revert: 'cores' },
    ],
  ])('%s', (_what, story, params) => {
    expect(sent(story)).toEqual(params);
    expect(sent({ ...story, type: 'lxc' })).toEqual(params);
  });
});

test('it goes to the config of the guest, where the guest is now', () => {
  const story: Story = { params: { tags: 'b' }, before: { tags: 'a' }, after: { tags: 'b' } };
  expect(undoOf(recordOf(story), settings(story.after), { type: 'qemu', vmid: 101, node: 'pve3' })).toEqual({
    kind: 'possible',
    operation: {
      kind: 'api',
      method: 'PUT',
      segments: ['nodes', 'pve3', 'qemu', '101', 'config'],
      params: { tags: 'a', digest },
    },
    back: ['tags: a again.'],
    lost: [],
  });
});

test.each<[string, Story, string]>([
  ['a value', { params: { tags: 'b' }, before: { tags: 'a' }, after: { tags: 'b' } }, 'configure'],
  ['a new disk', { params: { scsi1: 'lvm:8' }, before: {}, after: { scsi1: 'lvm:vm-101-disk-1' } }, 'configure'],
  [
    'a disk that is put back',
    {
      params: { delete: 'scsi1' },
      before: { scsi1: 'lvm:base-9-disk-0/vm-101-disk-1' },
      after: { unused0: 'lvm:base-9-disk-0/vm-101-disk-1' },
    },
    'configure',
  ],
  ['protection that goes', { params: { protection: '1' }, before: {}, after: { protection: '1' } }, 'destroy'],
])('G4: undoing is judged as any change: %s', (_what, story, risk) => {
  const found = undo(story);
  if (found.kind === 'impossible') throw new Error(found.why);
  expect(judge(toOperation(found.operation, home) as ApiOperation).risk).toBe(risk);
});

describe('refused', () => {
  const story: Story = {
    params: { cores: '4' },
    before: { cores: '2', tags: 'a' },
    after: { cores: '4', tags: 'a' },
  };
  test('changed since: says which of the keys', () => {
    expect(undo({ ...story, now: { cores: '8', tags: 'a' } })).toMatchObject({
      kind: 'impossible',
      why: 'The config was changed since: cores.',
    });
  });
  test('changed since elsewhere', () => {
    expect(undo({ ...story, now: { cores: '4', tags: 'b' } })).toMatchObject({
      why: 'The config was changed since: settings other than these.',
    });
  });
  test('a snapshot, a lock and another digest are no change', () => {
    const now = { ...story.after, lock: 'backup', parent: 'before', meta: 'creation-qemu=9' };
    expect(undoOf(recordOf(story), settings(now, 'b'), { type: 'qemu', vmid: 101, node: 'n' })).toMatchObject({
      kind: 'possible',
      operation: { params: { cores: '2', digest: 'b' } },
    });
  });
  test('as it was already', () => {
    expect(undo({ ...story, now: { cores: '2', tags: 'z' } })).toMatchObject({
      why: 'It is as it was before already.',
    });
  });
  test('nobody read how it was afterwards', () => {
    const { after: _, ...record } = recordOf(story);
    expect(undoOf(record, settings(story.after), { type: 'qemu', vmid: 101, node: 'n' })).toMatchObject({
      kind: 'impossible',
      why: expect.stringContaining('was not read'),
    });
  });
  test('nothing of it can come back', () => {
    expect(undo({ params: { delete: 'unused0' }, before: { unused0: 'lvm:vm-101-disk-1' }, after: {} })).toMatchObject({
      kind: 'impossible',
      why: 'Nothing of it can come back. unused0: lvm:vm-101-disk-1 was destroyed with all that was on it.',
    });
  });
});

describe('what cannot come back is said beforehand', () => {
  const disk = 'lvm:vm-101-disk-1,size=8G';
  test('a disk that was taken out comes back as long as the config names it', () => {
    const story: Story = {
      params: { delete: 'scsi1' },
      before: { scsi1: disk },
      after: { unused0: 'lvm:vm-101-disk-1' },
    };
    expect(sent(story)).toEqual({ scsi1: disk });
    expect(lost(story)).toEqual(['scsi1: plugged in anew; a running guest sees a new device.']);
  });
  test('a disk that was destroyed with force', () => {
    const story: Story = {
      params: { delete: 'scsi1,tags', force: '1' },
      before: { scsi1: disk, tags: 'a' },
      after: {},
    };
    expect(sent(story)).toEqual({ tags: 'a' });
    expect(lost(story)).toEqual(['scsi1: lvm:vm-101-disk-1 was destroyed, or the config does not name it any more.']);
  });
  test('a new disk stays as unused', () => {
    const story: Story = { params: { scsi1: 'lvm:8' }, before: {}, after: { scsi1: disk } };
    expect(sent(story)).toEqual({ delete: 'scsi1' });
    expect(lost(story)).toEqual(['scsi1: lvm:vm-101-disk-1, which the change brought, stays as an unused disk.']);
  });
  test('a disk that was destroyed, though a new one bears its name', () => {
    const story: Story = {
      params: { scsi2: 'lvm:16', delete: 'scsi1,unused0,tags' },
      before: { scsi1: disk, tags: 'a' },
      after: { scsi2: 'lvm:vm-101-disk-1,size=16G' },
    };
    expect(sent(story)).toEqual({ tags: 'a', delete: 'scsi2' });
    expect(lost(story)).toContain('scsi1: lvm:vm-101-disk-1 was destroyed, or the config does not name it any more.');
  });
  test('disks that changed places are taken back', () => {
    const story: Story = {
      params: { virtio0: disk, delete: 'scsi1' },
      before: { scsi1: disk },
      after: { virtio0: disk },
    };
    expect(sent(story)).toEqual({ scsi1: disk, delete: 'virtio0' });
    expect(lost(story)).toEqual(['scsi1: plugged in anew; a running guest sees a new device.']);
  });
  test('a disk that grew keeps its size', () => {
    const story: Story = {
      params: { scsi1: `${disk},ssd=1` },
      before: { scsi1: disk },
      after: { scsi1: 'lvm:vm-101-disk-1,size=16G,ssd=1' },
    };
    expect(sent(story)).toEqual({ scsi1: 'lvm:vm-101-disk-1,size=16G' });
    expect(lost(story)).toEqual(['scsi1: lvm:vm-101-disk-1 has grown from 8G to 16G; disks do not shrink.']);
  });
  test('a disk that only grew', () => {
    const story: Story = {
      params: { scsi1: disk },
      before: { scsi1: disk },
      after: { scsi1: 'lvm:vm-101-disk-1,size=16G' },
    };
    expect(lost(story)).toContain('Nothing of it can come back. scsi1: lvm:vm-101-disk-1 has grown');
  });
  test('a cloud-init drive is made anew', () => {
    const drive = 'lvm:vm-101-cloudinit,media=cdrom,size=4M';
    const story: Story = { params: { delete: 'ide2' }, before: { ide2: drive }, after: {} };
    expect(sent(story)).toEqual({ ide2: 'lvm:cloudinit,media=cdrom' });
  });
  test('a CD by its other name', () => {
    const story: Story = {
      params: { cdrom: 'nas:iso/b.iso' },
      before: { ide2: 'nas:iso/a.iso,media=cdrom' },
      after: { ide2: 'nas:iso/b.iso,media=cdrom' },
    };
    expect(sent(story)).toEqual({ ide2: 'nas:iso/a.iso,media=cdrom' });
    expect(lost(story)).toEqual([]);
  });
  test('a network card that was unplugged', () => {
    const card = 'virtio=BC:24:11:00:00:01,bridge=vmbr0';
    const story: Story = { params: { delete: 'net1' }, before: { net1: card }, after: {} };
    expect(sent(story)).toEqual({ net1: card });
    expect(lost(story)).toEqual(['net1: plugged in anew; a running guest sees a new device.']);
  });
  test('of two values, what waited comes back', () => {
    const story: Story = {
      params: { tags: 'c' },
      before: { tags: { value: 'a', pending: 'b' } },
      after: { tags: 'c' },
    };
    expect(sent(story)).toEqual({ tags: 'b' });
    expect(lost(story)).toEqual(['tags: a was in force while b waited; only what waited comes back.']);
  });
});

describe('secrets (G15)', () => {
  const shadowed = { params: { tags: 'b' }, ask: ['cipassword'] };
  test('one that was overwritten is lost, the rest comes back', () => {
    const before = { cipassword: '**********', tags: 'a' };
    const story: Story = { ...shadowed, before, after: { ...before, tags: 'b' } };
    expect(recordOf(story)).toMatchObject({
      before: [{ key: 'tags', value: 'a' }],
      hidden: [{ key: 'cipassword', wasSet: true, waited: false }],
    });
    expect(sent(story)).toEqual({ tags: 'a' });
    expect(lost(story)).toEqual(['cipassword: the value before is secret and was not kept.']);
  });
  test('one that was unset is unset again, while nobody touched the config', () => {
    const story: Story = {
      ...shadowed,
      before: { tags: 'a' },
      after: { cipassword: '**********', tags: 'b' },
    };
    expect(sent(story)).toEqual({ tags: 'a', delete: 'cipassword' });
    expect(lost({ ...story, nowDigest: 'b' })).toEqual([
      'cipassword: its value is secret, so whether it was changed since cannot be told.',
    ]);
  });
  test('variables of a container are never in the record', () => {
    const story: Story = {
      type: 'lxc',
      params: { env: 'KEY=canary-2' },
      before: { env: 'KEY=canary-1' },
      after: { env: { value: 'KEY=canary-1', pending: 'KEY=canary-2' } },
    };
    expect(JSON.stringify(recordOf(story))).not.toContain('canary');
    expect(sent(story)).toEqual({ revert: 'env' });
  });
  test('a hidden value is not in the hash: it could be guessed from it', () => {
    const hashWith = (env: string) =>
      recordOf({ type: 'lxc', params: { cores: '1' }, before: {}, after: { env, cores: '1' } }).after?.hash;
    expect(hashWith('KEY=one')).toBe(hashWith('KEY=two'));
  });
  test('a value without a part of it is hidden', () => {
    const story: Story = {
      params: { description: 'b' },
      before: { description: 'token [redacted]' },
      after: { description: 'b' },
    };
    expect(lost(story)).toContain('description: the value before is secret');
  });
});

test('the answer of Proxmox VE as it comes', () => {
  const now = settingsFrom([
    { key: 'cores', value: 2, pending: 4 },
    { key: 'digest', value: digest },
  ]);
  const record = recordOf({
    params: { cores: '4' },
    before: { cores: '2' },
    after: { cores: { value: '2', pending: '4' } },
  });
  expect(undoOf(record, now, { type: 'qemu', vmid: 101, node: 'n' })).toMatchObject({
    operation: { params: { revert: 'cores' } },
  });
});
