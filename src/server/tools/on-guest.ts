import * as z from 'zod';
import type { ProposedApi } from '../../gate/types.ts';
import type { GuestPlace } from '../../pve/client.ts';
import { PveError } from '../../pve/error.ts';
import type { PveMethod, PveParams } from '../../pve/request.ts';

/** A write to a guest; parameters without a value are left out. */
export function onGuest(
  { node, type, vmid }: GuestPlace,
  method: PveMethod,
  rest: readonly string[],
  params: Readonly<Record<string, PveParams[string] | undefined>> = {},
): ProposedApi {
  return onNode(node, method, [type, String(vmid), ...rest], params);
}

/** A write to a node, or to what is on it. */
export function onNode(
  node: string,
  method: PveMethod,
  rest: readonly string[],
  params: Readonly<Record<string, PveParams[string] | undefined>> = {},
): ProposedApi {
  const given = Object.entries(params).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const operation = { kind: 'api' as const, method, segments: ['nodes', node, ...rest] };
  return given.length === 0 ? operation : { ...operation, params: Object.fromEntries(given) };
}

/** Settings in PVE's own names; `readSet` looks at the values, which would cost tokens in each list of tools. */
export const guestSets = z.record(z.string().min(1).max(64), z.unknown());
const written = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

/** What `set` asks for. */
export interface GuestWish {
  /** As they are sent. */
  readonly values: Readonly<Record<string, string | number | boolean>>;
  /** Secrets, written as null: agents pass none, a person fills them in. */
  readonly ask: readonly string[];
}

/**
 * Settings as they are sent. SSH keys go URL-encoded, which is easily forgotten.
 * @param reserved what the tool itself says
 * @throws PveError `invalid_argument` for what is no setting
 */
export function readSet(given: z.output<typeof guestSets>, reserved: readonly string[] = []): GuestWish {
  const { success, data: set = {} } = written.safeParse(given);
  if (!success)
    throw unfit(
      'A setting is neither text nor number nor true or false',
      "Write it as Proxmox VE does, such as 'ip=dhcp'.",
    );
  const wrong = Object.keys(set).find((key) => [...never, ...reserved].includes(key));
  if (wrong !== undefined)
    throw unfit(`"${wrong}" is not a setting that is given here`, 'Use the argument of the tool for it.');
  const entries = Object.entries(set);
  return {
    values: Object.fromEntries(entries.flatMap(([key, value]) => (value === null ? [] : [[key, asSent(key, value)]]))),
    ask: entries.flatMap(([key, value]) => (value === null ? [key] : [])),
  };
}

function asSent(key: string, value: string | number | boolean): string | number | boolean {
  const isPlain = key === 'sshkeys' && typeof value === 'string' && /\s/.test(value.trim());
  return isPlain ? encodeURIComponent(value.trim()) : value;
}

/** The write with the secrets that a person fills in. */
export function withAsk<O extends ProposedApi>(operation: O, ask: readonly string[]): O {
  return ask.length === 0 ? operation : { ...operation, ask };
}

const never = ['node', 'vmid', 'digest', 'delete', 'revert', 'force', 'skiplock', 'background_delay'];

/** The arguments do not fit the guest. */
export function unfit(message: string, hint: string): PveError {
  return new PveError({ code: 'invalid_argument', message, hint, reason: [] });
}
