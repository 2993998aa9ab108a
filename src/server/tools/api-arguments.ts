import * as z from 'zod';
import type { PveParam } from '../../pve/request.ts';

export const apiPath = z.string().min(1).max(1024).describe('/nodes/pve1/qemu/101/config');

/** Parameters by PVE's own names. Their values are checked here, so that the list of tools stays short. */
export const apiParams = paramsOf(isParam, 'is text, a number, a boolean or a list of them');
/** The same of a write: null stands for a secret that the person fills in. */
export const apiParamsOrAsk = paramsOf(
  (value) => value === null || isParam(value),
  'is text, a number, a boolean or a list of them; null for a secret that the person fills in',
);

function paramsOf<T>(isFit: (value: unknown) => value is T, message: string) {
  const fit = z.unknown().transform((value, { issues }): T => {
    if (isFit(value)) return value;
    issues.push({ code: 'custom', message, input: value });
    return z.NEVER;
  });
  return z.record(z.string().max(128), fit).optional();
}

function isParam(value: unknown): value is PveParam {
  if (Array.isArray(value))
    return value.length > 0 && value.every((item) => isScalar(item) && typeof item !== 'boolean');
  return isScalar(value);
}

function isScalar(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}
