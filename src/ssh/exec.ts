import { randomUUID } from 'node:crypto';
import type { Clock } from '../pve/clock.ts';
import { startDeadline } from '../pve/deadline.ts';
import { messageOf, PveError } from '../pve/error.ts';
import { type Connection, NotSent, type Sent } from './connection.ts';
import { follow } from './follow.ts';
import { checkLength, quoted } from './quote.ts';
import { lostError, notOpened } from './ssh-error.ts';
import { sudoRefusal } from './sudo.ts';
import type { ExecOptions, ExecResult, RemoteCommand } from './types.ts';

export interface ExecContext {
  /** The node in words, for errors. */
  readonly place: string;
  /** The connection that is there, or a new one. */
  readonly connection: () => Promise<Connection>;
  readonly sudo: boolean;
  readonly clock: Clock;
}

/**
 * Runs one command. It is sent once: when the connection is lost before its channel was open, it goes over a new
 * connection; later never.
 * @throws PveError `unreachable`, with `mayHaveRun` once it was sent; `cancelled` or `timeout` only when it was not sent
 */
export async function exec(command: RemoteCommand, options: ExecOptions, context: ExecContext): Promise<ExecResult> {
  const mark = randomUUID().replaceAll('-', '');
  const line = commandLine(command.argv, mark, context.sudo);
  checkLength(line);
  const first = await context.connection();
  const deadline = startDeadline(options.signal, { ms: options.timeoutMs, late: notStarted });
  try {
    const begun = context.clock.monotonic();
    const sent = await open(line, first, deadline.signal, context);
    const run = { ...sent, mark, sudo: context.sudo };
    const done = await follow(run, command, options, { signal: deadline.signal, place: context.place });
    const refusal = context.sudo ? sudoRefusal(done, context.place) : undefined;
    if (refusal !== undefined) throw refusal;
    return { ...done, ms: Math.round(context.clock.monotonic() - begun) };
  } finally {
    deadline.clear();
  }
}

/**
 * The login shell tells its process number and becomes the program. The mark makes sure that the line is found behind
 * what start files print, and what the run has started by its environment. Nothing that runs may wait at a pager, and
 * messages are in English.
 */
function commandLine(argv: readonly string[], mark: string, sudo: boolean): string {
  const words = quoted(argv);
  const environment = `PROXMOX_RUN=${mark} LC_ALL=C.UTF-8 PAGER=cat SYSTEMD_PAGER=cat GIT_PAGER=cat`;
  return `echo ${mark} $$; export ${environment}; exec ${sudo ? 'sudo -n -- ' : ''}${words}`;
}

async function open(
  line: string,
  connection: Connection,
  signal: AbortSignal,
  context: ExecContext,
  isRetry = false,
): Promise<Sent & { readonly connection: Connection }> {
  try {
    return { ...(await connection.exec(line, signal)), connection };
  } catch (cause) {
    if (cause instanceof PveError) throw cause;
    if (!(cause instanceof NotSent)) throw unanswered(connection, context.place, cause);
    if (isRetry || !connection.lost.aborted) throw notOpened(context.place, 'a command', cause);
  }
  return open(line, await context.connection(), signal, context, true);
}

function unanswered({ lost }: Connection, place: string, cause: unknown): PveError {
  if (lost.aborted) return lostError(place, true);
  return new PveError(
    {
      code: 'forbidden',
      message: `The SSH server of ${place} does not run commands for this user`,
      hint: 'Look for ForceCommand or restrictions in authorized_keys on the node.',
      reason: [messageOf(cause)],
    },
    { cause },
  );
}

function notStarted(): PveError {
  return new PveError({
    code: 'timeout',
    message: 'The command did not get its turn in time; it was not sent',
    hint: 'Other commands on this node take up all channels: wait for them, or end them.',
    reason: [],
  });
}
