import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { link, mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLocalFiles } from '../../../src/gate/local-files.ts';
import { toOperation } from '../../../src/gate/operation.ts';
import { questionText } from '../../../src/gate/question.ts';
import type { ProposedApi } from '../../../src/gate/types.ts';
import type { PveRequest } from '../../../src/pve/request.ts';
import { type Answer, no, yes } from '../../support/approver.ts';
import { pveError, upid } from '../../support/cluster.ts';
import { type Bench, type BenchOptions, call, gateBench, home } from '../../support/gate.ts';

let root = '';
let outside = '';
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'proxmox-test-')));
  outside = await realpath(await mkdtemp(join(tmpdir(), 'proxmox-test-')));
});
afterEach(async () => {
  for (const folder of [root, outside]) await rm(folder, { recursive: true, force: true });
});

const path = '/nodes/pve1/storage/local';
const content = Buffer.alloc(700_000, 'an image ');
const sumOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const carried = (localFile = 'a.iso', params: ProposedApi['params'] = { content: 'iso', filename: 'a.iso' }) => ({
  ...call('POST', `${path}/upload`, params),
  localFile,
});

/** What a node has got of an upload, and the request. */
interface Got {
  readonly request: PveRequest;
  bytes: Buffer;
}
/** Takes the file as it comes; `onChunk` may break in. */
type Taking = (got: Got, signal: AbortSignal | undefined) => void | Promise<void>;

/** A gate that reaches files of `root`, over a node that takes uploads and has these volumes. */
function uploads(options: BenchOptions = {}, volumes: readonly string[] = [], onChunk: Taking = () => {}) {
  const files = createLocalFiles({ folders: () => [root], hint: 'Open a folder.' });
  const bench: Bench = gateBench({ files, ...options });
  const there = [...volumes];
  const got: Got[] = [];
  bench.cluster.on(`GET ${path}/content`, () => there.map((volid) => ({ volid, size: 5, ctime: 1_780_000_000 })));
  bench.cluster.on(`POST ${path}/upload`, async (request, { signal }) => {
    const one: Got = { request, bytes: Buffer.alloc(0) };
    got.push(one);
    for await (const chunk of request.file?.stream() ?? []) {
      one.bytes = Buffer.concat([one.bytes, chunk]);
      await onChunk(one, signal);
    }
    return upid('pve1', 1);
  });
  return { ...bench, got, there };
}
const put = (bytes = content, name = 'a.iso') => writeFile(join(root, name), bytes);
/** Says yes after something has happened. */
const yesAfter =
  (change: () => unknown): Answer =>
  async () => {
    await change();
    return yes;
  };

describe('an upload to a storage', () => {
  test('G12: sends the bytes that were asked about, with their checksum, and says how many', async () => {
    await put();
    const bench = uploads();
    const outcome = await bench.one(carried());
    expect(outcome).toMatchObject({ status: 'done', bytes: content.length });
    expect(bench.got).toHaveLength(1);
    expect(bench.got[0]?.bytes.equals(content)).toBe(true);
    expect(bench.got[0]?.request).toMatchObject({
      params: { content: 'iso', checksum: sumOf(content), 'checksum-algorithm': 'sha256' },
      file: { name: 'a.iso', size: content.length },
    });
    expect(bench.progress.map(({ message }) => message)).toContain('Uploading "a.iso": 0.7 of 0.7 MB');
  });

  test('G6, G12: is asked about with the whole path, size and checksum, whoever asks, and recorded', async () => {
    await mkdir(join(root, '.private'));
    await put(content, '.private/a.iso');
    const bench = uploads({ answers: [no] });
    expect(await bench.one(carried('.private/a.iso'))).toMatchObject({ status: 'denied' });
    const [request] = bench.asked;
    const { text } = request === undefined ? { text: '' } : questionText(request);
    expect(text).toContain(`Upload file "a.iso" on storage "local"`);
    expect(text).toContain(`${root}/.private/a.iso" (700000 bytes, SHA-256 ${sumOf(content)})`);
    expect(text).toMatch(/The (file|path) on this machine /);
    expect(text).toContain('Risk: configure, sensitive.');
    expect(text).toContain(`file="${root}/.private/a.iso"`);
    expect(bench.got).toEqual([]);
    expect(bench.entries).toMatchObject([
      { phase: 'decided', operation: { localFile: { path: join(root, '.private/a.iso'), sha256: sumOf(content) } } },
    ]);
  });

  test('is refused by the level before the file is looked at', async () => {
    const bench = uploads({ profile: { level: 'read-execute' } });
    expect(await bench.one(carried('none.iso'))).toMatchObject({ status: 'denied', by: 'level' });
    expect(bench.asked).toEqual([]);
  });

  test('G1: what the file holds is part of the digest', async () => {
    const digests = [];
    for (const bytes of [content, Buffer.from('else')]) {
      await put(bytes);
      const bench = uploads({ answers: [no] });
      await bench.one(carried());
      digests.push(bench.asked[0]?.assessments[0]?.digest);
    }
    expect(new Set(digests).size).toBe(2);
  });
});

