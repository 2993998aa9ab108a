import { forModel } from '../../gate/printable.ts';
import { users } from '../../pve/access.ts';
import { notBackedUp } from '../../pve/backup.ts';
import { volumes } from '../../pve/content.ts';
import { isVolumeKey, volumeSetting } from '../../pve/disk-size.ts';
import { type GuestRef, guestsOf } from '../../pve/guest.ts';
import { nodeHardware } from '../../pve/node-hardware.ts';
import { nodeSystem } from '../../pve/node-system.ts';
import { readSettings } from '../../pve/pending.ts';
import type { Resource } from '../../pve/records.ts';
import { replicationStates } from '../../pve/replication.ts';
import type { ToolContext } from '../define-tool.ts';
import { type Attempt, attempt, valueOr } from '../text/attempt.ts';
import { inLanes, type Job } from './lanes.ts';
import type { GuestFacts, HealthData, NodeFacts, StorageContent } from './types.ts';

/** Guests whose settings are read at most. */
export const mostGuests = 500;
const mostStorages = 60;

export interface Collected {
  readonly data: HealthData;
  /** Sentences: what could not be read, and why; what was left out. */
  readonly unread: readonly string[];
}

/** Reads what the health report needs; one part that fails does not take the others with it. */
export async function collect({ pve, clock, signal, progress }: ToolContext): Promise<Collected> {
  const gaps = createGaps();
  const resources = await pve.resources();
  const permissions = await attempt(pve.permissions());
  gaps.note('What the token may see', permissions);
  const [status, people, jobless, tasks] = await Promise.all([
    attempt(pve.clusterStatus()),
    attempt(users(pve)),
    attempt(notBackedUp(pve)),
    attempt(pve.tasks({ limit: 500 })),
  ]);
  gaps.note('Quorum', status);
  gaps.note('Users and tokens', people);
  gaps.note('Guests without a backup job', jobless);
  gaps.note('Running tasks', tasks);

  const nodes = resources.filter(({ type }) => type === 'node');
  const online = nodes.filter((it) => it.status === 'online').flatMap(({ node }) => node ?? []);
  for (const { node = '', status: state } of nodes)
    if (state !== 'online')
      gaps.say(`${forModel(node, 64)} is ${forModel(state ?? 'unknown', 20)}: nothing of it and its guests`);

  const templates = new Set(resources.filter(({ template }) => template === true).flatMap(({ vmid }) => vmid ?? []));
  const reachable = guestsOf(resources).filter(({ node }) => online.includes(node));
  const chosen = reachable.slice(0, mostGuests);
  if (reachable.length > chosen.length)
    gaps.say(
      `${reachable.length - chosen.length} of ${reachable.length} guests, those with the highest VMIDs: at most ${mostGuests} are looked at`,
    );

  const guests: GuestFacts[] = [];
  const facts: NodeFacts[] = [];
  const contents: StorageContent[] = [];
  const backups: StorageContent[] = [];
  const replication: HealthData['replication'][number][] = [];
  const scans = [
    ...scansOf(resources, online, ['images', 'rootdir']).map((scan) => ({ ...scan, into: contents })),
    ...scansOf(resources, online, ['backup']).map((scan) => ({ ...scan, into: backups })),
  ];
  if (scans.length > mostStorages)
    gaps.say(`the content of ${scans.length - mostStorages} storages: at most ${mostStorages} are listed`);

  const jobs: Job[] = [
    ...online.map((node) => ({
      node,
      run: async () => {
        const offset = await attempt(clockOffset(node));
        const certificates = await attempt(nodeSystem.certificates(pve, node));
        const disks = await attempt(nodeHardware.disks(pve, node));
        const states = await attempt(replicationStates(pve, node));
        gaps.note('The clock', offset, node);
        gaps.note('Certificates', certificates, node);
        gaps.note('Disks (SMART)', disks, node);
        gaps.note('Replication', states, node);
        replication.push(...valueOr(states, []));
        facts.push({
          node,
          offset: valueOr(offset, undefined),
          certificates: valueOr(certificates, []).filter(({ file }) => file !== 'pve-root-ca.pem'),
          disks: valueOr(disks, []),
        });
      },
    })),
    ...scans.slice(0, mostStorages).map(({ node, storage, shared, content, into }) => ({
      node,
      run: async () => {
        const listed = await attempt(volumes(pve, node, storage, content === undefined ? {} : { content }));
        gaps.note(`The content of storage ${forModel(storage, 64)}`, listed, node);
        if (listed.ok) into.push({ node, storage, shared, volumes: listed.value });
      },
    })),
    ...chosen.map((ref) => ({
      node: ref.node,
      run: async () => {
        const read = await attempt(guestFacts(ref));
        gaps.note('The config of guests', read, `${ref.vmid}`);
        if (read.ok) guests.push(read.value);
      },
    })),
  ];
  await inLanes(jobs, signal, (done) => {
    if (done % 25 === 0 || done === jobs.length) progress({ message: `Health: ${done} of ${jobs.length} reads` });
  });

  return {
    data: {
      now: clock.now() / 1000,
      status: valueOr(status, undefined),
      resources,
      permissions: valueOr(permissions, {}),
      guests: guests.sort((a, b) => a.ref.vmid - b.ref.vmid),
      contents: merged(contents),
      backups,
      users: valueOr(people, []),
      notBackedUp: valueOr(jobless, undefined),
      running: valueOr(tasks, []).filter(({ running }) => running),
      replication,
      nodes: facts.sort((a, b) => a.node.localeCompare(b.node, 'en', { numeric: true })),
    },
    unread: gaps.sentences(),
  };

  /** Half of the time that asking takes is taken for the way there. */
  async function clockOffset(node: string): Promise<number | undefined> {
    const before = clock.now();
    const { time } = await nodeSystem.time(pve, node);
    return time === undefined ? undefined : time + 0.5 - (before + clock.now()) / 2000;
  }

  async function guestFacts(ref: GuestRef): Promise<GuestFacts> {
    const { byKey } = await readSettings(pve, ref);
    const settings = [...byKey.values()];
    const config = Object.fromEntries(
      settings.flatMap(({ key, value }) => (value === undefined ? [] : [[key, value]])),
    );
    const named = settings.flatMap(({ key, value, pending }) =>
      isVolumeKey(key) ? [value ?? pending ?? ''].map((set) => [key, volumeSetting(set)] as const) : [],
    );
    return {
      ref,
      template: templates.has(ref.vmid),
      config,
      pending: settings.filter(({ pending, goes }) => pending !== undefined || goes === true).map(({ key }) => key),
      volumes: Object.fromEntries(named),
      snapshots: config.parent === undefined ? [] : await pve.snapshots(ref),
    };
  }
}

