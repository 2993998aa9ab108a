import { describe, expect, it } from 'vitest';
import { PveError } from '../../../src/pve/error.ts';
import { sharedReads } from '../../../src/pve/reads.ts';
import {
  type PveReply,
  type PveRequest,
  type Send,
  type SendOptions,
  schemaRequest,
} from '../../../src/pve/request.ts';
import { fakeClock } from '../../support/clock.ts';

const read: PveRequest = { method: 'GET', path: ['cluster', 'resources'], params: { type: 'vm', x: 1 } };
const write: PveRequest = { method: 'POST', path: ['nodes', 'pve1', 'qemu', '101', 'status', 'start'] };

/** A cluster whose answers the test gives, one by one. */
function setUp(ttlMs?: number) {
  const clock = fakeClock();
  const asked: { request: PveRequest; options: SendOptions; answer(data: unknown): void; fail(error: Error): void }[] =
    [];
  const raw: Send = (request, options = {}) =>
    new Promise<PveReply>((resolve, reject) => {
      asked.push({ request, options, answer: (data) => resolve({ data }), fail: reject });
      options.signal?.addEventListener('abort', () => reject(options.signal?.reason));
    });
  return { clock, asked, send: sharedReads(raw, ttlMs === undefined ? { clock } : { clock, ttlMs }) };
}

describe('identical reads', () => {
  it('that are under way at the same time are one', async () => {
    const { send, asked } = setUp();
    const sameInOtherOrder = { ...read, params: { x: 1, type: 'vm' } };
    const replies = Promise.all([send(read), send(sameInOtherOrder), send(read)]);
    expect(asked).toHaveLength(1);
    asked[0]?.answer('all');
    expect(await replies).toEqual(Array(3).fill({ data: 'all' }));
  });

  it('of what is looked at until it changes are asked each time', () => {
    const { send, asked } = setUp();
    for (const path of [
      ['nodes', 'pve1', 'tasks', 'UPID:x', 'status'],
      ['nodes', 'pve1', 'qemu', '101', 'status', 'current'],
      // Nor are its megabytes kept here.
      schemaRequest.path,
    ]) {
      void send({ method: 'GET', path });
      void send({ method: 'GET', path });
    }
    expect(asked).toHaveLength(6);
  });

  it('are told from others by path, parameters and time limit', () => {
    const { send, asked } = setUp();
    void send(read);
    void send({ ...read, params: { type: 'node' } });
    void send({ ...read, path: ['cluster', 'tasks'] });
    void send(read, { timeoutMs: 5 });
    expect(asked).toHaveLength(4);
    expect(asked[3]?.options.timeoutMs).toBe(5);
  });

  it('get the same answer for a second, and no longer', async () => {
    const { send, asked, clock } = setUp();
    const first = send(read);
    asked[0]?.answer('old');
    await first;
    clock.advance(999);
    expect(await send(read)).toEqual({ data: 'old' });
    clock.advance(1);
    const second = send(read);
    asked[1]?.answer('new');
    expect(await second).toEqual({ data: 'new' });
  });

  it('share an error, which the next does not get', async () => {
    const { send, asked } = setUp();
    const both = [send(read), send(read)];
    asked[0]?.fail(new PveError({ code: 'timeout', message: 'slow', hint: '', reason: [] }));
    for (const one of both) await expect(one).rejects.toMatchObject({ code: 'timeout' });
    const next = send(read);
    asked[1]?.answer('fine');
    expect(await next).toEqual({ data: 'fine' });
  });

  it('cannot be spoiled by one of those who hold the answer', async () => {
    const { send, asked } = setUp();
    const reply = send(read);
    asked[0]?.answer([{ name: 'web-01', tags: ['a'] }]);
    const { data } = await reply;
    expect(() => Object.assign((data as object[])[0] ?? {}, { name: 'evil' })).toThrow(TypeError);
    expect(() => (data as { tags: string[] }[])[0]?.tags.push('b')).toThrow(TypeError);
  });
});

describe('who gives up waiting', () => {
  it('leaves the others their answer', async () => {
    const { send, asked } = setUp();
    const abort = new AbortController();
    const [hasty, patient] = [send(read, { signal: abort.signal }), send(read)];
    abort.abort();
    await expect(hasty).rejects.toMatchObject({ code: 'cancelled' });
    expect(asked[0]?.options.signal?.aborted).toBe(false);
    asked[0]?.answer('fine');
    expect(await patient).toEqual({ data: 'fine' });
  });

  it('as the last ends the request, which then serves nobody', async () => {
    const { send, asked } = setUp();
    const abort = new AbortController();
    const hasty = [send(read, { signal: abort.signal }), send(read, { signal: abort.signal })];
    abort.abort();
    for (const one of hasty) await expect(one).rejects.toMatchObject({ code: 'cancelled' });
    expect(asked[0]?.options.signal?.aborted).toBe(true);
    const next = send(read);
    asked[1]?.answer('fine');
    expect(await next).toEqual({ data: 'fine' });
  });
});

describe('a fresh read', () => {
  it('is always asked anew, and what was known before is forgotten', async () => {
    const { send, asked } = setUp();
    const before = send(read);
    asked[0]?.answer('old');
    await before;
    const fresh = send(read, { fresh: true });
    expect(asked).toHaveLength(2);
    asked[1]?.answer('new');
    expect(await fresh).toEqual({ data: 'new' });
    void send(read);
    expect(asked).toHaveLength(3);
  });
});

describe('a write', () => {
  it('is never shared, and empties what is known, before and after', async () => {
    const { send, asked } = setUp(60_000);
    const before = send(read);
    asked[0]?.answer('before');
    await before;
    const writes = [send(write), send(write)];
    expect(asked.map(({ request }) => request.method)).toEqual(['GET', 'POST', 'POST']);
    const during = send(read);
    asked[3]?.answer('during');
    expect(await during).toEqual({ data: 'during' });
    asked[1]?.answer(null);
    asked[2]?.fail(new PveError({ code: 'locked', message: 'locked', hint: '', reason: [] }));
    await Promise.allSettled(writes);
    const after = send(read);
    asked[4]?.answer('after');
    expect(await after).toEqual({ data: 'after' });
  });

  it('does not let later reads join one that was asked before it', async () => {
    const { send, asked } = setUp();
    const early = send(read);
    const writing = send(write);
    asked[1]?.answer(null);
    await writing;
    const late = send(read);
    asked[0]?.answer('early');
    asked[2]?.answer('late');
    expect([await early, await late]).toEqual([{ data: 'early' }, { data: 'late' }]);
    expect(await send(read)).toEqual({ data: 'late' });
  });
});
