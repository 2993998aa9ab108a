import * as z from 'zod';
import type { PveParam } from '../../pve/request.ts';

export const apiPath = z.string().min(1).max(1024).describe('/nodes/pve1/qemu/101/config');

/** Parameters by PVE's own names. Their values are checked here, so that the list of tools stays short. */
export const apiParams = z
  .record(
    z.string().max(128),
    z.unknown().transform((value, { issues }): PveParam => {
      if (isParam(value)) return value;
      issues.push({ code: 'custom', message: 'is text, a number, a boolean or a list of them', input: value });
      return z.NEVER;
    }),
  )
  .optional();

function isParam(value: unknown): value is PveParam {
  if (Array.isArray(value))
    return value.length > 0 && value.every((item) => isScalar(item) && typeof item !== 'boolean');
  return isScalar(value);
}

function isScalar(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}
