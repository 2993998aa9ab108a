import { PveError, type PveErrorData } from '../../pve/error.ts';
import type { NodeShell, SshPlace, SshPool } from '../../ssh/types.ts';

/** What became of a try to log in to one node. */
export interface NodeCheck extends SshPlace {
  readonly error?: PveErrorData;
  /** Whether commands run as root there; absent when it cannot be told. */
  readonly isRoot?: boolean;
}

const limits = { timeoutMs: 15_000, maxBytes: 4096 } as const;

/** Logs in to one node after the other, for each may bring up a question about its host key. */
export async function checkNodes(
  pool: Pick<SshPool, 'node'>,
  places: readonly SshPlace[],
  signal: AbortSignal,
  onNode: (node: string) => void = () => {},
): Promise<readonly NodeCheck[]> {
  const checks: NodeCheck[] = [];
  for (const place of places) {
    signal.throwIfAborted();
    onNode(place.node);
    checks.push(await checkNode(pool, place, signal));
  }
  return checks;
}

async function checkNode(pool: Pick<SshPool, 'node'>, place: SshPlace, signal: AbortSignal): Promise<NodeCheck> {
  try {
    return { ...place, ...(await rootOf(await pool.node(place, signal), signal)) };
  } catch (error) {
    if (!(error instanceof PveError)) throw error;
    return { ...place, error: error.data };
  }
}

async function rootOf(shell: NodeShell, signal: AbortSignal): Promise<Pick<NodeCheck, 'error' | 'isRoot'>> {
  const { exitCode, stdout, stderr } = await shell.exec({ argv: ['id', '-u'] }, { signal, ...limits });
  if (exitCode === 0) return { isRoot: stdout.head.toString('utf8').trim() === '0' };
  const said = stderr.head.toString('utf8').trim();
  return {
    error: {
      code: 'forbidden',
      message: 'The login works, and a command does not run',
      reason: said === '' ? [] : [said.slice(0, 300)],
      hint: 'For a user that is not root, allow sudo without a password on the node (NOPASSWD in /etc/sudoers.d).',
    },
  };
}
