import { startOf, textOf } from '../arg.ts';
import { given, optionTable } from '../options.ts';
import { always, each, free, minding, type Rule, type Rules, reads, readsOnly, says, verbs } from '../rule.ts';

const before = optionTable(
  '-D -H: -c: -l: --host: --context: --debug --log-level: --tls --remote --url: --connection: -f: -p: --file: --project-name: --project-directory: --profile: --env-file: --ansi: --progress:',
);

const shows =
  /^(ps|images|info|version|logs|top|inspect|port|stats|diff|history|search|events|df|system (df|info|events)|(container|image|volume|network|node|service|stack|secret|config|context|plugin|swarm|builder|buildx|manifest|pod|machine) (ls|list|ps|inspect|logs|top|stats|history|port|show|version|diff|du|services|tasks|exists)|ls|volumes|version|images|wait)( |$)/;
const destroys =
  /^(rm|rmi|kill --all|down .*(-v|--volumes|--rmi)|system (prune|reset)|(container|image|volume|network|node|service|stack|secret|config|context|plugin|builder|buildx|pod|machine|manifest) (rm|remove|prune|reset|leave)|swarm leave|volume rm|prune|rm -)( |$|-)/;
const operates =
  /^(start|stop|restart|kill|pause|unpause|(container|pod) (start|stop|restart|kill|pause|unpause)|stop|restart)( |$)/;

/** docker, podman and compose. */
const docker: Rule = minding(({ name, args }) => {
  const found = given(args, before, true);
  const compose = found.operands[0] === 'compose' ? given(found.operands.slice(1), before, true) : undefined;
  const operands = compose === undefined ? found.operands : compose.operands;
  const isCompose = compose !== undefined || name.endsWith('-compose');
  const words = operands.map(startOf);
  const line = words.join(' ');
  const runs = /^(run|create|container (run|create))( |$)/.test(line);
  if (
    runs &&
    /(-v|--volume|--mount|--privileged|--pid|--device)/.test(line) &&
    /--privileged|--pid[= ]host|(-v|--volume)[= ]?\/(:| )|source=\/(,| )/.test(line)
  )
    return says('destroy', 'It gives a container the whole machine.');
  if (destroys.test(line)) return says('destroy', 'It removes containers, images or their data.');
  if (compose !== undefined && /^down( |$)/.test(line))
    return /(-v|--volumes|--rmi)/.test(line)
      ? says('destroy', 'It removes data of containers.')
      : says('configure', 'It removes containers.');
  if (operates.test(line)) return says('operate', 'It starts or stops containers.');
  const unsure = operands[0] !== undefined && textOf(operands[0]) === undefined;
  const remote = found.options.some(([one]) => /^(-H|--host|--context|-c|--url|--connection)$/.test(one));
  // The set-up as compose reads it holds what `.env` holds.
  const asked = /^(search|manifest inspect)( |$)/.test(line) || (isCompose && /^config( |$)/.test(line)) || remote;
  if (
    (shows.test(line) || (isCompose && /^config( |$)/.test(line))) &&
    found.unknown.length === 0 &&
    !unsure &&
    !/ (--output|-o)/.test(line)
  )
    return asked ? { ...readsOnly, sensitive: true } : readsOnly;
  return !unsure && (line === '' || line === 'help') ? readsOnly : says('configure', `${name} changes containers.`);
});

const kubectlOptions = optionTable(
  '-n: -A -v: -s: --namespace: --context: --kubeconfig: --all-namespaces --cluster: --user: --server: --request-timeout:',
);

const kubectl: Rule = ({ args }) => {
  const found = given(args, kubectlOptions, true);
  const words = found.operands.map(startOf);
  const [verb = '', object = ''] = words;
  const line = args.map(startOf).join(' ');
  if (
    /(^| )(delete|drain)( |$)/.test(line) ||
    (verb === 'replace' && /--force/.test(line)) ||
    (verb === 'scale' && /--replicas[= ]0/.test(line))
  )
    return says('destroy', 'It deletes or empties.');
  if (found.unknown.length > 0 || found.unsure) return says('configure', 'What kubectl does is not known.');
  if (/(^| )(--(kubeconfig|server|profile|cache-dir|log-|token|as\b)\S*|-s)/.test(line))
    return says('configure', 'It asks another cluster, or writes a file.', { sensitive: true });
  const looks =
    /^(get|describe|logs|top|version|api-resources|api-versions|explain|events|wait)$/.test(verb) ||
    (verb === 'cluster-info' && object !== 'dump') ||
    (verb === 'config' && /^(view|current-context|get-contexts|get-clusters|get-users)$/.test(object)) ||
    (verb === 'auth' && /^(can-i|whoami)$/.test(object));
  if (looks) return /\bsecrets?\b|--raw|--flatten/.test(line) ? { ...readsOnly, sensitive: true } : readsOnly;
  if (verb === 'rollout')
    return /^(status|history)$/.test(object) ? readsOnly : says('operate', 'It rolls something out anew.');
  return verb === '' ? readsOnly : says('configure', 'It changes a cluster.');
};

