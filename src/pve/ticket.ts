import type { Clock } from './clock.ts';
import { PveError } from './error.ts';
import { flag, looseObject, text } from './loose.ts';
import type { PveParams, PveReply } from './request.ts';

/** Sends the form of POST `/access/ticket`; `once`: never a second time, for a code that works only once. */
export type SendLogin = (form: PveParams, once: boolean) => Promise<PveReply>;

/** How the credentials of a connection are got and kept good. */
export interface Login {
  /** Resolves when there is a ticket for the next request; all callers share one login. @throws PveError */
  ready(send: SendLogin): Promise<void>;
  /** PVE refused these headers; while they are still the newest, the next `ready` logs in anew. */
  refused(headers: Readonly<Record<string, string>>): void;
}

interface Ticket {
  readonly text: string;
  readonly cookie: string;
  readonly csrf: string;
  /** When it was asked for, by both clocks. */
  readonly wall: number;
  readonly monotonic: number;
}

interface User {
  readonly username: string;
  readonly password: string;
  readonly totp: (() => Promise<string | undefined>) | undefined;
  readonly clock: Clock;
}

/** PVE takes a ticket for two hours. */
const validMs = 2 * 3_600_000;
const renewAfterMs = 105 * 60_000;

/** The ticket of one user through its life: login, renewal, refusal. */
export function ticketLogin(user: User): { ticket(): Ticket | undefined; reset(): void; readonly login: Login } {
  const { clock } = user;
  let ticket: Ticket | undefined;
  let refusal: PveError | undefined;
  let running: Promise<void> | undefined;
  let life = 0;

  /** The older of what the clocks say: one of them may have been set back, or have stopped while the machine slept. */
  const age = ({ wall, monotonic }: Ticket) => Math.max(clock.now() - wall, clock.monotonic() - monotonic);

  const obtain = async (send: SendLogin): Promise<Ticket> => {
    if (ticket !== undefined && age(ticket) < validMs) {
      try {
        return await fetchTicket(user, send, ticket.text);
      } catch (error) {
        // Not renewed, but good for a while; only a ticket that PVE no longer takes needs the password.
        if (!isRefusal(error)) return ticket;
      }
    }
    return fetchTicket(user, send);
  };

  const renew = async (send: SendLogin): Promise<void> => {
    const mine = life;
    try {
      const fresh = await obtain(send);
      if (mine === life) ticket = fresh;
    } catch (error) {
      if (mine === life && isRefusal(error)) refusal = error;
      throw error;
    }
  };

  return {
    ticket: () => ticket,
    reset() {
      life += 1;
      ticket = undefined;
      refusal = undefined;
      running = undefined;
    },
    login: {
      async ready(send) {
        if (refusal !== undefined) throw refusal;
        if (running === undefined && ticket !== undefined && age(ticket) < renewAfterMs) return;
        const mine = running ?? renew(send);
        running = mine;
        try {
          await mine;
        } finally {
          if (running === mine) running = undefined;
        }
      },
      refused({ cookie }) {
        if (ticket?.cookie === cookie) ticket = undefined;
      },
    },
  };
}

/** @param old a ticket that is still good; it takes the place of the password, and of the second factor */
async function fetchTicket(user: User, send: SendLogin, old?: string): Promise<Ticket> {
  const { username, password, clock } = user;
  const asked = { wall: clock.now(), monotonic: clock.monotonic() };
  const answer = await submit(send, { username, password: old ?? password }, username);
  if (!answer.needsCode) return { ...asked, ...toTicket(answer) };
  const code = await askForCode(user, answer.ticket);
  const form = { username, password: `totp:${code}`, 'tfa-challenge': answer.ticket };
  const started = { wall: clock.now(), monotonic: clock.monotonic() };
  const second = await submit(send, form, username, true);
  if (second.needsCode) throw unauthenticated(`PVE asks ${username} for yet another code`, useToken);
  return { ...started, ...toTicket(second) };
}

interface Answer {
  readonly ticket: string;
  readonly csrf: string;
  readonly needsCode: boolean;
}

async function submit(send: SendLogin, form: PveParams, username: string, once = false): Promise<Answer> {
  const reply = await send(form, once).catch((cause: unknown) => {
    throw isRefusal(cause) ? loginRefused(cause, username, once) : cause;
  });
  const data = looseObject(reply.data, 'the login');
  const ticket = text(data.ticket) ?? '';
  return {
    ticket,
    csrf: text(data.CSRFPreventionToken) ?? '',
    needsCode: /^PVE:!tfa!/.test(ticket) || flag(data.NeedTFA) === true,
  };
}

function toTicket({ ticket, csrf }: Answer): Pick<Ticket, 'text' | 'cookie' | 'csrf'> {
  const isUsable = ticket !== '' && /^[\x21-\x7e]+$/.test(csrf);
  if (!isUsable) throw unauthenticated('PVE answered the login without a ticket', 'Check the address of the node.');
  return { text: ticket, cookie: `PVEAuthCookie=${encodeURIComponent(ticket)}`, csrf };
}

/** What factors a user has stands in the challenge: `PVE:!tfa!{"totp":true,…}`, partly percent-encoded. */
async function askForCode({ username, totp }: User, challenge: string): Promise<string> {
  if (!challenge.includes('totp') && challenge.includes('{'))
    throw unauthenticated(
      `The second factor of ${username} is none that can be given here (only TOTP codes can)`,
      useToken,
    );
  const code = (await totp?.())?.replace(/\s/g, '');
  if (code !== undefined && /^\d{6,8}$/.test(code)) return code;
  const isMissing = code === undefined || code === '';
  throw unauthenticated(
    isMissing
      ? `The login of ${username} needs a code from an authenticator app`
      : 'That is no code of an authenticator app: it has 6 digits',
    totp === undefined ? useToken : 'Connect again and enter the code that the app shows now.',
  );
}

const useToken = 'Use an API token: it needs no second factor.';

function loginRefused({ data }: PveError, username: string, isCode: boolean): PveError {
  const message = isCode ? `PVE did not accept the code of ${username}` : `PVE did not accept the login of ${username}`;
  const hint = isCode
    ? 'Connect again with the code that the app shows then; each works once. If it is refused again, compare the clocks of phone and node.'
    : 'Check user name, realm (@pam, @pve, …) and password, then connect again; a disabled or expired user is refused the same way. It is not tried again by itself.';
  return new PveError({ ...data, message, hint });
}

function isRefusal(error: unknown): error is PveError {
  return error instanceof PveError && error.code === 'unauthenticated';
}

function unauthenticated(message: string, hint: string): PveError {
  return new PveError({ code: 'unauthenticated', message, hint, reason: [] });
}
