import { startOf } from '../arg.ts';
import { always, each, free, type Rule, type Rules, reads, readsOnly, says, verbs } from '../rule.ts';

const removes = always('destroy', 'It destroys data.');
const changes = always('configure', 'It changes a pool or its file systems.');

/** A dry run only shows, where the program has one. */
const unlessDry =
  (flags: RegExp, rule: Rule): Rule =>
  (call) =>
    call.args.some((arg) => flags.test(startOf(arg))) ? readsOnly : rule(call);

const zfsVerbs: Rules = {
  list: free,
  get: free,
  ...each('userspace groupspace projectspace holds diff version help', free),
  destroy: unlessDry(/^-[fprRvd]*n[fnprRvd]*$/, removes),
  rollback: removes,
  receive: (call) =>
    call.args.some((arg) => /^-\w*F/.test(startOf(arg)))
      ? says('destroy', 'It replaces what is there.')
      : says('configure', 'It takes a file system in.'),
  recv: (call) =>
    call.args.some((arg) => /^-\w*F/.test(startOf(arg)))
      ? says('destroy', 'It replaces what is there.')
      : says('configure', 'It takes a file system in.'),
  send: (call) =>
    call.args.some((arg) => /^-[DLPRbcehpsvw]*n/.test(startOf(arg)))
      ? readsOnly
      : { ...readsOnly, sensitive: true, why: 'It reads out a whole file system.' },
  mount: (call) => (call.args.length === 0 ? readsOnly : says('configure', 'It mounts something.')),
  umount: changes,
  unmount: changes,
  ...each(
    'create snapshot snap clone promote rename set inherit hold release share unshare bookmark upgrade allow load-key unload-key change-key project jail unjail',
    changes,
  ),
  allow: (call) => (call.args.length === 1 ? readsOnly : says('configure', 'It changes rights.')),
  upgrade: (call) =>
    call.args.length === 0 || call.args.every((arg) => startOf(arg) === '-v')
      ? readsOnly
      : says('configure', 'It cannot be taken back.'),
  program: always('configure', 'It runs a program on the pool.'),
};

const zpoolVerbs: Rules = {
  // What `-c` runs are scripts of the administrator alone.
  ...each('list status iostat get version wait', free),
  events: reads('-HvfvP'),
  history: reads('-il'),
  import: (call) => (call.args.length === 0 ? readsOnly : says('configure', 'It takes a pool in.')),
  upgrade: (call) =>
    call.args.length === 0 || call.args.every((arg) => startOf(arg) === '-v')
      ? readsOnly
      : says('configure', 'It cannot be taken back.'),
  ...each('destroy labelclear', removes),
  create: unlessDry(/^-[df]*n[df]*$/, always('destroy', 'It overwrites disks.')),
  add: unlessDry(/^-[fgLP]*n[fgLP]*$/, changes),
  remove: unlessDry(/^-[psw]*n[psw]*$/, always('destroy', 'It takes a disk out of the pool.')),
  detach: always('destroy', 'It takes a copy of the data away.'),
  export: always('destroy', 'It takes a pool away.'),
  ...each(
    'online replace attach scrub trim clear reguid reopen resilver set initialize checkpoint sync wait offline split',
    changes,
  ),
  checkpoint: (call) =>
    call.args.some((arg) => /^-\w*d|^--discard/.test(startOf(arg)))
      ? says('destroy', 'It throws a checkpoint away.')
      : says('configure', 'It makes a checkpoint.'),
};

/** ZFS. */
export const zfs: Rules = {
  zfs: verbs('-?V', zfsVerbs),
  zpool: verbs('-?V', zpoolVerbs),
  zdb: reads('-AbcCdDeFhiklLMPqsSuvy -I: -o: -p: -t: -U: -V -X -Y'),
  ...each('arcstat zilstat dbufstat', reads('-havpxzbdrt -f: -s: -F:')),
  arc_summary: reads('-adhgrp -s: -p: --alternate --description --graph --raw --section:'),
  zed: always('configure', 'It starts a service.'),
  zinject: always('destroy', 'It breaks a pool on purpose.'),
  'zfs-auto-snapshot': always('configure', 'It makes and removes snapshots.'),
  ...each('sanoid syncoid', always('configure', 'It makes, sends and prunes snapshots.')),
};
