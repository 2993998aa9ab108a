import type { Secrets } from '../../src/extension/connections/store.ts';

/** The editor's secret storage, in memory. `keeps: false` is one that forgets, as without a keyring. */
export function memorySecrets({ keeps = true } = {}): Secrets & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return {
    kept,
    get: async (key) => kept.get(key),
    store: async (key, value) => {
      if (keeps) kept.set(key, value);
    },
    delete: async (key) => void kept.delete(key),
  };
}
