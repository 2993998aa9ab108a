import { describe, expect, test } from 'vitest';
import { average, sparkline } from '../../../../src/server/text/spark.ts';
import { demoServer, refused } from '../demo-door.ts';

const auditor = [{ path: '/', privileges: ['Datastore.Audit', 'VM.Audit', 'Sys.Audit'] }];
const needs = 'needs Datastore.Allocate, or Datastore.AllocateSpace and VM.Backup on the guest';

describe('pve_list_storage with a storage', () => {
  test('its definition, its space on each node, totals by kind, and its volumes', async () => {
    const text = await demoServer().ask('pve_list_storage', { storage: 'local' });
    expect(text).toMatch(
      /^Storage local\nType: +dir\nMay hold: +backup, iso, vztmpl\nOptions: +path=\/var\/lib\/vz\nUsed: +pve1 90\.0 of 480 GiB, 19%; pve2 /,
    );
    expect(text).toMatch(/\n6 volumes, 2\.7 GiB: 3 iso \(2\.3 GiB\), 3 vztmpl \(371 MiB\)\n/);
    expect(text).toMatch(/\niso 783MiB \d{4}-\d\d-\d\d - pve2 - local:iso\/debian-13\.1\.0-amd64-netinst\.iso\n/);
  });

  test('a shared one is asked once', async () => {
    const { ask, asked } = demoServer();
    expect(await ask('pve_list_storage', { storage: 'nfs-backup' })).toMatch(
      /^Storage nfs-backup, shared\n[\s\S]*\n9 volumes/,
    );
    expect(asked.filter((path) => path.includes('/content'))).toHaveLength(1);
  });

  test.each<[Record<string, unknown>, RegExp]>([
    [{ storage: 'nfs-backup', content: 'backup', vmid: 102 }, /\n1 volume, 1\.6 GiB: 1 backup/],
    [{ storage: 'nfs-backup', filter: 'lxc-102' }, /\n1 volume, /],
    [{ storage: 'nfs-backup', filter: 'WEB-01' }, /\n8 volumes, /],
    [{ storage: 'local', node: 'pve2', content: 'iso' }, /\n1 volume, 783 MiB: 1 iso/],
    [{ storage: 'local', content: 'snippets' }, /\nNo volumes\.$/],
  ])('%j', async (args, expected) => {
    expect(await demoServer().ask('pve_list_storage', args)).toMatch(expected);
  });

  test('in the order that is asked for, in pages that are the whole', async () => {
    const { ask } = demoServer();
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages < 6; pages += 1) {
      const text = await ask('pve_list_storage', {
        storage: 'nfs-backup',
        sort: 'newest',
        limit: 2,
        ...(cursor === undefined ? {} : { cursor }),
      });
      seen.push(...[...text.matchAll(/^backup .*$/gm)].map(([line]) => line));
      cursor = /cursor "([^"]+)"/.exec(text)?.[1];
      if (cursor === undefined) break;
    }
    expect(new Set(seen).size).toBe(9);
    const days = seen.map((line) => line.split(' ')[2] ?? '');
    expect(days).toEqual([...days].sort().reverse());
  });

  test('backups that the token cannot see are said to be invisible, a node that fails hides nothing', async () => {
    expect(await demoServer({ bobs: auditor }).ask('pve_list_storage', { storage: 'nfs-backup' })).toContain(
      `Backups are not visible to this token, or not all (${needs}).\nNo volumes among what could be read.`,
    );
    const broken = demoServer({
      instead: { '/nodes/pve2/storage/local/content': refused('server_error', 'mount is gone') },
    });
    expect(await broken.ask('pve_list_storage', { storage: 'local' })).toMatch(
      /\nWhat is on pve2 could not be read: mount is gone\.\n4 volumes, /,
    );
  });

  test('the definition is read from the list, which an auditor may; an unknown one names those that there are', async () => {
    const { ask, asked } = demoServer({ bobs: auditor });
    expect(await ask('pve_list_storage', { storage: 'nfs-backup' })).toMatch(/\nOptions: +export=\/srv\/backup, /);
    expect(asked.some((path) => path.startsWith('/storage/'))).toBe(false);
    expect(await ask('pve_list_storage', { storage: 'nfs-backups' })).toMatch(
      /^Error \(not_found\): .*\nNext: Did you mean "nfs-backup"\? The storages are "local", "local-lvm", "nfs-backup"\.$/,
    );
  });
});

