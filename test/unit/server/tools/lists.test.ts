import { describe, expect, test } from 'vitest';
import { tokens } from '../../../support/tokens.ts';
import { fakeServer, manyGuests } from '../fake-door.ts';

const answers = { '/cluster/resources': manyGuests(500) };

describe('pve_list_guests', () => {
  test('500 guests: the first page is at most 4,000 tokens, all pages together at most 11,000', async () => {
    const { call } = fakeServer({ answers });
    const pages: string[] = [];
    for (let cursor: string | undefined; pages.length === 0 || cursor !== undefined; ) {
      const { text } = await call('pve_list_guests', cursor === undefined ? {} : { cursor });
      pages.push(text);
      cursor = /cursor "(\d+)"/.exec(text)?.[1];
    }
    const vmids = pages.join('\n').match(/^\d{3} service-\d+ /gm);
    expect(vmids).toHaveLength(500);
    expect(tokens(pages[0] ?? '')).toBeLessThanOrEqual(4000);
    expect(tokens(pages.join('\n'))).toBeLessThanOrEqual(11_000);
  });

  test('even with the highest limit an answer stays within the budget and says how to go on', async () => {
    const more = { '/cluster/resources': manyGuests(900) };
    const { text } = await fakeServer({ answers: more }).call('pve_list_guests', { limit: 1000 });
    expect(text.length).toBeLessThanOrEqual(25_000);
    expect(text).toMatch(/\d+ more not shown\. Next page: the same call with cursor "\d+"\.$/);
  });

  test('filters are combined, totals come first', async () => {
    const { text } = await fakeServer({ answers }).call('pve_list_guests', {
      node: 'pve2',
      status: 'running',
      tag: 'prod',
      name: 'SERVICE-1',
      limit: 2,
    });
    const [head, columns, row] = text.split('\n');
    expect(head).toMatch(
      /^Guests with node "pve2", status "running", tag "prod", name "SERVICE-1": \d+ \(\d+ VMs, 0 containers\): \d+ running$/,
    );
    expect(columns).toBe('VMID NAME TYPE NODE STATUS CPU% MEMORY_GiB TAGS');
    expect(row).toBe('110 service-10 VM pve2 running 3 2.1/4 prod,web');
  });

  test.each([
    ['service-1*', 111],
    ['*-49', 1],
    ['SERV*-4*9', 11],
    ['vice-49', 11],
    ['service', 500],
  ])('name %j fits %i guests', async (name, amount) => {
    const { text } = await fakeServer({ answers }).call('pve_list_guests', { name, limit: 1 });
    expect(text).toContain(`: ${amount} (`);
  });

  test('by load the heaviest come first, as many as are asked for, and without pages', async () => {
    const loads = manyGuests(5).map((guest, at) => ({ ...guest, status: 'running', cpu: [0.2, 0.9, 0.1, 0.9, 0][at] }));
    const { call } = fakeServer({ answers: { '/cluster/resources': loads } });
    const { text } = await call('pve_list_guests', { sort: 'cpu', limit: 3, fields: ['cpu'] });
    expect(text.split('\n').slice(1)).toEqual([
      'VMID NAME CPU%',
      '101 service-1 90',
      '103 service-3 90',
      '100 service-0 20',
      '2 guests with less cpu not shown; raise limit for more.',
    ]);
    expect((await call('pve_list_guests', { sort: 'cpu', cursor: '3' })).text).toMatch(/sort by vmid or name/);
    expect((await call('pve_list_guests', { sort: 'disk' })).text).toContain('DISK_GiB');
  });

  test('by name it has pages too', async () => {
    const { call } = fakeServer({ answers });
    const first = (await call('pve_list_guests', { sort: 'name', limit: 3, fields: ['type'] })).text;
    expect(first).toMatch(/^100 service-0 CT\n101 service-1 VM\n102 service-2 VM$/m);
    const cursor = /cursor "([^"]+)"/.exec(first)?.[1];
    expect((await call('pve_list_guests', { sort: 'name', limit: 1, fields: ['type'], cursor })).text).toMatch(
      /^103 service-3 CT$/m,
    );
  });

  test('nothing found is a sentence, never an empty list', async () => {
    expect((await fakeServer({ answers }).call('pve_list_guests', { tag: 'none' })).text).toBe(
      'No guest has tag "none". There are 500 guests without filters.',
    );
    expect((await fakeServer({ answers: { '/cluster/resources': [] } }).call('pve_list_guests')).text).toContain(
      'VM.Audit',
    );
  });

  test('a guest cannot forge a row or hide characters by its name', async () => {
    const named = [{ ...manyGuests(1)[0], name: 'x\n 999  forged\u202e\u200b' }];
    const { text } = await fakeServer({ answers: { '/cluster/resources': named } }).call('pve_list_guests');
    expect(text.split('\n')).toHaveLength(3);
    expect(text).toMatch(/^100 x⏎_999_forged CT /m);
  });
});

describe('pve_list_storage', () => {
  const storage = (name: string, node: string, shared: number) => ({
    id: `storage/${node}/${name}`,
    type: 'storage',
    storage: name,
    node,
    shared,
    status: 'available',
    plugintype: shared === 1 ? 'nfs' : 'dir',
    content: 'iso,backup',
    disk: 10 * 1024 ** 3,
    maxdisk: 100 * 1024 ** 3,
  });
  const resources = [
    storage('nfs', 'pve2', 1),
    storage('local', 'pve2', 0),
    storage('nfs', 'pve1', 1),
    storage('local', 'pve1', 0),
  ];

  test('a shared storage stands once, with its nodes', async () => {
    const { text } = await fakeServer({ answers: { '/cluster/resources': resources } }).call('pve_list_storage');
    expect(text.split('\n')).toEqual([
      '3 storages, by name. Space is used of total; shared ones stand once.',
      'STORAGE  NODE       TYPE  STATE             SPACE  USED  SHARED  CONTENT',
      'local    pve1       dir   available  10.0/100 GiB   10%  no      backup,iso',
      'local    pve2       dir   available  10.0/100 GiB   10%  no      backup,iso',
      'nfs      pve1,pve2  nfs   available  10.0/100 GiB   10%  yes     backup,iso',
    ]);
  });

  test('nothing found is a sentence', async () => {
    expect(
      (
        await fakeServer({ answers: { '/cluster/resources': resources } }).call('pve_list_storage', {
          content: 'images',
        })
      ).text,
    ).toBe('No storage fits these filters.');
  });
});
