import { configSource, haSource } from './fact-sources.ts';
import { type Policy, whyForbidden } from './policy.ts';
import { printable } from './printable.ts';
import type { Fact, GuestFacts, Risk, TargetFacts } from './types.ts';

/** What of the target speaks against an operation, worst first, with the reads that show it. */
export function hazards(facts: TargetFacts, risk: Risk, policies: readonly Policy[]): Fact[] {
  if (risk === 'read') return [];
  const forbidden = whyForbidden({ risk, facts }, policies);
  return [...(forbidden === undefined ? [] : [forbidden]), ...guestHazards(facts)];
}

function guestHazards({ guest, vmid }: TargetFacts): Fact[] {
  if (guest === undefined) return [];
  const found: Fact[] = [];
  if (vmid === 'taken') found.push('It is there already, and would be replaced with all its disks.');
  if (guest.lock !== undefined) found.push({ text: lockText(guest, guest.lock), source: configSource(guest, 'lock') });
  if (guest.protected) found.push({ text: 'It is protected.', source: configSource(guest) });
  if (guest.ha !== undefined)
    found.push({
      text: `HA manages it (${printable(guest.ha, 40)}): the change is a request to HA and takes effect later.`,
      source: haSource(guest),
    });
  if (guest.template) found.push({ text: 'It is a template.', source: configSource(guest) });
  return found;
}

/** No token can take a lock away: only the root user of the node, in its shell. */
function lockText({ type, vmid, node }: GuestFacts, lock: string): string {
  const holder = holders[lock];
  const who = holder === undefined ? '' : ` by ${holder}`;
  const unlock = `${type === 'qemu' ? 'qm' : 'pct'} unlock ${vmid}`;
  return (
    `It is locked${who} (${printable(lock, 40)}): Proxmox VE will probably refuse. ` +
    `If that does not run any more, root on ${printable(node, 64)} can unlock it: ${unlock}. No token can.`
  );
}

const holders: Readonly<Record<string, string>> = {
  backup: 'a backup',
  clone: 'a clone that is made of it',
  create: 'its creation or restore',
  destroyed: 'its deletion',
  disk: 'a disk that is being moved',
  fstrim: 'a trim of its disks',
  migrate: 'a migration',
  mounted: 'a mount on the node',
  rollback: 'a rollback',
  snapshot: 'a snapshot that is being taken',
  'snapshot-delete': 'a snapshot that is being deleted',
  suspended: 'its suspension to disk',
  suspending: 'its suspension to disk',
};