describe('pve_list_backups', () => {
  test('files of all storages, newest first, in pages', async () => {
    const { ask } = demoServer();
    const first = await ask('pve_list_backups', { limit: 5 });
    expect(first).toMatch(/^9 backups, 52\.8 GiB, newest first\.\nMADE_UTC VMID SIZE MARKS NODE VOLUME\n/);
    const cursor = /cursor "([^"]+)"/.exec(first)?.[1];
    const second = await ask('pve_list_backups', { limit: 5, cursor });
    expect(`${first}\n${second}`.match(/^\d{4}-\d\d-\d\dT.*vzdump-.*$/gm)).toHaveLength(9);
  });

  test('of one guest; a storage that fails is told and hides nothing', async () => {
    const { ask } = demoServer({
      instead: { '/nodes/pve1/storage/local/content': refused('server_error', 'no route') },
    });
    const text = await ask('pve_list_backups', { guest: 'web-02' });
    expect(text).toMatch(/^1 backup of web-02 \(102, container on pve1\), 1\.6 GiB/);
    expect(text).toContain('Backups on local (pve1) could not be read: no route.');
  });

  test('without the privileges they are not visible, and never none', async () => {
    const { ask } = demoServer({ bobs: auditor });
    expect(await ask('pve_list_backups')).toBe(
      `Backups: not visible to this token (${needs}).\nBackups on local, nfs-backup are not visible to this token, or not all (${needs}).`,
    );
    const unprotected = await ask('pve_list_backups', { kind: 'unprotected' });
    expect(unprotected).toMatch(/^In no backup job: 19 guests\n/);
    expect(unprotected).toContain(
      `Of 23 guests it is not known whether there are backup files: not visible to this token (${needs}).`,
    );
    expect(unprotected).not.toContain('Without a backup file');
  });

  test('with the privileges for one guest only, only of that guest it is said that there is none', async () => {
    const some = [
      ...auditor,
      { path: '/storage', privileges: ['Datastore.Audit', 'Datastore.AllocateSpace'] },
      { path: '/vms/103', privileges: ['VM.Audit', 'VM.Backup'] },
    ];
    const { ask } = demoServer({ bobs: some });
    expect(await ask('pve_list_backups', { guest: 103 })).toBe('Backups of db-01 (103, VM on pve3): none.');
    const text = await ask('pve_list_backups', { kind: 'unprotected' });
    expect(text).toMatch(
      /\nWithout a backup file: 1 guest\nVMID TYPE NAME\n103 VM db-01\nOf 22 guests it is not known/,
    );
  });

  test('unprotected: in no job, and without a file; templates count for neither', async () => {
    const text = await demoServer().ask('pve_list_backups', { kind: 'unprotected' });
    expect(text).toMatch(/^In no backup job: 19 guests\nVMID TYPE NAME\n105 VM build-01\n/);
    expect(text).toMatch(/\nWithout a backup file: 21 guests\nVMID TYPE NAME\n103 VM db-01\n/);
    expect(text).not.toMatch(/^100 /m);
  });

  test('jobs with their next run, those that are off last; of one guest those that hold it', async () => {
    const job = {
      type: 'vzdump',
      enabled: 1,
      storage: 'nfs-backup',
      mode: 'snapshot',
      'prune-backups': { 'keep-last': '3' },
    };
    const jobs = [
      { ...job, id: 'off', enabled: 0, all: 1 },
      { ...job, id: 'b', schedule: 'sun 01:00', 'next-run': 1795222800, all: 1, exclude: '101' },
      { ...job, id: 'a', schedule: '02:00', 'next-run': 1795140000, pool: 'production' },
      { ...job, id: 'c', schedule: '03:00', 'next-run': 1795143600, vmid: '101,102' },
    ];
    const { ask } = demoServer({ instead: { '/cluster/backup': jobs } });
    const text = await ask('pve_list_backups', { kind: 'jobs' });
    expect(text).toMatch(/^4 backup jobs, 1 off, next first:\n/);
    expect([...text.matchAll(/^(a|b|c|off) /gm)].map(([, id]) => id)).toEqual(['a', 'c', 'b', 'off']);
    expect(text).toMatch(/\nb +2026-11-21 01:00:00 +sun 01:00 +all but 101 +nfs-backup +snapshot +keep-last=3 /);
    const own = await ask('pve_list_backups', { kind: 'jobs', guest: 101 });
    expect([...own.matchAll(/^(a|b|c|off) /gm)].map(([, id]) => id)).toEqual(['a', 'c', 'off']);
  });
});

