import type { Socket } from 'node:net';
import { ErrorCodes, ResponseError } from 'vscode-jsonrpc/node';
import type { Proposal, ProposedOperation } from '../gate/types.ts';
import { messageOf, PveError } from '../pve/error.ts';
import { protocolVersion, tooManyCalls } from './protocol.ts';

/** The extension does not answer at its socket, or not any more. Nothing was sent. */
export function unreachable(socket: Socket): PveError {
  if (socket.errored instanceof PveError) return socket.errored;
  return unavailable('The Proxmox VE extension is not reachable; nothing was sent', restart, socket.errored);
}

export function noAnswer(timeoutMs: number): PveError {
  return unavailable(`The Proxmox VE extension did not answer within ${timeoutMs} ms; nothing was sent`, restart);
}

/** What answers at the socket cannot prove the key. */
export function impostor(): PveError {
  return unavailable('What answers at the socket is not the Proxmox VE extension; nothing was sent', restart);
}

export function otherVersion(theirs: number): PveError {
  return unavailable(
    `The extension speaks version ${theirs} of the bridge, this server version ${protocolVersion}; nothing was sent`,
    'Reload the window, so that the extension and its server are of one release.',
  );
}

/** Why `hello` was not welcomed: in the extension's own words, or it just closed the socket. */
export function notWelcome(socket: Socket, error: unknown): PveError {
  if (socket.errored instanceof PveError) return socket.errored;
  if (error instanceof ResponseError && !socket.destroyed) {
    return unavailable(
      `${error.message}; nothing was sent`,
      'Reload the window, then start the MCP server again.',
      error,
    );
  }
  return unavailable(
    'The Proxmox VE extension refused this server: its key is wrong, was used before or is older than 30 seconds',
    restart,
    error,
  );
}

export function cancelled(): PveError {
  return new PveError({
    code: 'cancelled',
    message: 'The call was cancelled before anything was sent',
    hint: 'Call again if it is still wanted.',
    reason: [],
  });
}

/** Why a call has no result. Unless it surely never reached the gate, a write in it may have run. */
export function callFailed(socket: Socket, proposal: Proposal, error: unknown): PveError {
  const code = error instanceof ResponseError && !socket.destroyed ? error.code : undefined;
  if (code === ErrorCodes.MessageWriteError) {
    return new PveError(
      {
        code: 'too_large',
        message: 'The request is too large for the Proxmox VE extension; nothing was sent',
        hint: 'Send less in one call.',
        reason: [messageOf(error)],
      },
      { cause: error },
    );
  }
  if (code === tooManyCalls)
    return unavailable(`${messageOf(error)}; nothing was sent`, 'Wait until some of them have ended.', error);
  if (code === ErrorCodes.InvalidParams) {
    return new PveError(
      {
        code: 'invalid_argument',
        message: 'The Proxmox VE extension refused the request as malformed; nothing was sent',
        hint: 'Correct the arguments.',
        reason: [messageOf(error)],
      },
      { cause: error },
    );
  }
  return lost(proposal, socket.destroyed ? [] : [messageOf(error)], error);
}

function lost(proposal: Proposal, reason: readonly string[], cause: unknown): PveError {
  const writes = !proposal.operations.every(isRead);
  const what = reason.length === 0 ? 'went away' : 'failed';
  const data = {
    code: 'gate_unavailable',
    message: `The Proxmox VE extension ${what} during the call`,
    reason,
  } as const;
  if (!writes) return new PveError({ ...data, hint: `Nothing was changed. ${restart}` }, { cause });
  const hint =
    'The change may have been sent. Do not repeat it: look at the state of its target and at the task list first.';
  return new PveError({ ...data, hint, mayHaveRun: true }, { cause });
}

/** A command is one only where the gate says so, which nobody can tell any more. */
function isRead(operation: ProposedOperation): boolean {
  return operation.kind === 'api'
    ? operation.method === 'GET'
    : operation.kind === 'file' && operation.direction === 'read';
}

function unavailable(message: string, hint: string, cause?: unknown): PveError {
  return new PveError({ code: 'gate_unavailable', message, hint, reason: [] }, { cause });
}

const restart = 'Start the MCP server again in VS Code; if that does not help, reload the window.';
