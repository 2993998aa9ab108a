import { afterEach, describe, expect, it } from 'vitest';
import type { TransportLimits } from '../../src/pve/transport.ts';
import { serveTcp } from '../support/https-server.ts';
import {
  closeAll,
  closeLater,
  connectTo,
  failure,
  type Handler,
  node,
  ok,
  version,
  write,
  writes,
} from '../support/pve-node.ts';

afterEach(closeAll);

describe('a lost connection', () => {
  const reset: Handler = ({ socket }) => socket.destroy();

  it('repeats a read once', async () => {
    const { send, seen } = await node((request, response, number) =>
      (number === 1 ? reset : ok)(request, response, number),
    );
    expect(await send(version)).toEqual({ data: 'fine' });
    expect(seen).toHaveLength(2);
  });

  it('repeats a read no more than once', async () => {
    const { send, seen } = await node(reset);
    expect((await failure(send(version))).data).toMatchObject({ code: 'unreachable', request: 'GET /version' });
    expect(seen).toHaveLength(2);
  });

  it.each(writes)('G3: never repeats a %s, and says that it may have run', async (method) => {
    const { send, seen } = await node(reset);
    const { data } = await failure(send(write(method)));
    expect(data).toMatchObject({
      code: 'unreachable',
      mayHaveRun: true,
      hint: expect.stringContaining('look at the task list'),
    });
    expect(seen).toHaveLength(1);
  });

  it('in the middle of an answer ends the call: a read is not repeated, a write may have run', async () => {
    const { send, seen } = await node((_request, response) => {
      response.writeHead(200, { 'content-length': 1_000 });
      response.write('{"data":"', () => response.socket?.destroy());
    });
    expect((await failure(send(version))).data).toMatchObject({ code: 'unreachable' });
    expect((await failure(send(write('POST')))).data).toMatchObject({ code: 'unreachable', mayHaveRun: true });
    expect(seen).toHaveLength(2);
  });

  it('before it stands means that a write has not run', async () => {
    const gone = await serveTcp(() => {});
    await gone.close();
    const refused = (await failure(connectTo(gone.url).send(write('POST')))).data;
    expect(refused).toMatchObject({ code: 'unreachable', message: `127.0.0.1:${gone.port} refused the connection` });
    expect(refused.mayHaveRun).toBeUndefined();

    const unknown = (await failure(connectTo('https://no-such-host.invalid:8006').send(write('POST')))).data;
    expect(unknown).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('no-such-host.invalid:8006'),
    });
    expect(unknown.mayHaveRun).toBeUndefined();

    const plain = await serveTcp((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    closeLater(plain);
    const noTls = (await failure(connectTo(plain.url).send(write('POST')))).data;
    expect([noTls.code, noTls.mayHaveRun]).toEqual(['not_proxmox', undefined]);
  });
});

describe('a node that hangs', () => {
  const hang: Handler = () => {};
  const drip: Handler = (_request, response) => {
    const timer = setInterval(() => response.write(' '), 20);
    response.once('close', () => clearInterval(timer));
  };
  const half: Handler = (_request, response) => void response.write('{"data":');

  it.each<[string, Handler, Partial<TransportLimits>]>([
    ['before its answer', hang, { headersMs: 150 }],
    ['within its answer', half, { bodyMs: 150 }],
    ['by sending ever so little', drip, { connectMs: 1_000, headersMs: 400, bodyMs: 200 }],
  ])('%s is given up within the limit, and the next call works', async (_name, handler, limits) => {
    let answer = handler;
    const { send } = await node((request, response, number) => answer(request, response, number), limits);
    const started = performance.now();
    const [read, written] = await Promise.all([failure(send(version)), failure(send(write('POST')))]);
    expect(performance.now() - started).toBeLessThan(4_000);
    expect([read.code, read.data.mayHaveRun]).toEqual(['timeout', undefined]);
    expect([written.code, written.data.mayHaveRun]).toEqual(['timeout', true]);
    answer = ok;
    expect(await send(version)).toEqual({ data: 'fine' });
  });

  it('is given up after the caller’s own time', async () => {
    const { send } = await node(hang);
    const error = await failure(send(version, { timeoutMs: 100 }));
    expect(error.data).toMatchObject({
      code: 'timeout',
      message: expect.stringMatching(/gave no complete answer within 0\.1 s$/),
    });
  });

  it('before TLS stands is given up, and a write has not run', async () => {
    const silent = await serveTcp(() => {});
    closeLater(silent);
    const { data } = await failure(connectTo(silent.url, { connectMs: 150 }).send(write('POST')));
    expect([data.code, data.mayHaveRun]).toEqual(['timeout', undefined]);
  });
});

