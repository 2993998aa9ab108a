import { programs } from './pve/programs.ts';
import type { Rules } from './rule.ts';
import { accounts } from './rules/accounts.ts';
import { archives } from './rules/archives.ts';
import { builtins } from './rules/builtins.ts';
import { ceph } from './rules/ceph.ts';
import { containers } from './rules/containers.ts';
import { daemons } from './rules/daemons.ts';
import { databases } from './rules/databases.ts';
import { disks } from './rules/disks.ts';
import { files } from './rules/files.ts';
import { firewall } from './rules/firewall.ts';
import { git } from './rules/git.ts';
import { hardware } from './rules/hardware.ts';
import { images } from './rules/images.ts';
import { interpreters } from './rules/interpreters.ts';
import { logs } from './rules/logs.ts';
import { network } from './rules/network.ts';
import { packages } from './rules/packages.ts';
import { power } from './rules/power.ts';
import { processes } from './rules/processes.ts';
import { services } from './rules/services.ts';
import { system } from './rules/system.ts';
import { text } from './rules/text.ts';
import { transfer } from './rules/transfer.ts';
import { volumes } from './rules/volumes.ts';
import { zfs } from './rules/zfs.ts';
import { wrappers } from './wrappers.ts';

/** What is known of programs: what is allowed in a read, what destroys. Anything else changes something. */
export const rules: Rules = {
  ...builtins,
  ...text,
  ...files,
  ...system,
  ...processes,
  ...hardware,
  ...logs,
  ...services,
  ...power,
  ...network,
  ...firewall,
  ...disks,
  ...images,
  ...volumes,
  ...zfs,
  ...ceph,
  ...packages,
  ...accounts,
  ...archives,
  ...transfer,
  ...git,
  ...containers,
  ...databases,
  ...daemons,
  ...interpreters,
};

/** Every program that is known, whatever it does. */
export const programNames: ReadonlySet<string> = new Set([
  ...Object.keys(rules),
  ...Object.keys(wrappers),
  ...Object.keys(programs),
  'pvesh',
]);
