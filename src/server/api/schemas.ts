import type { PveClient } from '../../pve/client.ts';
import type { Clock } from '../../pve/clock.ts';
import type { ApiSchema } from '../../pve/schema.ts';

/** The API of each connection's cluster, read when it is first needed and kept. */
export interface Schemas {
  /**
   * @param pve reads of that connection, which last as long as they take: several calls may wait for them
   * @throws PveError when it cannot be read; the next who asks tries again
   */
  of(connection: string, pve: PveClient): Promise<ApiSchema>;
  /** Whenever a connection may lead to another cluster. */
  forget(): void;
}

/** After so long the cluster is asked whether it has been upgraded, milliseconds. */
const lookAgainAfter = 600_000;

interface Entry {
  readonly schema: Promise<ApiSchema>;
  /** Of the node that gave it; nothing when it would not say. */
  readonly version: Promise<string | undefined>;
  /** By the monotonic clock. */
  lookedAt: number;
}

export function createSchemas(clock: Clock): Schemas {
  const entries = new Map<string, Entry>();

  const start = (connection: string, pve: PveClient): Promise<ApiSchema> => {
    const schema = pve.schema();
    const version = schema
      .then(() => pve.version())
      .then(
        ({ version }) => version,
        () => undefined,
      );
    const entry = { schema, version, lookedAt: clock.monotonic() };
    entries.set(connection, entry);
    schema.catch(() => {
      if (entries.get(connection) === entry) entries.delete(connection);
    });
    return schema;
  };

  return {
    async of(connection, pve) {
      const entry = entries.get(connection);
      if (entry === undefined) return start(connection, pve);
      if (clock.monotonic() - entry.lookedAt < lookAgainAfter) return entry.schema;
      entry.lookedAt = clock.monotonic();
      const version = await pve.version().then(
        ({ version }) => version,
        () => undefined,
      );
      if (version === undefined || version === (await entry.version)) return entry.schema;
      return start(connection, pve);
    },
    forget: () => entries.clear(),
  };
}
