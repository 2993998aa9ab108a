import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { connect } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Demo, startDemo } from '../support/demo.ts';

let demo: Demo;

beforeAll(async () => {
  demo = await startDemo({ speed: 20, endpoints: 3 });
});
afterEach(() => demo.control({ fault: 'none' }));
afterAll(() => demo.stop());

/** A GET at an endpoint; an `Error` where no whole answer came. */
async function ask(path: string, node = 'pve1'): Promise<{ status: number; reason: string; body: string } | Error> {
  const { url } = demo.endpoints.find((endpoint) => endpoint.node === node) ?? demo;
  const signal = AbortSignal.timeout(500);
  const headers = { authorization: `PVEAPIToken=${demo.tokenId}=${demo.tokenSecret}` };
  const options = { headers, rejectUnauthorized: false, agent: false, signal };
  try {
    const response = await new Promise<IncomingMessage>((done, failed) => {
      request(`${url}/api2/json${path}`, options).on('response', done).on('error', failed).end();
    });
    let body = '';
    for await (const piece of response.setEncoding('utf8')) {
      body += piece;
      if (body.length > 4_000_000) return new Error('too much');
    }
    return { status: response.statusCode ?? 0, reason: response.statusMessage ?? '', body };
  } catch (error) {
    return signal.aborted ? new Error('timed out') : (error as Error);
  }
}

describe('endpoints', () => {
  it('each show the certificate of their own node, signed by the one CA', async () => {
    expect(demo.endpoints.map(({ node }) => node)).toEqual(['pve1', 'pve2', 'pve3']);
    expect(new Set(demo.endpoints.map(({ fingerprint }) => fingerprint)).size).toBe(3);
    for (const { url, fingerprint } of demo.endpoints) {
      expect(await handshake(url, demo.ca)).toEqual({ authorized: true, fingerprint });
    }
  });

  it('each answer as their own node', async () => {
    const data = (await ask('/cluster/status', 'pve2')) as { body: string };
    expect(JSON.parse(data.body).data).toContainEqual(expect.objectContaining({ name: 'pve2', local: 1 }));
  });

  it('take the tickets of each other', async () => {
    const params = { username: demo.username, password: demo.password };
    const { ticket } = (await demo.request('POST', '/access/ticket', params, '')).data as { ticket: string };
    const url = `${demo.endpoints[2]?.url}/api2/json/version`;
    const headers = { cookie: `PVEAuthCookie=${ticket}` };
    const [response] = await once(request(url, { headers, rejectUnauthorized: false, agent: false }).end(), 'response');
    response.resume();
    expect(response.statusCode).toBe(200);
  });

  it('show renewed certificates of the same CA, or all of another one, to new connections', async () => {
    const before = demo.endpoints[0];
    const renewed = await demo.control({ certificate: 'new' });
    const [first] = renewed.endpoints as Demo['endpoints'];
    expect(first?.fingerprint).not.toBe(before?.fingerprint);
    expect(await handshake(demo.url, demo.ca)).toEqual({ authorized: true, fingerprint: first?.fingerprint });
    const { ca, endpoints } = await demo.control({ certificate: 'other-ca' });
    expect((await handshake(demo.url, demo.ca)).authorized).toBe(false);
    const swapped = (endpoints as Demo['endpoints'])[0]?.fingerprint;
    expect(await handshake(demo.url, String(ca))).toEqual({ authorized: true, fingerprint: swapped });
    const shown = (await demo.request('GET', '/nodes')).data;
    expect(shown).toContainEqual(expect.objectContaining({ node: 'pve1', ssl_fingerprint: swapped }));
  });
});

