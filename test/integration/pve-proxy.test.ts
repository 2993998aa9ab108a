import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { tokenAuth } from '../../src/pve/auth.ts';
import { createTransport, type TransportOptions } from '../../src/pve/transport.ts';
import { lookAtCertificate } from '../../src/pve/trust.ts';
import { makeIdentity, record, serve, serveProxy, serveTcp } from '../support/https-server.ts';
import { closeAll, closeLater, failure, secret, version, write } from '../support/pve-node.ts';

const mine = makeIdentity();
const other = makeIdentity();

afterEach(closeAll);

const startProxy = async (answer?: Parameters<typeof serveProxy>[0]) => closeLater(await serveProxy(answer));

const answering = async () => closeLater(await serve(mine, (_request, response) => response.end('{"data":"fine"}')));

const through = (url: string, proxy: TransportOptions['proxy'], fingerprint = mine.fingerprint) =>
  closeLater(
    createTransport({
      endpoints: [{ url, trust: { kind: 'pin', sha256: [fingerprint] } }],
      auth: tokenAuth('root@pam!vscode', secret),
      limits: { connectMs: 1_000, headersMs: 1_000 },
      proxy,
    }),
  );

describe('the way through a proxy', () => {
  it('carries everything inside TLS; the proxy learns host, port and its own login', async () => {
    const node = await answering();
    const proxy = await startProxy();
    const { send } = through(node.url, `http://me:p%40ss@${proxy.address}`);
    expect(await send(version)).toEqual({ data: 'fine' });
    expect(await send(write('POST'))).toEqual({ data: 'fine' });
    const login = Buffer.from('me:p@ss').toString('base64');
    expect(proxy.heads).toEqual(
      Array(proxy.heads.length).fill(
        `CONNECT 127.0.0.1:${node.port} HTTP/1.1\r\nHost: 127.0.0.1:${node.port}\r\nProxy-Authorization: Basic ${login}\r\n\r\n`,
      ),
    );
    const seen = Buffer.concat(proxy.through).toString('latin1');
    expect(seen.length).toBeGreaterThan(0);
    expect(seen).not.toContain(secret);
    expect(seen).not.toContain('PVEAPIToken');
  });

  it('G17: no byte of the token is sent before the pin is checked, there too', async () => {
    const thief = closeLater(await record(other));
    const proxy = await startProxy();
    expect((await failure(through(thief.url, `http://${proxy.address}`).send(write('POST')))).data).toMatchObject({
      code: 'certificate',
      message: expect.stringContaining(other.fingerprint),
    });
    expect(proxy.heads).toHaveLength(1);
    await thief.idle();
    expect(thief.received).toEqual([]);
  });

  it('is the way of a look at the certificate, too', async () => {
    const node = await answering();
    const proxy = await startProxy();
    expect(await lookAtCertificate(node.url, { proxy: proxy.address })).toMatchObject({ sha256: mine.fingerprint });
    expect(proxy.heads).toHaveLength(1);
  });

  it('is not taken to this computer when there are settings to choose by', async () => {
    const node = await answering();
    const proxy = await startProxy();
    const { send } = through(node.url, { proxy: `http://${proxy.address}`, noProxy: '' });
    expect(await send(version)).toEqual({ data: 'fine' });
    expect(proxy.heads).toEqual([]);
  });
});

describe('a proxy that does not do its work', () => {
  const says = (text: string) => (socket: Socket) => void socket.end(text);

  it.each<[string, ((socket: Socket) => void) | undefined, string, RegExp]>([
    [
      'wants a login',
      says('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'),
      'unreachable',
      /^The proxy 127\.0\.0\.1:\d+ wants a login$/,
    ],
    [
      'refuses',
      says('HTTP/1.1 403 Forbidden\r\nX: y\r\n\r\n<html>'),
      'unreachable',
      /does not connect to 127\.0\.0\.1:1 \(403 Forbidden\)$/,
    ],
    [
      'speaks something else',
      says('SSH-2.0-OpenSSH_9.2\r\n\r\n'),
      'unreachable',
      /does not connect to 127\.0\.0\.1:1 \(no HTTP\)$/,
    ],
    [
      'talks without end',
      (socket) => void socket.write(`HTTP/1.1 200 OK\r\nX: ${'y'.repeat(40_000)}`),
      'unreachable',
      /does not answer as a proxy$/,
    ],
    ['closes', (socket) => void socket.end(), 'unreachable', /cannot be reached or does not answer as a proxy$/],
    ['resets', (socket) => void socket.resetAndDestroy(), 'unreachable', /does not answer as a proxy \(ECONNRESET\)$/],
    ['hangs', () => {}, 'timeout', /^No connection to 127\.0\.0\.1:1 came about in time$/],
  ])('%s: told as its fault, without its login, and a write has not run', async (_name, answer, code, message) => {
    const proxy = await startProxy(answer);
    const { data } = await failure(
      through('https://127.0.0.1:1', `http://me:${secret}@${proxy.address}`).send(write('POST')),
    );
    expect([data.code, data.mayHaveRun]).toEqual([code, undefined]);
    expect(data.message).toMatch(message);
    expect(data.hint).not.toBe('');
  });

  it('is not there', async () => {
    const gone = await serveTcp(() => {});
    await gone.close();
    const { data } = await failure(through('https://127.0.0.1:1', `http://127.0.0.1:${gone.port}`).send(version));
    expect(data).toMatchObject({
      code: 'unreachable',
      message: `The proxy 127.0.0.1:${gone.port} cannot be reached or does not answer as a proxy (ECONNREFUSED)`,
      hint: expect.stringContaining('NO_PROXY'),
    });
  });

  it('has no address: told before anything is connected', async () => {
    expect((await failure(through('https://127.0.0.1:1', 'socks5://127.0.0.1:1').send(version))).code).toBe(
      'invalid_argument',
    );
  });

  it('G17: https, and its certificate is not trusted: it gets nothing but the handshake', async () => {
    const proxy = closeLater(await record(other));
    const { data } = await failure(
      through('https://127.0.0.1:1', `https://me:${secret}@127.0.0.1:${proxy.port}`).send(version),
    );
    expect(data).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
    });
    await proxy.idle();
    expect(proxy.received).toEqual([]);
  });
});
