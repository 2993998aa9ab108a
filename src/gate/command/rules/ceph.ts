import { startOf } from '../arg.ts';
import { each, free, plainOperands, type Rule, type Rules, readsOnly, says, verbs } from '../rule.ts';

const shows =
  /^(-s|-w|-v|status|health(?! (un)?mute)|versions|version|features|fsid|df|log last|quorum_status|mon (stat|dump|metadata|versions|feature ls)|mgr (stat|dump|module ls|services|metadata|versions)|osd (stat|dump|tree|df|ls|find|metadata|perf(?! q)|pool (ls|stats|get)|crush (tree|dump|show-tunables|rule (ls|dump)|class ls|class ls-osd|get-device-class|weight-set ls)|erasure-code-profile (ls|get)|utilization|blocked-by|safe-to-destroy|ok-to-stop|getmaxosd|lspools|map|numa-status|versions|blacklist ls|blocklist ls|count-metadata|last-stat-seq|df)|pg (stat|dump|ls|ls-by-\w+|map|dump_stuck|debug|\S+ query)|fs (status|ls|dump|get|volume ls|subvolume ls|subvolumegroup ls)|mds (stat|metadata|versions|ls)|device (ls|info|ls-by-\w+|get-health-metrics|query-daemon-health-metrics)|balancer status|crash (ls|ls-new|info|stat)|config (dump|get|show|ls|help|log|show-with-defaults)|time-sync-status|telemetry (status|show)|orch (status|ls|ps|host ls|device ls)|auth (ls|list|get|export|print-key|get-key)|config-key (ls|get|dump|exists)|daemon \S+ (config (show|get|diff)|perf (dump|schema)|status|version|dump_\w+|help|ops|mon_status|quorum_status)|tell \S+ (version|config (show|get)|status)|osd-\S+ stat|node ls|service (dump|status)|iostat|progress(?! (clear|on|off))|autoscale-status|pool ls|report|insights(?! p))( |$)/;

const destroys =
  /^(osd (purge|destroy|rm|lost|out \S*all|crush (rm|remove|unlink)|pool (rm|delete|rmsnap)|erasure-code-profile rm|down|purge-new|force\S*)|fs (rm|reset|fail|volume rm|subvolume rm|subvolumegroup rm|subvolume snapshot rm)|mon (rm|remove)|mgr fail|mds (rm|rmfailed|fail)|auth (del|rm|delete)|config-key (rm|del)|pg (\S+ mark_unfound_lost|force\S*create|mark_unfound_lost)|osd force-create-pg|orch (rm|host rm|osd rm|device zap|daemon rm)|tell \S+ (injectargs|bench)|quorum exit|osd set-full-ratio|osd pause|osd set pause)( |$)/;

/** The words of a command of ceph, without the options of the client. */
function plainWords(args: Parameters<Rule>[0]['args']): string[] {
  const words: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const word = startOf(args[at] ?? '');
    if (/^(-f|--format|-c|--conf|-n|--name|--id|--user|-k|--keyring|-m|--cluster|--connect-timeout)$/.test(word)) at++;
    else if (!/^(--(format|conf|name|id|user|keyring|cluster|connect-timeout|yes-\S+)[=-]?|-f\S)/.test(word))
      words.push(word);
  }
  return words;
}

const cephCommand: Rule = ({ args }) => {
  const words = plainWords(args).join(' ');
  if (destroys.test(words)) return says('destroy', 'It takes data or a part of Ceph away.');
  if (args.some((arg) => /^(-i|-o)$|^--(in|out)-file/.test(startOf(arg))))
    return says('configure', 'It reads or writes a file.');
  if (/^(auth (ls|list|get|export|print-key|get-key)|config-key (get|dump))/.test(words))
    return { ...readsOnly, sensitive: true, why: 'It shows keys.' };
  // Other options of the client write logs, or speak to a daemon.
  const literal =
    args.every((arg) => typeof arg === 'string') &&
    !args.some((arg) => /^--(log|admin|debug|setuser|run|pid)/.test(startOf(arg)));
  return shows.test(words) && literal ? readsOnly : says('configure', 'It changes Ceph.');
};

