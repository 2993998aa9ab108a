import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TicketOptions, ticketAuth } from '../../src/pve/auth.ts';
import type { PveTransport } from '../../src/pve/transport.ts';
import { fakeClock } from '../support/clock.ts';
import {
  closeAll,
  connect,
  failure,
  newRealm,
  type Realm,
  secret,
  startNode,
  ticketOf,
  version,
  withLogin,
  write,
} from '../support/pve-node.ts';

const challenge = 'PVE:!tfa!{"totp"%3Atrue,"recovery"%3A"available"}:6B0036A5::sig';

let realm: Realm;
afterEach(closeAll);

/** A node that asks for a code, and a transport for its user. */
async function start(login: Partial<TicketOptions>): Promise<PveTransport> {
  const { url } = await startNode(withLogin(realm));
  return connect([url], { auth: ticketAuth({ username: 'alice@pve', password: secret, ...login }) });
}

describe('a second factor', () => {
  beforeEach(() => {
    realm = { ...newRealm(), challenge };
  });

  it('is asked for once; its code goes with the challenge, and a renewal needs none', async () => {
    const clock = fakeClock();
    let asked = 0;
    const { send } = await start({ clock, totp: async () => (++asked > 1 ? undefined : ' 123 456 ') });
    await Promise.all([send(version), send(write('POST'))]);
    expect(realm.logins.map((form) => Object.fromEntries(form))).toEqual([
      { username: 'alice@pve', password: secret },
      { username: 'alice@pve', password: 'totp:123456', 'tfa-challenge': challenge },
    ]);
    clock.jump('monotonic', 106 * 60_000);
    await send(version);
    expect([realm.logins.at(-1)?.get('password'), asked]).toEqual([ticketOf(1), 1]);
  });

  it.each<[string, Partial<TicketOptions>, string, number]>([
    ['that nobody is there to give', {}, 'The login of alice@pve needs a code from an authenticator app', 1],
    [
      'that is not given',
      { totp: async () => undefined },
      'The login of alice@pve needs a code from an authenticator app',
      1,
    ],
    ['that is no code', { totp: async () => 'hello' }, 'That is no code of an authenticator app: it has 6 digits', 1],
    ['that is wrong', { totp: async () => '654321' }, 'PVE did not accept the code of alice@pve', 2],
  ])('%s ends the login, and is not asked for by every poll', async (_name, login, message, logins) => {
    const { send } = await start(login);
    for (let times = 0; times < 3; times += 1)
      expect((await failure(send(version))).data).toMatchObject({ code: 'unauthenticated', message });
    expect(realm.logins).toHaveLength(logins);
  });

  it('of another kind is not supported, and says what is', async () => {
    realm.challenge = 'PVE:!tfa!{"webauthn"%3A{}}:6B0036A5::sig';
    const { send } = await start({ totp: async () => '123456' });
    expect((await failure(send(version))).data).toMatchObject({
      code: 'unauthenticated',
      hint: 'Use an API token: it needs no second factor.',
    });
  });

  it('is never sent a second time, wherever its answer is lost', async () => {
    const node = await startNode((request, response, number, body) => {
      if (body?.includes('totp')) request.socket.destroy();
      else withLogin(realm)(request, response, number, body);
    });
    const other = await startNode(withLogin(realm));
    const auth = ticketAuth({ username: 'alice@pve', password: secret, totp: async () => '123456' });
    expect((await failure(connect([node.url, other.url], { auth }).send(version))).code).toBe('unreachable');
    expect([node.seen.length, other.seen.length]).toEqual([2, 0]);
  });
});
