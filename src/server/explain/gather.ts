import { forModel } from '../../gate/printable.ts';
import { readAgentInfo } from '../../pve/agent.ts';
import type { PveClient } from '../../pve/client.ts';
import { volumes } from '../../pve/content.ts';
import { isVolumeKey, volumeSetting } from '../../pve/disk-size.ts';
import { PveError } from '../../pve/error.ts';
import { get } from '../../pve/get.ts';
import type { GuestRef } from '../../pve/guest.ts';
import { haStatus } from '../../pve/ha.ts';
import { journal, type LogLine } from '../../pve/logs.ts';
import { looseList, text, words } from '../../pve/loose.ts';
import { nodeNetwork, sdnItems } from '../../pve/network.ts';
import { nodeHardware } from '../../pve/node-hardware.ts';
import { readSettings } from '../../pve/pending.ts';
import type { GuestStatus, NodeStatus, TaskInfo } from '../../pve/records.ts';
import { type Attempt, attempt, valueOr } from '../text/attempt.ts';
import { startTypes } from './causes.ts';
import type { FailedTask, GuestCase, NamedVolume, PassedDevice } from './types.ts';

const logLines = 25;
/** Seconds before and after a failure whose journal is read. */
const around = 15;

/** Reads all that bears on one guest. @throws PveError only when the guest itself cannot be found */
export async function gather(pve: PveClient, guest: number | string): Promise<GuestCase> {
  const ref = await pve.findGuest(guest);
  const unread: string[] = [];
  const part = async <T>(what: string, read: Promise<T>): Promise<T | undefined> => {
    const done = await attempt(read);
    if (!done.ok) unread.push(`${what}: ${done.why}`);
    return valueOr(done, undefined);
  };
  const nodes = await part('The nodes', pve.nodes());
  const nodeOnline = nodes?.find(({ node }) => node === ref.node)?.online ?? true;
  const cluster = await part('Quorum', pve.clusterStatus());
  const base = { ref, nodeOnline, quorate: cluster?.quorate };
  if (!nodeOnline) return { ...base, config: {}, tasks: [], volumes: [], devices: [], journal: [], unread };

  const [status, settings, tasks, storages, ha, nodeStatus, bridges] = await Promise.all([
    part('Its state', pve.guestStatus(ref)),
    part('Its config', readSettings(pve, ref)),
    part('Its tasks', pve.tasks({ node: ref.node, vmid: ref.vmid, limit: 30 })),
    part('The storages of its node', pve.storages(ref.node)),
    part('Its HA state', haOf(pve, ref)),
    part('The memory of its node', pve.nodeStatus(ref.node)),
    part('The network of its node', bridgesOf(pve, ref.node)),
  ]);
  const all = [...(settings?.byKey.values() ?? [])];
  const config = Object.fromEntries(
    all.flatMap(({ key, value, pending, goes }) => {
      // A start brings what waits into force first.
      const set = goes === true ? undefined : (pending ?? value);
      return set === undefined ? [] : [[key, set] as const];
    }),
  );
  const failed = lastFailed(tasks ?? []);
  const [named, passed, failedTask, lines, agentAnswers] = await Promise.all([
    part('The volumes on their storages', volumesOf(pve, ref, config, storages ?? [])),
    part('Devices of the node', devicesOf(pve, ref, config)),
    failed === undefined ? undefined : logOf(pve, failed),
    failed === undefined ? undefined : part('The journal of its node', journalAround(pve, ref, failed)),
    part('Its guest agent', agentOf(pve, ref, status)),
  ]);
  return {
    ...base,
    status,
    config,
    tasks: tasks ?? [],
    failed: failedTask,
    ha,
    volumes: named ?? [],
    storages,
    freeMemory: freeOf(nodeStatus),
    bridges,
    devices: passed ?? [],
    agentAnswers,
    journal: lines ?? [],
    unread,
  };
}

/** The last start if it failed; else the newest task that did. */
export function lastFailed(tasks: readonly TaskInfo[]): TaskInfo | undefined {
  const ended = tasks.filter(({ running }) => !running);
  const isBad = ({ exitStatus = '' }: TaskInfo) => exitStatus !== 'OK' && !exitStatus.startsWith('WARNINGS');
  const start = ended.find(({ type }) => startTypes.test(type));
  return start !== undefined && isBad(start) ? start : ended.find(isBad);
}

async function logOf(pve: PveClient, task: TaskInfo): Promise<FailedTask> {
  const log = await attempt(
    pve.taskLog(task.upid, 0, logLines).then(async (first) => {
      const total = first.total ?? first.lines.length;
      return total > logLines ? (await pve.taskLog(task.upid, total - logLines, logLines)).lines : first.lines;
    }),
  );
  return { task, log };
}

/** The lines that name the guest, and others that sound like trouble. */
async function journalAround(pve: PveClient, { node, vmid }: GuestRef, task: TaskInfo): Promise<LogLine[]> {
  const range = { since: task.startTime - around, until: (task.endTime ?? task.startTime) + around };
  const lines = await journal(pve, node, range);
  const own = new RegExp(`\\b${vmid}\\b`);
  const trouble = /\b(error|fail|failed|fatal|denied|oom|killed|timeout|i\/o)/i;
  return lines.filter(({ message }) => own.test(message) || trouble.test(message)).slice(-12);
}

