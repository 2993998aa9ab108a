import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { tokenAuth } from '../../src/pve/auth.ts';
import { createTransport } from '../../src/pve/transport.ts';
import { lookAtCertificate, type Trust } from '../../src/pve/trust.ts';
import { makeIdentity, record, serve, serveTcp } from '../support/https-server.ts';
import { closeAll, closeLater, failure, secret, version } from '../support/pve-node.ts';

const mine = makeIdentity();
const other = makeIdentity();

afterEach(closeAll);

const connectTo = (url: string, trust: Trust) =>
  closeLater(
    createTransport({
      endpoints: [{ url, trust }],
      auth: tokenAuth('root@pam!vscode', secret),
      limits: { connectMs: 2_000, headersMs: 400 },
    }),
  );

const pinned = (...sha256: string[]): Trust => ({ kind: 'pin', sha256 });
const answering = () => serve(mine, (_request, response) => response.end('{"data":{"version":"9.2.11"}}'));

describe('a pinned certificate', () => {
  it('G17: no byte of the token is sent before the pin is checked', async () => {
    const listener = closeLater(await record(mine));
    const transport = connectTo(listener.url, pinned(other.fingerprint));
    const read = await failure(transport.send(version));
    const write = await failure(
      transport.send({ method: 'POST', path: ['nodes', 'pve1', 'status'], params: { command: 'reboot' } }),
    );
    await listener.idle();
    expect(listener.connections()).toBe(2);
    expect(Buffer.concat(listener.received)).toHaveLength(0);
    expect(read.code).toBe('certificate');
    expect(write.data.mayHaveRun).toBeUndefined();
  });

  it('the recording listener does see the token when the pin is right', async () => {
    const listener = closeLater(await record(mine));
    expect((await failure(connectTo(listener.url, pinned(mine.fingerprint)).send(version))).code).toBe('timeout');
    expect(Buffer.concat(listener.received).toString()).toContain(`PVEAPIToken=root@pam!vscode=${secret}`);
  });

  it('G17: with a leaf pin, name, issuer and validity do not count', async () => {
    const longAgo = makeIdentity(Date.now() - 1_000 * 86_400_000);
    const server = closeLater(await serve(longAgo, (_request, response) => response.end('{"data":1}')));
    const { port } = server;
    await expect(connectTo(`https://localhost:${port}`, pinned(longAgo.fingerprint)).send(version)).resolves.toEqual({
      data: 1,
    });
    const verified = await failure(connectTo(server.url, { kind: 'ca', pem: longAgo.ca }).send(version));
    expect(verified.data).toMatchObject({
      code: 'certificate',
      message: `The certificate of 127.0.0.1:${port} is not trusted: it has expired`,
    });
  });

  it('may be one of several', async () => {
    const server = closeLater(await answering());
    await expect(connectTo(server.url, pinned(other.fingerprint, mine.fingerprint)).send(version)).resolves.toEqual({
      data: { version: '9.2.11' },
    });
  });

  it('an empty list of pins trusts nothing', async () => {
    const listener = closeLater(await record(mine));
    expect((await failure(connectTo(listener.url, pinned()).send(version))).code).toBe('certificate');
    await listener.idle();
    expect(listener.received).toEqual([]);
  });

  it('G17: a certificate swapped under keep-alive is refused with both fingerprints', async () => {
    const before = await answering();
    const transport = connectTo(before.url, pinned(mine.fingerprint));
    await transport.send(version);
    await before.close();
    const after = closeLater(await record(other, before.port));
    const error = await failure(transport.send(version));
    await after.idle();
    expect(error.code).toBe('certificate');
    expect(error.message).toBe(
      `127.0.0.1:${before.port} shows the certificate ${other.fingerprint}, not the trusted ${mine.fingerprint}`,
    );
    expect(after.received).toEqual([]);
  });

  it('G17: sessions are not resumed, so each new connection is checked', async () => {
    const reused: boolean[] = [];
    const server = closeLater(
      await serve(mine, ({ socket }, response) => {
        reused.push(
          'isSessionReused' in socket && typeof socket.isSessionReused === 'function' ? socket.isSessionReused() : true,
        );
        response.setHeader('connection', 'close').end('{"data":1}');
      }),
    );
    const transport = connectTo(server.url, pinned(mine.fingerprint));
    for (let times = 0; times < 3; times += 1) await transport.send(version);
    expect([server.connections(), reused]).toEqual([3, [false, false, false]]);
  });
});

