import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sizeBytes, volumeSetting } from '../../../src/pve/disk-size.ts';
import { settingsFrom } from '../../../src/pve/pending.ts';
import { referenceDir } from '../../support/reference.ts';

const reference = referenceDir();

/** Every recorded answer to GET `…/pending`. */
function recordedPending(): { readonly name: string; readonly data: unknown }[] {
  const root = join(reference ?? '', 'fixtures');
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      const { method, path = '', status = 200, response } = JSON.parse(readFileSync(join(root, name), 'utf8'));
      const isIt = method === 'GET' && status === 200 && /\/(qemu|lxc)\/[^/]+\/pending\$?$/.test(path);
      return isIt ? [{ name, data: response?.data ?? response }] : [];
    });
}

describe('settings of a guest', () => {
  test('tell active, pending and going apart; the digest is none of them', () => {
    const { byKey, digest } = settingsFrom([
      { key: 'cores', value: 2, pending: '4' },
      { key: 'net1', value: 'virtio', delete: 1 },
      { key: 'memory', value: '2048' },
      { key: 'tags', pending: 'x' },
      { key: 'digest', value: 'abc' },
    ]);
    expect([...byKey.values()]).toEqual([
      { key: 'cores', value: '2', pending: '4' },
      { key: 'net1', value: 'virtio', goes: true },
      { key: 'memory', value: '2048' },
      { key: 'tags', pending: 'x' },
    ]);
    expect(digest).toBe('abc');
  });

  test.each([null, 'text', { a: 1 }])('%j is an error, never no settings', (data) => {
    expect(() => settingsFrom(data)).toThrow(expect.objectContaining({ code: 'server_error' }));
  });

  test.skipIf(reference === undefined)('every recorded answer is read', () => {
    const recorded = recordedPending();
    expect(recorded.length).toBeGreaterThanOrEqual(3);
    for (const { name, data } of recorded) expect(settingsFrom(data).byKey.size, name).toBeGreaterThan(0);
    const hot = recorded.find(({ name }) => name.includes('qemu_pending_after_hot_change'));
    expect(settingsFrom(hot?.data).byKey.get('memory')).toEqual({ key: 'memory', value: '128', pending: '256' });
  });
});

describe('volumes and sizes', () => {
  test.each([
    ['32G', 32 * 2 ** 30],
    ['512M', 512 * 2 ** 20],
    ['1.5T', 1.5 * 2 ** 40],
    ['1024', 1024],
    ['', undefined],
    ['1X', undefined],
  ])('%j', (size, bytes) => {
    expect(sizeBytes(size)).toBe(bytes);
  });

  test('a volume, a CD, and what is on no storage', () => {
    expect(volumeSetting('local-lvm:vm-101-disk-0,size=32G,ssd=1')).toEqual({
      volid: 'local-lvm:vm-101-disk-0',
      storage: 'local-lvm',
      size: '32G',
      isCdrom: false,
    });
    expect(volumeSetting('file=none,media=cdrom')).toEqual({ volid: 'none', isCdrom: true });
    expect(volumeSetting('/dev/sdb')).toEqual({ volid: '/dev/sdb', isCdrom: false });
  });
});