describe('a cancelled call', () => {
  it('ends at once; a write that was sent may have run', async () => {
    const abort = new AbortController();
    const { send } = await node(() => abort.abort());
    const { data } = await failure(send(write('POST'), { signal: abort.signal }));
    expect(data).toMatchObject({ code: 'cancelled', mayHaveRun: true });
  });

  it('that waits for a free connection, or was never begun, sends nothing', async () => {
    const { send, seen, close } = await node(() => {});
    const busy = Array.from({ length: 6 }, () => failure(send(write('POST'))));
    const abort = new AbortController();
    const waiting = failure(send(write('POST'), { signal: abort.signal }));
    await expect.poll(() => seen.length).toBe(6);
    abort.abort();
    const never = failure(send(write('POST'), { signal: AbortSignal.abort() }));
    for (const error of [await waiting, await never])
      expect([error.code, error.data.mayHaveRun]).toEqual(['cancelled', undefined]);
    await close();
    for (const error of busy) expect((await error).data).toMatchObject({ code: 'cancelled', mayHaveRun: true });
    expect(seen).toHaveLength(6);
  });

  it('on a closed transport says so', async () => {
    const { send, close } = await node(ok);
    await close();
    expect((await failure(send(version))).code).toBe('cancelled');
  });
});

describe('connections', () => {
  it('are kept and used again', async () => {
    const { send, server } = await node(ok);
    for (let times = 0; times < 10; times += 1) await send(times % 2 === 0 ? version : write('POST'));
    // A connection rests for one turn of the event loop after an answer; two may take turns.
    expect(server.connections()).toBeLessThanOrEqual(2);
  });

  it('are at most six, however many calls there are', async () => {
    const { send, seen, server } = await node((request, response, number) =>
      setTimeout(() => ok(request, response, number), 5),
    );
    await Promise.all(Array.from({ length: 40 }, () => send(version)));
    expect([seen.length, server.connections()]).toEqual([40, 6]);
  });

  it('closed by PVE after an error do not harm the next write', async () => {
    const { send, server } = await node((request, response, number) => {
      if (number % 2 === 0) return ok(request, response, number);
      response.writeHead(500, 'VM is locked (backup)', { connection: 'close' }).end('{"data":null}');
    });
    for (let times = 0; times < 3; times += 1) {
      expect((await failure(send(write('POST')))).code).toBe('locked');
      expect(await send(write('POST'))).toEqual({ data: 'fine' });
    }
    expect(server.connections()).toBe(4);
  });

  it('closed by PVE while idle do not harm the next write', async () => {
    const { send, server } = await node((request, response, number) => {
      ok(request, response, number);
      setTimeout(() => request.socket.end(), 20);
    });
    for (let times = 1; times <= 3; times += 1) {
      expect(await send(write('POST'))).toEqual({ data: 'fine' });
      await server.idle();
    }
    expect(server.connections()).toBe(3);
  });

  it('are left before PVE closes them after 5 s', async () => {
    const closed: number[] = [];
    const { send, server } = await node((request, response, number) => {
      const answered = performance.now();
      request.socket.once('close', () => closed.push(performance.now() - answered));
      ok(request, response, number);
    });
    await send(version);
    await server.idle();
    expect(closed[0]).toBeLessThan(4_900);
  });
});
