import type { Clock } from '../pve/clock.ts';
import type { HostKeySources } from './host-keys.ts';
import type { SshLogin, SshPool } from './types.ts';

/** Kept connections to the nodes of a cluster; the code of SSH is loaded when a node is first connected to. */
export function openSshPool(login: SshLogin, hostKeys: HostKeySources, clock: Clock): SshPool {
  return lazyPool(async () => {
    const [{ createSshPool }, { createHostKeys }] = await Promise.all([import('./pool.ts'), import('./host-keys.ts')]);
    return createSshPool({ login, hostKeys: createHostKeys(hostKeys), clock });
  });
}

/** A pool whose code is loaded when a node is first connected to. */
export function lazyPool(load: () => Promise<SshPool>): SshPool {
  let loaded: Promise<SshPool> | undefined;
  let isClosed = false;
  return {
    async node(place, signal) {
      loaded ??= load();
      const pool = await loaded;
      if (isClosed) await pool.close();
      return pool.node(place, signal);
    },
    async close() {
      isClosed = true;
      await (await loaded)?.close();
    },
  };
}
