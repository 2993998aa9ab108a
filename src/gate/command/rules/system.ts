import { startOf, textOf } from '../arg.ts';
import {
  always,
  each,
  free,
  here,
  type Look,
  plainOperands,
  type Rule,
  type Rules,
  reads,
  readsOnly,
  says,
  verbs,
} from '../rule.ts';

/** A bare `date MMDDhhmm` sets the clock as `-s` does. */
const date: Rule = reads(
  '-u -d: -r: -R -I? -f: -v: -j --utc --universal --date: --reference: --rfc-2822 --rfc-email --rfc-3339: --iso-8601? --debug --resolution --file:',
  {
    look: (operands) =>
      operands.every((one) => startOf(one).startsWith('+')) ? undefined : says('configure', 'It sets the clock.'),
  },
);

const sysctl: Rule = reads('-aAXNnebr? -eq -p? --all --names --values --ignore --pattern: --deprecated --quiet', {
  look: (operands, { options }) =>
    operands.some((one) => startOf(one).includes('=') || typeof one !== 'string') ||
    options.some(([name]) => name === '-p')
      ? says('configure', 'It sets what the kernel does.')
      : undefined,
});

const hostname: Rule = reads(
  '-aAdfiIsy --all-fqdns --all-ip-addresses --alias --domain --fqdn --long --ip-address --short --yp --nis',
  { most: 0 },
);

/** A machine that is named is asked. */
const asksAnother: Look = (operands) =>
  operands.length === 0 || operands.every((one) => /^(localhost|127\.0\.0\.1|::1)$/.test(startOf(one)))
    ? undefined
    : { ...readsOnly, sensitive: true, why: 'It asks another machine.' };

/** The machine, its clock and its settings. */
export const system: Rules = {
  ...each(
    'uname arch nproc uptime free vmstat whoami id groups users who w tty getconf lsmod modinfo lsns lsipc lscpu lsmem locale lsb_release hostid logname printenv numastat  systemd-detect-virt cpuid x86info   getenforce sestatus aa-status aa-enabled last lastb lastlog2 ac runlevel readelf',
    free,
  ),

  // Plugins are libraries that run.
  ...each(
    'nm size objdump',
    reads(
      '-AaBCDghlnoPprSsuvfxdtTRGWwVyzF -t: -j: -M: -m: -b: --demangle? --dynamic --extern-only --defined-only --undefined-only --size-sort --numeric-sort --print-size --line-numbers --format: --radix: --headers --file-headers --section-headers --all-headers --private-headers --disassemble --disassemble-all --syms --dynamic-syms --reloc --dynamic-reloc --full-contents --section: --source',
    ),
  ),
  getent: (call) => {
    const line = '-s: -i --service: --no-idn';
    const words = plainOperands(call.args, line);
    if (words === undefined) return says('configure', 'A word of getent may turn out to be any option.');
    return /^(passwd|group|services|protocols|rpc|aliases|initgroups|netgroup)$/.test(words[0] ?? '')
      ? readsOnly
      : { ...readsOnly, sensitive: true, why: 'It asks for secrets, or another machine.' };
  },
  ldd: always('configure', 'It may run the program that it is given.'),

  pveversion: free,
  env: reads('-0'),
  date,
  hostname,
  dnsdomainname: reads('', { most: 0 }),
  domainname: reads('-adfisy', { most: 0 }),
  sysctl,
  nfsstat: reads('-snrc234lmv -o: --server --client --nfs --rpc --mounts --list'),
  rpcinfo: reads('-pslmn46 -T:', { look: asksAnother }),
  slabtop: reads('-o -s: --once --sort:'),
  pveperf: always('configure', 'It measures by writing to the disk.'),
  lastlog: reads('-b: -t: -u: --before: --time: --user:'),
  utmpdump: reads('-f'),

  timedatectl: here(
    verbs('-H: -M: -p: -a --no-pager --all --property: --value --no-ask-password', {
      ...each('status show list-timezones timesync-status show-timesync', free),
      '': free,
    }),
  ),
  hostnamectl: here(
    verbs('-H: -M: --static --transient --pretty --json: --no-ask-password -j', {
      status: free,
      '': free,
      hostname: reads('--static', { most: 0 }),
    }),
  ),
  localectl: here(verbs('--no-pager -H: -M:', { ...each('status list-locales list-keymaps', free), '': free })),
  loginctl: here(
    verbs(
      '-H: -M: -p: -al -n: -o: --no-pager --no-legend --all --full --property: --value --lines: --output: --json:',
      {
        ...each(
          'list-sessions list-users list-seats session-status show-session user-status show-user seat-status show-seat',
          free,
        ),
        '': free,
        ...each(
          'terminate-session terminate-user terminate-seat kill-session kill-user',
          always('operate', 'It ends sessions.'),
        ),
      },
    ),
  ),
  hwclock: reads('-rvVul --show --get --verbose --utc --localtime'),
  chronyc: verbs('-46acdNnv', {
    ...each(
      'tracking sources sourcestats activity clients ntpdata serverstats rtcdata smoothing selectdata authdata',
      free,
    ),
  }),
  ntpq: reads('-46cdnpw -c:', {
    look: (operands, found) =>
      found.options.some(
        ([name, value]) =>
          name === '-c' && !/^(peers|pe|as|associations|rv|readvar|sysinfo|lpeers)/.test(textOf(value) ?? ''),
      )
        ? says('configure', 'It may change the clock service.')
        : asksAnother(operands, found),
  }),
  ntpdate: reads('-q -u -d', {
    sensitive: true,
    look: (_, { options }) =>
      options.some(([name]) => name === '-q') ? undefined : says('configure', 'It sets the clock.'),
  }),

  modprobe: reads('-nDcRvasqbV -S: --show-depends --showconfig --dry-run --show --resolve-alias --verbose --all', {
    look: (_, { options, unknown }) =>
      options.some(([name]) => /^(-[nDcRV]|--(show|dry|resolve).*)$/.test(name)) && unknown.length === 0
        ? undefined
        : says('configure', 'It changes the parts of the kernel.'),
  }),
  insmod: always('configure', 'It loads a part of the kernel.'),
  rmmod: always('configure', 'It takes a part of the kernel out.'),
  ...each('update-grub update-initramfs grub-mkconfig locale-gen dpkg-reconfigure ldconfig depmod', ({ args }) =>
    args.some((arg) => /^(-d|-\w*d)$/.test(startOf(arg)))
      ? says('destroy', 'It removes what the machine starts with.')
      : says('configure', 'It renews what the machine starts with.'),
  ),
  ...each('grub-install efibootmgr bootctl', ({ name, args }) =>
    name === 'efibootmgr' && args.every((arg) => /^-v$|^--verbose$|^-u$/.test(startOf(arg)))
      ? readsOnly
      : name === 'bootctl' && args.every((arg) => /^(status|list|is-installed|--no-pager|-[pxR])$/.test(startOf(arg)))
        ? readsOnly
        : says('destroy', 'It changes what the machine starts with.'),
  ),
  'proxmox-boot-tool': verbs('', {
    status: free,
    kernel: verbs('', {
      list: free,
      ...each('add pin unpin', always('configure', 'It changes which kernel is started.')),
      remove: always('destroy', 'It removes a kernel.'),
    }),
    refresh: always('configure', 'It renews what the machine starts with.'),
    ...each('format init reinit clean', always('destroy', 'It overwrites what the machine starts with.')),
  }),
  'pve-efiboot-tool': always('configure', 'It renews what the machine starts with.'),
  mokutil: reads('-l --list-enrolled --list-new --sb-state --pk --kek --db --dbx', { most: 0 }),
};
