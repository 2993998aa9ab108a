import { seesBackups } from '../../pve/privileges.ts';
import { duration } from '../text/units.ts';
import { finding, isGuest } from './cluster-rules.ts';
import { some } from './some.ts';
import type { Finding, GuestFacts, HealthData } from './types.ts';

type Rule<K extends keyof HealthData> = (data: Pick<HealthData, K>) => Finding[];

const day = 86_400;

/** Changes that only the next start brings into force. */
export const pendingChanges: Rule<'guests'> = ({ guests }) => {
  const waiting = guests.filter(({ pending }) => pending.length > 0);
  if (waiting.length === 0) return [];
  const items = waiting.map((guest) => `${label(guest)} (${guest.pending.join(', ')})`);
  return [
    finding(
      'note',
      some(items, 'guest has changes that wait', 'guests have changes that wait'),
      'Restart them from the host when it suits, or revert the changes.',
    ),
  ];
};

/** Snapshots that are older than 30 days: they grow, and slow disks down. */
export const oldSnapshots: Rule<'guests' | 'now'> = ({ guests, now }) => {
  const old = guests.flatMap((guest) =>
    guest.snapshots
      .filter(({ time }) => time !== undefined && now - time > 30 * day)
      .map(({ name, time = now }) => ({
        age: now - time,
        text: `${label(guest)} ${name}, ${duration(now - time)} old`,
      })),
  );
  if (old.length === 0) return [];
  const items = old.sort((a, b) => b.age - a.age).map(({ text }) => text);
  return [
    finding(
      'warning',
      some(items, 'snapshot is older than 30 days', 'snapshots are older than 30 days'),
      'Delete those that nobody will roll back to; a snapshot is no backup.',
    ),
  ];
};

/** Disks that were taken out of guests and still take space. */
export const unusedDisks: Rule<'guests'> = ({ guests }) => {
  const unused = guests.flatMap((guest) =>
    Object.entries(guest.volumes)
      .filter(([key]) => key.startsWith('unused'))
      .map(([key, { volid }]) => `${label(guest)} ${key} (${volid})`),
  );
  if (unused.length === 0) return [];
  return [
    finding(
      'note',
      some(unused, 'disk is detached from its guest', 'disks are detached from their guests'),
      'Attach them again, or remove them (this destroys their data).',
    ),
  ];
};

/** Guests whose storages are all there on no other node, or not even on their own. */
export const storageElsewhere: Rule<'guests' | 'resources'> = ({ guests, resources }) => {
  const seen = resources.filter(({ type }) => type === 'storage');
  const nodes = resources
    .filter(({ type, status }) => type === 'node' && status === 'online')
    .flatMap(({ node }) => node ?? []);
  if (seen.length === 0) return [];
  const has = (node: string, storage: string) =>
    seen.some((it) => it.node === node && it.storage === storage && it.status === 'available');
  const bound: string[] = [];
  const missing: string[] = [];
  for (const guest of guests) {
    const used = storagesOf(guest);
    const own = guest.ref.node;
    if (!nodes.includes(own)) continue;
    const gone = used.filter((storage) => !has(own, storage));
    if (gone.length > 0) missing.push(`${label(guest)} (${gone.join(', ')} on ${own})`);
    const others = nodes.filter((node) => node !== own);
    const lacking = used.filter((storage) => !others.some((node) => has(node, storage)));
    if (gone.length === 0 && others.length > 0 && lacking.length > 0)
      bound.push(`${label(guest)} (${lacking.join(', ')})`);
  }
  return [
    ...(missing.length === 0
      ? []
      : [
          finding(
            'critical',
            some(
              missing,
              'guest has a storage that is not available on its own node',
              'guests have a storage that is not available on their own node',
            ),
            'Look at the storage: disabled, not mounted, or restricted to other nodes.',
          ),
        ]),
    ...(bound.length === 0
      ? []
      : [
          finding(
            'warning',
            some(
              bound,
              'guest cannot leave its node: its storage is on no other',
              'guests cannot leave their node: their storage is on no other',
            ),
            'Move their disks to a storage that other nodes have, or allow the storage there.',
          ),
        ]),
  ];
};

