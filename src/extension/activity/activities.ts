import { isLeftBehind } from '../../gate/audit-files.ts';
import { type AuditRecord, type ReadOptions, readAudit } from '../../gate/audit-read.ts';

/** What the audit has of one plan, or of one change of what holds agents back. */
export interface Activity {
  /** Stable while its records exist. */
  readonly id: string;
  /** When the newest of its records was written, milliseconds since 1970. */
  readonly at: number;
  /** Oldest first; at least one. */
  readonly records: readonly AuditRecord[];
  /** A process that writes it is alive: what has no end yet may be under way. */
  readonly isLive: boolean;
}

/**
 * The newest `limit` activities, newest first, and whether there are older ones.
 * @throws when the folder cannot be read.
 */
export async function readActivities(
  dir: string,
  limit: number,
  onProblem: NonNullable<ReadOptions['onProblem']>,
): Promise<{ readonly activities: readonly Activity[]; readonly hasMore: boolean }> {
  const found = new Map<string, AuditRecord[]>();
  let hasMore = false;
  for await (const record of readAudit(dir, { order: 'newest', onProblem })) {
    const id = idOf(record);
    if (id === undefined) continue;
    const known = found.get(id);
    // The older records of a plan that is cut here come with the next page.
    hasMore = known === undefined && found.size === limit;
    if (hasMore) break;
    if (known === undefined) found.set(id, [record]);
    else known.push(record);
  }
  return { activities: [...found].map(([id, records]) => toActivity(id, records)), hasMore };
}

/** All records of one plan, however old; a change has only one. @throws when the folder cannot be read. */
export async function wholeActivity(dir: string, { id, records }: Activity): Promise<Activity> {
  const [{ plan } = {}] = records;
  if (plan === undefined) return toActivity(id, [...records].reverse());
  const all: AuditRecord[] = [];
  for await (const record of readAudit(dir, { order: 'newest', containing: plan }))
    if (record.plan === plan) all.push(record);
  return toActivity(id, all.length === 0 ? [...records].reverse() : all);
}

function idOf({ phase, plan, file, seq }: AuditRecord): string | undefined {
  if (phase === 'header') return undefined;
  return plan ?? `${file} ${seq}`;
}

function toActivity(id: string, newestFirst: readonly AuditRecord[]): Activity {
  const records = newestFirst.toReversed();
  const at = Math.max(...records.map((record) => Date.parse(record.at)));
  return { id, at, records, isLive: records.some(({ file }) => !isLeftBehind(file)) };
}
