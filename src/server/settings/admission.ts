import { firewallOptions } from '../../pve/firewall.ts';
import { managementLines } from '../tools/firewall.ts';
import type { Seen } from './kind.ts';
import { written } from './tell.ts';

/**
 * Whether people still get in when a firewall is switched on: who then reaches the web interface (8006) and SSH (22).
 * Only for the cluster's and a node's: guests have other doors.
 */
export async function admission({ pve, parts, set }: Seen): Promise<string | undefined> {
  const [, node, ...rest] = [parts.firewall ?? ''].flat();
  if (rest.length > 0) return undefined;
  const options = await firewallOptions(pve, { scope: 'cluster' });
  const policy = node === undefined && set.policy_in !== undefined ? { policyIn: written(set.policy_in) } : {};
  const lines = await managementLines(pve, node === undefined ? undefined : [node], { ...options, ...policy }, false);
  return lines.join('\n');
}