const virsh: Rule = verbs('-q -r --readonly --quiet', {
  ...each(
    'list dominfo domstate domblklist domiflist net-list pool-list vol-list nodeinfo version capabilities snapshot-list',
    free,
  ),
  dumpxml: reads('--inactive'),
  ...each(
    'undefine destroy vol-delete vol-wipe pool-delete pool-destroy net-destroy snapshot-delete snapshot-revert',
    always('destroy', 'It removes or cuts off a machine.'),
  ),
});

/** LXC's own programs, below Proxmox VE's. */
const lxcOwn: Rule = ({ name, args }) => {
  if (/^lxc-(info|ls|top|checkconfig|config|cgroup|monitor|wait)$/.test(name))
    return reads(
      '-1fcipqsSHd -n: -F: --name: --fancy --fancy-format: --line --running --stopped --frozen --active --ips --pid --state --stats --no-humanize --config: -t:',
      {
        most: name === 'lxc-cgroup' ? 1 : 9,
      },
    )({ name, args, place: 'host' });
  if (/^lxc-(destroy|snapshot)$/.test(name)) return says('destroy', 'It removes a container.');
  return /^lxc-(start|stop|freeze|unfreeze)$/.test(name)
    ? says('operate', 'It starts or stops a container.')
    : says('configure', 'It changes a container.');
};

const lxd: Rule = ({ args }) => {
  const line = args.map(startOf).join(' ');
  if (
    /^(list|ls|info|version|config show|config get|profile (list|show)|network (list|show|info)|storage (list|show|info)|image (list|info|show)|cluster list|operation list|snapshot list)\b/.test(
      line,
    )
  )
    return readsOnly;
  return /^(delete|rm|image delete|storage delete|storage volume delete|network delete|snapshot delete|restore|rebuild|profile delete)\b/.test(
    line,
  )
    ? says('destroy', 'It removes something.')
    : /^(start|stop|restart|pause)\b/.test(line)
      ? says('operate', 'It starts or stops something.')
      : says('configure', 'It changes containers.');
};

const helm: Rule = ({ args }) => {
  const line = args.map(startOf).join(' ');
  return /^(list|ls|status|history|get|show|version|env|repo list|search)\b/.test(line)
    ? { ...readsOnly, sensitive: true }
    : /^(uninstall|delete|rollback)\b/.test(line)
      ? says('destroy', 'It removes a release.')
      : says('configure', 'It changes a cluster.', { sensitive: true });
};

/** Containers and machines that are none of Proxmox VE's own. */
export const containers: Rules = {
  ...each('docker podman nerdctl docker-compose podman-compose', docker),
  crictl: ({ args }) =>
    /^(ps|pods|images|img|info|inspect|inspecti|inspectp|logs|stats|version)$/.test(startOf(args[0] ?? ''))
      ? readsOnly
      : /^(rm|rmi|rmp)$/.test(startOf(args[0] ?? ''))
        ? says('destroy', 'It removes containers.')
        : says('configure', 'It changes containers.'),
  ...each('kubectl oc', kubectl),
  helm,
  ctop: () => says('configure', 'It can stop containers.'),
  virsh,
  ...each('lxc incus', lxd),
  ...each(
    'lxc-info lxc-ls lxc-top lxc-checkconfig lxc-config lxc-cgroup lxc-monitor lxc-wait lxc-destroy lxc-snapshot lxc-start lxc-stop lxc-freeze lxc-unfreeze lxc-create lxc-copy lxc-device lxc-execute',
    lxcOwn,
  ),
};
