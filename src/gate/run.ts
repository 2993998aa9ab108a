import type { Clock } from '../pve/clock.ts';
import type { Send } from '../pve/request.ts';
import type { NodeShell } from '../ssh/types.ts';
import type { Call } from './call.ts';
import { runCommand } from './run-command.ts';
import { runFile } from './run-file.ts';
import { runRequest } from './run-request.ts';
import { runUndoable } from './run-undoable.ts';
import type {
  ApiOperation,
  Approved,
  Assessment,
  CommandOperation,
  FileOperation,
  Operation,
  Outcome,
  PerformOptions,
} from './types.ts';

export interface RunOptions
  extends PerformOptions,
    Pick<Call, 'files' | 'uploads' | 'measured' | 'plan' | 'redactor' | 'undo'> {
  /** Of the step in its plan. */
  readonly index: number;
  readonly send: Send;
  /** A shell on a node. @throws PveError where there is none to be had */
  readonly shellOn: (node: string) => Promise<NodeShell>;
  readonly clock: Clock;
  /** Wait for the task that the operation starts. */
  readonly wait: boolean;
  /** What the person has filled in, by parameter. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** Runs one approved operation, once, and waits for its end. Never throws. */
export async function run(
  operation: Approved<Operation>,
  assessment: Assessment,
  options: RunOptions,
): Promise<Outcome> {
  switch (operation.kind) {
    case 'api':
      return runUndoable(operation, assessment, options, () =>
        runRequest(operation as Approved<ApiOperation>, assessment, options),
      );
    case 'command':
      return runCommand(operation as Approved<CommandOperation>, assessment, options);
    case 'file':
      return runFile(operation as Approved<FileOperation>, assessment, options);
  }
}