/** Locks that nothing seems to hold any more. */
export const staleLocks: Rule<'resources' | 'running'> = ({ resources, running }) => {
  const busy = new Set(running.map(({ id }) => id));
  const locked = resources.filter((it) => isGuest(it.type) && it.lock !== undefined && !busy.has(String(it.vmid)));
  if (locked.length === 0) return [];
  const items = locked.map(({ vmid, name = '', lock }) => `${vmid} ${name} (${lock})`);
  return [
    finding(
      'warning',
      some(
        items,
        'guest is locked without a running task of its own',
        'guests are locked without a running task of their own',
      ),
      'If no backup job or clone works on them: qm unlock or pct unlock as root on the node; no token can.',
    ),
  ];
};

/**
 * Guests without a backup. Backups that the token may not use are left out of lists without a word, so nothing is said of a
 * guest whose backups could be hidden.
 */
export const backups: Rule<'guests' | 'backups' | 'permissions' | 'notBackedUp' | 'now'> = ({
  guests,
  backups: contents,
  permissions,
  notBackedUp,
  now,
}) => {
  const real = guests.filter(({ template }) => !template);
  const storages = [...new Set(contents.map(({ storage }) => storage))];
  const visible = real.filter(
    ({ ref }) => storages.length > 0 && storages.every((it) => seesBackups(permissions, it, ref.vmid)),
  );
  const newest = new Map<number, number>();
  for (const { vmid, made } of contents.flatMap(({ volumes }) => volumes))
    if (vmid !== undefined && made !== undefined) newest.set(vmid, Math.max(made, newest.get(vmid) ?? 0));
  const none = visible.filter(({ ref }) => !newest.has(ref.vmid));
  const old = real.filter(({ ref }) => now - (newest.get(ref.vmid) ?? now) > 8 * day);
  const jobless = (notBackedUp ?? []).filter(({ vmid }) => real.some(({ ref }) => ref.vmid === vmid));
  return [
    ...(none.length === 0
      ? []
      : [
          finding(
            'warning',
            some(none.map(label), 'guest has no backup at all', 'guests have no backup at all'),
            'Back them up, or note that they need none.',
          ),
        ]),
    ...(jobless.length === 0
      ? []
      : [
          finding(
            'warning',
            some(
              jobless.map(({ vmid, name = '' }) => `${vmid} ${name}`),
              'guest is in no backup job',
              'guests are in no backup job',
            ),
            'Add them to a job, by VMID or by pool.',
          ),
        ]),
    ...(old.length === 0
      ? []
      : [
          finding(
            'warning',
            some(
              old.map(label),
              'guest has a last backup that is older than 8 days',
              'guests have a last backup that is older than 8 days',
            ),
            'Look at the last runs of their job (pve_check_cluster recent).',
          ),
        ]),
  ];
};

/** How many guests' backups the token may not see. */
export function hiddenBackups({
  guests,
  backups: contents,
  permissions,
}: Pick<HealthData, 'guests' | 'backups' | 'permissions'>): number {
  const storages = [...new Set(contents.map(({ storage }) => storage))];
  return guests.filter(
    ({ template, ref }) => !template && !storages.every((it) => seesBackups(permissions, it, ref.vmid)),
  ).length;
}

/** Storages that hold its disks; CD images, paths and `none` are none. */
export function storagesOf({ volumes }: Pick<GuestFacts, 'volumes'>): string[] {
  const own = Object.values(volumes).filter(({ isCdrom, volid }) => !isCdrom || volid.includes('cloudinit'));
  return [...new Set(own.flatMap(({ storage }) => storage ?? []))].sort();
}

export function label({ ref }: Pick<GuestFacts, 'ref'>): string {
  return ref.name === '' ? String(ref.vmid) : `${ref.vmid} ${ref.name}`;
}
