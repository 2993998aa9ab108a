import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Forwarder, startForwarder } from '../support/forwarder.ts';
import { auditRecords, demoEnvironment, type Elicit, type McpServer } from '../support/mcp.ts';
import { serversOverDemo } from '../support/servers.ts';

// A server of its own over the demo cluster, with a way in between that can be stopped.

const at = serversOverDemo();
const size = 160_000_000;
const smaller = 40_000_000;
let way: Forwarder;
beforeEach(async () => {
  way = await startForwarder(Number(new URL(at.demo.url).port));
  for (const [name, bytes] of [['big.iso', size] as const, ['image.iso', smaller] as const]) {
    await writeFile(join(at.dir, name), 'an image');
    await truncate(join(at.dir, name), bytes);
  }
});
afterEach(() => way.close());

const run: Elicit = () => ({ action: 'accept', content: { answer: 'run' } });
function start(elicit: Elicit = run): Promise<McpServer> {
  const demo = { ...at.demo, url: `https://127.0.0.1:${way.port}` };
  const env = { ...demoEnvironment(demo, join(at.dir, 'audit'), 'full'), PVE_FILES_DIR: at.dir, PVE_TOOLSETS: 'all' };
  return at.start({ env, elicit });
}
const upload = (filename: string, from = 'image.iso') => ({
  kind: 'storage_content',
  action: 'upload',
  id: 'local',
  node: 'pve1',
  from,
  set: { content: 'iso', filename },
});

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  const stream = createReadStream(path).on('data', (chunk) => hash.update(chunk));
  await once(stream, 'end');
  return hash.digest('hex');
}

/** What the storage has under this name. */
async function stored(filename: string): Promise<readonly unknown[]> {
  const { data } = await at.demo.request('GET', '/nodes/pve1/storage/local/content', { content: 'iso' });
  return (data as readonly { readonly volid: string }[]).filter(({ volid }) => volid === `local:iso/${filename}`);
}

/** The most memory that a process has ever had, bytes. */
async function mostMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

describe('a file of this machine goes up to a storage', () => {
  test('G12: whole, with its checksum, asked about once with path and size, in little memory', async () => {
    const questions: string[] = [];
    const server = await start((request, signal) => {
      questions.push(request.message);
      return run(request, signal);
    });
    await server.call('pve_list_storage', {});
    const before = await mostMemory(server.pid);
    const progress: string[] = [];
    const { text, isError } = await server.call('pve_change_storage', upload('new.iso', 'big.iso'), {
      onProgress: (message) => void progress.push(message),
    });
    const grown = (await mostMemory(server.pid)) - before;
    const sum = await sha256(join(at.dir, 'big.iso'));
    process.stdout.write(`\n${size / 1e6} MB went up; the server's memory grew by ${Math.round(grown / 1e6)} MB\n`);

    expect(text).toMatch(/upload OK in [\d.]+ s, local:iso\/new\.iso is there now, 153 MiB$/);
    expect(isError).toBe(false);
    expect(await stored('new.iso')).toMatchObject([{ size, content: 'iso' }]);
    expect(questions).toHaveLength(1);
    expect(questions[0]).toContain(`${join(at.dir, 'big.iso')}" (${size} bytes, SHA-256 ${sum})`);
    expect(progress.join('\n')).toContain('OK, checksum verified');
    expect(progress.join('\n')).toContain('Uploading "new.iso": 160 of 160 MB');
    expect(grown).toBeLessThan(size / 2);
    // What arrived is what was approved, name and checksum among it.
    expect((await at.writes()).map((line) => JSON.parse(line))).toEqual([
      {
        method: 'POST',
        path: '/nodes/pve1/storage/local/upload',
        params: { content: 'iso', 'checksum-algorithm': 'sha256', checksum: sum, filename: 'new.iso' },
      },
    ]);
    expect(await auditRecords(join(at.dir, 'audit'))).toMatchObject([
      { phase: 'before', operation: { localFile: { path: join(at.dir, 'big.iso'), size, sha256: sum } } },
      { phase: 'after', outcome: 'ok' },
    ]);
  });

  test('G4: under a name that is taken only when the name is typed', async () => {
    const taken = upload('debian-13.1.0-amd64-netinst.iso');
    const asked: unknown[] = [];
    const server = await start((request) => {
      const fields = 'requestedSchema' in request ? Object.keys(request.requestedSchema.properties) : [];
      asked.push([request.message.includes('would be replaced'), fields]);
      return { action: 'accept', content: { answer: 'run' } };
    });
    const { text, isError } = await server.call('pve_change_storage', taken);
    expect([asked, isError]).toEqual([[[true, ['answer', 'name']]], true]);
    expect(text).toMatch(/\bden/i);
    expect(await at.writes()).toEqual([]);
  });

  test('G3: not at all when it is cancelled in the middle', async () => {
    const server = await start();
    const cancel = new AbortController();
    const held = way.holdAfter(smaller / 4);
    const call = server.call('pve_change_storage', upload('cancelled.iso'), { signal: cancel.signal });
    const ended = expect(call).rejects.toThrow();
    await held;
    cancel.abort();
    await ended;
    const audit = async () => (await auditRecords(join(at.dir, 'audit'))).at(-1);
    await expect.poll(audit, { timeout: 10_000 }).toMatchObject({ phase: 'after', outcome: 'failed' });
    expect(JSON.stringify(await audit())).toContain('was cancelled before all of it was sent');
    expect([await stored('cancelled.iso'), await at.writes()]).toEqual([[], []]);
  });

  test('G3: not a second time when the connection is cut in the middle, which leaves it unknown', async () => {
    const server = await start();
    const held = way.holdAfter(smaller / 4);
    const call = server.call('pve_change_storage', upload('cut.iso'));
    await held;
    way.cut();
    const { text, isError } = await call;
    expect([text, isError]).toEqual([expect.stringMatching(/^.*did not run through\.\n.*unknown/is), true]);
    expect(way.sent()).toBeLessThan(smaller);
    expect(await auditRecords(join(at.dir, 'audit'))).toMatchObject([{ phase: 'before' }, { outcome: 'unknown' }]);
    expect([await stored('cut.iso'), await at.writes()]).toEqual([[], []]);
  });

  test('G12: from the folders that were named only', async () => {
    const server = await start();
    const { text } = await server.call('pve_change_storage', upload('hosts.iso', '/etc/hosts'));
    expect(text).toContain('is not within the folders');
    expect(await at.writes()).toEqual([]);
  });
});
