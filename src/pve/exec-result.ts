/** What was kept of a stream. When `head` and `tail` are not all of it, `bytes` is more than both. */
export interface Captured {
  readonly head: Buffer;
  readonly tail: Buffer;
  readonly bytes: number;
}

/** How a command ended, wherever it ran. */
export interface ExecResult {
  /** Of the remote process; absent when a signal ended it, or when it is not known. */
  readonly exitCode?: number;
  /** `KILL`, without SIG. Beside an exit code it is what a shell tells by 128 + n. */
  readonly exitSignal?: string;
  /** `timeout` and `cancelled`: the process and its children were killed, unless `leftRunning`. */
  readonly ended: 'exit' | 'timeout' | 'cancelled';
  /** Not everything that the command had started could be seen to end. */
  readonly leftRunning?: boolean;
  readonly stdout: Captured;
  readonly stderr: Captured;
  readonly ms: number;
}

/** @param number as Linux counts them, on whatever system this runs */
export function signalName(number: number): string {
  return signals[number - 1] ?? String(number);
}

/** Everything that was kept, in order. */
export function captured({ head, tail }: Captured): Buffer {
  return Buffer.concat([head, tail]);
}

const signals =
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS'.split(
    ' ',
  );
