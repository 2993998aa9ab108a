import { randomBytes, randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createClock } from './clock.ts';
import { report } from './guests.ts';
import { createDemoServer, type ReceivedWrite } from './https.ts';
import { type DemoOptions, parseOptions, usage } from './options.ts';
import { principalId } from './permissions.ts';
import { fullToken, readOnlyToken, seedCluster } from './seed.ts';
import { localNode, type World } from './state.ts';

const host = '127.0.0.1';
const reportEvery = 10_000; // pvestatd's interval, milliseconds of cluster time

run();

function run(): void {
  try {
    const options = parseOptions(process.argv.slice(2));
    if (options.help) process.stdout.write(usage);
    else start(options);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exitCode = 2;
  }
}

function start(options: DemoOptions): void {
  const clock = createClock(options.speed);
  const world: World = { clock, cluster: seedCluster(options, clock) };
  keepReporting(world);

  const full = { who: fullToken, secret: randomUUID() };
  const readOnly = { who: readOnlyToken, secret: randomUUID() };
  const { requests } = options;
  const onWrite = requests === undefined ? () => undefined : (write: ReceivedWrite) => append(requests, write);
  const server = createDemoServer({ world, credentials: [full, readOnly], onWrite });

  const stop = (): never => process.exit(0); // nothing is worth waiting for
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  if (options.withParent) process.stdin.on('end', stop).on('error', stop).resume();
  server.on('error', (error) => {
    process.stderr.write(`Cannot listen on ${host}:${options.port}: ${error.message}\n`);
    process.exit(1);
  });
  server.listen(options.port, host, () => {
    const { cluster } = world;
    const ready = {
      url: `https://${host}:${portOf(server.address())}`,
      fingerprint: cluster.certificates.leaves.get(localNode(cluster).name)?.fingerprint,
      tokenId: principalId(full.who),
      tokenSecret: full.secret,
      readOnlyTokenId: principalId(readOnly.who),
      readOnlyTokenSecret: readOnly.secret,
      username: fullToken.user,
      password: randomBytes(15).toString('base64url'),
    };
    process.stdout.write(`${JSON.stringify(ready)}\n`);
  });
}

function keepReporting(world: World): void {
  report(world);
  world.clock.after(reportEvery, () => keepReporting(world));
}

function append(file: string, write: ReceivedWrite): void {
  const hidden = Object.keys(write.params).filter((name) => /password|secret/i.test(name));
  const params = { ...write.params, ...Object.fromEntries(hidden.map((name) => [name, '[redacted]'])) };
  appendFileSync(file, `${JSON.stringify({ ...write, params })}\n`);
}

function portOf(address: string | AddressInfo | null): number {
  return address !== null && typeof address === 'object' ? address.port : 0;
}