interface Scan {
  readonly storage: string;
  readonly node: string;
  readonly shared: boolean;
  /** Nothing where the storage holds little else. */
  readonly content: string | undefined;
}

/** Each storage that may hold this, on each node; a shared one on the first that has it. */
function scansOf(resources: readonly Resource[], online: readonly string[], wanted: readonly string[]): Scan[] {
  const seen = new Set<string>();
  return resources.flatMap(({ type, storage, node, status, shared = false, content }) => {
    if (type !== 'storage' || storage === undefined || node === undefined || status !== 'available') return [];
    const held = content.filter((kind) => wanted.includes(kind));
    if (!online.includes(node) || held.length === 0 || (shared && seen.has(storage))) return [];
    seen.add(storage);
    const alone = content.every((kind) => wanted.includes(kind));
    return (alone ? [undefined] : held).map((kind) => ({ storage, node, shared, content: kind }));
  });
}

/** The two lists of a storage that holds disks of both kinds become one. */
function merged(contents: readonly StorageContent[]): StorageContent[] {
  const byPlace = new Map<string, StorageContent>();
  for (const content of contents) {
    const key = `${content.node}/${content.storage}`;
    const before = byPlace.get(key)?.volumes ?? [];
    byPlace.set(key, { ...content, volumes: [...before, ...content.volumes] });
  }
  return [...byPlace.values()];
}

/** What could not be read: the same fault in several places is told once. */
function createGaps() {
  const places = new Map<string, string[]>();
  return {
    say: (sentence: string) => void places.set(sentence, []),
    note(what: string, read: Attempt<unknown>, place?: string): void {
      if (read.ok) return;
      const key = `${what}: ${read.why}`;
      places.set(key, [...(places.get(key) ?? []), ...(place === undefined ? [] : [place])]);
    },
    sentences: (): string[] =>
      [...places].map(([sentence, where]) =>
        where.length === 0
          ? sentence
          : `${sentence} [${where.slice(0, 8).join(', ')}${where.length > 8 ? `, ${where.length - 8} more` : ''}]`,
      ),
  };
}
