import { forModel } from '../../gate/printable.ts';
import { handedOver } from '../../gate/redact.ts';
import { flag, type Loose, looseList, looseObject, text } from '../../pve/loose.ts';
import type { Done, Kind, Seen } from './kind.ts';
import { toldNow, valuesOf } from './tell.ts';

const tool = 'pve_administer';
const token = '/access/users/{userid}/token/{tokenid}';
const list = { list: '/access/acl', keys: ['path'], id: '{path}' } as const;

/** Who may do what, and what can take a node or the safety of the cluster away. */
export const administerKinds: readonly Kind[] = [
  {
    ...list,
    name: 'acl',
    tool,
    acts: {
      grant: { request: 'PUT /access/acl', sends: { path: 'path' }, fixed: { delete: 0 }, after: aclNow },
      revoke: { request: 'PUT /access/acl', sends: { path: 'path' }, fixed: { delete: 1 }, after: aclNow },
    },
  },
  { name: 'role', tool, id: '{roleid}', list: '/access/roles', acts: { create: {}, update: {}, delete: {} } },
  {
    name: 'token',
    tool,
    id: '{userid}!{tokenid}',
    list: '/access/users/{userid}/token',
    acts: {
      create: { request: `POST ${token}`, sends: {}, after: secretAndNow },
      update: { takes: ['delete'] },
      regenerate: {
        request: `PUT ${token}`,
        fixed: { regenerate: 1 },
        takes: ['delete'],
        major: 9,
        after: secretAndNow,
      },
      delete: {},
    },
  },
  {
    name: 'realm',
    tool,
    id: '{realm}',
    list: '/access/domains',
    detailed: true,
    acts: {
      create: { asks: ({ bind_dn: bind }) => (bind === undefined ? [] : ['password']) },
      update: { takes: ['digest', 'delete'] },
      sync: {
        request: 'POST /access/domains/{realm}/sync',
        after: async () => 'its users and groups are as the task log says',
      },
      delete: {},
    },
  },
  {
    name: 'password',
    tool,
    id: '{userid}',
    acts: {
      update: {
        request: 'PUT /access/password',
        sends: { userid: 'userid' },
        asks: () => ['password', 'confirmation-password'],
        after: async () => 'the new password holds',
      },
    },
  },
  {
    name: 'tfa',
    tool,
    id: '{userid}/{entry}',
    list: '/access/tfa/{userid}',
    keys: ['id'],
    acts: { delete: { asks: () => ['password'] } },
  },
  {
    name: 'node',
    tool,
    acts: {
      reboot: { request: 'POST /nodes/{node}/status', fixed: { command: 'reboot' }, after: nodeNow },
      shutdown: { request: 'POST /nodes/{node}/status', fixed: { command: 'shutdown' }, after: nodeNow },
    },
  },
  {
    name: 'ha',
    tool,
    major: 9,
    acts: {
      arm: { request: 'POST /cluster/ha/status/arm-ha', after: haNow },
      disarm: { request: 'POST /cluster/ha/status/disarm-ha', after: haNow },
    },
  },
  {
    name: 'certificate',
    tool,
    acts: {
      upload: { request: 'POST /nodes/{node}/certificates/custom', after: certificatesNow },
      order: { request: 'POST /nodes/{node}/certificates/acme/certificate', after: certificatesNow },
      renew: { request: 'PUT /nodes/{node}/certificates/acme/certificate', after: certificatesNow },
      delete: { request: 'DELETE /nodes/{node}/certificates/custom', after: certificatesNow },
    },
  },
  {
    name: 'apt_repository',
    tool,
    one: '/nodes/{node}/apt/repositories',
    acts: {
      add: { request: 'PUT /nodes/{node}/apt/repositories', takes: ['digest'], after: repositoriesNow },
      update: { request: 'POST /nodes/{node}/apt/repositories', takes: ['digest'], after: repositoriesNow },
      refresh: { request: 'POST /nodes/{node}/apt/update', after: async () => 'pve_get_node lists the updates' },
    },
  },
];

async function aclNow({ now, id, act, set }: Seen): Promise<string> {
  const { rows } = await now();
  const here = rows.filter(({ path }) => path === id);
  const entries = here.map(
    (row) =>
      `${text(row.roleid)} to ${text(row.type)} ${text(row.ugid)}${flag(row.propagate) === true ? ' (and below)' : ''}`,
  );
  const missing = words(set.roles).filter((role) => act === 'grant' && !here.some(({ roleid }) => roleid === role));
  const warning = missing.length === 0 ? '' : `\nNot there: ${forModel(missing.join(', '), 200)}`;
  return `now there: ${entries.length === 0 ? 'nothing' : forModel(entries.join('; '), 900)}${warning}`;
}

function words(value: unknown): string[] {
  return [value ?? []].flat().flatMap((one) => String(one).split(/[,;\s]+/));
}

/** The agent reads where the secret went, never the secret (G15). */
async function secretAndNow(seen: Seen, { data }: Done): Promise<string> {
  const made = looseObject(data, 'a new token').value;
  const where =
    made === handedOver.yes || made === handedOver.no ? `its secret: ${made}` : 'its secret is not shown here';
  return `${where}; ${await toldNow(seen)}`;
}

/** A node that has just been told to go may answer for some seconds, or not at all. */
async function nodeNow({ pve, parts }: Seen): Promise<string> {
  const isOnline = (await pve.nodes()).find(({ node }) => node === parts.node)?.online;
  return `the cluster sees it ${isOnline === true ? 'online' : 'offline'}; going takes minutes (pve_get_node)`;
}

async function haNow({ pve }: Seen): Promise<string> {
  const { data } = await pve.send({ method: 'GET', path: ['cluster', 'ha', 'status', 'current'] }, { fresh: true });
  const lines = looseList(data, 'the status of HA').filter(({ type }) => type === 'fencing' || type === 'master');
  const shown = lines.map(({ id, status, 'armed-state': armed }) => [id, armed ?? status].map(String).join(' '));
  return `HA: ${forModel(shown.join('; ') || 'no state is shown', 400)}`;
}

async function certificatesNow({ pve, parts }: Seen): Promise<string> {
  const path = ['nodes', String(parts.node), 'certificates', 'info'];
  const { data } = await pve.send({ method: 'GET', path }, { fresh: true });
  const all = looseList(data, 'certificates');
  const custom = all.find(({ filename }) => filename === 'pveproxy-ssl.pem');
  const used = custom ?? all.find(({ filename }) => filename === 'pve-ssl.pem');
  if (used === undefined) return 'no certificate is listed';
  const shown: Loose = { filename: used.filename, fingerprint: used.fingerprint, notafter: used.notafter };
  return `used now: ${valuesOf(shown)}\nWhere a connection is pinned to the old certificate, it has to be trusted anew.`;
}

async function repositoriesNow({ now, set }: Seen): Promise<string> {
  const { row } = await now();
  const repositories = looseList(row?.['standard-repos'] ?? [], 'repositories');
  const shown = repositories.map(
    ({ handle, status }) =>
      `${text(handle)} ${flag(status) === undefined ? 'absent' : flag(status) ? 'enabled' : 'disabled'}`,
  );
  const file = looseList(row?.files ?? [], 'repositories').find(({ path }) => path === set.path);
  const one = looseList(file?.repositories ?? [], 'repositories')[Number(set.index)];
  const changed = one === undefined ? '' : `that one is ${flag(one.Enabled) === true ? 'enabled' : 'disabled'}; `;
  return `${changed}standard ones: ${forModel(shown.join(', ') || 'none listed', 600)}`;
}
