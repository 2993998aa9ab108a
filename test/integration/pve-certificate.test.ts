import { X509Certificate } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { ticketAuth, tokenAuth } from '../../src/pve/auth.ts';
import { createTransport } from '../../src/pve/transport.ts';
import { lookAtCertificate, type Trust } from '../../src/pve/trust.ts';
import { type Identity, makeIdentities, makeIdentity, record, serve, serveProxy } from '../support/https-server.ts';
import { closeAll, closeLater, failure, secret, version, write } from '../support/pve-node.ts';

const [mine, renewed] = makeIdentities();
const other = makeIdentity();
const longAgo = makeIdentity(Date.now() - 1_000 * 86_400_000);
const notYet = makeIdentity(Date.now() + 10 * 86_400_000);
const caOf = ({ ca }: Identity) => new X509Certificate(ca).fingerprint256;

afterEach(closeAll);

/** A name that nobody knows here: only the proxy finds the way. */
const alias = (port: number) => `https://pve.alias.invalid:${port}`;

const connectTo = (url: string, trust: Trust, proxy?: string) => connectAll([url], trust, proxy);

const connectAll = (urls: readonly string[], trust: Trust, proxy?: string) =>
  closeLater(
    createTransport({
      endpoints: urls.map((url) => ({ url, trust })),
      auth: tokenAuth('root@pam!vscode', secret),
      limits: { connectMs: 2_000, headersMs: 400 },
      proxy,
    }),
  );

const answering = async (identity: Identity, port = 0) =>
  closeLater(await serve(identity, (_request, response) => response.end('{"data":"fine"}'), port));

/** What a listener with this certificate is told, and that it got nothing else. */
async function refusalOf(shown: Identity, trust: Trust) {
  const listener = closeLater(await record(shown));
  const { data } = await failure(connectTo(listener.url, trust).send(version));
  await listener.idle();
  expect(listener.received).toEqual([]);
  return data;
}

describe('a certificate that is not the pinned one', () => {
  const pin = (ca?: string): Trust => ({
    kind: 'pin',
    sha256: [mine.fingerprint],
    ...(ca === undefined ? {} : { ca }),
  });

  it('G17: renewed by the same CA is refused too, but calmly', async () => {
    const data = await refusalOf(renewed, pin(mine.ca));
    expect(data).toMatchObject({
      code: 'certificate',
      message: expect.stringMatching(/ was renewed by the same cluster CA: it is .* now, no longer the trusted /),
      hint: expect.stringContaining('Healthy clusters do this'),
      certificate: { shown: renewed.fingerprint, trusted: [mine.fingerprint], change: 'same-ca' },
    });
    expect(data.message).toContain(renewed.fingerprint);
    expect(data.message).toContain(mine.fingerprint);
  });

  it('G17: issued by somebody else is alarming', async () => {
    expect(await refusalOf(other, pin(mine.ca))).toMatchObject({
      code: 'certificate',
      message: expect.stringMatching(/^Somebody else may be answering for 127\.0\.0\.1:/),
      hint: expect.stringMatching(/^Do not continue, and give no password or token/),
      certificate: { shown: other.fingerprint, trusted: [mine.fingerprint], change: 'other-issuer' },
    });
  });

  it('is neither calm nor alarming when nothing is known of its CA', async () => {
    expect(await refusalOf(renewed, pin())).toMatchObject({
      message: expect.stringContaining(
        `shows the certificate ${renewed.fingerprint}, not the trusted ${mine.fingerprint}`,
      ),
      certificate: { change: 'unknown' },
    });
  });

  it('G17: gets no byte of a password either', async () => {
    const listener = closeLater(await record(other));
    const auth = ticketAuth({ username: 'alice@pve', password: secret });
    const endpoints = [{ url: listener.url, trust: pin(mine.ca) }];
    const { send } = closeLater(createTransport({ endpoints, auth }));
    expect((await failure(send(version))).code).toBe('certificate');
    await listener.idle();
    expect([listener.connections(), listener.received]).toEqual([1, []]);
  });

  it('G17: a CA that is kept for comparing accepts nothing', async () => {
    expect((await refusalOf(mine, { kind: 'pin', sha256: [], ca: mine.ca })).code).toBe('certificate');
  });

  it('G17: swapped under keep-alive by a renewal and by a stranger: each is told as what it is', async () => {
    const before = await serve(mine, (_request, response) => response.end('{"data":"fine"}'));
    const transport = connectTo(before.url, pin(mine.ca));
    await transport.send(version);
    await before.close();
    for (const [identity, change] of [
      [renewed, 'same-ca'],
      [other, 'other-issuer'],
    ] as const) {
      const after = await record(identity, before.port);
      expect((await failure(transport.send(version))).data.certificate).toMatchObject({
        shown: identity.fingerprint,
        change,
      });
      await after.idle();
      expect(after.received).toEqual([]);
      await after.close();
    }
    await answering(mine, before.port);
    expect(await transport.send(version)).toEqual({ data: 'fine' });
  });
});