const poolOptions =
  '-p: -n: -c: -k: -l -a -f: -N: --pool: --image: --snap: --namespace: --id: --conf: --keyring: --cluster: --format: --pretty-format --long --all --from-snap: --exact --whole-object --sort-by: --name: --allow-shrink --size: -s:';

const rbd: Rule = ({ args }) => {
  const words = plainOperands(args, poolOptions)?.join(' ') ?? args.map(startOf).join(' ');
  if (
    /^(rm|remove|snap (rm|remove|purge|rollback|revert)|trash (rm|remove|purge|empty)|flatten|namespace rm|group rm|journal reset|pool init|migration (abort|commit)|mirror image (demote|disable|resync)|lock (rm|remove))\b/.test(
      words,
    )
  )
    return says('destroy', 'It removes or goes back on data.');
  if (/^resize\b/.test(words))
    return args.some((arg) => startOf(arg).startsWith('--allow-s'))
      ? says('destroy', 'It cuts an image off.')
      : says('configure', 'It makes an image larger.');
  const writes = args.some((arg) => /^--(log|admin)/.test(startOf(arg)));
  return !writes &&
    /^(ls|list|info|du|disk-usage|status|diff|showmapped|watch|children|perf image (iostat|iotop|stats)|snap (ls|list)|trash (ls|list)|lock (ls|list)|image-meta (ls|list|get)|config (global|pool|image) (ls|list|get)|device (ls|list)|mirror (pool|image) (status|info)|namespace (ls|list)|group (ls|list|info)|journal (info|status)|pool stats)( |$)/.test(
      words,
    )
    ? readsOnly
    : says('configure', 'It changes an image.');
};

const rados: Rule = ({ args }) => {
  const words = plainOperands(args, poolOptions)?.join(' ') ?? args.map(startOf).join(' ');
  if (/^(rm|rmpool|purge|rmsnap|rollback|truncate|cleanup|clearomap|rmxattr|rmomapkey)\b/.test(words))
    return says('destroy', 'It removes data.');
  return /^(ls|lspools|df|stat|stat2|listxattr|getxattr|listomapkeys|listomapvals|lssnap|list-inconsistent-\w+|listwatchers)( |$)/.test(
    words,
  ) && !args.some((arg) => startOf(arg).startsWith('/'))
    ? readsOnly
    : says('configure', 'It changes data.');
};

/** Ceph. */
export const ceph: Rules = {
  ceph: cephCommand,
  rbd,
  rados,
  'ceph-volume': ({ args }) => {
    const words = args.map(startOf).join(' ');
    if (/\b(zap|destroy|prepare|create|batch|migrate)\b/.test(words)) return says('destroy', 'It overwrites disks.');
    return /^(lvm list|inventory|raw list|simple scan --help)/.test(words)
      ? readsOnly
      : says('configure', 'It changes disks of Ceph.');
  },
  ...each(
    'ceph-osd ceph-mon ceph-mgr ceph-mds ceph-bluestore-tool ceph-objectstore-tool ceph-kvstore-tool ceph-monstore-tool monmaptool crushtool osdmaptool',
    ({ name, args }) =>
      args.some((arg) => /remove|destroy|mkfs|repair|zap|rm|clear/.test(startOf(arg)))
        ? says('destroy', 'It takes data apart.')
        : name === 'ceph-bluestore-tool' && /^(show-label|fsck)$/.test(startOf(args[0] ?? ''))
          ? readsOnly
          : says('configure', 'It may change Ceph.'),
  ),
  'ceph-conf': free,
  'ceph-authtool': ({ args }) =>
    args.some((arg) => /^(-l|--list|-p|--print-key)$/.test(startOf(arg)))
      ? { ...readsOnly, sensitive: true }
      : says('configure', 'It writes keys.'),
  'ceph-crash': () => says('configure', 'It sends reports.'),
  cephadm: verbs('', {
    ...each('ls version', free),
    ...each('rm-cluster rm-daemon zap-osds', () => says('destroy', 'It takes Ceph away.')),
  }),
};
