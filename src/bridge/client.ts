import { connect, type Socket } from 'node:net';
import { CancellationTokenSource, type MessageConnection, ProgressType, RequestType } from 'vscode-jsonrpc/node';
import { printable } from '../gate/printable.ts';
import type { ConnectionInfo, PerformOptions, PlanResult, Progress, Proposal } from '../gate/types.ts';
import type { Clock } from '../pve/clock.ts';
import { after, openChannel } from './channel.ts';
import { callFailed, cancelled, impostor, noAnswer, notWelcome, otherVersion, unreachable } from './client-errors.ts';
import { isProof, newNonce, prove } from './proof.ts';
import {
  bridgeLimits,
  type Challenge,
  challengeSchema,
  connectionsSchema,
  fromHostSchema,
  type Hello,
  maxClientName,
  methods,
  type PerformParams,
  protocolVersion,
  versionSchema,
  type Welcome,
  welcomeSchema,
} from './protocol.ts';

export interface ConnectBridgeOptions {
  /** As the extension handed them over; see `bridgeEnvironment`. */
  readonly path: string;
  readonly launch: string;
  /** 32 bytes as base64url. */
  readonly key: string;
  readonly clock: Clock;
  /** Milliseconds until both sides have proven the key; 5,000 when absent. */
  readonly timeoutMs?: number;
}

/** The MCP server's side of the bridge. */
export interface BridgeClient {
  /** As the extension told them last. */
  connections(): readonly ConnectionInfo[];
  onConnections(listener: (connections: readonly ConnectionInfo[]) => void): void;
  /**
   * Has the gate in the extension perform a proposal.
   * @param client the MCP client's claim of its own name.
   * @throws PveError `gate_unavailable` when the extension is not reachable, with `mayHaveRun` when a write was on its way;
   * `too_large`, `invalid_argument` or `cancelled` when nothing was sent to the cluster.
   */
  perform(proposal: Proposal, client: string, options: PerformOptions): Promise<PlanResult>;
  /** Called once, when the bridge is gone for good; at once when it is gone already. */
  onClose(listener: () => void): void;
  close(): Promise<void>;
}

/**
 * Connects to the extension and proves the key, each side to the other, before anything else is sent.
 * @throws PveError `gate_unavailable` when the extension is not there, refuses the key, does not prove it itself, or speaks
 * another version.
 */
export async function connectBridge({
  path,
  launch,
  key,
  clock,
  timeoutMs = 5000,
}: ConnectBridgeOptions): Promise<BridgeClient> {
  const socket = connect(path);
  const channel = openChannel(socket, {
    mayReceive: () => bridgeLimits.fromHost,
    maySend: bridgeLimits.fromChild,
    accepts: (message) => fromHostSchema.safeParse(message).success,
  });
  const listeners: ((connections: readonly ConnectionInfo[]) => void)[] = [];
  let latest: readonly ConnectionInfo[] | undefined;
  channel.onNotification(methods.connections, (params: unknown) => {
    const parsed = connectionsSchema.safeParse(params);
    if (!parsed.success) return void socket.destroy();
    latest = parsed.data;
    for (const listener of listeners) listener(parsed.data);
  });
  const timer = new AbortController();
  after(clock, timeoutMs, timer.signal, () => socket.destroy(noAnswer(timeoutMs)));
  try {
    const welcome = await shakeHands(socket, channel, launch, Buffer.from(key, 'base64url'));
    // A list that overtook the Welcome is newer.
    latest ??= welcome.connections;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    timer.abort();
  }
  return {
    connections: () => latest ?? [],
    onConnections: (listener) => void listeners.push(listener),
    perform: createCaller(socket, channel),
    onClose: (listener) => void (socket.closed ? queueMicrotask(listener) : socket.once('close', listener)),
    close: () => closeSocket(socket),
  };
}

async function shakeHands(
  socket: Socket,
  channel: MessageConnection,
  launch: string,
  key: Uint8Array,
): Promise<Welcome> {
  const { nonce: hostNonce } = await firstChallenge(socket, channel);
  const handshake = { launch, hostNonce, childNonce: newNonce() };
  const hello: Hello = {
    protocol: protocolVersion,
    launch,
    nonce: handshake.childNonce,
    proof: prove(key, 'child', handshake),
  };
  const answer: unknown = await channel.sendRequest<unknown>(methods.hello, hello).catch((error: unknown) => {
    throw notWelcome(socket, error);
  });
  const welcome = welcomeSchema.safeParse(answer);
  if (welcome.success && isProof(welcome.data.proof, key, 'host', handshake)) return welcome.data;
  throw impostor();
}

function firstChallenge(socket: Socket, channel: MessageConnection): Promise<Challenge> {
  return new Promise((resolve, reject) => {
    channel.onNotification(methods.challenge, (params: unknown) => {
      const version = versionSchema.safeParse(params);
      const challenge = challengeSchema.safeParse(params);
      if (challenge.success) resolve(challenge.data);
      else if (version.success && version.data.protocol !== protocolVersion)
        reject(otherVersion(version.data.protocol));
      else reject(impostor());
    });
    socket.once('close', () => reject(unreachable(socket)));
    channel.listen();
  });
}

function createCaller(socket: Socket, channel: MessageConnection): BridgeClient['perform'] {
  let calls = 0;
  return async (proposal, client, { signal, onProgress }) => {
    if (signal.aborted) throw cancelled();
    if (socket.destroyed) throw unreachable(socket);
    calls += 1;
    const cancellation = new CancellationTokenSource();
    const cancel = () => cancellation.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    const progress = channel.onProgress(progressType, calls, onProgress);
    const params = { proposal, client: printable(client, maxClientName), progress: calls };
    try {
      const result = await channel.sendRequest(performRequest, params, cancellation.token);
      if (result.outcomes.length === proposal.operations.length) return result;
      throw new Error('The answer does not fit the request');
    } catch (error) {
      throw callFailed(socket, proposal, error);
    } finally {
      signal.removeEventListener('abort', cancel);
      progress.dispose();
    }
  };
}

const performRequest = new RequestType<PerformParams, PlanResult, void>(methods.perform);
const progressType = new ProgressType<Progress>();

function closeSocket(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) return resolve();
    socket.once('close', () => resolve());
    socket.destroy();
  });
}
