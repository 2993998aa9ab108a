import type { Socket } from 'node:net';
import { type CancellationToken, ErrorCodes, ProgressType, ResponseError } from 'vscode-jsonrpc/node';
import type * as z from 'zod';
import { issueText } from '../gate/operation.ts';
import type { ConnectionInfo, Gate, PlanResult, Progress } from '../gate/types.ts';
import type { Clock } from '../pve/clock.ts';
import { PveError } from '../pve/error.ts';
import { after, openChannel } from './channel.ts';
import { newNonce } from './proof.ts';
import {
  bridgeLimits,
  fromChildSchema,
  type Hello,
  helloSchema,
  methods,
  performSchema,
  protocolVersion,
  tooManyCalls,
  versionSchema,
  type Welcome,
} from './protocol.ts';

export interface SessionOptions {
  readonly gate: Gate;
  readonly clock: Clock;
  readonly connections: () => Promise<readonly ConnectionInfo[]>;
  readonly launch: string;
  /** Checks the child's proof and returns the host's, or undefined: the connection is dropped. */
  readonly admit: (hello: Hello, hostNonce: string) => string | undefined;
  /** Called once. */
  readonly onEnd: () => void;
}

/** One connection, proven or not yet. */
export interface Session {
  announce(connections: readonly ConnectionInfo[]): void;
  /** Aborts every call in flight and destroys the socket. */
  end(): void;
}

/** Serves one socket: a stranger for at most 2 seconds, then, if it proves the key, the way to the gate. */
export function serve(socket: Socket, { gate, clock, connections, launch, admit, onEnd }: SessionOptions): Session {
  const nonce = newNonce();
  const calls = new Set<AbortController>();
  const stranger = new AbortController();
  let phase: 'stranger' | 'greeted' | 'proven' | 'ended' = 'stranger';

  const channel = openChannel(socket, {
    mayReceive: () => (phase === 'proven' ? bridgeLimits.fromChild : bridgeLimits.fromStranger),
    maySend: bridgeLimits.fromHost,
    mayOwe: bridgeLimits.answers,
    accepts(message) {
      const parsed = fromChildSchema.safeParse(message);
      // A stranger has called nothing that it could cancel.
      return parsed.success && (phase === 'proven' || 'id' in parsed.data);
    },
  });

  function end(): void {
    if (phase === 'ended') return;
    phase = 'ended';
    stranger.abort();
    for (const call of calls) call.abort(gone());
    socket.destroy();
    onEnd();
  }

  async function hello(params: unknown): Promise<Welcome> {
    if (phase !== 'stranger') return drop();
    phase = 'greeted';
    checkVersion(params);
    const proof = admit(parse(helloSchema, params), nonce);
    if (proof === undefined) return drop();
    phase = 'proven';
    stranger.abort();
    return { proof, connections: await connections() };
  }

  async function perform(params: unknown, token: CancellationToken): Promise<PlanResult> {
    if (calls.size >= bridgeLimits.calls) throw crowded();
    const { proposal, client, progress } = parse(performSchema, params);
    const call = new AbortController();
    calls.add(call);
    // A token that is cancelled already tells its listeners too late.
    if (token.isCancellationRequested) call.abort(cancelled());
    else token.onCancellationRequested(() => call.abort(cancelled()));
    try {
      return await gate.perform(
        proposal,
        { who: 'agent', client, launch },
        { signal: call.signal, onProgress: (value) => tell(() => channel.sendProgress(progressType, progress, value)) },
      );
    } finally {
      calls.delete(call);
    }
  }

  /** Sends what nobody waits for. A message that cannot be written is lost; when the socket is gone, its close ends all. */
  function tell(send: () => Promise<void>): void {
    if (phase === 'proven') send().catch(() => undefined);
  }

  function drop(): never {
    end();
    throw new ResponseError(ErrorCodes.InvalidRequest, 'Refused');
  }

  channel.onRequest((method, params, token) => {
    if (method === methods.hello) return hello(params);
    if (phase !== 'proven') return drop();
    if (method === methods.perform) return perform(params, token);
    throw new ResponseError(ErrorCodes.MethodNotFound, 'There is no such method');
  });
  socket.on('close', end);
  channel.listen();
  after(clock, bridgeLimits.strangerMs, stranger.signal, end);
  channel.sendNotification(methods.challenge, { protocol: protocolVersion, nonce }).catch(end);

  return {
    announce: (list) => tell(() => channel.sendNotification(methods.connections, list)),
    end,
  };
}

const progressType = new ProgressType<Progress>();

function parse<S extends z.ZodType>(schema: S, params: unknown): z.output<S> {
  const parsed = schema.safeParse(params);
  if (parsed.success) return parsed.data;
  throw new ResponseError(ErrorCodes.InvalidParams, parsed.error.issues.map(issueText).join('; '));
}

function checkVersion(params: unknown): void {
  const { protocol } = parse(versionSchema, params);
  if (protocol === protocolVersion) return;
  throw new ResponseError(
    ErrorCodes.InvalidRequest,
    `The extension speaks version ${protocolVersion} of the bridge, this server version ${protocol}`,
  );
}

function crowded(): ResponseError<void> {
  return new ResponseError(tooManyCalls, `${bridgeLimits.calls} calls of this server are under way already`);
}

function cancelled(): PveError {
  return new PveError({
    code: 'cancelled',
    message: 'The call was cancelled',
    hint: 'Call again if it is still wanted.',
    reason: [],
  });
}

function gone(): PveError {
  return new PveError({
    code: 'cancelled',
    message: 'The connection to the MCP server was closed',
    hint: 'Start the MCP server again.',
    reason: [],
  });
}
