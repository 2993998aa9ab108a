import { createHmac } from 'node:crypto';
import { request } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Demo, type DemoParams, startDemo } from '../support/demo.ts';

let demo: Demo;

beforeAll(async () => {
  demo = await startDemo({ speed: 20, ticketSeconds: 5 });
});
afterAll(() => demo.stop());

interface Login {
  readonly ticket: string;
  readonly CSRFPreventionToken: string;
  readonly username: string;
  readonly NeedTFA?: number;
  readonly clustername?: string;
  readonly cap?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

const open = (params: DemoParams) => demo.request('POST', '/access/ticket', params, '');
const logIn = async (params: DemoParams = { username: demo.username, password: demo.password }): Promise<Login> => {
  const { status, data, reason } = await open(params);
  expect(`${status} ${reason}`).toBe('200 OK');
  return data as Login;
};

/** A request with a ticket instead of a token. */
function call(method: string, path: string, ticket: string, csrf?: string): Promise<string> {
  const cookie = `PVEAuthCookie=${encodeURIComponent(ticket)}`;
  const headers = { cookie, ...(csrf === undefined ? {} : { CSRFPreventionToken: csrf }) };
  return new Promise((done, failed) => {
    request(`${demo.url}/api2/json${path}`, { method, headers, rejectUnauthorized: false, agent: false })
      .on('response', (response) => {
        response.resume();
        done(`${response.statusCode} ${response.statusMessage}`);
      })
      .on('error', failed)
      .end();
  });
}

describe('login with a password', () => {
  it('opens reads with the ticket, and writes with the CSRF token beside it', async () => {
    const { ticket, CSRFPreventionToken, username, clustername, cap } = await logIn();
    expect([username, clustername]).toEqual([demo.username, 'demo']);
    expect(ticket).toMatch(/^PVE:demo@pve:[0-9A-F]{8}::.{40,}$/);
    expect(cap?.vms?.['VM.PowerMgmt']).toBe(1);
    expect(await call('GET', '/nodes', ticket)).toBe('200 OK');
    const write = '/nodes/pve1/qemu/105/status/stop';
    expect(await call('POST', write, ticket)).toBe('401 Permission denied - invalid csrf token');
    expect(await call('POST', write, ticket, 'wrong')).toBe('401 Permission denied - invalid csrf token');
    expect(await call('POST', write, ticket, CSRFPreventionToken)).toBe('200 OK');
  });

  it('takes the realm apart from the name', async () => {
    expect((await logIn({ username: 'demo', realm: 'pve', password: demo.password })).username).toBe('demo@pve');
  });

  it.each([
    ['a wrong password', () => ({ username: demo.username, password: 'wrong' })],
    ['an unknown user', () => ({ username: 'nobody@pve', password: demo.password })],
    ['another user’s ticket', () => ({ username: demo.readOnlyUsername, password: demo.password })],
  ])('tells nothing but "authentication failure" of %s, after a while', async (_, params) => {
    const begun = performance.now();
    const answered = await open(params());
    expect(answered).toMatchObject({ status: 401, reason: 'authentication failure', data: null });
    expect(answered.json).toEqual({ data: null, message: 'authentication failure\n' });
    expect(performance.now() - begun).toBeGreaterThan(140);
  });

  it('renews a ticket with itself until it ends', async () => {
    const first = await logIn();
    await new Promise((later) => setTimeout(later, 2700));
    const renewed = await logIn({ username: demo.username, password: first.ticket });
    await new Promise((later) => setTimeout(later, 2700));
    // The good one first: a refusal takes its time, and the renewed one ends soon too.
    expect(await call('GET', '/nodes', renewed.ticket)).toBe('200 OK');
    expect(await call('GET', '/nodes', first.ticket)).toBe('401 Authentication failed!');
    expect((await open({ username: demo.username, password: first.ticket })).status).toBe(401);
  });

  it('ends at once when it is told to', async () => {
    const { ticket } = await logIn();
    await demo.control({ ticket: 'expire' });
    expect(await call('GET', '/nodes', ticket)).toBe('401 Authentication failed!');
    expect((await demo.request('GET', '/nodes')).status).toBe(200);
  });

  it('asks nobody to log in for the realms', async () => {
    const { status, data } = await demo.request('GET', '/access/domains', {}, '');
    expect([status, data]).toEqual([200, expect.arrayContaining([expect.objectContaining({ realm: 'pam' })])]);
  });

  it('is refused to API tokens, as is what else needs a ticket', async () => {
    const needed = (path: string) =>
      `Permission check failed (URI '${path}' not available with API token, need proper ticket.`;
    const refused = async (method: string, path: string) => (await demo.request(method, path)).reason;
    expect(await refused('POST', '/access/ticket')).toBe(needed('/access/ticket'));
    expect(await refused('PUT', '/access/password')).toBe(needed('/access/password'));
    expect(await refused('POST', '/access/tfa/demo@pve')).toBe(needed('/access/tfa/demo@pve'));
  });
});

describe('login with a one-time password', () => {
  const user = () => ({ username: demo.totpUsername });

  it('gives a challenge first, and a ticket for the code, which is good once', async () => {
    const first = await logIn({ ...user(), password: demo.totpPassword });
    expect(first).toMatchObject({ NeedTFA: 1, ticket: expect.stringMatching(/^PVE:!tfa!%7B%22totp%22%3Atrue%7D:/) });
    expect(await call('GET', '/nodes', first.ticket)).toMatch(/^401 /);
    const answer = { ...user(), password: `totp:${code(demo.totpSecret)}`, 'tfa-challenge': first.ticket };
    const { ticket, ...rest } = await logIn(answer);
    expect(rest).not.toHaveProperty('NeedTFA');
    expect(await call('GET', '/nodes', ticket)).toBe('200 OK');
    expect((await open(answer)).status).toBe(401);
  });

  it('refuses a wrong code, a code without the challenge, and the challenge of another user', async () => {
    const { ticket } = await logIn({ ...user(), password: demo.totpPassword });
    const wrong = (code(demo.totpSecret, 5) === '000000' ? '000001' : '000000') as string;
    expect((await open({ ...user(), password: `totp:${wrong}`, 'tfa-challenge': ticket })).status).toBe(401);
    expect((await open({ ...user(), password: `totp:${code(demo.totpSecret, 1)}` })).status).toBe(401);
    const other = { username: demo.username, password: `totp:${code(demo.totpSecret, 1)}`, 'tfa-challenge': ticket };
    expect((await open(other)).status).toBe(401);
  });
});

// RFC 6238, written anew so that the demo's own is checked.
function code(secret: string, later = 0): string {
  const digits = [...secret].reduce(
    (number, digit) => number * 32n + BigInt('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(digit)),
    0n,
  );
  const key = Buffer.from(digits.toString(16).padStart(40, '0'), 'hex');
  const step = Buffer.alloc(8);
  step.writeBigInt64BE(BigInt(Math.floor(Date.now() / 30_000) + later));
  const hash = createHmac('sha1', key).update(step).digest();
  const at = hash.readUInt8(19) % 16;
  return String((hash.readUInt32BE(at) % 2 ** 31) % 1_000_000).padStart(6, '0');
}
