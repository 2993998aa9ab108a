import { startOf, textOf } from '../arg.ts';
import { always, each, free, type Rule, type Rules, reads, readsOnly, says, verbs } from '../rule.ts';

const wipes = (why: string) => always('destroy', why);

/** Programs for partitions: those options that only show, or everything destroys. */
function partitions(line: string, shows: RegExp): Rule {
  return reads(line, {
    else: 'destroy',
    look: (_, { options }) =>
      options.some(([name]) => shows.test(name)) ? undefined : says('destroy', 'It changes partitions.'),
  });
}

/** parted runs each of its words: `print` and `unit` only show. */
const parted: Rule = ({ args }) => {
  const words = args.map((arg) => textOf(arg) ?? '?');
  if (
    words.every((word) => /^(-l|--list|-s|-m|--script|--machine)$/.test(word)) &&
    words.some((word) => /^(-l|--list)$/.test(word))
  )
    return readsOnly;
  const acts = words
    .filter((word) => !word.startsWith('-') && !word.startsWith('/dev/'))
    .join(' ')
    .split(/\s+/);
  const shows = acts.every((word) =>
    /^(|print|p|unit|free|all|devices|list|help|quit|align-check|opt\w*|min\w*|\d+|s|B|[kMGT]i?B|MiB|GiB|compact|cyl|chs|%)$/i.test(
      word,
    ),
  );
  const names = acts.some((word) => /^(print|p|align-check|help)$/.test(word));
  return shows && names ? readsOnly : says('destroy', 'It changes partitions.');
};

const mdadm: Rule = ({ args }) => {
  const words = args.map(startOf);
  const is = (...names: string[]) =>
    words.some((word) =>
      names.some(
        (name) =>
          word === name || (name.startsWith('--') && word.length > 4 && word.startsWith('--') && name.startsWith(word)),
      ),
    );
  if (
    is(
      '--create',
      '-C',
      '--zero-superblock',
      '--stop',
      '-S',
      '--fail',
      '-f',
      '--remove',
      '-r',
      '--build',
      '-B',
      '--kill-subarray',
      '--grow',
      '-G',
    ) &&
    !is('--detail', '-D')
  )
    return says(is('--grow', '-G') ? 'configure' : 'destroy', 'It takes an array apart or makes it anew.');
  return is(
    '--detail',
    '-D',
    '--examine',
    '-E',
    '--query',
    '-Q',
    '--detail-platform',
    '--examine-badblocks',
    '-X',
    '--examine-bitmap',
  )
    ? reads(
        '-DEQXvbsY --detail --examine --query --scan --verbose --brief --test --export --no-devices --detail-platform --examine-bitmap --examine-badblocks --config: -c:',
      )({ name: 'mdadm', args, place: 'host' })
    : says('configure', 'It changes an array.');
};

const cryptsetup: Rule = verbs('-vq -M: --type: --debug', {
  ...each('status isLuks luksUUID luksDump tcryptDump', reads('-v --verbose --type:')),
  benchmark: reads('-c: -s: -h: --cipher: --key-size: --hash:'),
  ...each(
    'luksFormat format erase luksErase luksKillSlot luksRemoveKey reencrypt luksHeaderRestore luksConvertKey repair',
    wipes('It overwrites what the data is locked with.'),
  ),
  ...each('luksClose close remove', always('configure', 'It locks a disk.')),
});

const mount: Rule = reads('-lvhV -t: --types: --show-labels --version --help', { most: 0 });

const umount: Rule = ({ args }) =>
  args.some((arg) => /^(-\w*a|--all)/.test(startOf(arg)) || /^\/(etc\/pve|boot|var|usr|home|)\/?$/.test(startOf(arg)))
    ? says('destroy', 'It takes what the machine needs away.')
    : says('configure', 'It unmounts something.');