async function haOf(pve: PveClient, { type, vmid }: GuestRef) {
  const sid = `${type === 'qemu' ? 'vm' : 'ct'}:${vmid}`;
  return (await haStatus(pve)).services.find((service) => service.sid === sid);
}

async function bridgesOf(pve: PveClient, node: string): Promise<string[]> {
  const [{ devices }, vnets] = await Promise.all([nodeNetwork(pve, node), attempt(sdnItems(pve, 'vnets'))]);
  // Without the vnets no name can be called missing.
  if (!vnets.ok) throw new PveError({ code: 'forbidden', message: 'The vnets cannot be read', hint: '', reason: [] });
  const bridges = devices.filter(({ type, active }) => /bridge/i.test(type) && active).map((device) => device.name);
  return [...bridges, ...vnets.value.map((vnet) => vnet.name)];
}

/** Whether the storages list what the config names; only storages that are active are asked. */
async function volumesOf(
  pve: PveClient,
  ref: GuestRef,
  config: GuestCase['config'],
  storages: NonNullable<GuestCase['storages']>,
): Promise<NamedVolume[]> {
  const named = Object.entries(config)
    .filter(([key]) => isVolumeKey(key) && !key.startsWith('unused'))
    .map(([key, value]) => ({ key, ...volumeSetting(value) }));
  const lists = new Map<string, Promise<Attempt<ReadonlySet<string>>>>();
  const listed = (storage: string, isCdrom: boolean) => {
    const key = `${storage} ${isCdrom}`;
    const filter = isCdrom ? { content: 'iso' } : { vmid: ref.vmid };
    const read =
      lists.get(key) ??
      attempt(volumes(pve, ref.node, storage, filter).then((all) => new Set(all.map(({ volid }) => volid))));
    lists.set(key, read);
    return read;
  };
  return Promise.all(
    named.map(async (volume) => {
      const { storage, volid, isCdrom } = volume;
      const known = storages.find((one) => one.storage === storage);
      if (storage === undefined || known?.active !== true || volid.includes('cloudinit')) return volume;
      const set = await listed(storage, isCdrom);
      return set.ok ? { ...volume, exists: set.value.has(volid) } : volume;
    }),
  );
}

async function devicesOf(pve: PveClient, ref: GuestRef, config: GuestCase['config']): Promise<PassedDevice[]> {
  const keys = Object.entries(config).filter(([key]) => /^(hostpci|usb)\d+$/.test(key));
  if (keys.length === 0) return [];
  const pci = await attempt(nodeHardware.pci(pve, ref.node));
  return Promise.all(
    keys.map(async ([key, value]): Promise<PassedDevice> => {
      const mapping = /(?:^|,)mapping=([^,]+)/.exec(value)?.[1];
      if (mapping !== undefined) {
        const nodes = await attempt(mappedNodes(pve, key.startsWith('usb') ? 'usb' : 'pci', mapping));
        return { key, name: mapping, mapped: true, ...(nodes.ok ? { exists: nodes.value.includes(ref.node) } : {}) };
      }
      const [device = ''] = value.replace(/^host=/, '').split(',');
      const wanted = device.split(';')[0]?.replace(/^(?!\w{4}:\w\w:)/, '0000:') ?? '';
      const isKnown = key.startsWith('hostpci') && pci.ok;
      return {
        key,
        name: device,
        mapped: false,
        ...(isKnown ? { exists: pci.value.some(({ id }) => id.startsWith(wanted)) } : {}),
      };
    }),
  );
}

/** The nodes on which a mapping has a device (GET `/cluster/mapping/{kind}`). */
async function mappedNodes(pve: PveClient, kind: 'pci' | 'usb', id: string): Promise<string[]> {
  const all = looseList(await get(pve, ['cluster', 'mapping', kind]), 'the resource mappings');
  const found = all.find((it) => text(it.id) === id);
  const entries = Array.isArray(found?.map) ? found.map.map(String) : words(found?.map);
  return entries.flatMap((entry) => /(?:^|,)node=([^,]+)/.exec(entry)?.[1] ?? []);
}

/** Nothing unless it is a running VM whose agent is on. A silent agent is known after 3 s. */
async function agentOf(pve: PveClient, ref: GuestRef, status: GuestStatus | undefined): Promise<boolean | undefined> {
  if (ref.type !== 'qemu' || status?.status !== 'running' || status.agent !== true) return undefined;
  try {
    readAgentInfo(await get(pve, ['nodes', ref.node, 'qemu', String(ref.vmid), 'agent', 'info']));
    return true;
  } catch (error) {
    if (error instanceof PveError && error.code === 'agent_unavailable') return false;
    throw error;
  }
}

function freeOf(status: NodeStatus | undefined): number | undefined {
  if (status === undefined) return undefined;
  const { available, total, used } = status.memory;
  return available ?? (total !== undefined && used !== undefined ? total - used : undefined);
}

/** What the journal said, a line each. */
export function journalText({ time = '', service = '', message }: LogLine): string {
  return forModel(`${time} ${service}: ${message}`.trim(), 240);
}
