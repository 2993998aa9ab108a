import { PveError } from '../pve/error.ts';
import type { ExecResult } from './types.ts';

/** What sudo itself says, and nothing beside it, when it does not run a command: one that ran may have said the same. */
const refusal =
  /^(sudo: a (password|terminal) is required.*|sudo: interactive authentication is required|.* is not in the sudoers file.*|Sorry, user .* (may not run sudo|is not allowed to execute) .*|.*exec: sudo: not found)$/;

/** `sudo -n` did not run the command: why, and what to do. */
export function sudoRefusal(result: Omit<ExecResult, 'ms'>, place: string): PveError | undefined {
  if (result.ended !== 'exit' || result.exitCode === 0 || result.stdout.bytes > 0) return undefined;
  const said = result.stderr.head.toString('utf8').trim().split('\n');
  if (!said.every((line) => refusal.test(line.trim()))) return undefined;
  return new PveError({
    code: 'forbidden',
    message: `sudo on ${place} did not run the command`,
    hint: 'Let this user run commands without a password (NOPASSWD in /etc/sudoers.d), or connect as root.',
    reason: said,
  });
}
