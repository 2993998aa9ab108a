import { get, type Reader } from './get.ts';
import { flag, looseList, number, text, words } from './loose.ts';

/** One entry of GET `/cluster/backup`. */
export interface BackupJob {
  readonly id: string;
  readonly enabled: boolean;
  readonly schedule?: string | undefined;
  /** Seconds since 1970. */
  readonly nextRun?: number | undefined;
  readonly storage?: string | undefined;
  readonly mode?: string | undefined;
  /** Every guest, save those in `exclude`. */
  readonly all: boolean;
  readonly vmids: readonly string[];
  readonly exclude: readonly string[];
  readonly pool?: string | undefined;
  readonly node?: string | undefined;
  /** `keep-last=3,…` */
  readonly retention?: string | undefined;
  readonly comment?: string | undefined;
}
/** A guest that no job backs up: GET `/cluster/backup-info/not-backed-up`. */
export interface NotBackedUp {
  readonly vmid: number;
  readonly type?: string | undefined;
  readonly name?: string | undefined;
}

export function readBackupJobs(data: unknown): BackupJob[] {
  return looseList(data, 'the backup jobs').map((it) => ({
    id: text(it.id) ?? '',
    enabled: flag(it.enabled) ?? true,
    schedule: text(it.schedule) ?? ([text(it.dow), text(it.starttime)].filter(Boolean).join(' ') || undefined),
    nextRun: number(it['next-run']),
    storage: text(it.storage),
    mode: text(it.mode),
    all: flag(it.all) ?? false,
    vmids: words(it.vmid),
    exclude: words(it.exclude),
    pool: text(it.pool),
    node: text(it.node),
    retention: retention(it['prune-backups']),
    comment: text(it.comment),
  }));
}

export function readNotBackedUp(data: unknown): NotBackedUp[] {
  return looseList(data, 'the guests without a backup job').map((it) => ({
    vmid: number(it.vmid) ?? 0,
    type: text(it.type),
    name: text(it.name),
  }));
}

/** GET `/cluster/backup` */
export async function backupJobs(reader: Reader): Promise<BackupJob[]> {
  return readBackupJobs(await get(reader, ['cluster', 'backup']));
}

/** GET `/cluster/backup-info/not-backed-up`: of the guests that the token may see. */
export async function notBackedUp(reader: Reader): Promise<NotBackedUp[]> {
  return readNotBackedUp(await get(reader, ['cluster', 'backup-info', 'not-backed-up']));
}

/** An object in answers, a property string in older ones. */
function retention(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return text(value);
  return Object.entries(value)
    .map(([key, amount]) => `${key}=${String(amount)}`)
    .join(',');
}