describe('a node that is offline', () => {
  it('is refused at its endpoint, answered 595 for by the others, and comes back', async () => {
    await demo.control({ node: 'pve2', offline: true });
    expect(await ask('/version', 'pve2')).toMatchObject({ code: 'ECONNREFUSED' });
    for (const path of ['/status', '/qemu', '/qemu/101/config', '/tasks']) {
      expect(await ask(`/nodes/pve2${path}`)).toEqual({ status: 595, reason: 'No route to host', body: '' });
    }
    const resources = async () => (await demo.request('GET', '/cluster/resources')).data;
    expect(await resources()).toContainEqual(expect.objectContaining({ id: 'qemu/101', status: 'running' }));
    const node = (await demo.request('GET', '/nodes')).data;
    const [, shown] = node as Record<string, unknown>[];
    expect(Object.keys(shown ?? {}).sort()).toEqual(
      ['id', 'level', 'maxcpu', 'maxdisk', 'maxmem', 'node', 'ssl_fingerprint', 'status', 'type'].sort(),
    );
    await expect.poll(resources, { timeout: 3000 }).toContainEqual({
      id: 'qemu/101',
      type: 'qemu',
      vmid: 101,
      node: 'pve2',
      status: 'unknown',
      tags: 'prod;web',
      pool: 'production',
    });
    await demo.control({ node: 'pve2', offline: false });
    expect(await ask('/version', 'pve2')).toMatchObject({ status: 200 });
    expect(await ask('/nodes/pve2/qemu/101/config')).toMatchObject({ status: 200 });
  });
});

describe('faults', () => {
  it.each([
    ['hang', { message: 'timed out' }],
    ['slow', { message: 'timed out' }],
    ['reset', { code: 'ECONNRESET' }],
    ['cut', { code: 'ECONNRESET' }],
    ['oversized', { message: 'too much' }],
    ['html', { status: 200, body: expect.stringContaining('<html>') }],
    ['595', { status: 595, body: '' }],
    ['500 got no worker', { status: 500, reason: 'got no worker', body: '{"data":null,"message":"got no worker\\n"}' }],
  ])('%s meets as many requests as asked for, and only where asked', async (fault, met) => {
    await demo.control({ fault, path: '/cluster/status', node: 'pve1', times: 2 });
    expect(await ask('/version')).toMatchObject({ status: 200 });
    expect(await ask('/cluster/status', 'pve3')).toMatchObject({ status: 200 });
    expect(await ask('/cluster/status')).toMatchObject(met);
    expect(await ask('/cluster/status')).toMatchObject(met);
    expect(await ask('/cluster/status')).toMatchObject({ status: 200 });
  });

  it('lose the answer of a write that was carried out, or not', async () => {
    const start = () => demo.request('POST', '/nodes/pve1/qemu/105/status/start');
    const begun = async () =>
      ((await demo.request('GET', '/nodes/pve1/tasks', { vmid: 105, source: 'all' })).data as unknown[]).length;
    await demo.control({ fault: 'reset', method: 'POST' });
    await expect(start()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(await begun()).toBe(0);
    await demo.control({ fault: 'reset', method: 'POST', performed: true });
    await expect(start()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(await begun()).toBe(1);
  });

  it('include latency', async () => {
    await demo.control({ latencyMs: 150 });
    const begun = performance.now();
    await ask('/version');
    expect(performance.now() - begun).toBeGreaterThan(145);
    await demo.control({ latencyMs: 0 });
  });

  it('are refused when they are not known', async () => {
    await expect(demo.control({ fault: 'fire' })).rejects.toThrow("unknown fault 'fire'");
    await expect(demo.control({ node: 'pve9', offline: true })).rejects.toThrow("no node 'pve9'");
    await expect(demo.control({ nonsense: 1 })).rejects.toThrow('unknown order');
  });
});

async function handshake(url: string, ca: string): Promise<{ authorized: boolean; fingerprint: string }> {
  const socket = connect({ port: Number(new URL(url).port), host: 'localhost', ca, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { authorized } = socket;
  const fingerprint = socket.getPeerCertificate().fingerprint256;
  socket.destroy();
  return { authorized, fingerprint };
}
