import * as z from 'zod';
import type { ProposedOperation } from '../../gate/types.ts';
import type { GuestPlace } from '../../pve/client.ts';
import { PveError } from '../../pve/error.ts';
import type { PveMethod, PveParams } from '../../pve/request.ts';

/** A write to a guest; parameters without a value are left out. */
export function onGuest(
  { node, type, vmid }: GuestPlace,
  method: PveMethod,
  rest: readonly string[],
  params: Readonly<Record<string, PveParams[string] | undefined>> = {},
): ProposedOperation {
  return onNode(node, method, [type, String(vmid), ...rest], params);
}

/** A write to a node, or to what is on it. */
export function onNode(
  node: string,
  method: PveMethod,
  rest: readonly string[],
  params: Readonly<Record<string, PveParams[string] | undefined>> = {},
): ProposedOperation {
  const given = Object.entries(params).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const operation = { kind: 'api' as const, method, segments: ['nodes', node, ...rest] };
  return given.length === 0 ? operation : { ...operation, params: Object.fromEntries(given) };
}

/** Settings in PVE's own names; `sentSet` looks at the values, which would cost tokens in each list of tools. */
export const guestSets = z.record(z.string().min(1).max(64), z.unknown());
export type GuestSet = Readonly<Record<string, string | number | boolean>>;
const values = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

/** Secrets that a person is to fill in: agents pass none. */
export const askArgument = z
  .array(z.string().min(1).max(64))
  .max(8)
  .optional()
  .describe('Secret settings that the user fills in, such as cipassword');

/**
 * Settings as they are sent. SSH keys go URL-encoded, which is easily forgotten.
 * @param reserved what the tool itself says
 * @throws PveError `invalid_argument` for what is no setting
 */
export function sentSet(given: z.output<typeof guestSets>, reserved: readonly string[] = []): GuestSet {
  const { success, data: set = {} } = values.safeParse(given);
  if (!success)
    throw unfit(
      'A setting is neither text nor number nor true or false',
      "Write it as Proxmox VE does, such as 'ip=dhcp'.",
    );
  const wrong = Object.keys(set).find((key) => [...never, ...reserved].includes(key));
  if (wrong !== undefined)
    throw unfit(`"${wrong}" is not a setting of a guest`, 'Use the argument of the tool for it.');
  const { sshkeys } = set;
  if (typeof sshkeys !== 'string' || !/\s/.test(sshkeys.trim())) return set;
  return { ...set, sshkeys: encodeURIComponent(sshkeys.trim()) };
}

const never = ['node', 'vmid', 'digest', 'delete', 'revert', 'force', 'skiplock', 'background_delay'];

/** The arguments do not fit the guest. */
export function unfit(message: string, hint: string): PveError {
  return new PveError({ code: 'invalid_argument', message, hint, reason: [] });
}
