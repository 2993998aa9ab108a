import * as z from 'zod';
import { guestArgument, writeArguments } from '../tools/common.ts';
import type { SettingsTool } from './kind.ts';
import { actionNames, kindNames } from './kinds.ts';

const value = z.union(
  [
    z.string().max(65_536),
    z.number(),
    z.boolean(),
    z
      .array(z.union([z.string(), z.number()]))
      .min(1)
      .max(200),
    z.null(),
  ],
  {
    error: 'give text, a number, true or false, or a list of them; null for a secret that the person fills in',
  },
);

/** Settings in PVE's own words, its `delete` among them. The list shows an object; what may be in it is checked here. */
export const setArgument = z.record(z.string().max(64), z.unknown()).pipe(z.record(z.string(), value));

export const idArgument = z.string().min(1).max(300);
export const nodeOptional = z.string().min(1).max(64).optional();
/** Whose firewall: absent, the cluster's. */
export const firewallArguments = { node: nodeOptional, guest: guestArgument.optional() } as const;

/** What a tool changes, from the table. */
export function kindArgument(tool: SettingsTool) {
  return { kind: z.enum(kindNames(tool)) } as const;
}

/** What it does with it, from the table. */
export function actionArgument(tool: SettingsTool) {
  return { action: z.enum(actionNames(undefined, tool)) } as const;
}

/** A name of the table where there are many: what is unknown is answered with all that there are. */
export const nameArgument = z.string().min(1).max(40);

/** Why; of what is done at once, there is nothing to wait for. */
export const { reason: reasonArgument } = writeArguments;