describe('a source that is another one than was asked about', () => {
  const swaps: readonly (readonly [string, () => Promise<void>])[] = [
    ['was written to', () => put(Buffer.alloc(content.length, 'other'))],
    [
      'is another file with the same name and size',
      async () => {
        await rm(join(root, 'a.iso'));
        await put(Buffer.alloc(content.length, 'other'));
      },
    ],
  ];

  test.each(swaps)('G12: that %s between question and run is asked about anew', async (_what, swap) => {
    await put();
    const bench = uploads({ answers: [yesAfter(swap), no] });
    expect(await bench.one(carried())).toMatchObject({ status: 'denied' });
    expect(bench.asked).toHaveLength(2);
    expect(bench.asked[1]?.changed).toContain('holds something else now');
    expect(bench.got).toEqual([]);
  });

  test.each<[string, () => Promise<void>]>([
    ['a link that leads out', async () => symlink(join(outside, 'x'), join(root, 'a.iso'))],
    ['a pipe', async () => void execFileSync('mkfifo', [join(root, 'a.iso')])],
    ['a second name of a file elsewhere', async () => link(join(outside, 'x'), join(root, 'a.iso'))],
  ])('G12: that became %s is not sent', async (_what, make) => {
    await put();
    await writeFile(join(outside, 'x'), content);
    const swap = async () => {
      await rm(join(root, 'a.iso'));
      await make();
    };
    const bench = uploads({ answers: [yesAfter(swap)] });
    expect(await bench.one(carried())).toMatchObject({ status: 'denied', by: 'changed' });
    expect(bench.got).toEqual([]);
  });

  test.each(swaps)('G12: that %s in the last moment is not sent', async (_what, swap) => {
    await put();
    const audit = {
      append: async ({ phase }: { readonly phase: string }) => (phase === 'before' ? swap() : undefined),
      change: async () => {},
    };
    const bench = uploads({ audit });
    expect(await bench.one(carried())).toMatchObject({ status: 'failed', error: { code: 'changed' } });
    expect(bench.got).toEqual([]);
  });

  test('G12: that changes while it is sent never becomes whole at the node', async () => {
    await put();
    const bench = uploads({}, [], ({ bytes }) =>
      bytes.length < 300_000 ? put(Buffer.alloc(content.length, 'other')) : undefined,
    );
    const outcome = await bench.one(carried());
    expect(outcome).toMatchObject({
      status: 'failed',
      error: { code: 'changed', message: `"${root}/a.iso" on this machine was changed while it was sent` },
    });
    expect(bench.got).toHaveLength(1);
  });

  test('G12: whose folder became a link to elsewhere while it was opened is not read', async () => {
    await mkdir(join(root, 'sub'));
    await put(content, 'sub/a.iso');
    await writeFile(join(outside, 'a.iso'), 'a secret');
    let looks = 0;
    const folders = async () => {
      looks += 1;
      // The second look is between that at the path and the opening.
      if (looks === 2) {
        await rename(join(root, 'sub'), join(root, 'away'));
        await symlink(outside, join(root, 'sub'));
      }
      return [root];
    };
    const files = createLocalFiles({ folders, hint: '' });
    await expect(files.read('sub/a.iso', 1_000_000)).rejects.toMatchObject({ code: 'changed' });
  });

  test('that is read over and over is read through once', async () => {
    await put();
    const files = createLocalFiles({ folders: () => [root], hint: 'Open a folder.' });
    const { signal } = new AbortController();
    const first = await files.measure('a.iso', undefined, signal);
    expect(await files.measure('a.iso', first, signal)).toBe(first);
    await put();
    const second = await files.measure('a.iso', first, signal);
    expect([second.sha256, second.mark === first.mark]).toEqual([first.sha256, false]);
  });
});