/** Disks, partitions, file systems and images. */
export const disks: Rules = {
  lsblk: free,
  blkid: reads(
    '-iIkloDp -c: -L: -U: -s: -o: -t: -n: -u: -O: -S: -H: --output: --match-tag: --match-token: --label: --uuid: --list-one --probe --info',
    {
      look: (_, { options }) =>
        options.some(([name, value]) => name === '-c' && textOf(value) !== '/dev/null')
          ? says('configure', 'It writes its cache.')
          : undefined,
    },
  ),
  fdisk: partitions(
    '-lxLb -o: -u? -c? -w: --list --list-details --bytes --output: --units? --color?',
    /^(-[lx]|--list\S*)$/,
  ),
  sfdisk: partitions(
    '-ldJVqLrTFs -o: --list --dump --json --verify --list-free --list-types --show-size --show-geometry --output: --quiet --bytes --version',
    /^(-[ldJVTFsg]|--(list|dump|json|verify|list-free|list-types|show-size|show-geometry))$/,
  ),
  sgdisk: partitions(
    '-pvFfELO -i: --print --verify --info: --first-in-largest --first-aligned-in-largest --end-of-largest --list-types --version',
    /^(-[pvFfELi]|--\w[\w-]*)$/,
  ),
  gdisk: partitions('-l', /^-l$/),
  cgdisk: wipes('It changes partitions.'),
  cfdisk: wipes('It changes partitions.'),
  parted,
  partprobe: always('configure', 'It has the kernel read partitions anew.'),
  partx: reads('-lsbgPrv -o: -n: -t: --show --list --bytes --output: --nr: --pairs --raw --noheadings'),
  kpartx: reads('-l'),
  wipefs: reads(
    '-anifJpq -O: -o: -t: -b --all --no-act --force --noheadings --json --parsable --quiet --output: --offset: --types: --backup? --lock?',
    {
      else: 'destroy',
      look: (_, { options }) =>
        options.every(([name]) => !/^(-a|-o|--all|--offset)$/.test(name)) ||
        options.some(([name]) => /^(-n|--no-act)$/.test(name))
          ? undefined
          : says('destroy', 'It wipes what tells what is on a disk.'),
    },
  ),
  ...each(
    'mkfs mkfs.ext2 mkfs.ext3 mkfs.ext4 mkfs.xfs mkfs.btrfs mkfs.vfat mkfs.fat mkfs.ntfs mkfs.exfat mkfs.f2fs mke2fs mkdosfs mkntfs mkswap',
    wipes('It overwrites a disk.'),
  ),
  ...each('blkdiscard scrub nwipe', wipes('It overwrites a disk.')),
  badblocks: ({ args }) =>
    args.some((arg) => /^-\w*[wn]/.test(startOf(arg)))
      ? says('destroy', 'It overwrites a disk.')
      : reads('-svX -b: -c: -e: -p: -t:')({ name: 'badblocks', args, place: 'host' }),
  ...each('fsck fsck.ext4 fsck.xfs fsck.vfat e2fsck xfs_repair btrfsck', ({ name, args }) =>
    name === 'xfs_repair' && args.some((arg) => /^-\w*L/.test(startOf(arg)))
      ? says('destroy', 'It throws the journal away.')
      : args.some((arg) => /^-[fvC0-9]*[nN][fvV]*$/.test(startOf(arg))) &&
          !args.some((arg) => /^-\w*[ypazclLEoI]|^--/.test(startOf(arg)))
        ? readsOnly
        : says('configure', 'It repairs a file system.'),
  ),
  ...each('resize2fs xfs_growfs e2label tune2fs xfs_admin fatlabel swaplabel', ({ name, args }) =>
    name === 'tune2fs' && args.some((arg) => startOf(arg) === '-l') && args.length === 2
      ? readsOnly
      : says('configure', 'It changes a file system.'),
  ),
  dumpe2fs: reads('-bfghimxe'),
  debugfs: ({ args }) =>
    args.some((arg) => /^-\w*w/.test(startOf(arg)))
      ? says('destroy', 'It writes into a file system.')
      : says('configure', 'It may write files.'),
  xfs_info: free,
  btrfs: ({ args }) => {
    const words = args.map(startOf).join(' ');
    if (
      /^(fi|filesystem|sub|subvolume|device|dev|scrub|balance|qgroup|inspect|inspect-internal|property|quota)\w* (show|usage|df|du|list|ls|stats|status|get|get-default|rootid|dump-super|tree-stats|min-dev-size|logical-resolve)\b/.test(
        words,
      )
    )
      return /-z\b|--reset/.test(words) ? says('configure', 'It sets counters back.') : readsOnly;
    return /\b(delete|del|remove|rm|rescue|repair|wipe|clear|destroy)\b/.test(words)
      ? says('destroy', 'It removes data.')
      : says('configure', 'It changes a file system.');
  },
  mount,
  umount,
  swapon: reads('-sv --show? --summary --noheadings --raw --bytes', { most: 0 }),
  swapoff: always('configure', 'It takes swap away.'),
  losetup: reads('-alJOn -j: --list --all --json --output: --noheadings --raw --associated: --output-all', { most: 1 }),
  mdadm,
  cryptsetup,
  dmsetup: verbs('-cCrvy -o: -S: --columns --noheadings --separator: --sort: --tree', {
    ls: reads('-v --tree -o:'),
    ...each('info status table deps targets version splitname', (call) =>
      call.args.some((arg) => startOf(arg) === '--showkeys') ? { ...readsOnly, sensitive: true } : readsOnly,
    ),
    ...each('remove remove_all wipe_table', wipes('It takes a disk away.')),
  }),
  multipath: reads('-l -ll -v: -d', { words: true }),
  iscsiadm: ({ args }) => {
    const words = args.map(startOf).join(' ');
    if (/--logout|-u\b|--op[= ]?delete|-o delete/.test(words)) return says('destroy', 'It takes disks away.');
    return /(-m|--mode)[ =]?(session|node|iface|discoverydb|host)\b/.test(words) &&
      !/--login|-l\b|--op|-o\b|-R\b|-D\b|--rescan|-v\b|--value|-C\b/.test(words)
      ? readsOnly
      : says('configure', 'It changes which disks are there.', { sensitive: true });
  },
  fstrim: ({ args }) =>
    args.some((arg) => /^(-n|--dry-run)$/.test(startOf(arg)))
      ? readsOnly
      : says('configure', 'It gives free space back.'),
  ...each('fio bonnie++ ioping iozone', ({ name, args }) =>
    args.some((arg) => /\/dev\/(?!null)/.test(startOf(arg))) && name !== 'ioping'
      ? says('destroy', 'It writes to a disk.')
      : says('configure', 'It loads a disk.'),
  ),
  ...each('pv mbuffer', reads('-pterabnfqWT -s: -L: -B: -N: -i: -w: -H: --size: --rate-limit: --name:')),
  ddrescue: wipes('It writes a whole disk.'),
  partclone: wipes('It writes a whole disk.'),
  sg_format: wipes('It erases a disk.'),
  sg_sanitize: wipes('It erases a disk.'),
  quota: free,
  repquota: free,
};
