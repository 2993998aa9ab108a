import { assess } from '../../src/gate/assess.ts';
import { plainFacts } from '../../src/gate/facts.ts';
import { toRequest } from '../../src/gate/operation.ts';
import type { Assessment, ProposedApi, Risk, TargetFacts } from '../../src/gate/types.ts';
import { call, home } from './gate.ts';

export type Params = NonNullable<ProposedApi['params']>;
/** A request written by hand, and what it must be. */
export type Row = [ProposedApi['method'], string, Risk, Params?];

export const vm = '/nodes/pve1/qemu/101';
export const ct = '/nodes/pve2/lxc/102';

/** The gate's judgement of a request, as far as it goes without a cluster; a new guest's VMID is free. */
export function judged(
  method: ProposedApi['method'],
  path: string,
  params?: Params,
  facts: Partial<TargetFacts> = {},
): Assessment {
  const operation = toRequest(call(method, path, params), home);
  return assess(operation, { ...plainFacts(operation), vmid: 'free', ...facts });
}
