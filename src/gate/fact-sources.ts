import { looseList } from '../pve/loose.ts';
import { readTasks } from '../pve/readers.ts';
import type { Send, SendOptions } from '../pve/request.ts';
import { taskPath } from '../pve/task.ts';
import type { Assessment, Fact, FactSource, GuestFacts } from './types.ts';

/** The config of a guest, where protection, template and lock stand. */
export function configSource(guest: GuestFacts, what: 'config' | 'lock' = 'config'): FactSource {
  return { what, segments: ['nodes', guest.node, guest.type, String(guest.vmid), 'config'] };
}

/** A guest as HA has it. */
export function haSource(guest: GuestFacts): FactSource {
  return { what: 'HA resource', segments: ['cluster', 'ha', 'resources', haId(guest)] };
}

/** Where the backups of a node are kept. */
export function backupStoragesSource(node: string): FactSource {
  return { what: 'backup storages', segments: ['nodes', node, 'storage'], params: { content: 'backup' } };
}

/** The backups of a guest on one storage. */
export function backupsSource(node: string, storage: string, vmid: number): FactSource {
  return { ...contentSource(node, storage), what: 'backups', params: { content: 'backup', vmid } };
}

/** What is on a storage, as a node sees it. */
export function contentSource(node: string, storage: string): FactSource {
  return { what: 'content', segments: ['nodes', node, 'storage', storage, 'content'] };
}

/** All guests with their nodes. */
export const guestsSource: FactSource = {
  what: 'guests',
  segments: ['cluster', 'resources'],
  params: { type: 'vm' },
};

/** The rules of a firewall, or of a group of them. */
export function rulesSource(segments: readonly string[]): FactSource {
  return { what: 'firewall rules', segments };
}

/** Reads a source; what it answers is the cluster's. @throws PveError */
export async function readSource(
  send: Send,
  { segments, params = {} }: FactSource,
  options: SendOptions,
): Promise<unknown> {
  const request = { method: 'GET', path: segments, params } as const;
  return (await send(request, options)).data;
}

/**
 * What speaks against a step, with the log of the task that holds a lock in place of the config, and the rules of HA that
 * name the guest in place of its entry (Proxmox VE 9). Where they cannot be read, or there are none, the fact keeps its source.
 */
export async function nearerSources(
  send: Send,
  { facts: { guest }, hazards }: Assessment,
  options: SendOptions,
): Promise<readonly Fact[]> {
  if (guest === undefined) return hazards;
  return Promise.all(
    hazards.map(async (fact) => {
      if (typeof fact === 'string') return fact;
      const nearer = await nearerSource(send, guest, fact.source, options).catch(() => undefined);
      return nearer === undefined ? fact : { ...fact, source: nearer };
    }),
  );
}

async function nearerSource(
  send: Send,
  guest: GuestFacts,
  { what }: FactSource,
  options: SendOptions,
): Promise<FactSource | undefined> {
  if (what === 'lock') return holdingTask(send, guest, options);
  return what === 'HA resource' ? haRules(send, guest, options) : undefined;
}

async function holdingTask(send: Send, { node, vmid }: GuestFacts, options: SendOptions) {
  const active = { what: 'tasks', segments: ['nodes', node, 'tasks'], params: { vmid, source: 'active' } };
  const task = readTasks(await readSource(send, active, options)).find(({ running }) => running);
  return task === undefined ? undefined : { what: 'task', segments: [...taskPath(task.upid), 'log'] };
}

async function haRules(send: Send, guest: GuestFacts, options: SendOptions): Promise<FactSource | undefined> {
  const rules = { what: 'HA rules', segments: ['cluster', 'ha', 'rules'], params: { resource: haId(guest) } };
  return looseList(await readSource(send, rules, options), 'the rules of HA').length > 0 ? rules : undefined;
}

function haId({ type, vmid }: GuestFacts): string {
  return `${type === 'qemu' ? 'vm' : 'ct'}:${vmid}`;
}