describe('what cannot be sent', () => {
  test.each<[string, () => Promise<unknown>, string]>([
    ['of another folder', async () => {}, '{outside}/x'],
    ['behind a link to another folder', () => symlink(outside, join(root, 'y')), 'y/x'],
    ['that is a link to a file elsewhere', () => symlink(join(outside, 'x'), join(root, 'y')), 'y'],
    ['with a second name', () => link(join(outside, 'x'), join(root, 'y')), 'y'],
    ['that is a folder', () => mkdir(join(root, 'y')), 'y'],
    ['that is a pipe', async () => execFileSync('mkfifo', [join(root, 'y')]), 'y'],
    ['that is not there', async () => {}, 'y'],
  ])('G12: a file %s: nobody is asked', async (_what, make, name) => {
    await writeFile(join(outside, 'x'), content);
    await make();
    const bench = uploads();
    expect(await bench.one(carried(name.replace('{outside}', outside)))).toMatchObject({ status: 'failed' });
    expect([bench.asked, bench.got]).toEqual([[], []]);
  });

  test.each<[string, ProposedApi]>([
    [
      'with a request that carries none',
      { ...call('POST', '/nodes/pve2/qemu/101/status/stop', { filename: 'a.iso' }), localFile: 'a.iso' },
    ],
    ['with a read', { ...call('GET', `${path}/content`, { filename: 'a.iso' }), localFile: 'a.iso' }],
    [
      'to a guest agent',
      {
        ...call('POST', '/nodes/pve2/qemu/101/agent/file-write', { file: '/x', content: 'y' }),
        localFile: 'a.iso',
      },
    ],
    ['with a name that Proxmox VE would change', carried('a.iso', { content: 'iso', filename: 'a b.iso' })],
    ['with a name that would end the form early', carried('a.iso', { content: 'iso', filename: 'a".iso' })],
    ['without a name', carried('a.iso', { content: 'iso' })],
    ['with a checksum of the caller', carried('a.iso', { content: 'iso', filename: 'a.iso', checksum: 'ab' })],
  ])('a file %s', async (_what, proposed) => {
    await put();
    const bench = uploads();
    expect(() => toOperation(proposed, home)).toThrow();
    expect(await bench.one(proposed)).toMatchObject({ status: 'failed', error: { code: 'invalid_argument' } });
    expect([bench.asked, bench.cluster.writes()]).toEqual([[], []]);
  });

  test('an upload without a file, and a file where there are none to be had', async () => {
    const bench = uploads();
    const { localFile: _, ...bare } = carried();
    expect(await bench.one(bare)).toMatchObject({ status: 'failed', error: { code: 'invalid_argument' } });
    expect(await gateBench().one(carried())).toMatchObject({ status: 'failed', error: { code: 'not_implemented' } });
    expect(bench.asked).toEqual([]);
  });
});

