import { execInVm } from '../pve/agent-exec.ts';
import { PveError, toPveError } from '../pve/error.ts';
import { execInContainer } from '../ssh/guest-exec.ts';
import type { ExecOptions, ExecResult } from '../ssh/types.ts';
import { commandAnswer } from './command-answer.ts';
import type { RunOptions } from './run.ts';
import type { Approved, Assessment, CommandOperation, CommandRun, Outcome, Progress } from './types.ts';

/** Of each stream so much is kept, bytes; half of it from its end. */
const mostOutput = 256 * 1024;
/** Output is told as progress at most so often, milliseconds. */
const tellEvery = 500;
/** A line that is longer is not told, characters. */
const longestLine = 4096;

/** Runs one approved command, once; time-out and cancel kill it with its children. Never throws. */
export async function runCommand(
  operation: Approved<CommandOperation>,
  { facts }: Assessment,
  options: RunOptions,
): Promise<Outcome> {
  try {
    const result = await execute(operation, facts.guest?.windows === true, options);
    return { status: 'done', data: commandAnswer(result), ms: result.ms };
  } catch (error) {
    const known = toPveError(error);
    // A fault of our own says nothing about how far the command got.
    if (known.data.mayHaveRun !== true && error instanceof PveError) return { status: 'failed', error: known.data };
    const howToLook =
      'The command was begun, and how it ended is not known. Look at what it was to do before anything else.';
    return { status: 'unknown', error: known.data, howToLook };
  }
}

async function execute(
  { target, run, cwd, user, timeoutSeconds }: CommandOperation,
  windows: boolean,
  options: RunOptions,
): Promise<ExecResult> {
  const { signal, clock, onProgress, send, shellOn } = options;
  const how: ExecOptions = {
    signal,
    timeoutMs: timeoutSeconds * 1000,
    maxBytes: mostOutput,
    onOutput: lastLines(onProgress, clock),
  };
  const command = { run, ...(cwd === undefined ? {} : { cwd }), ...(user === undefined ? {} : { user }) };
  if (target.at === 'vm') return execInVm(send, target, command, { ...how, clock, windows });
  const shell = await shellOn(target.node);
  if (target.at === 'container') return execInContainer(shell, target.vmid, command, how);
  return shell.exec({ argv: hostArgv(run, cwd, user === shell.user ? undefined : user) }, how);
}

/** The words of a command on a node: a script runs in a bash that reads nothing first. */
function hostArgv(run: CommandRun, cwd: string | undefined, user: string | undefined): string[] {
  const words = 'script' in run ? ['bash', '--noprofile', '--norc', '-c', run.script] : [...run.argv];
  const there = cwd === undefined ? words : ['sh', '-c', 'cd -- "$1" && shift && exec "$@"', 'sh', cwd, ...words];
  return user === undefined ? there : ['runuser', '-u', user, '--', ...there];
}

/**
 * Tells the last whole line of output now and then, so that a long command is seen to live. Nothing is cut here: half of a
 * secret would not be known for one (G15).
 */
function lastLines(
  onProgress: (progress: Progress) => void,
  clock: RunOptions['clock'],
): NonNullable<ExecOptions['onOutput']> {
  let told = Number.NEGATIVE_INFINITY;
  /** The line of each stream that has not ended yet; nothing where it is too long to be told. */
  const begun: Record<'stdout' | 'stderr', string | undefined> = { stdout: '', stderr: '' };
  return (stream, chunk) => {
    const [first = '', ...others] = chunk.toString().split('\n');
    const before = begun[stream];
    const lines = [before === undefined ? undefined : before + first, ...others].map((line) =>
      line === undefined || line.length > longestLine ? undefined : line,
    );
    begun[stream] = lines.pop();
    const line = lines.findLast((one) => one !== undefined && one.trim() !== '');
    const now = clock.monotonic();
    if (line === undefined || now - told < tellEvery) return;
    told = now;
    onProgress({ message: line.trimEnd() });
  };
}
