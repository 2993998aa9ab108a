import { randomUUID } from 'node:crypto';
import type { BridgeClient } from '../bridge/client.ts';
import type { ConnectionInfo, Gate, GateProfile, Origin, PerformOptions, PlanResult, Proposal } from '../gate/types.ts';

/** What the tools see of the gate, wherever it lives. */
export interface Door {
  connections(): readonly ConnectionInfo[];
  /** Calls back whenever connections or their levels change. */
  onConnections(listener: () => void): void;
  /** @param client what the MCP client says it is; shown as such, decides nothing. */
  perform(proposal: Proposal, client: string, options: PerformOptions): Promise<PlanResult>;
  close(): Promise<void>;
}

/** The gate of the extension host, over the bridge. */
export function bridgeDoor(client: BridgeClient): Door {
  return {
    connections: () => client.connections(),
    onConnections: (listener) => void client.onConnections(listener),
    perform: (proposal, name, options) => client.perform(proposal, name, options),
    close: async () => client.close(),
  };
}

/** The gate in this very process. @param close ends what the gate was built on. */
export function localDoor(gate: Gate, profiles: readonly GateProfile[], close: () => Promise<void>): Door {
  const launch = randomUUID();
  const connections = profiles.map(
    ({ id, name, level, commands }): ConnectionInfo => ({
      ...{ id, name, level },
      ...(commands?.host ? { host: true } : {}),
    }),
  );
  return {
    connections: () => connections,
    onConnections: () => {},
    perform(proposal, client, options) {
      const origin: Origin = { who: 'agent', client, launch };
      return gate.perform(proposal, origin, options);
    },
    close,
  };
}
