import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { type DemoClock, seconds } from './clock.ts';

/** Who a ticket is for. */
export interface TicketContent {
  readonly user: string;
  /** What is still asked for, as JSON: such a ticket opens nothing but the second step of the login. */
  readonly challenge: string | undefined;
}

/** Issues and checks login tickets; every node of the cluster takes them. */
export interface TicketOffice {
  issue(user: string): string;
  /** A ticket that only says that the password was right, good for the second step of this user. */
  challenge(user: string, asked: string): string;
  /** @param challenged the user for whom a challenge must have been issued */
  read(ticket: string, challenged?: string): TicketContent | undefined;
  csrfToken(user: string): string;
  isCsrfToken(token: string, user: string): boolean;
  /** Makes everything issued so far worthless. */
  expireAll(): void;
}

const clockSkew = 300; // seconds by which a ticket may come from the future

/** @param lifetime seconds; PVE's tickets last two hours */
export function createTicketOffice(clock: DemoClock, lifetime: number): TicketOffice {
  let key = randomBytes(32);
  const sign = (text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const stamp = (): string => seconds(clock.now()).toString(16).toUpperCase().padStart(8, '0');
  const isFresh = (hex: string): boolean => {
    const age = seconds(clock.now()) - Number.parseInt(hex, 16);
    return age > -clockSkew && age < lifetime;
  };
  const assemble = (content: string, bound = ''): string => {
    const plain = `PVE:${content}:${stamp()}`;
    return `${plain}::${sign(plain + bound).toString('base64')}`;
  };
  return {
    issue: (user) => assemble(user),
    challenge: (user, asked) => assemble(`!tfa!${encodeURIComponent(asked)}`, user),
    read: (ticket, challenged = '') => {
      const [, plain = '', content = '', time = '', signature = ''] =
        /^(PVE:(.+):([0-9A-F]{8}))::(.+)$/.exec(ticket) ?? [];
      const isChallenge = content.startsWith('!tfa!');
      const bound = isChallenge ? challenged : '';
      if (!isFresh(time) || !equal(Buffer.from(signature, 'base64'), sign(plain + bound))) return undefined;
      if (!isChallenge) return { user: content, challenge: undefined };
      return { user: challenged, challenge: decodeURIComponent(content.slice(5)) };
    },
    csrfToken: (user) => {
      const time = stamp();
      return `${time}:${sign(`${time}:${user}`).toString('base64')}`;
    },
    isCsrfToken: (token, user) => {
      const [time = '', signature = ''] = token.split(':');
      return isFresh(time) && equal(Buffer.from(signature, 'base64'), sign(`${time}:${user}`));
    },
    expireAll: () => {
      key = randomBytes(32);
    },
  };
}

function equal(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
