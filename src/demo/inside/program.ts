import type { Io, Run, Scope } from './scope.ts';

/** A program of a demo guest. */
export type Program = (call: ProgramCall) => Run | number;
export interface ProgramCall {
  readonly scope: Scope;
  readonly name: string;
  readonly args: readonly string[];
  readonly io: Io;
}

/** What is no option; everything behind `--` is none. */
export function operands(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  const before = end < 0 ? args : args.slice(0, end);
  return [...before.filter((arg) => !/^-./.test(arg)), ...(end < 0 ? [] : args.slice(end + 1))];
}

/** Whether a letter is among the options. */
export function has(args: readonly string[], letter: string): boolean {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).some((arg) => /^-[A-Za-z]+$/.test(arg) && arg.includes(letter));
}

/** Says what went wrong. @returns the exit code */
export function fail(io: Io, text: string, status = 1): number {
  io.err(`${text}\n`);
  return status;
}
