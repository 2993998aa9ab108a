import { randomBytes } from 'node:crypto';
import { PveError } from '../pve/error.ts';
import { captured, type ExecResult, signalName } from '../pve/exec-result.ts';
import { type GuestCommand, guestEnvironment, guestWords, inShell } from '../pve/guest-command.ts';
import type { ExecOptions, NodeShell, RemoteCommand } from './types.ts';

/**
 * Runs a command in a container, by `pct exec` on the node that holds it. Nothing of the host's environment gets in. After
 * a time-out or a cancel the command and its children are killed inside too, where the end of `pct` alone would leave them.
 * @param shell of the node on which the container runs
 * @throws PveError `not_found` for a container that is not on this node, `wrong_state` for one that does not run; nothing
 * ran then. `timeout` or `cancelled` with `mayHaveRun` when what was to be killed may go on.
 */
export async function execInContainer(
  shell: NodeShell,
  vmid: number,
  command: GuestCommand & Pick<RemoteCommand, 'stdin'>,
  options: ExecOptions,
): Promise<ExecResult> {
  const mark = `PROXMOX_RUN=${randomBytes(12).toString('hex')}`;
  const words = ['env', '-i', mark, ...guestEnvironment, ...inShell(ownGroup, ...guestWords(command))];
  const { stdin } = command;
  const result = await shell.exec(
    { argv: pct('exec', String(vmid), '--', ...words), ...(stdin === undefined ? {} : { stdin }) },
    options,
  );
  if (result.ended !== 'exit') await killInside(shell, vmid, mark, result.ended);
  else refuseUnlessItRan(vmid, result);
  const { exitCode = 0 } = result;
  return exitCode > 128 && exitCode < 160 ? { ...result, exitSignal: signalName(exitCode - 128) } : result;
}

/** `pct` with nothing of the login's environment, which it would hand on (only 9.2 has an option against that). */
export function pct(...words: readonly string[]): string[] {
  return inShell('exec env -i "PATH=$PATH:/usr/sbin:/sbin" LC_ALL=C.UTF-8 pct "$@"', ...words);
}

/**
 * A process group of its own, whose first process stays to carry the mark. The outer shell waits: `setsid` does not where
 * its caller leads a group.
 */
const ownGroup = `command -v setsid >/dev/null 2>&1 || { "$@"; exit $?; }
setsid sh -c '"$@"; exit $?' sh "$@"
exit $?`;

/**
 * Kills every process that carries the mark in its environment, and the group that it leads. It looks again until there
 * is none, and once more a second later when there was none at all, for the command may just be starting.
 */
const killMarked = `any=
for round in 1 2 3 4 5 6 7 8 9; do
  found=
  for each in /proc/[0-9]*/environ; do
    if grep -qs "$1" "$each"; then pid=\${each#/proc/}; pid=\${pid%/environ}; found="$found $pid -$pid"; fi
  done
  if [ -n "$found" ]; then any=1; kill -KILL $found 2>/dev/null
  elif [ -n "$any" ]; then exit 0
  else any=1; sleep 1
  fi
done
exit 1`;

const killMs = 20_000;

async function killInside(shell: NodeShell, vmid: number, mark: string, ended: 'timeout' | 'cancelled'): Promise<void> {
  const argv = pct('exec', String(vmid), '--', 'env', '-i', ...guestEnvironment, ...inShell(killMarked, mark));
  const options = { signal: new AbortController().signal, timeoutMs: killMs, maxBytes: 4096 };
  const reason = await shell.exec({ argv }, options).then(
    ({ exitCode, stderr }) => (exitCode === 0 ? undefined : lines(captured(stderr))),
    (error: unknown) => [error instanceof Error ? error.message : String(error)],
  );
  if (reason === undefined) return;
  throw new PveError({
    code: ended,
    message: `The command in container ${vmid} was to be ended, and may still run`,
    hint: 'Look for it in the container: ps -ef',
    reason,
    mayHaveRun: true,
  });
}

/** `pct` tells its own refusals by one line and an exit code that a command may have too; a command that ran is believed. */
function refuseUnlessItRan(vmid: number, { exitCode, stdout, stderr }: ExecResult): void {
  if (exitCode === 0 || stdout.bytes > 0) return;
  const reason = lines(captured(stderr));
  const refusal = reason.length === 1 ? pctRefusals.find(([pattern]) => pattern.test(reason[0] ?? '')) : undefined;
  if (refusal === undefined) return;
  const [, code, what, hint] = refusal;
  throw new PveError({ code, message: `Container ${vmid} ${what}`, hint, reason });
}

const pctRefusals: readonly (readonly [RegExp, 'not_found' | 'wrong_state', string, string])[] = [
  [
    /^Configuration file 'nodes\/[^/']+\/lxc\/\d+\.conf' does not exist$/,
    'not_found',
    'is not on this node',
    'Nothing ran. It may have been moved or removed: look it up again.',
  ],
  [
    /^(Error: )?(container '?\d+'?|CT \d+) (is )?not running!?$/i,
    'wrong_state',
    'does not run',
    'Nothing ran. Start it first.',
  ],
];

function lines(text: Buffer): string[] {
  return text
    .toString('utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
