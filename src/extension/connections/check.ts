import type { Auth } from '../../pve/auth.ts';
import { createPveClient, type PveClient } from '../../pve/client.ts';
import { PveError } from '../../pve/error.ts';
import { flag, type Loose, looseList, text } from '../../pve/loose.ts';
import type { ProxySettings } from '../../pve/proxy.ts';
import type { SendOptions } from '../../pve/request.ts';
import { createTransport, type Endpoint } from '../../pve/transport.ts';
import { type TokenReach, tokenReach } from './privileges.ts';
import { type Login, loginName } from './profile.ts';

export interface CheckedConnection {
  /** PVE's version, "9.2.11". */
  readonly version: string;
  readonly reach: TokenReach;
}

/**
 * Tries a connection: GET `/version` and GET `/access/permissions`, nothing else.
 * @throws PveError of the transport, and `forbidden` when the login may not even read.
 */
export async function checkClient(client: PveClient, login: Login, options: SendOptions): Promise<CheckedConnection> {
  const { version } = await client.version(options);
  const reach = tokenReach(await client.permissions(undefined, options));
  if (reach.canRead) return { version, reach };
  throw new PveError({
    code: 'forbidden',
    message: `The login of ${loginName(login)} is valid and may do nothing`,
    reason: [],
    hint:
      login.kind === 'token'
        ? 'With privilege separation the user and the token both need a role: pveum acl modify / --tokens … --roles PVEAuditor, and the same with --users.'
        : 'The user needs a role: pveum acl modify / --users … --roles PVEAuditor',
  });
}

/** Does something over a way to a cluster that exists no longer than that. @throws PveError of the transport */
export async function withClient<T>(
  way: { readonly endpoints: readonly Endpoint[]; readonly auth: Auth; readonly proxy: ProxySettings },
  use: (client: PveClient) => Promise<T>,
): Promise<T> {
  const transport = createTransport(way);
  try {
    return await use(createPveClient(transport.send));
  } finally {
    await transport.close();
  }
}

/** Where a cluster looks its users up. */
export interface Realm {
  /** "pam" */
  readonly realm: string;
  readonly comment: string;
}

/** Those that every cluster has. */
const usualRealms: readonly Realm[] = [
  { realm: 'pam', comment: 'Linux PAM' },
  { realm: 'pve', comment: 'Proxmox VE' },
];

/** The realms of a cluster, the default first (GET `/access/domains`, which needs no login); the usual ones when they cannot be read. */
export async function readRealms(
  endpoints: readonly Endpoint[],
  proxy: ProxySettings,
  options: SendOptions,
): Promise<readonly Realm[]> {
  try {
    const nobody: Auth = { headers: () => ({}) };
    const { data } = await withClient({ endpoints, auth: nobody, proxy }, ({ send }) =>
      send({ method: 'GET', path: ['access', 'domains'] }, options),
    );
    const entries = looseList(data, '/access/domains');
    const isDefault = (entry: Loose) => flag(entry.default) === true;
    const realms = [...entries]
      .sort((a, b) => Number(isDefault(b)) - Number(isDefault(a)))
      .map((entry) => ({ realm: text(entry.realm) ?? '', comment: text(entry.comment) ?? '' }))
      .filter(({ realm }) => realm !== '');
    return realms.length === 0 ? usualRealms : realms;
  } catch {
    return usualRealms; // it only saves typing; what is wrong shows at the login
  }
}
