import * as z from 'zod';

// Arguments that several tools take, worded once: every word of them is paid for in each conversation. What they all mean
// is said in the instructions of the server, not with each.

/** One guest, by VMID or by name. */
export const guestArgument = z.union([z.int().min(100).max(999_999_999), z.string().min(1).max(64)], {
  error: 'give a VMID (101) or a name ("web-01")',
});

/** Guests to act on together: one, or a list. */
export const guestsArgument = z.union([guestArgument, z.array(guestArgument).min(1).max(50)], {
  error: 'give a VMID, a name, or a list of them',
});

export const nodeArgument = z.string().min(1).max(64);

/** The agent's claim, which a person is shown. */
export const reasonArgument = z.string().max(200).optional();

/** What every writing tool takes. */
export const writeArguments = {
  reason: reasonArgument,
  wait: z.boolean().default(true),
} as const;

/** @param usual entries on one page when nothing is said */
export function pageArguments(usual: number, max = 1000) {
  return {
    limit: z.int().min(1).max(max).default(usual),
    cursor: z.string().max(300).optional(),
  } as const;
}

export const sinceArgument = z.string().min(1).max(40).describe('24h, 7d, or ISO date in UTC');
export const filterArgument = z.string().min(1).max(200).describe('Only lines with this text; * for anything');
