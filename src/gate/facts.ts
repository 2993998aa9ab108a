import { createPveClient } from '../pve/client.ts';
import { PveError } from '../pve/error.ts';
import { isVmid } from '../pve/guest.ts';
import { flag, type Loose, looseObject, text, words } from '../pve/loose.ts';
import type { Send, SendOptions } from '../pve/request.ts';
import { type Canonical, canonicalDigest } from './canonical.ts';
import { guestLabel, targetLabel } from './labels.ts';
import { type NewGuest, newGuestOf, newTarget, plannedFacts, touchedNew } from './new-guest.ts';
import type { Policy } from './policy.ts';
import { printable, quoted } from './printable.ts';
import { riskRule } from './risk.ts';
import { readTouches } from './touches.ts';
import type { ApiOperation, GuestFacts, Operation, Target, TargetFacts } from './types.ts';
import { replacedFile } from './upload-facts.ts';

/** An operation with what the gate itself has read of its target. */
export interface Located {
  readonly operation: Operation;
  readonly facts: TargetFacts;
}

/**
 * Reads the target of an operation from the cluster: two requests for a guest (GET …/status/current and …/config).
 * A guest that has moved to another node is looked up once, and the operation follows it; the person sees the new node.
 * What the connection's policies need to know costs a third one (see `touches.ts`).
 * @param made the guests that earlier steps of the same plan make: nothing of them can be read yet
 * @throws PveError `not_found` when there is no such guest, or PVE's own refusal.
 */
export async function readFacts(
  send: Send,
  operation: Operation,
  policies: readonly Policy[],
  options: SendOptions,
  made: readonly NewGuest[] = [],
): Promise<Located> {
  const located = await locate(send, operation, made, options);
  if (policies.length === 0) return located;
  const facts = { ...located.facts, ...destination(operation) };
  const touches = await readTouches(send, located.operation, facts.guest, policies, options);
  if (touches === undefined) return { ...located, facts };
  const fresh = located.operation.kind === 'api' ? freshOf(located.operation, facts, made) : undefined;
  return {
    ...located,
    facts: { ...facts, touches: [...touches, ...(fresh === undefined ? [] : [touchedNew(fresh)])] },
  };
}

function freshOf(operation: ApiOperation, facts: TargetFacts, made: readonly NewGuest[]): NewGuest | undefined {
  return newGuestOf(operation, facts) ?? newTarget(operation, made);
}

/** Migrations and clones name the node that they go to. */
function destination(operation: Operation): Pick<TargetFacts, 'to'> {
  const target = operation.kind === 'api' ? operation.params.target : undefined;
  return typeof target === 'string' ? { to: target } : {};
}

async function locate(
  send: Send,
  operation: Operation,
  made: readonly NewGuest[],
  options: SendOptions,
): Promise<Located> {
  const place = guestOf(operation);
  const part = operation.kind === 'api' ? targetLabel(operation) : undefined;
  if (operation.kind === 'api') {
    const fresh = newTarget(operation, made);
    if (fresh !== undefined)
      return { operation: movedTo(operation, fresh.node), facts: await plannedFacts(send, fresh, part, options) };
    if (operation.localFile !== undefined)
      return { operation, facts: { ...plainFacts(operation), ...(await replacedFile(send, operation, options)) } };
    if (place === undefined) return { operation, facts: await newGuestFacts(send, operation, options) };
  }
  if (place === undefined) return { operation, facts: plainFacts(operation) };
  try {
    return { operation, facts: await guestFacts(send, place, part, options) };
  } catch (error) {
    if (!(error instanceof PveError) || error.code !== 'not_found') throw error;
    const moved = await lookUp(send, place, options);
    return { operation: movedTo(operation, moved.node), facts: await guestFacts(send, moved, part, options) };
  }
}

/** The same on another node. */
function movedTo(operation: Operation, node: string): Operation {
  if (operation.kind === 'api') return { ...operation, segments: ['nodes', node, ...operation.segments.slice(2)] };
  return { ...operation, target: { ...operation.target, node } };
}

/** What can be said of a target without asking the cluster. */
export function plainFacts(operation: Operation): TargetFacts {
  if (operation.kind !== 'api') return targetFacts(operation.target);
  const { segments } = operation;
  const node = segments[0] === 'nodes' ? segments[1] : undefined;
  const label = targetLabel(operation) ?? quoted(`/${segments.join('/')}`);
  return node === undefined ? { label } : { label, node };
}

function targetFacts(target: Target): TargetFacts {
  const node = printable(target.node, 64);
  const label =
    target.at === 'host' ? `node ${node}` : `${target.at === 'vm' ? 'VM' : 'container'} ${target.vmid} on ${node}`;
  return { label, node: target.node };
}

interface Place {
  readonly node: string;
  readonly type: 'qemu' | 'lxc';
  readonly vmid: number;
}

