import { isClusterFileSystemDown } from './classify.ts';
import type { Clock } from './clock.ts';
import type { Outgoing, Way } from './endpoint.ts';
import { PveError, type PveErrorData } from './error.ts';
import { burdenedNode } from './manners.ts';
import type { PveReply, PveRequest } from './request.ts';
import { isSchemaRequest, isWrite } from './request.ts';

/** An endpoint as it was last seen. */
export interface EndpointState {
  readonly url: string;
  /** Why it is passed over for the time being. */
  readonly fault?: PveErrorData;
}

export interface Failover {
  send(outgoing: Outgoing): Promise<PveReply>;
  serving(): string | undefined;
  states(): readonly EndpointState[];
  onServing(listener: () => void): () => void;
}

/** For so long a faulty endpoint is asked only when no other one answers. */
const restMs = 30_000;

interface Seat {
  readonly way: Way;
  /** The node's own name, once an answer has told it. */
  node?: string;
  fault?: { readonly error: PveErrorData; readonly until: number };
}

/**
 * Several ways to one cluster. The one that answered last goes on to serve; a read that fails for the endpoint's sake goes
 * to the next, a write only when no byte of it was sent. What PVE itself refuses (401, 403, …) is an answer.
 */
export function createFailover(ways: readonly Way[], clock: Clock): Failover {
  const seats: readonly Seat[] = ways.map((way) => ({ way }));
  const listeners = new Set<() => void>();
  let serving: Seat | undefined;

  const isResting = ({ fault }: Seat) => fault !== undefined && clock.monotonic() < fault.until;
  const tell = () => {
    for (const listener of listeners) listener();
  };
  const serve = (seat: Seat) => {
    const isNews = serving !== seat || seat.fault !== undefined;
    delete seat.fault;
    serving = seat;
    if (isNews) tell();
  };
  const rest = (seat: Seat, error: PveErrorData) => {
    const isNews = seat.fault?.error.code !== error.code;
    seat.fault = { error, until: clock.monotonic() + restMs };
    if (isNews) tell();
  };
  const inOrder = (): readonly Seat[] => {
    const first = serving;
    return first === undefined ? seats : [first, ...seats.filter((seat) => seat !== first)];
  };

  const send = async (outgoing: Outgoing): Promise<PveReply> => {
    const { request } = outgoing;
    const order = inOrder();
    const failures: PveError[] = [];
    let inMinority: { readonly seat: Seat; readonly reply: PveReply } | undefined;
    const tryEach = async (some: readonly Seat[]): Promise<PveReply | undefined> => {
      for (const seat of some) {
        try {
          const reply = await seat.way.send(outgoing);
          const status = clusterStatus(request, reply);
          if (status?.node !== undefined) seat.node = status.node;
          if (status?.quorate !== false || seats.length === 1) {
            serve(seat);
            return reply;
          }
          inMinority ??= { seat, reply };
          rest(seat, noQuorum(seat.way.url));
        } catch (error) {
          if (!(error instanceof PveError)) throw error;
          const blame = blameOf(error, request, seat);
          if (blame === 'answered') serve(seat);
          if (blame === 'endpoint') rest(seat, error.data);
          if (blame === 'answered' || outgoing.signal.aborted || !mayGoOn(error, outgoing)) throw error;
          failures.push(error);
        }
      }
      return undefined;
    };

    const awake = order.filter((seat) => !isResting(seat));
    const asleep = order.filter(isResting);
    const reply = await tryEach(awake);
    if (reply !== undefined) return reply;
    // Those at rest are asked when nobody else is there; not to hear a second opinion.
    const wasHeard = inMinority !== undefined || failures.some(({ data }) => data.status !== undefined);
    const late = wasHeard ? undefined : await tryEach(asleep);
    if (late !== undefined) return late;
    if (inMinority === undefined) throw worst(failures);
    return inMinority.reply;
  };

  return {
    send,
    serving: () => serving?.way.url,
    states: () => seats.map(({ way: { url }, fault }) => (fault === undefined ? { url } : { url, fault: fault.error })),
    onServing(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Whether an error is the endpoint's fault, or perhaps that of a node behind it (`unclear`), or an answer of PVE. */
function blameOf({ data }: PveError, request: PveRequest, seat: Seat): 'endpoint' | 'unclear' | 'answered' {
  const { path } = request;
  if (data.code === 'cancelled') return 'unclear';
  if (data.code === 'too_large') return 'answered';
  // Something in between may keep the documents of a node from us, and let its API through.
  if (isSchemaRequest(request) && data.code === 'not_proxmox') return 'unclear';
  if (data.status === undefined || data.code === 'not_proxmox' || data.code === 'no_quorum') return 'endpoint';
  if (isClusterFileSystemDown(data)) return 'endpoint';
  if (data.status !== 595) return 'answered';
  // 595: a proxied request did not reach its node; only when that is the endpoint's own, another endpoint helps.
  const node = path[0] === 'nodes' && path[1] !== 'localhost' ? path[1] : seat.node;
  if (node === undefined || path[0] !== 'nodes' || node === seat.node) return 'endpoint';
  return seat.node === undefined ? 'unclear' : 'answered';
}

function mayGoOn({ data }: PveError, { request, repeatable }: Outgoing): boolean {
  if (data.code === 'cancelled') return false;
  const wasSent = data.status !== undefined || data.mayHaveRun === true;
  // A changed certificate stops a write: a person has to look before anything is changed by another way.
  if (isWrite(request)) return !wasSent && data.code !== 'certificate';
  // A node that is kept waiting by a storage or an agent is not made to wait once more.
  return repeatable && !(data.code === 'timeout' && burdenedNode(request.path) !== undefined);
}

/** What GET `/cluster/status` tells of the node that answered. */
function clusterStatus(
  { method, path }: PveRequest,
  { data }: PveReply,
): { readonly quorate: boolean; readonly node?: string } | undefined {
  if (method !== 'GET' || path.join('/') !== 'cluster/status' || !Array.isArray(data)) return undefined;
  const entries: readonly unknown[] = data;
  const has = (entry: unknown, name: string, values: readonly unknown[]): entry is Readonly<Record<string, unknown>> =>
    typeof entry === 'object' &&
    entry !== null &&
    values.includes(Object.entries(entry).find(([key]) => key === name)?.[1]);
  const own = entries.find((entry) => has(entry, 'local', [1, '1', true]));
  const node = has(own, 'type', ['node']) && typeof own.name === 'string' ? { node: own.name } : {};
  return { quorate: !entries.some((entry) => has(entry, 'quorate', [0, '0', false])), ...node };
}

function noQuorum(url: string): PveErrorData {
  const message = `${new URL(url).host} is not connected to the majority of its cluster`;
  return { code: 'no_quorum', message, hint: 'Look at it on the node: pvecm status', reason: [] };
}

/** The one error to show when no endpoint answered: the most alarming certificate before all, then what PVE said. */
function worst(failures: readonly PveError[]): PveError {
  const changed = failures.filter(({ code }) => code === 'certificate');
  const error =
    changed.find(({ data }) => data.certificate?.change !== 'same-ca') ??
    changed[0] ??
    failures.find(({ data }) => data.status !== undefined) ??
    failures[0];
  if (error === undefined) throw new TypeError('No endpoint was asked');
  const others = failures.filter((other) => other !== error && other.data.status === undefined);
  if (others.length === 0 || error.code === 'certificate') return error;
  const message = [error, ...others].map(({ data }) => data.message).join('; ');
  return new PveError({ ...error.data, message }, { cause: error });
}
