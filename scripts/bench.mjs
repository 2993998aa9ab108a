// Measures what users wait for and models pay for; writes bench/results.json and prints a table.
// Run it on both sides of a change on the same machine: single figures mean little elsewhere.
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { demoEnvironment, startDemo, startServer } from './client.mjs';

const runs = 9;
const auditDir = await mkdtemp(join(tmpdir(), 'proxmox-bench-'));
const demo = await startDemo('--guests', '500', '--speed', '50');
const env = { ...demoEnvironment(demo), PVE_ACCESS_LEVEL: 'read-execute', PVE_AUDIT_DIR: auditDir };

/** @type {Record<string, { unit: string, median: number, min: number, max: number }>} */
const results = {};
await measure('start of node itself', 'ms', async () => timed(() => spawnSync(process.execPath, ['-e', '0'])));
await measure('server: start to tools/list', 'ms', async () =>
  timed(async () => {
    const fresh = await startServer(env);
    await fresh.listTools();
    await fresh.close();
  }),
);

const client = await startServer(env, { elicitation: {} });
const list = JSON.stringify((await client.listTools()).tools);
await measure('tools/list', 'characters', async () => list.length);
for (const [name, args] of /** @type {const} */ ([
  ['pve_get_cluster', {}],
  ['pve_list_guests', {}],
  ['pve_get_guest', { guest: 101 }],
])) {
  const call = () => client.callTool({ name, arguments: args });
  await measure(`${name}, 500 guests`, 'ms', () => timed(call));
  const { content } = await call();
  await measure(`${name}, 500 guests`, 'characters', async () => JSON.stringify(content).length);
}
await client.close();
await demo.stop();
await rm(auditDir, { recursive: true });
await measureSsh();

await mkdir('bench', { recursive: true });
await writeFile('bench/results.json', `${JSON.stringify({ node: process.version, runs, results }, null, 2)}\n`);

/** A trivial command on a node: our pool, ssh2 alone, and a connection for each. Against a real sshd, where there is one. */
async function measureSsh() {
  const outfile = 'node_modules/.cache/bench-ssh.mjs';
  await build({
    entryPoints: ['test/bench/ssh.ts'],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['ssh2'],
  });
  /** @type {typeof import('../test/bench/ssh.ts')} */
  const { sshTimes } = await import(new URL(`../${outfile}`, import.meta.url).href);
  const times = await sshTimes(100);
  if (times === undefined) return console.log('commands by SSH: no sshd here');
  for (const [what, way] of /** @type {const} */ ([
    ['command by SSH', 'pool'],
    ['the same by ssh2 alone, no Nagle', 'bare'],
    ['the same by ssh2 alone', 'bareAsItComes'],
    ['the same, connecting each time', 'connecting'],
  ])) {
    const { p50, min, max } = times[way];
    results[`${what} (ms)`] = { unit: 'ms', median: p50, min, max };
    console.log(`${what.padEnd(36)} ${String(p50).padStart(7)} ms         ${min} … ${max}`);
  }
}

/** @param {string} what @param {string} unit @param {() => Promise<number>} once */
async function measure(what, unit, once) {
  await once();
  /** @type {number[]} */
  const values = [];
  for (let run = 0; run < (unit === 'ms' ? runs : 1); run += 1) values.push(await once());
  values.sort((a, b) => a - b);
  const [min = 0, median = 0, max = 0] = [0, values.length >> 1, values.length - 1].map((at) =>
    Math.round(values[at] ?? 0),
  );
  results[`${what} (${unit})`] = { unit, median, min, max };
  console.log(
    `${what.padEnd(36)} ${String(median).padStart(7)} ${unit.padEnd(10)} ${unit === 'ms' ? `${min} … ${max}` : ''}`,
  );
}

/** @param {() => unknown} work */
async function timed(work) {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}
