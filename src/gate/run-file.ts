import { PveError } from '../pve/error.ts';
import type { RunOptions } from './run.ts';
import type { Approved, FileOperation, Outcome } from './types.ts';

/** Carries one approved file, once. Never throws. */
export async function runFile(operation: Approved<FileOperation>, _options: RunOptions): Promise<Outcome> {
  const error = new PveError({
    code: 'not_implemented',
    message: `Files are not carried yet: ${operation.direction}`,
    hint: 'Nothing was sent.',
    reason: [],
  });
  return { status: 'failed', error: error.data };
}
