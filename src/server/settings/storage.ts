import { forModel } from '../../gate/printable.ts';
import { flag, looseList, text } from '../../pve/loose.ts';
import { bytes, count } from '../text/units.ts';
import type { Done, Kind, Seen } from './kind.ts';

const content = '/nodes/{node}/storage/{storage}/content';

/** Storages, and what is on them. */
export const storageKinds: readonly Kind[] = [
  {
    name: 'storage',
    tool: 'pve_change_storage',
    id: '{storage}',
    list: '/storage',
    acts: {
      create: { asks: ({ type }) => (type === 'pbs' ? ['password'] : []) },
      update: {
        takes: ['digest', 'delete'],
        raised: {
          tool: 'pve_administer',
          when: ({ disable }) =>
            disable === undefined || disable === 0 || disable === false || disable === '0'
              ? undefined
              : 'Disabling a storage takes it from every guest and job that uses it',
        },
      },
      delete: {},
    },
  },
  {
    name: 'storage_content',
    tool: 'pve_change_storage',
    id: '{storage}:{volume}',
    list: content,
    keys: ['volid'],
    one: `${content}/{id}`,
    nodeOf: 'storage',
    acts: {
      allocate: { request: `POST ${content}`, id: '{storage}', after: (seen) => arrived(seen, 'filename') },
      update: {},
      download: {
        request: 'POST /nodes/{node}/storage/{storage}/download-url',
        id: '{storage}',
        after: async (seen) =>
          `${await arrived(seen, 'filename')}${seen.set.checksum === undefined ? '\nNo checksum was given, so nobody has compared what came with what was meant.' : ''}`,
      },
      upload: {
        request: 'POST /nodes/{node}/storage/{storage}/upload',
        id: '{storage}',
        carries: true,
        after: uploaded,
      },
      oci_pull: {
        request: 'POST /nodes/{node}/storage/{storage}/oci-registry-pull',
        id: '{storage}',
        major: 9,
        after: (seen) => arrived(seen, seen.set.filename === undefined ? 'reference' : 'filename'),
      },
      template: {
        request: 'POST /nodes/{node}/aplinfo',
        id: '{storage}',
        sends: { storage: 'storage' },
        after: (seen) => arrived(seen, 'template'),
      },
      delete: {
        hindered: (before) =>
          flag(before.protected) === true
            ? [
                'It is protected',
                'pve_change_storage takes the protection away: kind storage_content, action update, set {"protected": 0}.',
              ]
            : undefined,
      },
    },
  },
  {
    name: 'old_backups',
    tool: 'pve_delete',
    id: '{storage}',
    nodeOf: 'storage',
    acts: { delete: { request: 'DELETE /nodes/{node}/storage/{storage}/prunebackups', after: backupsLeft } },
  },
];

/** What has come onto the storage, by the name that was asked for. */
async function arrived({ now, set }: Seen, parameter: string): Promise<string> {
  const wanted = String(set[parameter] ?? '').replace(/^.*\//, '');
  const stem = wanted.replace(/[:].*$/, '');
  const { rows } = await now();
  const named = rows.flatMap((row) => ({ volid: text(row.volid) ?? '', size: Number(row.size) }));
  const found = named.find(({ volid }) => volid.endsWith(wanted)) ?? named.find(({ volid }) => volid.includes(stem));
  if (found === undefined) return 'but the storage does not list it';
  return `${forModel(found.volid)} is there now${Number.isFinite(found.size) ? `, ${bytes(found.size)}` : ''}`;
}

/** The node has compared the checksum before; the size is what can be read afterwards. */
async function uploaded({ now, parts, set }: Seen, { bytes: sent }: Done): Promise<string> {
  const volid = `${String(parts.storage)}:${String(set.content)}/${String(set.filename)}`;
  const { rows } = await now();
  const found = rows.find((row) => text(row.volid) === volid);
  if (found === undefined) return `but the storage does not list ${forModel(volid)}`;
  const size = Number(found.size);
  const there = `${forModel(volid)} is there now, ${bytes(size)}`;
  return sent === undefined || sent === size ? there : `${there}, though ${sent} bytes were sent and it has ${size}`;
}

async function backupsLeft({ pve, parts }: Seen): Promise<string> {
  const path = ['nodes', String(parts.node), 'storage', String(parts.storage), 'content'];
  const { data } = await pve.send({ method: 'GET', path, params: { content: 'backup' } }, { fresh: true });
  return `${count(looseList(data, 'the content').length, 'backup')} that this token may see are left there (pve_list_backups)`;
}
