import type { Captured, ExecResult } from '../ssh/types.ts';

/** What a command has answered. `ended` by `timeout` or `cancelled`: it and its children were killed. */
export interface CommandAnswer {
  readonly exitCode?: number;
  /** `KILL`, without SIG. */
  readonly exitSignal?: string;
  readonly ended: ExecResult['ended'];
  /** Not everything that it had started could be seen to end. */
  readonly leftRunning?: boolean;
  readonly stdout: StreamText;
  readonly stderr: StreamText;
  readonly ms: number;
}

/** One stream of a command as text. */
export interface StreamText {
  /** The beginning and the end where there was more; empty where it is no text. */
  readonly text: string;
  /** All that there was. */
  readonly bytes: number;
  /** How many of them were left out in the middle. */
  readonly left: number;
  readonly binary: boolean;
}

/** What a command has answered, in words of text. */
export function commandAnswer({ stdout, stderr, ...rest }: ExecResult): CommandAnswer {
  return { ...rest, stdout: streamText(stdout), stderr: streamText(stderr) };
}

/** Whether this is what a command has answered; nothing that the API answers has these fields together. */
export function isCommandAnswer(data: unknown): data is CommandAnswer {
  return typeof data === 'object' && data !== null && 'ended' in data && 'stdout' in data && 'stderr' in data;
}

/** Whether the command did what it was to do, as far as it tells. */
export function hasSucceeded({ ended, exitCode }: CommandAnswer): boolean {
  return ended === 'exit' && exitCode === 0;
}

/** How it ended, in words: `exit code 1`, `killed after 60 s`. */
export function endedText({ ended, exitCode, exitSignal, ms }: CommandAnswer): string {
  if (ended !== 'exit')
    return `${ended === 'timeout' ? 'its time was over, and it was killed' : 'it was cancelled, and killed'} after ${Math.round(ms / 1000)} s`;
  if (exitCode === undefined)
    return exitSignal === undefined ? 'how it ended is not known' : `ended by the signal ${exitSignal}`;
  return `exit code ${exitCode}${exitSignal === undefined ? '' : ` (the signal ${exitSignal})`}`;
}

function streamText({ head, tail, bytes }: Captured): StreamText {
  const left = Math.max(0, bytes - head.length - tail.length);
  if (isBinary(head) || isBinary(tail)) return { text: '', bytes, left, binary: true };
  if (left === 0) return { text: Buffer.concat([head, tail]).toString(), bytes, left, binary: false };
  // What was cut in the middle of a character shows as one that is not known.
  return { text: `${head.toString()}\n[… ${left} bytes left out …]\n${tail.toString()}`, bytes, left, binary: false };
}

/** Text has no NUL, and seldom what is no UTF-8. */
export function isBinary(bytes: Buffer): boolean {
  if (bytes.includes(0)) return true;
  const text = bytes.toString();
  const unknown = text.match(/\uFFFD/g)?.length ?? 0;
  return unknown > 8 && unknown > text.length / 20;
}