describe('a name that the storage has already', () => {
  test.each(['local:iso/a.iso', 'local:iso/A.ISO'])('G4: destroys, and is typed: %s', async (volume) => {
    await put();
    const bench = uploads({ answers: [{ ...yes, typed: 'a.iso' }] }, ['local:iso/other.iso', volume]);
    expect(await bench.one(carried())).toMatchObject({ status: 'done' });
    expect(bench.asked).toMatchObject([{ risk: 'destroy', mustType: 'a.iso' }]);
    expect(bench.asked[0]?.assessments[0]?.hazards[0]).toBe(
      `"${volume}" (5 bytes, of 2026-05-28T20:26 UTC) is there already: it would be replaced, and what it holds is lost.`,
    );
  });

  test('G4: counts as taken where that cannot be read', async () => {
    await put();
    const bench = uploads({ answers: [no] });
    bench.cluster.on(`GET ${path}/content`, () => {
      throw pveError('forbidden');
    });
    await bench.one(carried());
    expect(bench.asked).toMatchObject([{ risk: 'destroy', mustType: 'a.iso' }]);
  });

  test('G2: and that came while a person was asked, is asked about anew', async () => {
    await put();
    const bench = uploads({ answers: [yesAfter(() => bench.there.push('local:iso/a.iso')), yes] });
    expect(await bench.one(carried())).toMatchObject({ status: 'denied' });
    expect(bench.asked.map(({ risk }) => risk)).toEqual(['configure', 'destroy']);
    expect(bench.asked[1]?.changed).toContain('"local:iso/a.iso" (5 bytes');
    expect(bench.got).toEqual([]);
  });

  test('G2: or that an earlier step of the plan has made, is not replaced', async () => {
    await put();
    const bench = uploads({}, [], ({ bytes }) => {
      if (bytes.length === content.length) bench.there.push('local:iso/a.iso');
    });
    const outcomes = await bench.perform([carried(), carried()]);
    expect(outcomes).toMatchObject([{ status: 'done' }, { status: 'denied', by: 'changed' }]);
    expect(bench.got).toHaveLength(1);
  });
});

describe('the way', () => {
  test('cancelled in the middle: the node never gets all of it, and nothing is unknown', async () => {
    await put();
    const bench = uploads({}, [], async (_got, signal) => {
      bench.cancel();
      if (signal?.aborted === true) throw pveError('cancelled', { mayHaveRun: true });
    });
    expect(await bench.one(carried())).toMatchObject({
      status: 'failed',
      error: { code: 'cancelled', message: 'The upload of "a.iso" was cancelled before all of it was sent' },
    });
    expect(bench.got[0]?.bytes.length).toBeLessThan(content.length);
  });

  test('cancelled when all of it was sent: its answer says what became of it', async () => {
    await put(Buffer.from('small'));
    const files = createLocalFiles({ folders: () => [root], hint: '' });
    const bench = gateBench({ files });
    bench.cluster.on(`GET ${path}/content`, () => []);
    bench.cluster.on(`POST ${path}/upload`, async ({ file }, { signal }) => {
      for await (const _ of file?.stream() ?? []);
      bench.cancel();
      if (signal?.aborted === true) throw pveError('cancelled', { mayHaveRun: true });
      return upid('pve1', 1);
    });
    expect(await bench.one(carried())).toMatchObject({ status: 'started', upid: upid('pve1', 1) });
    // It may be copying over something: its task is left alone.
    expect(bench.cluster.writes()).toEqual([`POST ${path}/upload`]);
  });

  test('G3: lost in the middle: unknown, and not sent again', async () => {
    await put();
    const bench = uploads({}, [], () => {
      throw pveError('unreachable', { mayHaveRun: true });
    });
    expect(await bench.one(carried())).toMatchObject({ status: 'unknown', error: { code: 'unreachable' } });
    expect(bench.got).toHaveLength(1);
  });
});
