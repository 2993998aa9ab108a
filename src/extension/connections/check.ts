import { tokenAuth } from '../../pve/auth.ts';
import { createPveClient } from '../../pve/client.ts';
import { PveError } from '../../pve/error.ts';
import { createTransport, type Endpoint } from '../../pve/transport.ts';
import { type TokenReach, tokenReach } from './privileges.ts';

export interface CheckedConnection {
  /** PVE's version, "9.2.11". */
  readonly version: string;
  readonly reach: TokenReach;
}

/**
 * Tries a connection before it is stored: GET `/version` and GET `/access/permissions`, nothing else.
 * @throws PveError of the transport, and `forbidden` when the token may not even read.
 */
export async function checkConnection(
  endpoint: Endpoint,
  tokenId: string,
  secret: string,
  signal: AbortSignal,
): Promise<CheckedConnection> {
  const transport = createTransport({ endpoints: [endpoint], auth: tokenAuth(tokenId, secret) });
  try {
    const client = createPveClient(transport.send);
    const { version } = await client.version({ signal });
    const reach = tokenReach(await client.permissions(undefined, { signal }));
    if (reach.canRead) return { version, reach };
    throw new PveError({
      code: 'forbidden',
      message: `The token ${tokenId} is valid and may do nothing`,
      reason: [],
      hint: 'With privilege separation the user and the token both need a role: pveum acl modify / --tokens … --roles PVEAuditor, and the same with --users.',
    });
  } finally {
    await transport.close();
  }
}
