import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { createClock } from './clock.ts';
import { obey } from './control.ts';
import { type Endpoints, openEndpoints } from './endpoints.ts';
import type { Troubles } from './faults.ts';
import { report } from './guests.ts';
import type { ReceivedWrite } from './https.ts';
import { type DemoOptions, parseOptions, usage } from './options.ts';
import { principalId } from './permissions.ts';
import { seedCluster } from './seed.ts';
import { createSecrets, fullToken, readOnlyToken, type Secrets, totpUser } from './seed-access.ts';
import type { World } from './state.ts';
import { createTicketOffice } from './tickets.ts';

const reportEvery = 10_000; // pvestatd's interval, milliseconds of cluster time

run();

function run(): void {
  try {
    const options = parseOptions(process.argv.slice(2));
    if (options.help) process.stdout.write(usage);
    else start(options).catch(fail);
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${usage}`);
    process.exitCode = 2;
  }
}

function fail(error: unknown): never {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exit(1);
}

async function start(options: DemoOptions): Promise<void> {
  const clock = createClock(options.speed);
  const secrets = createSecrets();
  const cluster = seedCluster({ ...options, secrets }, clock);
  const tickets = createTicketOffice(clock, options.ticketSeconds);
  const world: World = { clock, cluster, tickets, local: cluster.nodes[0]?.name ?? '' };
  const troubles: Troubles = { faults: [], latencyMs: 0 };
  keepReporting(world);

  const stop = (): never => process.exit(0); // nothing is worth waiting for
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  if (options.withParent) process.stdin.on('end', stop).on('error', stop).resume();

  const { requests } = options;
  const onWrite = requests === undefined ? () => undefined : (write: ReceivedWrite) => append(requests, write);
  const place = { port: options.port, count: options.endpoints };
  const endpoints = await openEndpoints({ world, troubles, onWrite }, place);
  say(readyLine(world, endpoints, secrets));
  if (!options.control) return;
  for await (const line of createInterface({ input: process.stdin }))
    say(await obey({ world, endpoints, troubles }, line));
}

function readyLine({ cluster }: World, endpoints: Endpoints, secrets: Secrets): string {
  const list = endpoints.list();
  return JSON.stringify({
    url: list[0]?.url,
    fingerprint: list[0]?.fingerprint,
    tokenId: principalId(fullToken),
    readOnlyTokenId: principalId(readOnlyToken),
    username: fullToken.user,
    readOnlyUsername: readOnlyToken.user,
    totpUsername: totpUser,
    ...secrets,
    endpoints: list,
    ca: cluster.certificates.ca.pem,
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

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
