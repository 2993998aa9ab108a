import type { Secrets } from '../../src/extension/connections/secrets.ts';

/** How the editor's secret storage does its work: well, forgetting as without a keyring, or throwing as a locked one. */
export type SecretHealth = 'keeps' | 'forgets' | 'throws';

/** The editor's secret storage, in memory. */
export function memorySecrets(health: SecretHealth = 'keeps'): Secrets & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>();
  const attempt = () => {
    if (health === 'throws') throw new Error('The keyring is locked');
  };
  return {
    kept,
    async get(key) {
      attempt();
      return kept.get(key);
    },
    async store(key, value) {
      attempt();
      if (health === 'keeps') kept.set(key, value);
    },
    async delete(key) {
      attempt();
      kept.delete(key);
    },
  };
}
