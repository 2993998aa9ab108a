import { createPveClient } from '../pve/client.ts';
import type { Clock } from '../pve/clock.ts';
import { messageOf } from '../pve/error.ts';
import { looseList } from '../pve/loose.ts';
import type { Send, SendOptions } from '../pve/request.ts';
import {
  backupStoragesSource,
  backupsSource,
  contentSource,
  guestsSource,
  nearerSources,
  readSource,
} from './fact-sources.ts';
import { firewallFact, firewallSwitchedOn } from './firewall-facts.ts';
import { printable } from './printable.ts';
import type { ApiOperation, Assessment, FactSource, GuestFacts } from './types.ts';

/** A person waits for the question: what takes longer is said to be unknown, milliseconds. */
const patience = 3000;
const day = 86_400;
/** A backup that is older than this speaks against what loses data, days. */
const oldBackup = 7;

/**
 * The steps with what a person should know before a yes and the gate does not decide by: the last backup of a guest that
 * may lose data, who else depends on a storage or a node, and whether a firewall that is switched on cuts people off. What cannot be read is said to be unknown, and never stops
 * the question.
 */
export async function questionFacts(
  send: Send,
  steps: readonly Assessment[],
  { signal, clock }: { readonly signal: AbortSignal; readonly clock: Clock },
): Promise<readonly Assessment[]> {
  const options = { signal, timeoutMs: patience };
  return Promise.all(
    steps.map(async (step) => {
      const [{ hazards = [], notes = [] }, own] = await Promise.all([
        factsOf(send, step, options, clock).catch((): Found => ({})),
        nearerSources(send, step, options),
      ]);
      return { ...step, hazards: [...hazards, ...own], notes: [...step.notes, ...notes] };
    }),
  );
}

/** What speaks against it stands before what the gate itself has found. */
type Found = Partial<Pick<Assessment, 'hazards' | 'notes'>>;

async function factsOf(send: Send, step: Assessment, options: SendOptions, clock: Clock): Promise<Found> {
  const { operation, facts, abrupt, risk } = step;
  const firewall = operation.kind === 'api' ? firewallSwitchedOn(operation) : undefined;
  if (firewall !== undefined) return firewallFact(send, firewall, options);
  const isThere = facts.guest !== undefined && facts.guest.isNew !== true;
  if (isThere && (abrupt || risk === 'configure' || risk === 'destroy'))
    return backupFact(send, facts.guest, options, clock);
  if (operation.kind !== 'api') return {};
  const storage = changedStorage(operation);
  if (storage !== undefined) return storageFact(send, storage, options);
  const node = stoppedNode(operation);
  return node === undefined ? {} : nodeFact(send, node, options);
}

/** GET /nodes/{node}/storage, then /nodes/{node}/storage/{storage}/content for each that holds backups. */
async function backupFact(send: Send, { node, vmid }: GuestFacts, options: SendOptions, clock: Clock): Promise<Found> {
  try {
    const storages = (await createPveClient(send).storages(node, options)).filter(
      ({ content, active }) => content.includes('backup') && active !== false,
    );
    const places = storages.map(({ storage }) => backupsSource(node, storage, vmid));
    const lasts = await Promise.all(
      places.map(async (source) => {
        const backups = looseList(await readSource(send, source, options), 'the backups of a guest');
        return { source, at: Math.max(...backups.map(({ ctime }) => Number(ctime)).filter(Number.isFinite)) };
      }),
    );
    const [only = backupStoragesSource(node), ...others] = places;
    const [last] = lasts.filter(({ at }) => Number.isFinite(at)).sort((a, b) => b.at - a.at);
    if (last !== undefined) return backupText(last.at, last.source, clock.now() / 1000);
    const source = others.length === 0 ? only : backupStoragesSource(node);
    return { hazards: [{ text: 'No backup of it was found.', source }] };
  } catch (error) {
    const why = messageOf(error);
    return { hazards: [`Whether it has a backup could not be read (${printable(why, 80)}).`] };
  }
}

function backupText(last: number, source: FactSource, now: number): Found {
  const days = Math.floor((now - last) / day);
  const date = new Date(last * 1000).toISOString().slice(0, 10);
  return days >= oldBackup
    ? { hazards: [{ text: `No backup in ${days} days: the last one is of ${date}.`, source }] }
    : { notes: [{ text: `Its last backup is of ${date}.`, source }] };
}

function changedStorage({ method, segments }: ApiOperation): string | undefined {
  return method !== 'GET' && segments[0] === 'storage' && segments.length === 2 ? segments[1] : undefined;
}

/** GET /cluster/resources for the nodes that have it, then the content on each; a shared one is the same on all. */
async function storageFact(send: Send, storage: string, options: SendOptions): Promise<Found> {
  const places = (await createPveClient(send).resources('storage', options)).filter((one) => one.storage === storage);
  const shared = places.find((one) => one.shared === true);
  const nodes = (shared === undefined ? places : [shared]).flatMap(({ node }) => node ?? []);
  const lists = await Promise.all(
    nodes.map(async (node) => {
      const source = contentSource(node, storage);
      const volumes = looseList(await readSource(send, source, options), 'the content of a storage');
      return { source, vmids: volumes.map(({ vmid }) => Number(vmid)).filter((vmid) => vmid > 0) };
    }),
  );
  // One read shows one node: the first that has something of a guest.
  const shown = lists.find(({ vmids }) => vmids.length > 0) ?? lists[0];
  return dependents(
    lists.flatMap(({ vmids }) => vmids),
    'Guests with disks or backups on it',
    shown?.source,
  );
}

function stoppedNode({ method, segments }: ApiOperation): string | undefined {
  return method === 'POST' && segments[0] === 'nodes' && segments[2] === 'status' ? segments[1] : undefined;
}

async function nodeFact(send: Send, node: string, options: SendOptions): Promise<Found> {
  const guests = await createPveClient(send).resources('vm', options);
  const running = guests.filter((guest) => guest.node === node && guest.status === 'running');
  return dependents(
    running.map(({ vmid }) => vmid ?? 0),
    'Guests that run on it',
    guestsSource,
  );
}

function dependents(vmids: readonly number[], what: string, source: FactSource | undefined): Found {
  const fact = (text: string) => (source === undefined ? text : { text, source });
  const guests = [...new Set(vmids)].filter((vmid) => vmid > 0).sort((a, b) => a - b);
  if (guests.length === 0) return { notes: [fact(`${what}: none.`)] };
  const named = guests.slice(0, 10).join(', ') + (guests.length > 10 ? `, … (${guests.length} in all)` : '');
  return { hazards: [fact(`${what}: ${named}.`)] };
}
