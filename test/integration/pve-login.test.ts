import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TicketAuth, type TicketOptions, ticketAuth } from '../../src/pve/auth.ts';
import type { PveTransport, TransportOptions } from '../../src/pve/transport.ts';
import { fakeClock } from '../support/clock.ts';
import {
  closeAll,
  connect,
  type FakeNode,
  failure,
  type Handler,
  newRealm,
  ok,
  type Realm,
  refuse,
  secret,
  startNode,
  ticketOf,
  version,
  withLogin,
  write,
  writes,
} from '../support/pve-node.ts';

const minutes = (count: number) => count * 60_000;

let realm: Realm;
beforeEach(() => {
  realm = newRealm();
});
afterEach(closeAll);

interface Setup extends Partial<TicketOptions>, Pick<TransportOptions, 'limits'> {
  readonly answer?: Handler;
  readonly nodes?: number;
}

/** Nodes that share a realm, and a transport for its user. */
async function start(setup: Setup = {}): Promise<PveTransport & { nodes: FakeNode[]; auth: TicketAuth }> {
  const { answer = ok, nodes: count = 1, limits = {}, ...login } = setup;
  const nodes = await Promise.all(Array.from({ length: count }, () => startNode(withLogin(realm, answer))));
  const auth = ticketAuth({ username: 'alice@pve', password: secret, ...login });
  const urls = nodes.map(({ url }) => url);
  return { ...connect(urls, { auth, limits, ...(login.clock && { clock: login.clock }) }), nodes, auth };
}

const work = ({ seen }: FakeNode) => seen.filter(({ line }) => !line.includes('/access/ticket'));
const passwords = () => realm.logins.map((form) => form.get('password'));

