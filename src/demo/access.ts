import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { type Principal, principalId } from './permissions.ts';

/** An API token and its secret. */
export interface Credential {
  readonly who: Principal;
  readonly secret: string;
}

/** Who sends these headers, or PVE's reason for its 401. */
export function authenticate(
  { authorization, cookie }: IncomingHttpHeaders,
  credentials: readonly Credential[],
): Principal | 'No ticket' | 'Authentication failed!' {
  const token = /^PVEAPIToken[= ](.*)$/.exec(authorization ?? '')?.[1];
  if (token === undefined) return cookie?.includes('PVEAuthCookie=') ? 'Authentication failed!' : 'No ticket';
  const [, id = '', secret = ''] = /^([^=]*)=(.*)$/.exec(token) ?? [];
  const known = credentials.find(({ who }) => principalId(who) === id);
  const fits = equal(secret, known?.secret ?? ''); // compared for an unknown token too, so that both take as long
  return known !== undefined && fits ? known.who : 'Authentication failed!';
}

function equal(one: string, other: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(one), hash(other));
}
