import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { type DemoClock, seconds } from './clock.ts';
import type { Directory } from './directory.ts';
import type { Principal } from './permissions.ts';
import type { TicketOffice } from './tickets.ts';

/** PVE's reasons for a 401 without a body. */
export type Refusal = 'No ticket' | 'Authentication failed!' | 'Permission denied - invalid csrf token';

interface Gatekeeper {
  readonly directory: Directory;
  readonly tickets: TicketOffice;
  readonly clock: DemoClock;
}

/** Who sends these headers: by API token, else by ticket, whose writes need the CSRF token too. */
export function authenticate(keeper: Gatekeeper, method: string, headers: IncomingHttpHeaders): Principal | Refusal {
  const token = /^PVEAPIToken[= ](.*)$/.exec(headers.authorization ?? '')?.[1];
  return token === undefined ? byTicket(keeper, method, headers) : byToken(keeper, token);
}

/** Whether two secrets are the same, taking as long either way. */
export function sameSecret(one: string, other: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(one), hash(other));
}

/** Whether the user exists, is enabled and has not expired. */
export function isActive({ directory, clock }: Pick<Gatekeeper, 'directory' | 'clock'>, name: string): boolean {
  const user = directory.users.get(name);
  return user?.enable === true && lasts(user.expire, clock);
}

function byToken(keeper: Gatekeeper, sent: string): Principal | Refusal {
  const [, user = '', token = '', secret = ''] = /^([^!=]*)!([^=]*)=(.*)$/.exec(sent) ?? [];
  const known = keeper.directory.users.get(user)?.tokens.get(token);
  const fits = sameSecret(secret, known?.secret ?? ''); // compared for an unknown token too, so that both take as long
  const good = known !== undefined && fits && isActive(keeper, user) && lasts(known.expire, keeper.clock);
  return good ? { user, token } : 'Authentication failed!';
}

function byTicket(keeper: Gatekeeper, method: string, headers: IncomingHttpHeaders): Principal | Refusal {
  const sent = /(?:^|;\s*)PVEAuthCookie=([^;]*)/.exec(headers.cookie ?? '')?.[1];
  if (sent === undefined) return 'No ticket';
  const content = keeper.tickets.read(decoded(sent));
  if (content === undefined || !isActive(keeper, content.user)) return 'Authentication failed!';
  if (content.challenge !== undefined) return 'No ticket';
  const csrf = headers.csrfpreventiontoken;
  if (method !== 'GET' && (typeof csrf !== 'string' || !keeper.tickets.isCsrfToken(csrf, content.user))) {
    return 'Permission denied - invalid csrf token';
  }
  return { user: content.user };
}

function lasts(expire: number, clock: DemoClock): boolean {
  return expire === 0 || expire > seconds(clock.now());
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
