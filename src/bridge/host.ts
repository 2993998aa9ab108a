import type { ConnectionInfo, Gate } from '../gate/types.ts';
import type { Clock } from '../pve/clock.ts';
import { PveError } from '../pve/error.ts';
import { createLaunch, type Launch, type LaunchHandle, type LaunchState } from './launch.ts';

export type { LaunchHandle, LaunchState };

export interface BridgeHostOptions {
  readonly gate: Gate;
  readonly clock: Clock;
  /** What the server is told of the connections; read again for each server and each `notifyConnections`. */
  readonly connections: () => Promise<readonly ConnectionInfo[]>;
  readonly onState?: (launch: string, state: LaunchState) => void;
}

/** The extension's side of the bridge: it lets one MCP server at a time reach the gate. */
export interface BridgeHost {
  /**
   * Makes a launch for a server that is about to start, and voids the one before it: its connection is closed and its
   * calls are aborted.
   * @throws PveError `gate_unavailable` when no private socket can be made, or the host was closed.
   */
  open(): Promise<LaunchHandle>;
  /** Tells the server that is connected, if any, what the connections are now. */
  notifyConnections(): Promise<void>;
  /** Voids the launch and aborts its calls. */
  close(): Promise<void>;
}

export async function createBridgeHost(options: BridgeHostOptions): Promise<BridgeHost> {
  let current: Launch | undefined;
  let closed = false;
  let changes = 0;

  return {
    async open() {
      if (closed) throw hostClosed();
      const before = current;
      const launch = createLaunch(options);
      current = launch;
      await before?.end('closed');
      return launch.open();
    },
    async notifyConnections() {
      changes += 1;
      const mine = changes;
      const connections = await options.connections();
      // A later change reads later and tells more.
      if (mine === changes) current?.announce(connections);
    },
    async close() {
      closed = true;
      await current?.end('closed');
    },
  };
}

function hostClosed(): PveError {
  return new PveError({
    code: 'gate_unavailable',
    message: 'The Proxmox VE extension is shutting down',
    hint: 'Start the MCP server again when the window has reloaded.',
    reason: [],
  });
}
