import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { migrationFrom } from '../../../src/pve/migration.ts';
import { referenceDir } from '../../support/reference.ts';

const reference = referenceDir();

describe('the check before a migration', () => {
  test('of a VM: which disks are copied, which devices hold it, which node refuses and why', () => {
    const disk = (drivename: string, more: object = {}) => ({
      drivename,
      cdrom: 0,
      shared: 0,
      is_attached: 1,
      ...more,
    });
    const check = migrationFrom({
      running: '1',
      allowed_nodes: ['pve2', 'pve3'],
      not_allowed_nodes: {
        pve2: {},
        pve4: { unavailable_storages: ['zfs', 'nas'] },
        pve5: { 'blocking-ha-resources': [{ sid: 'vm:7', cause: 'resource-affinity' }] },
      },
      local_disks: [
        disk('scsi0'),
        disk('ide2', { cdrom: 1 }),
        disk('unused0', { is_attached: 0 }),
        disk('s', { shared: 1 }),
      ],
      local_resources: ['hostpci0'],
    });
    expect(check).toEqual({
      running: true,
      allowed: ['pve2', 'pve3'],
      refused: new Map([
        ['pve4', 'unavailable storages: zfs, nas'],
        ['pve5', 'blocking ha resources: vm:7 resource-affinity'],
      ]),
      localDisks: ['scsi0'],
      localResources: ['hostpci0'],
    });
  });

  test('of a container the names have hyphens; what is missing is not known', () => {
    expect(migrationFrom({ running: 0, 'allowed-nodes': ['pve2'], 'not-allowed-nodes': {} })).toMatchObject({
      running: false,
      allowed: ['pve2'],
    });
    expect(migrationFrom({ running: 0 })).not.toHaveProperty('allowed');
  });

  test.skipIf(reference === undefined)('every recorded answer is read', () => {
    const root = join(reference ?? '', 'fixtures');
    const recorded = readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.json'))
      .map((name) => ({ name, ...JSON.parse(readFileSync(join(root, name), 'utf8')) }))
      .filter(
        ({ method, path = '', status = 200 }) => method === 'GET' && status === 200 && /\/migrate\$?$/.test(path),
      );
    expect(recorded.length).toBeGreaterThanOrEqual(2);
    for (const { response } of recorded) expect(() => migrationFrom(response?.data ?? response)).not.toThrow();
  });
});