describe('a login with a password', () => {
  it('is made when it is first needed, once for all who wait; its CSRF token goes with writes alone', async () => {
    const { send, nodes } = await start();
    await Promise.all(Array.from({ length: 8 }, () => send(version)));
    for (const method of writes) await send(write(method));
    expect(realm.logins.map(String)).toEqual([`username=alice%40pve&password=${secret}`]);
    const [node] = nodes;
    const headers =
      node === undefined
        ? []
        : work(node).map(({ headers: { cookie, csrfpreventiontoken } }) => [cookie, csrfpreventiontoken]);
    const cookie = 'PVEAuthCookie=PVE%3Aalice%40pve%3A1%3A%3Aa%2B%2F%3B%3D%20b';
    expect(headers).toEqual([...Array(8).fill([cookie, undefined]), ...Array(3).fill([cookie, 'csrf-1'])]);
    expect(node?.seen[0]?.headers.cookie).toBeUndefined();
  });

  it('is renewed with its own ticket after 105 minutes, by whichever clock says so first', async () => {
    for (const which of ['wall', 'monotonic'] as const) {
      const clock = fakeClock();
      const { send } = await start({ clock });
      await send(version);
      clock.jump(which, minutes(104));
      await send(version);
      clock.jump(which, minutes(2));
      await Promise.all([send(version), send(version), send(version)]);
    }
    expect(passwords()).toEqual([secret, ticketOf(1), secret, ticketOf(3)]);
  });

  it('that cannot be renewed goes on with the ticket it has, and with the password when that is over', async () => {
    const clock = fakeClock();
    let isDown = false;
    const node = await startNode((request, response, number, body) => {
      if (isDown && request.url?.endsWith('/access/ticket')) response.writeHead(500, 'unable to do it').end();
      else withLogin(realm)(request, response, number, body);
    });
    const { send } = connect([node.url], {
      auth: ticketAuth({ username: 'alice@pve', password: secret, clock }),
      clock,
    });
    await send(version);
    clock.jump('wall', minutes(110));
    isDown = true;
    await expect(send(version)).resolves.toEqual({ data: 'fine' });
    expect(passwords()).toEqual([secret]);
    isDown = false;
    clock.jump('wall', minutes(11));
    await send(version);
    expect(passwords()).toEqual([secret, secret]);
  });

  it('lost in mid-work is made anew once, for reads and for writes, which PVE refuses before it runs them', async () => {
    const { send, nodes } = await start();
    await send(version);
    for (const method of ['GET', ...writes] as const) {
      realm.revoked = realm.issued;
      expect(await send(write(method))).toEqual({ data: 'fine' });
    }
    expect(passwords()).toEqual(Array(5).fill(secret));
    expect(nodes.map((node) => work(node).length)).toEqual([9]);
  });

  it('lost under several calls at once is made anew once for all of them', async () => {
    const { send } = await start();
    await send(version);
    realm.revoked = 1;
    await Promise.all(Array.from({ length: 5 }, () => send(version)));
    expect(realm.logins).toHaveLength(2);
  });

  it('that is not believed although it was just made ends the call', async () => {
    const { send, nodes } = await start({ answer: (_request, response) => refuse(response, 'No ticket') });
    expect((await failure(send(version))).data).toMatchObject({
      code: 'unauthenticated',
      hint: expect.stringContaining('Connect again with user and password'),
    });
    expect([realm.logins.length, nodes.map((node) => work(node).length)]).toEqual([2, [2]]);
  });

  it.each<[string, Handler]>([
    ['in other words than PVE’s', (_request, response) => refuse(response, 'Unauthorized')],
    ['with a page', (_request, response) => response.writeHead(401, 'No ticket').end('<h1>Who are you?</h1>')],
  ])('G3: a write that something in between refuses, %s, is not sent again', async (_name, answer) => {
    const { send, nodes } = await start({ answer });
    await failure(send(write('POST')));
    expect([realm.logins.length, nodes.map((node) => work(node).length)]).toEqual([1, [1]]);
  });

  it('is good on every node', async () => {
    const { send, nodes } = await start({ nodes: 2 });
    await send(version);
    await nodes[0]?.server.close();
    await send(version);
    expect(realm.logins).toHaveLength(1);
    expect(nodes.map((node) => work(node).length)).toEqual([1, 1]);
  });

  it('goes to the next node when the first is dead, and is no write whose outcome is unknown', async () => {
    const { send, nodes } = await start({ nodes: 2 });
    await nodes[0]?.server.close();
    expect(await send(write('POST'))).toEqual({ data: 'fine' });
    await nodes[1]?.server.close();
    const again = connect(
      nodes.map(({ url }) => url),
      { auth: ticketAuth({ username: 'alice@pve', password: secret }) },
    );
    const { data } = await failure(again.send(write('POST')));
    expect([data.code, data.mayHaveRun]).toEqual(['unreachable', undefined]);
  });

  it('that hangs is given up in time; who cancels does not take it from the others', async () => {
    const waiting: (() => void)[] = [];
    const node = await startNode((request, response, number, body) => {
      waiting.push(() => withLogin(realm)(request, response, number, body));
      if (realm.logins.length > 0 || !request.url?.endsWith('/access/ticket')) waiting.at(-1)?.();
    });
    const auth = ticketAuth({ username: 'alice@pve', password: secret });
    const { send } = connect([node.url], { auth, limits: { headersMs: 2_000 } });
    const abort = new AbortController();
    const [cancelled, late, patient] = [
      failure(send(version, { signal: abort.signal })),
      failure(send(write('POST'), { timeoutMs: 100 })),
      send(version),
    ];
    await expect.poll(() => waiting.length).toBe(1);
    abort.abort();
    expect((await cancelled).data).toMatchObject({ code: 'cancelled', request: 'GET /version' });
    const { data } = await late;
    expect([data.code, data.mayHaveRun]).toEqual(['timeout', undefined]);
    waiting[0]?.();
    expect(await patient).toEqual({ data: 'fine' });
    expect(realm.logins).toHaveLength(1);
  });
});

describe('a login that PVE refuses', () => {
  it('is not tried again until it is said so', async () => {
    const { send, nodes, auth } = await start({ password: `${secret}-wrong` });
    const errors = await Promise.all([failure(send(version)), failure(send(write('POST')))]);
    errors.push(await failure(send(version)));
    for (const { data } of errors) {
      expect(data).toMatchObject({
        code: 'unauthenticated',
        message: 'PVE did not accept the login of alice@pve',
        hint: expect.stringContaining('It is not tried again by itself'),
        reason: ['authentication failure'],
      });
    }
    expect(nodes[0]?.seen).toHaveLength(1);
    auth.reset();
    await failure(send(version));
    expect(nodes[0]?.seen).toHaveLength(2);
  });

  it('is not tried at another node', async () => {
    const { send, nodes } = await start({ password: 'wrong', nodes: 2 });
    expect((await failure(send(version))).code).toBe('unauthenticated');
    expect(nodes.map(({ seen }) => seen.length)).toEqual([1, 0]);
  });

  it('says nothing of password or ticket', async () => {
    const { send } = await start({
      answer: (_request, response) => response.writeHead(403, 'Permission check failed (/vms/101, VM.PowerMgmt)').end(),
    });
    const error = await failure(send(write('POST')));
    expect(JSON.stringify(error)).not.toContain('PVEAuthCookie');
    expect(error.data).toMatchObject({
      message: 'VM 101 on pve1: the privilege VM.PowerMgmt on /vms/101 is missing',
      hint: expect.stringMatching(/pveum acl modify \/vms\/101 --users 'alice@pve' --roles ROLE_WITH_VM\.PowerMgmt$/),
    });
  });
});
