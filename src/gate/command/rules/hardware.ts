import { startOf, textOf } from '../arg.ts';
import { each, free, type Rules, reads, readsOnly, says, verbs } from '../rule.ts';
import { writesBy } from './text.ts';

/** What hardware there is, and how it does. */
export const hardware: Rules = {
  ...each('lsscsi   acpi biosdecode vpddecode lspnp edac-util ', free),
  hwinfo: reads(
    '--short --cpu --disk --memory --netcard --network --pci --usb --bios --block --storage-ctrl --gfxcard',
  ),
  inxi: reads('-ABCDEFGIJLMNPRSTYZabcdfjlmnoprstuvxyz --no-host --filter --color? -c:'),
  sg_logs: reads('-aAlLHhxvV -p: --all --list --page: --hex'),
  lspci: reads('-nvxkbDtmPg -s: -d: -i: -p:'),
  lsusb: reads('-vtV -s: -d: -D: --verbose --tree'),
  lshw: reads('-short -businfo -numeric -quiet -sanitize -json -xml -html -C: -c: -class: -disable: -enable: -notime', {
    words: true,
  }),
  dmidecode: writesBy(
    '--dump-bin:',
    '-qu -t: -s: -d: -H: --quiet --type: --string: --handle: --dump --no-sysfs --from-dump: --oem-string:',
  ),
  smartctl: reads(
    '-aAcgHixjn -q: -d: -T: -b: -r: -n: -l: -v: -P: -F: -B: -f: --all --xall --info --health --capabilities --attributes --log: --device: --json? --scan --scan-open --quietmode: --nocheck: --get: -g: --format: --identify? --report: --presets: --tolerance: --badsum: --vendorattribute: --firmwarebug: --drivedb:',
    {
      look: (_, { options, unknown }) => {
        if (unknown.some((name) => /^(-t|--test|-X|--abort)/.test(name)))
          return says('configure', 'It starts or ends a test of the disk.');
        const dangerous = options.some(
          ([name, value]) => (name === '-l' || name === '--log') && /,\d/.test(textOf(value) ?? ''),
        );
        return dangerous || unknown.length > 0 ? says('configure', 'It changes how the disk works.') : undefined;
      },
    },
  ),
  numactl: reads('-Hs --hardware --show', { most: 0 }),
  sensors: reads('-fuAj -c: --no-adapter -v'),
  'nvidia-smi': reads(
    '-Lqx -i: -d: -l: --query-gpu: --format: --query-compute-apps: --list-gpus --query --xml-format --id: --display: --loop: --query-accounted-apps:',
    {
      look: (operands) =>
        /^(topo|vgpu|nvlink|pmon|dmon|mig)?$/.test(startOf(operands[0] ?? ''))
          ? undefined
          : says('configure', 'It may change the card.'),
    },
  ),
  ethtool: reads(
    '-aciSkgTPlnxmud -I --show-pause --show-coalesce --driver --statistics --show-features --show-offload --show-ring --show-time-stamping --show-permaddr --show-channels --show-ntuple --show-rxfh-indir --show-rxfh --module-info --dump-module-eeprom --show-eee --show-fec --show-priv-flags --json --include-statistics --show-tunnels --show-module --debug:',
  ),
  hdparm: reads('-aAcCdgHiIkMmNnqrRuWvB -tT --verbose', {
    look: (operands, { unknown }) => {
      if (
        unknown.some((name) =>
          /^--(security|trim|make-bad|write-sector|repair|fwdownload|sanitize|dco-restore|yes)/.test(name),
        )
      )
        return says('destroy', 'It erases, writes or locks the disk.');
      return operands.every((one) => startOf(one).startsWith('/'))
        ? undefined
        : says('configure', 'It changes how the disk works.');
    },
  }),
  nvme: verbs('-v -o: --output-format: --verbose', {
    ...each(
      'list list-subsys list-ns list-ctrl id-ctrl id-ns smart-log error-log fw-log get-feature get-log show-regs self-test-log endurance-log show-hostnqn version effects-log sanitize-log nvm-id-ctrl ns-descs id-iocs id-nvmset gen-hostnqn',
      reads(
        '-HvbnarxsjS -o: -n: -f: -i: -l: -c: -e: --output-format: --human-readable --namespace-id: --raw-binary --feature-id: --sel: -S: --log-id: --log-len: --log-entries: --vendor-specific --verbose --all -a',
      ),
    ),
    ...each(
      'format sanitize write write-zeroes write-uncor delete-ns detach-ns dsm fw-download fw-commit fw-activate reset subsystem-reset security-send',
      () => says('destroy', 'It erases or resets the disk.'),
    ),
  }),
  ...each('sg_inq sg_readcap sg_luns sg_vpd  sg_map sg_scan sg_turs', free),
  rdmsr: free,
  'nvidia-settings': () => says('configure', 'It may change the card.'),
  setpci: ({ args }) =>
    args.some((arg) => startOf(arg).includes('=')) ? says('configure', 'It writes to a device.') : readsOnly,
  i2cdetect: ({ args }) =>
    args.every((arg) => startOf(arg) === '-l') ? readsOnly : says('configure', 'It probes devices.'),
  udevadm: verbs('', {
    info: reads(
      '-aqrxet -n: -p: -q: -w? --name: --path: --query: --attribute-walk --export --export-db --property: --value --no-pager --root --tree --json:',
    ),
    settle: free,
    monitor: free,
    verify: free,
  }),
  megacli: () => says('configure', 'It may change the controller.'),
  ...each('storcli storcli64 perccli', ({ args }) => {
    const words = args.map(startOf);
    const verb = words.find((word) => !word.startsWith('/'));
    return verb === 'show' && !words.some((word) => /=|^(del|delete|add|set|start|erase|init|file)/.test(word))
      ? readsOnly
      : words.some((word) => /^(del|delete|erase|init)/.test(word))
        ? says('destroy', 'It removes or erases volumes.')
        : says('configure', 'It may change the controller.');
  }),
};
