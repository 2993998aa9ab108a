import { agentFiles } from '../pve/agent-file.ts';
import { PveError, toPveError } from '../pve/error.ts';
import type { RemoteFiles } from '../pve/remote-file.ts';
import { containerFiles } from '../ssh/guest-transfer.ts';
import { hostFiles } from '../ssh/transfer.ts';
import { fileAnswer } from './file-answer.ts';
import { bytesToSend, localFiles } from './local-operation.ts';
import type { RunOptions } from './run.ts';
import type { Approved, Assessment, FileOperation, Outcome } from './types.ts';

/** Carries one approved file, once. Never throws. */
export async function runFile(
  operation: Approved<FileOperation>,
  { facts }: Assessment,
  options: RunOptions,
): Promise<Outcome> {
  const started = options.clock.monotonic();
  try {
    const remote = await remoteFiles(operation, facts.guest?.windows === true, options);
    const bytes = await carry(operation, remote, options);
    const ms = Math.round(options.clock.monotonic() - started);
    return { status: 'done', data: fileAnswer(operation, bytes), ms };
  } catch (error) {
    const known = toPveError(error);
    const mayBeThere =
      operation.direction === 'upload' && (known.data.mayHaveRun === true || !(error instanceof PveError));
    if (!mayBeThere) return { status: 'failed', error: known.data };
    return { status: 'unknown', error: known.data, howToLook: 'Whether the file is there is not known: look at it.' };
  }
}

/** @returns the bytes that went or came */
async function carry(operation: FileOperation, remote: RemoteFiles, options: RunOptions): Promise<Buffer> {
  const { direction, remotePath, localPath = '', overwrite, mode, owner, maxBytes, sha256 = '' } = operation;
  const { signal } = options;
  if (direction === 'upload') {
    const bytes = bytesToSend(operation, options);
    const how = {
      overwrite,
      sha256,
      ...(mode === undefined ? {} : { mode }),
      ...(owner === undefined ? {} : { owner }),
    };
    await remote.upload(bytes, remotePath, how, signal);
    return bytes;
  }
  const { bytes } = await remote.download(remotePath, maxBytes, signal);
  if (direction === 'download') await localFiles(options).write(localPath, bytes, overwrite);
  return bytes;
}

async function remoteFiles(
  { target }: FileOperation,
  windows: boolean,
  { send, shellOn, clock }: RunOptions,
): Promise<RemoteFiles> {
  if (target.at === 'vm') return agentFiles(send, target, { windows, clock });
  const shell = await shellOn(target.node);
  return target.at === 'host' ? hostFiles(shell) : containerFiles(shell, target.vmid);
}
