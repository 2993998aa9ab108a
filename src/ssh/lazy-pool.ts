import type { Clock } from '../pve/clock.ts';
import type { HostKeySources } from './host-keys.ts';
import type { SshLogin, SshPool, SshTerminals } from './types.ts';

/** Kept connections to the nodes of a cluster; the code of SSH is loaded when a node is first connected to. */
export function openSshPool(login: SshLogin, hostKeys: HostKeySources, clock: Clock): SshPool & SshTerminals {
  return lazyPool(async () => {
    const [{ createSshPool }, { createHostKeys }] = await Promise.all([import('./pool.ts'), import('./host-keys.ts')]);
    return createSshPool({ login, hostKeys: createHostKeys(hostKeys), clock });
  });
}

/** A pool whose code is loaded when a node is first connected to. */
export function lazyPool(load: () => Promise<SshPool & SshTerminals>): SshPool & SshTerminals {
  let loaded: ReturnType<typeof load> | undefined;
  let isClosed = false;
  const pool = async () => {
    loaded ??= load();
    const opened = await loaded;
    if (isClosed) await opened.close();
    return opened;
  };
  return {
    node: async (...call) => (await pool()).node(...call),
    terminal: async (...call) => (await pool()).terminal(...call),
    async close() {
      isClosed = true;
      await (await loaded)?.close();
    },
  };
}
