import { readAudit } from '../../gate/audit-read.ts';
import type { PveClient } from '../../pve/client.ts';
import type { Clock } from '../../pve/clock.ts';
import { guestsOf } from '../../pve/guest.ts';
import { snapshotKey, type TakenSnapshot, takenBy } from './ways-back.ts';

/** What is older was forgotten, milliseconds. */
export const oldAfter = 7 * 24 * 3_600_000;
/** The clusters are asked no more often than this, milliseconds. */
const pause = 10 * 60_000;
const mostGuests = 20;
const atOnce = 2;

export interface OldSnapshots {
  /** Oldest first, as they were found last. */
  readonly snapshots: readonly TakenSnapshot[];
  /** Guests that were not asked, or could not be. */
  readonly unread: number;
}

export interface OldSnapshotsOptions {
  /** What the audit has. @throws when it cannot be read */
  readonly taken: () => Promise<readonly TakenSnapshot[]>;
  readonly client: (connection: string) => Promise<Pick<PveClient, 'resources' | 'snapshots'>>;
  readonly clock: Clock;
}

/** Looks for snapshots that were taken before a change more than a week ago and are still there; nothing by itself. */
export function createOldSnapshots({ taken, client, clock }: OldSnapshotsOptions) {
  let found: OldSnapshots = { snapshots: [], unread: 0 };
  let lookedAt: number | undefined;
  let looking: Promise<void> | undefined;

  const lookNow = async (): Promise<void> => {
    const old = (await taken()).filter(({ at }) => clock.now() - at > oldAfter);
    const guests = byGuest(old);
    const waiting = guests.slice(0, mostGuests);
    const there: TakenSnapshot[] = [];
    let unread = guests.length - waiting.length;
    const worker = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const still = await stillThere(next, client).catch(() => undefined);
        if (still === undefined) unread += 1;
        else there.push(...still);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    found = { snapshots: there.sort((a, b) => a.at - b.at), unread };
  };

  return {
    found: () => found,
    /** Never throws: what cannot be read is not listed. @param now even if it was done a moment ago */
    look(now = false): Promise<void> {
      if (looking !== undefined) return looking;
      const isDue = lookedAt === undefined || clock.monotonic() - lookedAt >= pause;
      if (!isDue && !now) return Promise.resolve();
      lookedAt = clock.monotonic();
      looking = lookNow()
        .catch(() => {})
        .finally(() => {
          looking = undefined;
        });
      return looking;
    },
    /** One of them is gone. */
    forget(gone: TakenSnapshot): void {
      const key = snapshotKey(gone);
      found = { ...found, snapshots: found.snapshots.filter((one) => snapshotKey(one) !== key) };
    },
  };
}

/** What the audit has of snapshots that were taken before a change, newest first, each once. @throws when it cannot be read */
export async function takenSnapshots(dir: string): Promise<readonly TakenSnapshot[]> {
  const found = new Map<string, TakenSnapshot>();
  for await (const record of readAudit(dir, { order: 'newest', containing: '"safeguard":"snapshot"' })) {
    const taken = takenBy(record);
    if (taken !== undefined && !found.has(snapshotKey(taken))) found.set(snapshotKey(taken), taken);
  }
  return [...found.values()];
}

function byGuest(snapshots: readonly TakenSnapshot[]): readonly (readonly TakenSnapshot[])[] {
  const keyOf = ({ connection, vmid }: TakenSnapshot) => `${connection} ${vmid}`;
  return [...new Set(snapshots.map(keyOf))].map((key) => snapshots.filter((one) => keyOf(one) === key));
}

/** Of the snapshots of one guest those that it still has; none where the guest is gone. */
async function stillThere(
  snapshots: readonly TakenSnapshot[],
  client: OldSnapshotsOptions['client'],
): Promise<readonly TakenSnapshot[]> {
  const [first] = snapshots;
  if (first === undefined) return [];
  const reader = await client(first.connection);
  const guests = guestsOf(await reader.resources('vm'));
  const place = guests.find(({ vmid, type }) => vmid === first.vmid && type === first.type);
  if (place === undefined) return [];
  const names = new Set((await reader.snapshots(place)).map(({ name }) => name));
  return snapshots.filter(({ name }) => names.has(name));
}
