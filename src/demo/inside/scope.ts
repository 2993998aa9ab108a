import type { Inside } from './processes.ts';

/** Work that takes time: it yields milliseconds to wait, and returns its exit code. */
export type Run = Generator<number, number>;

/** Where a program reads and writes. */
export interface Io {
  /** All that is left. */
  readonly read: () => Buffer;
  /** The file that is read, if it is one. */
  readonly source?: string | undefined;
  readonly out: (bytes: Buffer | string) => void;
  readonly err: (bytes: Buffer | string) => void;
}
/** What a program runs in; subshells get a copy. */
export interface Scope {
  readonly inside: Inside;
  /** The process that it is part of. */
  readonly pid: number;
  readonly vars: Map<string, string>;
  args: readonly string[];
  status: number;
  cwd: string;
  user: string;
}

/** How `exit` and `exec` leave a shell. */
export class Exit {
  readonly code: number;
  constructor(code: number) {
    this.code = code;
  }
}