describe('a certificate authority', () => {
  it('given as PEM is enough for its certificates and for no others', async () => {
    const server = closeLater(await answering());
    await expect(connectTo(server.url, { kind: 'ca', pem: mine.ca }).send(version)).resolves.toBeDefined();
    const error = await failure(connectTo(server.url, { kind: 'ca', pem: other.ca }).send(version));
    expect(error.code).toBe('certificate');
  });

  it('that this computer does not know is named as the problem', async () => {
    const listener = closeLater(await record(mine));
    const error = await failure(connectTo(listener.url, { kind: 'system' }).send(version));
    await listener.idle();
    expect(error.data).toMatchObject({
      code: 'certificate',
      message: expect.stringContaining('an authority that this computer does not know'),
    });
    expect(listener.received).toEqual([]);
  });
});

describe('an environment that switches verification off', () => {
  let folder = '';
  let script = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pve-trust-'));
    script = join(folder, 'child.cjs');
    const contents = `
      import { tokenAuth } from './src/pve/auth.ts';
      import { createTransport } from './src/pve/transport.ts';
      const [url, trust] = process.argv.slice(2);
      const transport = createTransport({ endpoints: [{ url, trust: JSON.parse(trust) }], auth: tokenAuth('root@pam!vscode', '${secret}') });
      transport.send({ method: 'GET', path: ['version'] })
        .then(() => 'answered', (error) => error.code ?? String(error))
        .then(async (result) => { console.log(result); await transport.close(); });`;
    const stdin = { contents, resolveDir: resolve(import.meta.dirname, '../..'), loader: 'ts' } as const;
    await build({
      stdin,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      outfile: script,
      logLevel: 'error',
    });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function inChild(url: string, trust: Trust, more: Readonly<Record<string, string>> = {}): Promise<string> {
    const env = { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1', ...more };
    const child = spawn(process.execPath, [script, url, JSON.stringify(trust)], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    await once(child, 'close');
    return output.trim();
  }

  it.each<[string, Trust, string]>([
    ['system', { kind: 'system' }, 'certificate'],
    ['foreign CA', { kind: 'ca', pem: other.ca }, 'certificate'],
    ['wrong pin', pinned(other.fingerprint), 'certificate'],
  ])('G17: NODE_TLS_REJECT_UNAUTHORIZED=0 changes nothing for trust by %s', async (_name, trust, expected) => {
    const listener = closeLater(await record(mine));
    expect(await inChild(listener.url, trust)).toBe(expected);
    await listener.idle();
    expect(listener.connections()).toBe(1);
    expect(listener.received).toEqual([]);
  });

  it('an authority that this computer was given is enough', async () => {
    const server = closeLater(await answering());
    const file = join(folder, 'company.pem');
    await writeFile(file, mine.ca);
    const given = { NODE_EXTRA_CA_CERTS: file };
    expect(await inChild(server.url, { kind: 'system' }, given)).toBe('answered');
    expect(await inChild(server.url, { kind: 'ca', pem: other.ca }, given)).toBe('certificate');
  });

  it('the child does get through with the right pin', async () => {
    const server = closeLater(await answering());
    expect(await inChild(server.url, pinned(mine.fingerprint))).toBe('answered');
  });
});

describe('a look at the certificate', () => {
  it('shows what a person compares, and sends nothing but the handshake', async () => {
    const listener = closeLater(await record(mine));
    const info = await lookAtCertificate(listener.url);
    await listener.idle();
    expect(info).toMatchObject({
      trusted: false,
      problem: 'it is signed by an authority that this computer does not know',
      sha256: mine.fingerprint,
      subject: expect.stringContaining('CN=pve1.demo.local'),
      issuer: expect.stringContaining('PVE Cluster Manager CA'),
    });
    expect(Date.parse(info.validTo) - Date.parse(info.validFrom)).toBe(731 * 86_400_000);
    expect(listener.received).toEqual([]);
  });

  it('fails clearly where there is nothing, nothing in time, or something else', async () => {
    const gone = await serveTcp(() => {});
    await gone.close();
    expect((await failure(lookAtCertificate(gone.url))).data).toMatchObject({
      code: 'unreachable',
      message: `127.0.0.1:${gone.port} refused the connection`,
    });

    const silent = closeLater(await serveTcp(() => {}));
    expect((await failure(lookAtCertificate(silent.url, { timeoutMs: 100 }))).code).toBe('timeout');
    expect((await failure(lookAtCertificate(silent.url, { signal: AbortSignal.timeout(50) }))).code).toBe('cancelled');
    expect((await failure(lookAtCertificate(silent.url, { signal: AbortSignal.abort() }))).code).toBe('cancelled');

    const plain = closeLater(await serveTcp((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    expect((await failure(lookAtCertificate(plain.url))).code).toBe('not_proxmox');

    const closing = closeLater(await serveTcp((socket) => socket.destroy()));
    expect((await failure(lookAtCertificate(closing.url))).code).toBe('unreachable');
  });
});
