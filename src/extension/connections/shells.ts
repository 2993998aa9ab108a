import type { Redactor } from '../../gate/redact.ts';
import type { Clock } from '../../pve/clock.ts';
import { PveError } from '../../pve/error.ts';
import type { HostKeySources } from '../../ssh/host-keys.ts';
import { createPlaces, type Places } from '../../ssh/places.ts';
import type { NodeShell, SshLogin, SshPlace, SshPool, SshTerminals } from '../../ssh/types.ts';
import type { ConsoleEvents, ConsoleStream, Size } from '../terminals/console.ts';
import { type ConsoleTarget, consoleProgram } from '../terminals/target.ts';
import type { ClusterProfile } from './profile.ts';
import { sshSecretOf } from './secrets.ts';
import { type SshEnvironment, sshLogin } from './ssh.ts';
import type { SshSettings } from './ssh-settings.ts';
import type { ConnectionStore } from './store.ts';

export interface ShellsOptions {
  readonly store: Pick<ConnectionStore, 'read' | 'onChange'> & {
    readonly secrets: Pick<ConnectionStore['secrets'], 'get'>;
  };
  /** The nodes of a connection, where its cluster says they are. */
  readonly addresses: (connection: ClusterProfile, signal: AbortSignal) => Promise<readonly SshPlace[]>;
  readonly openPool: (login: SshLogin, hostKeys: HostKeySources) => SshPool & SshTerminals;
  /** The text of the user's `known_hosts`. */
  readonly knownHosts: () => Promise<string>;
  readonly env: SshEnvironment['env'];
  readonly redactor: Pick<Redactor, 'add'>;
  readonly clock: Clock;
}

/** The nodes of all connections by SSH: one pool for each, as long as its SSH settings stay what they are. */
export interface Shells {
  /** @throws PveError `denied` when SSH is not set up or the connection was edited, and those of `SshPool` */
  node(connection: ConnectionOf, node: string, signal: AbortSignal): Promise<NodeShell>;
  /** Opens a terminal for a person, on a connection of its own. @throws the same */
  terminal(
    connection: ConnectionOf,
    target: Pick<ConsoleTarget, 'node' | 'guest'>,
    size: Size,
    events: ConsoleEvents,
    signal: AbortSignal,
  ): Promise<ConsoleStream>;
  close(): Promise<void>;
}
export interface ConnectionOf {
  readonly id: string;
  readonly name: string;
  /** Absent: whatever it is now. */
  readonly revision?: number;
}
export function createShells(options: ShellsOptions): Shells {
  const { store, openPool, redactor, env } = options;
  const pools = new Map<
    string,
    { readonly key: string; readonly pool: SshPool & SshTerminals; readonly places: Places }
  >();

  const drop = (id: string): void => {
    const known = pools.get(id);
    pools.delete(id);
    // What runs there ends: the settings that it was begun with are no longer the person's word.
    void known?.pool.close();
  };
  const dropChanged = async (): Promise<void> => {
    const profiles = await store.read().catch(() => []);
    for (const [id, { key }] of [...pools]) {
      const profile = profiles.find((one) => one.id === id);
      if (profile?.kind !== 'cluster' || keyOf(profile) !== key) drop(id);
    }
  };
  store.onChange(() => void dropChanged());

  const poolOf = (profile: ClusterProfile, settings: SshSettings) => {
    const key = keyOf(profile);
    const known = pools.get(profile.id);
    if (known?.key === key) return known;
    drop(profile.id);
    const secret = async () => {
      const found = await store.secrets.get(sshSecretOf(profile.id));
      if (found !== undefined) redactor.add(found);
      return found;
    };
    const pool = openPool(sshLogin(settings, { env, secret }), trustedOnly(profile.name, settings, options.knownHosts));
    const places = createPlaces({
      addresses: settings.addresses ?? {},
      ofCluster: (signal) => options.addresses(profile, signal),
      hint: '"Proxmox VE: Set up SSH…" takes an address for it.',
      clock: options.clock,
    });
    const opened = { key, pool, places };
    pools.set(profile.id, opened);
    return opened;
  };

  const reach = async ({ id, name, revision }: ConnectionOf, node: string, signal: AbortSignal) => {
    const profile = (await store.read()).find((one) => one.id === id);
    if (profile === undefined || (revision !== undefined && profile.revision !== revision)) throw edited(name);
    if (profile.kind === 'demo' || profile.ssh === undefined) throw notSetUp(name);
    const { pool, places } = poolOf(profile, profile.ssh);
    return { pool, place: await places(node, signal) };
  };

  return {
    async node(connection, node, signal) {
      const { pool, place } = await reach(connection, node, signal);
      return pool.node(place, signal);
    },
    async terminal(connection, target, size, events, signal) {
      const { pool, place } = await reach(connection, target.node, signal);
      const argv = consoleProgram(target);
      return pool.terminal(place, { ...(argv === undefined ? {} : { argv }), size, ...events }, signal);
    },
    async close() {
      const open = [...pools.values()];
      pools.clear();
      await Promise.all(open.map(({ pool }) => pool.close()));
    },
  };
}

/** Nobody is asked here: an agent's call must not bring up a question of trust that a person does not expect (gate.md G8). */
function trustedOnly(
  connection: string,
  { hostKeys }: SshSettings,
  knownHosts: HostKeySources['knownHosts'],
): HostKeySources {
  return {
    trusted: async () => hostKeys,
    knownHosts,
    firstContact: async ({ name, address, type, sha256 }) => {
      throw new PveError({
        code: 'host_key',
        message: `Nobody has agreed to the host key of ${name} (${address}) yet, so nothing was sent`,
        reason: [`shown: ${type} ${sha256}`],
        hint: `A person runs "Proxmox VE: Set up SSH…" for ${connection}, and compares the fingerprint there.`,
      });
    },
    store: async () => {},
  };
}

function keyOf({ ssh }: ClusterProfile): string {
  return JSON.stringify(ssh);
}

function edited(name: string): PveError {
  return new PveError({
    code: 'denied',
    message: `The connection "${name}" was edited or removed meanwhile`,
    reason: [],
    hint: 'Try again with the connection as it is now.',
  });
}

function notSetUp(name: string): PveError {
  return new PveError({
    code: 'denied',
    message: `SSH is not set up for the connection "${name}"`,
    reason: [],
    hint: 'A person runs "Proxmox VE: Set up SSH…" for it.',
  });
}
