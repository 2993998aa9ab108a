import { seconds } from './clock.ts';
import type { Guest, Storage, Volume } from './state.ts';

/** How many backups to keep: `last`, `daily`, … → number; `all` keeps everything. */
export type Retention = Readonly<Record<string, number>>;

/** A backup and what pruning would do with it. */
export interface Marked {
  readonly volume: Volume;
  readonly mark: 'keep' | 'remove' | 'protected';
}

/** The volume that a backup of the guest makes. @param at milliseconds since 1970 */
export function backupVolume(
  storage: string,
  { vmid, kind, disk, config }: Guest,
  at: number,
  extra: Pick<Volume, 'notes' | 'protected'> = {},
): Volume {
  const [date = '', time = ''] = new Date(at).toISOString().slice(0, 19).split('T');
  const format = kind === 'qemu' ? 'vma.zst' : 'tar.zst';
  const name = `vzdump-${kind}-${vmid}-${date.replaceAll('-', '_')}-${time.replaceAll(':', '_')}.${format}`;
  const { lock, parent, ...kept } = config;
  return {
    volid: `${storage}:backup/${name}`,
    content: 'backup',
    format,
    size: Math.round(disk / 5),
    ctime: seconds(at),
    backupOf: { vmid, kind, config: kept },
    ...extra,
  };
}

/** `keep-daily=7,keep-last=3` as numbers; nothing when it is no retention. */
export function retentionOf(text: string): Retention | undefined {
  const parts = text
    .split(',')
    .map((part) => /^keep-(all|last|hourly|daily|weekly|monthly|yearly)=(\d+)$/.exec(part.trim()));
  if (parts.some((part) => part === null)) return undefined;
  return Object.fromEntries(parts.map((part) => [part?.[1] ?? '', Number(part?.[2])]));
}

/** What pruning with this retention would do, for each guest by itself. Protected ones neither count nor go. */
export function marked(storage: Storage, retention: Retention, only: (volume: Volume) => boolean): Marked[] {
  const backups = storage.volumes.filter((volume) => volume.backupOf !== undefined && only(volume));
  const owners = new Set(backups.map(ownerOf));
  return [...owners].flatMap((owner) => {
    const own = backups.filter((volume) => ownerOf(volume) === owner).sort((a, b) => b.ctime - a.ctime);
    const kept = keptOf(
      own.filter((volume) => volume.protected !== true),
      retention,
    );
    return own.map((volume): Marked => {
      if (volume.protected === true) return { volume, mark: 'protected' };
      return { volume, mark: kept.has(volume) ? 'keep' : 'remove' };
    });
  });
}

/** Removes what is marked so. */
export function removeMarked(storage: Storage, list: readonly Marked[]): string[] {
  const gone = new Set(list.filter(({ mark }) => mark === 'remove').map(({ volume }) => volume.volid));
  storage.volumes = storage.volumes.filter(({ volid }) => !gone.has(volid));
  return [...gone];
}

// Each rule keeps the newest backup of as many periods as it says, beyond those that the rules before it keep.
function keptOf(newestFirst: readonly Volume[], retention: Retention): Set<Volume> {
  const kept = new Set<Volume>();
  if (retention.all === 1 || Object.values(retention).every((number) => number === 0)) return new Set(newestFirst);
  for (const [rule, period] of Object.entries(periods)) {
    const before = new Set([...kept].map(period));
    const seen = new Set<string>();
    for (const volume of newestFirst) {
      const name = period(volume);
      if (kept.has(volume) || before.has(name) || seen.has(name) || seen.size >= (retention[rule] ?? 0)) continue;
      seen.add(name);
      kept.add(volume);
    }
  }
  return kept;
}

const week = 7 * 86_400;
const iso = ({ ctime }: Volume): string => new Date(ctime * 1000).toISOString();
const periods: Readonly<Record<string, (volume: Volume) => string>> = {
  last: ({ volid }) => volid,
  hourly: (volume) => iso(volume).slice(0, 13),
  daily: (volume) => iso(volume).slice(0, 10),
  weekly: ({ ctime }) => String(Math.floor((ctime + 3 * 86_400) / week)), // weeks begin on Mondays, 1970 on a Thursday
  monthly: (volume) => iso(volume).slice(0, 7),
  yearly: (volume) => iso(volume).slice(0, 4),
};

function ownerOf({ backupOf }: Volume): string {
  return `${backupOf?.kind}/${backupOf?.vmid}`;
}
