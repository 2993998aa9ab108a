import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeShell, SshLogin } from '../../src/ssh/types.ts';
import { type Demo, startDemo } from './demo.ts';
import { nodeOf, poolFor } from './ssh.ts';
import { makeKey, type Sshd, startSshd } from './sshd.ts';
import { createStandIns, type StandIns } from './stand-ins.ts';

/** A node of the demo cluster that is reached by a real sshd, with stand-ins for its own programs. */
export interface TestNode {
  readonly demo: Demo;
  readonly standIns: StandIns;
  readonly sshd: Sshd;
  readonly shell: NodeShell;
  /** For the files of the test, on the node and in its containers. */
  readonly folder: string;
  /** Another login to it. */
  login(options: Partial<SshLogin>): Promise<NodeShell>;
  stop(): Promise<void>;
}

export async function startNode(name = 'pve1'): Promise<TestNode> {
  const folder = await mkdtemp(join(tmpdir(), 'proxmox-node-'));
  const key = join(folder, 'key');
  const demo = await startDemo({ speed: 100 });
  const standIns = await createStandIns(demo, name);
  const sshd = await startSshd({ authorized: [makeKey(key)], programs: standIns.folder });
  const pools: { close(): Promise<void> }[] = [];
  const login: TestNode['login'] = (options) => {
    const { pool } = poolFor(sshd, key, options);
    pools.push(pool);
    return nodeOf(pool, name);
  };
  const stop = async (): Promise<void> => {
    await Promise.all(pools.map((pool) => pool.close()));
    await sshd.stop();
    standIns.stop();
    await demo.stop();
    await rm(folder, { recursive: true });
  };
  return { demo, standIns, sshd, shell: await login({}), folder, login, stop };
}
