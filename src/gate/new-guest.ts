import { PveError } from '../pve/error.ts';
import { isVmid } from '../pve/guest.ts';
import { words } from '../pve/loose.ts';
import type { Send, SendOptions } from '../pve/request.ts';
import { guestLabel } from './labels.ts';
import { isSet } from './risk.ts';
import type { TouchedGuest } from './touches.ts';
import type { ApiOperation, GuestFacts, TargetFacts } from './types.ts';

/** A guest that a step of a plan makes; a later step of the same plan may act on it before it is there. */
export interface NewGuest {
  readonly type: 'qemu' | 'lxc';
  readonly vmid: number;
  readonly node: string;
  readonly name: string;
  readonly pool?: string;
  readonly tags: readonly string[];
}

/**
 * The guest that a step makes: POST …/{vmid}/clone with `newid`, POST /nodes/{node}/{qemu|lxc} with `vmid`. Nothing where
 * the request does not name it (the cluster would choose), and nothing for a restore over a guest that is there.
 */
export function newGuestOf(
  { method, segments, params }: ApiOperation,
  { guest, vmid: use }: TargetFacts,
): NewGuest | undefined {
  const [root, node, type, source, act] = segments;
  if (method !== 'POST' || root !== 'nodes' || node === undefined) return undefined;
  if ((type !== 'qemu' && type !== 'lxc') || isSet(params.force) || use === 'taken') return undefined;
  const isClone = segments.length === 5 && act === 'clone';
  if (!isClone && segments.length !== 3) return undefined;
  const [vmid, name] = [one(params[isClone ? 'newid' : 'vmid']), one(params[type === 'qemu' ? 'name' : 'hostname'])];
  if (vmid === undefined || !isVmid(vmid) || vmid === source || name === undefined) return undefined;
  const pool = one(params.pool);
  return {
    type,
    vmid: Number(vmid),
    node: (isClone ? one(params.target) : undefined) ?? node,
    name,
    ...(pool === undefined ? {} : { pool }),
    // A clone takes the tags of its source along.
    tags: [...(isClone ? (guest?.tags ?? []) : []), ...words(one(params.tags))],
  };
}

/** The guest among those that earlier steps make on which this step acts, as long as it is meant to be of that kind. */
export function newTarget({ segments }: ApiOperation, made: readonly NewGuest[]): NewGuest | undefined {
  const [root, , type, vmid] = segments;
  return root === 'nodes' ? made.find((guest) => guest.type === type && String(guest.vmid) === vmid) : undefined;
}

/**
 * What the plan itself says of a guest that it makes. The VMID must be free (GET /cluster/nextid), for what is there under
 * it is another guest.
 * @throws PveError `invalid_argument` when the VMID is taken
 */
export async function plannedFacts(
  send: Send,
  guest: NewGuest,
  part: string | undefined,
  options: SendOptions,
): Promise<TargetFacts> {
  await checkFree(send, guest.vmid, options);
  const { type, vmid, node, name, tags } = guest;
  const facts: GuestFacts = {
    ...{ type, vmid, node, name, tags },
    state: 'new',
    configHash: '',
    protected: false,
    template: false,
    isNew: true,
  };
  const label = `new guest ${guestLabel(facts)}`;
  if (part === undefined) return { label, node, guest: facts };
  return { label: `${part} of ${label}`, node, guest: facts, part };
}

/** What policies go by, of a guest that is not there yet. */
export function touchedNew({ vmid, node, pool, tags }: NewGuest): TouchedGuest {
  return { vmid, node, tags, ...(pool === undefined ? {} : { pool }) };
}

async function checkFree(send: Send, vmid: number, options: SendOptions): Promise<void> {
  try {
    await send({ method: 'GET', path: ['cluster', 'nextid'], params: { vmid } }, options);
  } catch (error) {
    if (!(error instanceof PveError) || error.code !== 'invalid_argument') throw error;
    throw new PveError({
      code: 'invalid_argument',
      message: `VMID ${vmid} is taken by a guest that this plan does not make`,
      reason: error.data.reason,
      hint: 'Choose a VMID that is free.',
    });
  }
}

function one(value: ApiOperation['params'][string] | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
