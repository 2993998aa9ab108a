import type { AuditConsole } from '../../gate/audit.ts';
import type { PveClient } from '../../pve/client.ts';
import { PveError } from '../../pve/error.ts';
import type { Profile } from '../connections/profile.ts';
import type { ConsoleEvents, ConsoleOptions, ConsoleStream, Size } from './console.ts';
import { auditedTarget, type ConsoleRoute, type ConsoleTarget, consoleRoute, routeText } from './target.ts';

/** One way of opening a shell on a target, where it is now. */
export type OpenShell = (
  target: ConsoleTarget,
  profile: Profile,
  size: Size,
  events: ConsoleEvents,
  signal: AbortSignal,
) => Promise<ConsoleStream>;

export interface ConnectOptions {
  readonly profiles: () => Promise<readonly Profile[]>;
  readonly client: (connection: string) => Pick<PveClient, 'findGuest'>;
  /** Records that a console is about to open; what cannot be recorded is not opened (gate.md G10). */
  readonly record: (entry: AuditConsole) => Promise<void>;
  readonly ways: Readonly<Record<ConsoleRoute, OpenShell>>;
}

/** How a terminal gets its shell, at its first connection and at each reconnect. @throws PveError */
export function connectTo(target: ConsoleTarget, options: ConnectOptions): ConsoleOptions['open'] {
  return async (size, events, signal) => {
    const profile = (await options.profiles()).find(({ id }) => id === target.connection);
    const route = profile && consoleRoute(profile);
    if (profile === undefined || route === undefined) throw withoutWay();
    const found = await locate(target, options.client(target.connection), signal);
    const { id, name, revision } = profile;
    await options.record({
      phase: 'console',
      origin: { who: 'person', by: 'picker' },
      connection: { id, name, revision },
      target: auditedTarget(found),
      detail: routeText(route, found),
    });
    signal.throwIfAborted();
    return options.ways[route](found, profile, size, events, signal);
  };
}

/** A guest may have moved since, and its VMID may belong to another one by now. */
async function locate(
  target: ConsoleTarget,
  client: Pick<PveClient, 'findGuest'>,
  signal: AbortSignal,
): Promise<ConsoleTarget> {
  const { guest } = target;
  if (guest === undefined) return target;
  const now = await client.findGuest(guest.vmid, { signal });
  if (now.type !== guest.type || now.name !== guest.name) throw isOther(guest.vmid, now.name);
  if (now.status !== 'running') throw notRunning(now.name, now.status);
  return { ...target, node: now.node };
}

function withoutWay(): PveError {
  return new PveError({
    code: 'denied',
    message: 'The connection was removed, or has no way to consoles any more',
    reason: [],
    hint: 'Set up SSH for it, or open the console of another connection.',
  });
}

function isOther(vmid: number, name: string): PveError {
  return new PveError({
    code: 'changed',
    message: `${vmid} is another guest now, ${JSON.stringify(name)}`,
    reason: [],
    hint: 'Close this terminal and open one on the guest that you mean.',
  });
}

function notRunning(name: string, status: string): PveError {
  return new PveError({
    code: 'wrong_state',
    message: `${JSON.stringify(name)} is ${status}`,
    reason: [],
    hint: 'Start it first.',
  });
}