function guestOf(operation: Operation): Place | undefined {
  if (operation.kind !== 'api') {
    const { target } = operation;
    if (target.at === 'host') return undefined;
    return { node: target.node, type: target.at === 'vm' ? 'qemu' : 'lxc', vmid: target.vmid };
  }
  const [root, node, type, vmid] = operation.segments;
  if (root !== 'nodes' || node === undefined || vmid === undefined) return undefined;
  if ((type !== 'qemu' && type !== 'lxc') || !isVmid(vmid)) return undefined;
  return { node, type, vmid: Number(vmid) };
}

async function guestFacts(
  send: Send,
  place: Place,
  part: string | undefined,
  options: SendOptions,
): Promise<TargetFacts> {
  const path = ['nodes', place.node, place.type, String(place.vmid)];
  const [status, config] = await Promise.all([
    send({ method: 'GET', path: [...path, 'status', 'current'] }, options),
    send({ method: 'GET', path: [...path, 'config'] }, options),
  ]);
  const guest = toGuest(
    place,
    looseObject(status.data, 'the status of a guest'),
    looseObject(config.data, 'the config of a guest'),
  );
  const label = guestLabel(guest);
  if (part === undefined) return { label, node: guest.node, guest };
  return { label: `${part} of ${label}`, node: guest.node, guest, part };
}

function toGuest(place: Place, status: Loose, config: Loose): GuestFacts {
  const ha = looseObject(status.ha ?? {}, 'ha');
  const uptime = Number(status.uptime ?? 0);
  const lock = text(status.lock) ?? text(config.lock);
  return {
    ...place,
    name: text(config.name) ?? text(config.hostname) ?? text(status.name) ?? `${place.vmid}`,
    // QEMU says "running" of a paused VM too; what it is really doing stands in qmpstatus.
    state: text(status.qmpstatus) ?? text(status.status) ?? 'unknown',
    configHash: configHash(config),
    ...(text(config.digest) === undefined ? {} : { digest: `${config.digest}` }),
    ...(uptime > 0 ? { uptimeSeconds: uptime } : {}),
    protected: flag(config.protection) === true,
    template: flag(config.template) === true,
    ...(flag(ha.managed) ? { ha: text(ha.state) ?? 'managed' } : {}),
    ...(lock === undefined ? {} : { lock }),
    tags: words(config.tags),
    ...(place.type === 'qemu' && text(config.ostype)?.startsWith('w') ? { windows: true } : {}),
    ...creationMark(place, config),
  };
}

/**
 * Who makes a guest replaces the one that has its VMID, so that one is the target where there is one (G14). One request more
 * than for anything else, GET /cluster/nextid: the overview does not show what is kept from us.
 */
async function newGuestFacts(send: Send, operation: ApiOperation, options: SendOptions): Promise<TargetFacts> {
  const plain = plainFacts(operation);
  const vmid = [operation.params.vmid ?? ''].flat().join();
  if (riskRule(operation)?.creates !== true || !isVmid(vmid)) return plain;
  try {
    const guests = await createPveClient(send).resources('vm', options);
    const found = guests.find((guest) => guest.vmid === Number(vmid));
    if (found?.node !== undefined) {
      const type = found.type === 'lxc' ? 'lxc' : 'qemu';
      const taken = await guestFacts(send, { node: found.node, type, vmid: Number(vmid) }, undefined, options);
      return { ...taken, ...(plain.node === undefined ? {} : { node: plain.node }), vmid: 'taken' };
    }
    await send({ method: 'GET', path: ['cluster', 'nextid'], params: { vmid } }, options);
    return { ...plain, vmid: 'free' };
  } catch {
    return plain;
  }
}

/** A VM carries the time of its creation; a container the addresses that its network cards were given then. */
function creationMark({ type }: Place, config: Loose): Pick<GuestFacts, 'mark'> {
  const mark = type === 'qemu' ? (text(config.meta) ?? text(config.vmgenid)) : networkCards(config);
  return mark === undefined || mark === '' ? {} : { mark };
}

function networkCards(config: Loose): string {
  const cards = Object.entries(config).filter(([key]) => /^net\d+$/.test(key));
  return cards.flatMap(([, value]) => /hwaddr=([^,]+)/.exec(text(value) ?? '')?.[1] ?? []).join(' ');
}

/** PVE's own digest covers the whole file, so that a snapshot or a lock would change it; this one does not (G2). */
function configHash(config: Loose): string {
  const { digest: _digest, parent: _parent, lock: _lock, meta: _meta, snapshots: _snapshots, ...keys } = config;
  return canonicalDigest('proxmox-config/1', JSON.parse(JSON.stringify(keys)) as Canonical);
}

async function lookUp(send: Send, wanted: Place, options: SendOptions): Promise<Place> {
  const guests = await createPveClient(send).resources('vm', options);
  const found = guests.find((guest) => guest.vmid === wanted.vmid);
  if (found?.node !== undefined && found.type === wanted.type && found.node !== wanted.node)
    return { ...wanted, node: found.node };
  throw new PveError({
    code: 'not_found',
    message: `There is no ${wanted.type === 'qemu' ? 'VM' : 'container'} ${wanted.vmid} on ${wanted.node}, nor on another node`,
    reason: [],
    hint: 'List the guests again: it was removed, or its number belongs to another kind of guest now.',
  });
}
