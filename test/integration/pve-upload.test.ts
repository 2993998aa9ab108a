import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { ticketAuth, tokenAuth } from '../../src/pve/auth.ts';
import { PveError } from '../../src/pve/error.ts';
import type { PveRequest } from '../../src/pve/request.ts';
import { createTransport } from '../../src/pve/transport.ts';
import { makeIdentity, record, serve } from '../support/https-server.ts';
import {
  closeAll,
  closeLater,
  connect,
  failure,
  type Handler,
  newRealm,
  node,
  secret,
  startNode,
  withLogin,
} from '../support/pve-node.ts';

afterEach(closeAll);

const mine = makeIdentity();
const other = makeIdentity();
const limits = { connectMs: 500, headersMs: 300, bodyMs: 300 };

/** The way to a server that reads only what its handler reads, for who trusts this certificate. */
async function wayTo(url: string, trusted = mine) {
  const trust = { kind: 'pin', sha256: [trusted.fingerprint] } as const;
  return closeLater(
    createTransport({ endpoints: [{ url, trust }], auth: tokenAuth('root@pam!vscode', secret), limits }),
  );
}
const lazy = async (handler: Handler) =>
  wayTo(closeLater(await serve(mine, (request, response) => handler(request, response, 1))).url);

const mebibyte = Buffer.alloc(1024 * 1024, 'x');

/** An upload of these pieces, and how often somebody has begun to read them. */
function upload(pieces: () => AsyncIterable<Uint8Array>, size: number): PveRequest & { begun: number } {
  const request = {
    begun: 0,
    method: 'POST' as const,
    path: ['nodes', 'pve1', 'storage', 'local', 'upload'],
    // In an order that Proxmox VE would not understand.
    params: { checksum: 'abc', 'checksum-algorithm': 'sha256', content: 'iso' },
    file: {
      name: 'debian-13.iso',
      size,
      stream: () => {
        request.begun += 1;
        return pieces();
      },
    },
  };
  return request;
}

async function* text(...pieces: readonly string[]): AsyncGenerator<Buffer> {
  for (const piece of pieces) yield Buffer.from(piece);
}

