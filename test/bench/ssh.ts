import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type ConnectConfig } from 'ssh2';
import { nodeOf, plain, poolFor } from '../support/ssh.ts';
import { hasSshd, makeKey, startSshd } from '../support/sshd.ts';

/** Milliseconds of many runs. */
export interface Times {
  readonly p50: number;
  readonly min: number;
  readonly max: number;
}

export interface SshTimes {
  /** A trivial command through our pool. */
  readonly pool: Times;
  /** The same by ssh2 alone, on a connection that is open, with Nagle's algorithm off as ours has it. */
  readonly bare: Times;
  /** The same with the socket as ssh2 opens it. */
  readonly bareAsItComes: Times;
  /** The same with a connection for each command. */
  readonly connecting: Times;
}

/** A program and no builtin of the shell, so that each way starts the same. */
const program = '/usr/bin/true';
/** Rounds that do not count: code gets fast only after some. */
const warmUp = 40;
const quickOnes: readonly (keyof SshTimes)[] = ['bare', 'pool'];
const slowOnes: readonly (keyof SshTimes)[] = ['bareAsItComes', 'connecting'];

/**
 * What a trivial command costs against a real sshd on this machine. The ways take turns, so that whatever else the machine
 * does burdens all of them alike.
 * @returns nothing where there is no sshd
 */
export async function sshTimes(rounds: number): Promise<SshTimes | undefined> {
  if (!hasSshd()) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'proxmox-bench-'));
  const file = join(folder, 'key');
  const sshd = await startSshd({ authorized: [makeKey(file)] });
  const { pool } = poolFor(sshd, file);
  const shell = await nodeOf(pool);
  const login = { host: '127.0.0.1', port: sshd.port, username: sshd.user, privateKey: await readFile(file) };
  const quick = await open({ ...login, sock: connect({ host: '127.0.0.1', port: sshd.port, noDelay: true }) });
  const slow = await open(login);
  const ways = {
    pool: () => shell.exec({ argv: [program] }, plain),
    bare: () => exec(quick),
    bareAsItComes: () => exec(slow),
    connecting: async () => {
      const client = await open(login);
      await exec(client);
      client.end();
    },
  };
  const times: Record<keyof SshTimes, number[]> = { pool: [], bare: [], bareAsItComes: [], connecting: [] };
  try {
    for (let round = -warmUp; round < rounds; round += 1) {
      // The slow ways would take most of the time, and need no more runs.
      const order = round >= 0 && round % 4 === 0 ? slowOnes.concat(quickOnes) : quickOnes;
      for (const way of order) {
        const begun = performance.now();
        await ways[way]();
        if (round >= 0) times[way].push(performance.now() - begun);
      }
    }
  } finally {
    quick.end();
    slow.end();
    await pool.close();
    await sshd.stop();
    await rm(folder, { recursive: true });
  }
  return {
    pool: summary(times.pool),
    bare: summary(times.bare),
    bareAsItComes: summary(times.bareAsItComes),
    connecting: summary(times.connecting),
  };
}

function open(config: ConnectConfig): Promise<Client> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    client.once('error', reject);
    client.once('ready', () => resolve(client)).connect(config);
  });
}

function exec(client: Client): Promise<void> {
  return new Promise((resolve, reject) => {
    client.exec(program, (error, channel) => {
      if (error) return reject(error);
      channel.once('close', () => resolve());
      channel.resume();
      channel.stderr.resume();
      channel.end();
    });
  });
}

function summary(values: number[]): Times {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => Math.round((sorted[index] ?? 0) * 100) / 100;
  return { p50: at(sorted.length >> 1), min: at(0), max: at(sorted.length - 1) };
}
