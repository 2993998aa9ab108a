import type { ExecOptions, ExecResult, NodeShell, RemoteCommand } from '../../src/ssh/types.ts';

/** A node's shell in memory that keeps what it was to run. */
export interface FakeShell extends NodeShell {
  readonly ran: RemoteCommand[];
}

export function execResult(out: string, { exitCode = 0, ...more }: Partial<ExecResult> = {}): ExecResult {
  const stream = (text: string) => ({ head: Buffer.from(text), tail: Buffer.alloc(0), bytes: Buffer.byteLength(text) });
  return { exitCode, ended: 'exit', stdout: stream(out), stderr: stream(''), ms: 12, ...more };
}

/** @param answer what each command answers; a success without output when absent */
export function fakeShell(
  answer: (command: RemoteCommand, options: ExecOptions) => ExecResult | Promise<ExecResult> = () => execResult(''),
  user = 'root',
): FakeShell {
  const ran: RemoteCommand[] = [];
  return {
    ran,
    user,
    sudo: false,
    async exec(command, options) {
      ran.push(command);
      return answer(command, options);
    },
    sftp: () => Promise.reject(new Error('no files here')),
  };
}