describe('a file that goes with a request', () => {
  it('stands at the end of a form, behind the fields in the order in which Proxmox VE looks for them', async () => {
    const it = await node((_request, response) => response.end('{"data":"UPID:x"}'));
    await expect(it.send(upload(() => text('one\r\n', 'two'), 8))).resolves.toEqual({ data: 'UPID:x' });
    const [{ line, headers, body } = { line: '', headers: {}, body: '' }] = it.seen;
    const boundary = /^multipart\/form-data; boundary=(\S+)$/.exec(headers['content-type'] ?? '')?.[1] ?? '?';
    expect(line).toBe('POST /api2/json/nodes/pve1/storage/local/upload');
    expect(body.replaceAll(boundary, 'BOUNDARY').split('\r\n')).toEqual([
      '--BOUNDARY',
      'Content-Disposition: form-data; name="content"',
      '',
      'iso',
      '--BOUNDARY',
      'Content-Disposition: form-data; name="checksum-algorithm"',
      '',
      'sha256',
      '--BOUNDARY',
      'Content-Disposition: form-data; name="checksum"',
      '',
      'abc',
      '--BOUNDARY',
      'Content-Disposition: form-data; name="filename"; filename="debian-13.iso"',
      'Content-Type: application/octet-stream',
      '',
      'one',
      'two',
      '--BOUNDARY--',
      '',
    ]);
    expect(headers['content-length']).toBe(String(Buffer.byteLength(body)));
    expect(headers['transfer-encoding']).toBeUndefined();
  });

  it.each(['a"b.iso', 'a\r\nb.iso'])('a name that would end the field early never leaves: %j', async (name) => {
    const it = await node((_request, response) => response.end('{"data":1}'));
    const file = { name, size: 1, stream: () => text('x') };
    await expect(it.send({ ...upload(() => text('x'), 1), file })).rejects.toThrow(TypeError);
    expect(it.seen).toEqual([]);
  });

  it('G17: no byte of it leaves before the pin is checked, and nobody has begun to read it', async () => {
    const listener = closeLater(await record(mine));
    const request = upload(() => text('x'), 1);
    const error = await failure((await wayTo(listener.url, other)).send(request));
    await listener.idle();
    expect([error.code, error.data.mayHaveRun, request.begun]).toEqual(['certificate', undefined, 0]);
    expect(listener.received).toEqual([]);
  });

  it('goes to the next endpoint, from its beginning, when the first cannot be reached', async () => {
    const gone = await startNode(() => {});
    await gone.server.close();
    const second = await startNode((_request, response) => response.end('{"data":"fine"}'));
    const transport = connect([gone.url, second.url]);
    const request = upload(() => text('whole'), 5);
    await expect(transport.send(request)).resolves.toEqual({ data: 'fine' });
    expect(second.seen[0]?.body).toContain('\r\n\r\nwhole\r\n--');
  });

  it('goes again from its beginning, with a new ticket, when the node has refused the old one', async () => {
    const realm = newRealm();
    const it = await startNode(withLogin(realm, (_request, response) => response.end('{"data":"fine"}')));
    const auth = ticketAuth({ username: 'alice@pve', password: secret });
    const transport = connect([it.url], { auth });
    await transport.send({ method: 'GET', path: ['version'] });
    realm.revoked = realm.issued;
    const request = upload(() => text('whole'), 5);
    await expect(transport.send(request)).resolves.toEqual({ data: 'fine' });
    const bodies = it.seen.filter(({ line }) => line.endsWith('/upload')).map(({ body }) => body.includes('whole'));
    expect([bodies, request.begun]).toEqual([[true, true], 2]);
  });

  it('takes as long as it takes while something moves', async () => {
    const it = await node((_request, response) => response.end('{"data":"fine"}'), limits);
    async function* slowly() {
      for (let piece = 0; piece < 15; piece += 1) {
        await sleep(100);
        yield Buffer.from('x');
      }
    }
    await expect(it.send(upload(slowly, 15))).resolves.toEqual({ data: 'fine' });
  });

  it('ends when the node takes no more of it', async () => {
    const transport = await lazy(() => {});
    async function* endless() {
      for (let piece = 0; piece < 64; piece += 1) yield mebibyte;
    }
    const error = await failure(transport.send(upload(endless, 64 * mebibyte.length)));
    expect(error.data).toMatchObject({ code: 'timeout', mayHaveRun: true });
  });

  it('that breaks off is never whole for the node, and its own error is told', async () => {
    let ended = '';
    const it = await node((_request, response) => response.end('{"data":"fine"}'));
    async function* changing() {
      yield Buffer.from('half');
      ended = 'read';
      throw new PveError({ code: 'changed', message: 'It was changed', hint: 'Look.', reason: [] });
    }
    const error = await failure(it.send(upload(changing, 8)));
    expect(error.data).toMatchObject({ code: 'changed', message: 'It was changed', mayHaveRun: true });
    expect(ended).toBe('read');
    // Only complete requests are answered, and there was none.
    expect(it.seen.map(({ body }) => body.endsWith('--\r\n'))).not.toContain(true);
  });

  it('is let go of when the call is cancelled', async () => {
    const transport = await lazy(() => {});
    const cancel = new AbortController();
    let isReading = false;
    async function* endless() {
      isReading = true;
      try {
        for (;;) {
          yield mebibyte;
          setImmediate(() => cancel.abort());
        }
      } finally {
        isReading = false;
      }
    }
    const error = await failure(transport.send(upload(endless, 2 ** 40), { signal: cancel.signal }));
    await sleep(20);
    expect([error.code, isReading]).toEqual(['cancelled', false]);
  });

  it('an answer that comes before its end is taken', async () => {
    const transport = await lazy((_request, response) =>
      response.writeHead(403, 'Permission check failed', { connection: 'close' }).end('{"data":null}'),
    );
    let isReading = true;
    async function* waiting() {
      try {
        for (;;) {
          yield Buffer.from('x');
          await sleep(5);
        }
      } finally {
        isReading = false;
      }
    }
    const error = await failure(transport.send(upload(waiting, 2 ** 40)));
    expect(error.data).toMatchObject({ status: 403, code: 'forbidden' });
    await expect.poll(() => isReading).toBe(false);
  });
});