describe('pve_get_metrics', () => {
  test('of a guest: numbers with units and a course, limits once, what is 0 only named', async () => {
    const text = await demoServer().ask('pve_get_metrics', { guest: 101 });
    expect(text).toMatch(/^web-01 \(101, VM on pve2\), last hour: 60 points every 1 min, .* UTC, 1 without values\./);
    expect(text).toMatch(/\ncpu +\d+% +\d+% +\d+% +\d+% +[0-9-]{24}\n/);
    expect(text).toMatch(/\nnetin +[\d.]+ KiB\/s /);
    expect(text).toMatch(/\npressurecpusome +[\d.]+% /);
    expect(text).toMatch(/\nLimits: maxcpu 2, maxdisk 32\.0 GiB, maxmem 8\.0 GiB\n/);
    expect(text).toMatch(/\nAlways 0, or nearly: disk, /);
  });

  test.each(['hour', 'day', 'week', 'month', 'year'])('of a node over a %s', async (timeframe) => {
    const text = await demoServer().ask('pve_get_metrics', { node: 'pve1', timeframe });
    expect(text).toMatch(new RegExp(`^Node pve1, last ${timeframe}: \\d+ points every`));
    expect(text).toMatch(/\nloadavg +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+ +[0-9-]{24}\n/);
    expect(text).toMatch(/\nmemused +[\d.]+ GiB/);
  });

  test('of a storage, on a node that has it', async () => {
    const { ask } = demoServer();
    expect(await ask('pve_get_metrics', { storage: 'local', node: 'pve2' })).toMatch(
      /^Storage local on pve2[\s\S]*\nused +\d/,
    );
    expect(await ask('pve_get_metrics', { storage: 'nfs-backup' })).toMatch(/^Storage nfs-backup on pve1/);
    expect(await ask('pve_get_metrics', { storage: 'x' })).toMatch(
      /The storages are "local", "local-lvm", "nfs-backup"\./,
    );
  });

  test('points may lack anything; nothing measured is said', async () => {
    const path = '/nodes/pve2/qemu/101/rrddata';
    const gaps = [{ time: 60 }, { time: 120, cpu: 0.5 }, { time: 180, mem: null, cpu: 1 }, { time: 240 }];
    expect(await demoServer({ instead: { [path]: gaps } }).ask('pve_get_metrics', { guest: 101 })).toMatch(
      /4 points every 1 min, .*, 2 without values\. .*\nWHAT .*\ncpu +50% +75% +100% +100% +-09-$/,
    );
    expect(await demoServer({ instead: { [path]: [{ time: 60 }] } }).ask('pve_get_metrics', { guest: 101 })).toMatch(
      /nothing was measured yet\.$/,
    );
  });

  test.each([
    {},
    { guest: 101, node: 'pve1' },
    { guest: 101, storage: 'local' },
  ])('%j is not one thing', async (args) => {
    expect(await demoServer().ask('pve_get_metrics', args)).toMatch(
      /^Error \(invalid_argument\): Metrics are of one thing/,
    );
  });

  test('a course of values that are all alike lies in the middle', () => {
    expect(sparkline([3, 3, undefined], 24)).toBe('55-');
    expect(sparkline([0, 1, 2, 3], 2)).toBe('09');
    expect(average([undefined])).toBeUndefined();
  });
});
