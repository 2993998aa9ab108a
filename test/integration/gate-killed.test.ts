import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findUnfinished } from '../../src/gate/unfinished.ts';
import { auditLines, brokenAt } from '../support/audit.ts';

const folder = mkdtempSync(join(tmpdir(), 'gate-killed-'));
const program = join(folder, 'child.mjs');
let made = 0;

beforeAll(async () => {
  await build({
    entryPoints: [resolve(import.meta.dirname, '../support/gate-child.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    define: { __VERSION__: '"0.0.0-test"' },
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function places(): { readonly dir: string; readonly received: string } {
  made += 1;
  return { dir: join(folder, `audit-${made}`), received: join(folder, `received-${made}`) };
}

/** Starts the program and waits until it has halted at the arrow; then it is killed without a warning. */
async function killedAt(arrow: string, step: number, { dir, received } = places()) {
  const child = spawn(process.execPath, [program, dir, received, arrow, String(step)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const { steps: unfinished } = await findUnfinished(dir);
  const writes = existsSync(received) ? readFileSync(received, 'utf8').trim().split('\n') : [];
  return { dir, unfinished: unfinished.map(({ request }) => request), writes };
}

const stop101 = 'POST /nodes/pve2/qemu/101/status/stop';
const stop102 = 'POST /nodes/pve1/lxc/102/status/stop';

test.each<[string, number, string[], number]>([
  ['asked', 0, [], 0],
  ['answered', 0, [], 0],
  ['before', 0, [stop101], 0],
  ['sent', 0, [stop101], 1],
  ['before', 1, [stop102], 1],
  ['sent', 1, [stop102], 2],
  ['done', 0, [], 2],
])('G3: killed at "%s" of step %i: exactly the begun step is unknown', async (arrow, step, expected, sent) => {
  const { unfinished, writes } = await killedAt(arrow, step);
  expect(unfinished).toEqual(expected);
  expect(writes).toHaveLength(sent);
});

test('G10: two processes write two files, and both chains are whole', async () => {
  const shared = places();
  await Promise.all([killedAt('done', 0, shared), killedAt('done', 0, shared)]);
  const names = readdirSync(shared.dir);
  expect(names).toHaveLength(2);
  for (const name of names) expect(brokenAt(readFileSync(join(shared.dir, name), 'utf8'))).toBeUndefined();
  expect((await auditLines(shared.dir)).filter(({ phase }) => phase === 'after')).toHaveLength(4);
});

/** The program under a limit for the size of files, which refuses what is beyond it as a full disk does. */
async function fillUnder(blocks: number) {
  const { dir } = places();
  const child = spawn('bash', ['-c', `ulimit -f ${blocks}; exec "$0" "$@"`, process.execPath, program, dir, 'fill'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output] = await once(child.stdout, 'data');
  if (child.exitCode === null) await once(child, 'exit');
  return { dir, ...(JSON.parse(String(output)) as { results: string[]; handles: number[] }) };
}

test('G10: a disk that fills up: the record that does not fit is refused, and the next one has a new file', async () => {
  const { dir, results, handles } = await fillUnder(4);
  expect(results).toContain('refused');
  expect(results.filter((result, at) => result === 'refused' && results[at + 1] === 'refused')).toEqual([]);
  expect(new Set(handles).size).toBeLessThanOrEqual(2);
  const whole = readdirSync(dir).flatMap((name) => readFileSync(join(dir, name), 'utf8').split('\n').slice(0, -1));
  const kept = whole.filter((line) => line.includes('"before"') && line.endsWith('}'));
  expect(kept).toHaveLength(results.filter((result) => result === 'written').length);
});

test('G10: a disk that is full from the start: every record is refused, and no handle is left open', async () => {
  const { results, handles } = await fillUnder(0);
  expect(new Set(results)).toEqual(new Set(['refused']));
  expect(handles.at(-1)).toBe(handles[1]);
});
