import { startOf } from '../arg.ts';
import { always, each, type Rule, type Rules, reads, says, verbs } from '../rule.ts';

const shrinks: Rule = ({ args }) => {
  const words = args.map(startOf).join(' ');
  return /(-L|-l|--size|--extents)[= ]?\s*\+/.test(words)
    ? says('configure', 'It makes a volume larger.')
    : says('destroy', 'It may cut a volume off.');
};

const removes = always('destroy', 'It removes volumes, or what they stand on.');
const changes = always('configure', 'It changes volumes.');

// Settings and profiles of their own could have them write a log.
const lookingOptions =
  '-abcCdhHmPqstvlS -o: -O: -S: -A: --all --options: --sort: --select: --units: --noheadings --nosuffix --separator: --segments --reportformat: --unbuffered --nameprefixes --rows --aligned --unquoted --binary --readonly --foreign --shared --partial --history --colon --columns --maps --short --verbose --quiet --headings: --uuid --snapshot --pvsegments --activevolumegroups --allocatable: --noupdate --nolocking --ignorelockingfailure --lvmpartition --debug';

const byName: Rules = {
  ...each('lvs pvs vgs lvdisplay vgdisplay pvdisplay lvscan lvmdiskscan', reads(lookingOptions)),
  pvscan: ({ args }) =>
    args.length === 0 ||
    args.every((arg) => /^-[snuve]+$|^--(short|novolumegroup|uuid|reportformat)/.test(startOf(arg)))
      ? { risk: 'read', why: 'It only reads.' }
      : says('configure', 'It may switch volumes on.'),
  vgscan: ({ args }) =>
    args.length === 0 ? { risk: 'read', why: 'It only reads.' } : says('configure', 'It may switch volumes on.'),
  ...each('lvremove vgremove pvremove vgreduce vgcfgrestore', removes),
  lvreduce: always('destroy', 'It cuts a volume off.'),
  lvresize: shrinks,
  lvconvert: ({ args }) =>
    args.some((arg) => /^--(merge|repair|uncache|splitmirrors|splitsnapshot)/.test(startOf(arg)))
      ? says('destroy', 'It goes back, or takes a volume apart.')
      : says('configure', 'It changes what a volume is.'),
  ...each(
    'lvcreate lvextend lvrename lvchange vgcreate vgextend vgrename vgchange vgck vgconvert vgexport vgimport vgmerge vgsplit vgcfgbackup vgmknodes pvcreate pvchange pvresize pvmove pvck',
    changes,
  ),
  pvcreate: ({ args }) =>
    args.some((arg) => /^(-\w*f|--force|-\w*y|--yes)/.test(startOf(arg)))
      ? says('destroy', 'It overwrites a disk.')
      : says('configure', 'It takes a disk for volumes.'),
  vgchange: ({ args }) =>
    /(-an|-a n|--activate n)/.test(args.map(startOf).join(' '))
      ? says('configure', 'It switches volumes off.')
      : says('configure', 'It changes volumes.'),
};

/** LVM. */
export const volumes: Rules = {
  ...byName,
  lvm: verbs('', { ...byName, ...each('version fullreport devtypes formats segtypes tags', reads(lookingOptions)) }),
  lvmconfig: reads('--type: --list --withcomments --withversions --withsummary'),
  lvmdump: always('configure', 'It writes an archive.'),
  lvmdevices: ({ args }) =>
    args.length === 0
      ? { risk: 'read', why: 'It only reads.' }
      : says('configure', 'It changes which disks are looked at.'),
};