describe('a trusted CA', () => {
  const ca: Trust = { kind: 'ca', pem: mine.ca };

  it('goes on through renewals', async () => {
    for (const identity of [mine, renewed]) {
      const { url } = await answering(identity);
      await expect(connectTo(url, ca).send(version)).resolves.toEqual({ data: 'fine' });
    }
  });

  it('G17: that did not issue what is shown is alarming, whatever else is wrong with that', async () => {
    for (const identity of [other, longAgo]) {
      expect(await refusalOf(identity, ca)).toMatchObject({
        code: 'certificate',
        message: expect.stringMatching(/^Somebody else may be answering/),
        certificate: { shown: identity.fingerprint, trusted: [caOf(mine)], change: 'other-issuer' },
      });
    }
  });

  it('G17: holds for any name only when that was agreed to, and for no other issuer then', async () => {
    const { port } = await answering(mine);
    const { address } = closeLater(await serveProxy());
    const { data } = await failure(connectTo(alias(port), ca, address).send(version));
    expect(data).toMatchObject({
      code: 'certificate',
      message: expect.stringContaining('it was made for another host name'),
    });
    expect(data.certificate).toBeUndefined();
    await expect(connectTo(alias(port), { ...ca, anyName: true }, address).send(version)).resolves.toEqual({
      data: 'fine',
    });
    expect((await refusalOf(other, { ...ca, anyName: true })).certificate?.change).toBe('other-issuer');
    expect((await refusalOf(longAgo, { kind: 'ca', pem: longAgo.ca, anyName: true })).message).toContain(
      'it has expired',
    );
  });

  it.each([
    [longAgo, 'it has expired'],
    [notYet, 'it is not valid yet'],
  ])('and a wrong clock: %#', async (identity, problem) => {
    const data = await refusalOf(identity, { kind: 'ca', pem: identity.ca });
    expect(data).toMatchObject({
      code: 'certificate',
      message: expect.stringContaining(problem),
      hint: expect.stringMatching(/^Check date and time of this computer and of the node/),
    });
    expect(data.certificate).toBeUndefined();
  });

  it('that is no certificate is refused before anything is connected', () => {
    expect(() => connectTo('https://127.0.0.1:1', { kind: 'ca', pem: 'garbage' })).toThrow(
      expect.objectContaining({ code: 'invalid_argument' }),
    );
  });
});

describe('a look with a CA in mind', () => {
  it('tells whether that CA vouches for it, and whether only the name is wrong', async () => {
    const { url, port } = await answering(mine);
    expect(await lookAtCertificate(url)).toMatchObject({ trusted: false });
    expect(await lookAtCertificate(url, { ca: mine.ca })).toMatchObject({ trusted: true, sha256: mine.fingerprint });
    expect(await lookAtCertificate(url, { ca: other.ca })).toMatchObject({ trusted: false });
    const { address } = closeLater(await serveProxy());
    const info = await lookAtCertificate(alias(port), { ca: mine.ca, proxy: address });
    expect(info).toMatchObject({ trusted: false, wrongName: true, problem: 'it was made for another host name' });
    expect(new X509Certificate(info.pem).fingerprint256).toBe(mine.fingerprint);
  });
});

describe('a certificate that changed on one of several endpoints', () => {
  const pinned: Trust = { kind: 'pin', sha256: [mine.fingerprint], ca: mine.ca };

  it('G17: is passed over by reads, stops writes, is told, and gets not a byte', async () => {
    const thief = closeLater(await record(other));
    const node = closeLater(await serve(mine, (_request, response) => response.end('{"data":"fine"}')));
    const { send, endpoints } = connectAll([thief.url, node.url], pinned);
    expect((await failure(send(write('POST')))).data).toMatchObject({
      code: 'certificate',
      certificate: { change: 'other-issuer' },
    });
    expect(node.connections()).toBe(0);
    expect(await send(version)).toEqual({ data: 'fine' });
    expect(endpoints()[0]?.fault).toMatchObject({
      code: 'certificate',
      certificate: { shown: other.fingerprint, change: 'other-issuer' },
    });
    await node.close();
    expect((await failure(send(version))).code).toBe('certificate');
    await thief.idle();
    expect(thief.received).toEqual([]);
  });

  it('G17: is noticed when the other endpoint has to be used', async () => {
    const node = await serve(mine, (_request, response) => response.end('{"data":"fine"}'));
    const thief = closeLater(await record(other));
    const { send } = connectAll([node.url, thief.url], pinned);
    await send(version);
    await node.close();
    for (const request of [version, write('POST')]) {
      const { data } = await failure(send(request));
      expect([data.code, data.mayHaveRun]).toEqual(['certificate', undefined]);
    }
    await thief.idle();
    expect(thief.received).toEqual([]);
  });

  it('G17: is told at its most alarming when no endpoint can be used', async () => {
    const nodes = await Promise.all([renewed, other].map((identity) => answering(identity)));
    const { send } = connectAll(
      nodes.map(({ url }) => url),
      pinned,
    );
    expect((await failure(send(version))).data.certificate).toMatchObject({
      shown: other.fingerprint,
      change: 'other-issuer',
    });
  });
});
