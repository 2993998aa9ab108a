import { startOf } from '../arg.ts';
import { given, optionTable, splits } from '../options.ts';
import { says } from '../rule.ts';
import { runsIt, runsRest, type Wrapper } from './unwrap.ts';

const options = optionTable(
  '-itdT -e: -u: -w: -c: -n: --interactive --tty --detach --env: --env-file: --user: --workdir: --privileged --detach-keys: --index: --namespace: --container: --stdin --quiet --no-TTY --cwd: --mode: --group:',
);

/** Words before the verb, as `docker -H x exec` or `docker compose -f y exec`. */
const before = optionTable(
  '-H: -D -f: -p: -n: --host: --context: --config: --namespace: --kubeconfig: --file: --project-name: --project-directory: --log-level: --url: --remote',
);

/** `docker exec …`, `kubectl exec …`, `lxc exec …`: the command runs inside, as in a container. */
const runsInside: Wrapper = (call) => {
  const outer = given(call.args, before, true);
  const verbs =
    outer.operands[0] === 'compose' || outer.operands[0] === 'container'
      ? given(outer.operands.slice(1), before, true).operands
      : outer.operands;
  if (verbs[0] !== 'exec') return undefined;
  const found = given(verbs.slice(1), options, true);
  const [unknown] = [...outer.unknown, ...found.unknown];
  const [, ...rest] = found.operands;
  const own =
    unknown === undefined &&
    !splits(found.operands[0]) &&
    !outer.options.some(([name]) => name === '-H' || name === '--host')
      ? runsIt
      : says('configure', `${call.name} ${unknown ?? '-H'} is not known.`);
  const argv = rest[0] === '--' ? rest.slice(1) : rest;
  if (argv.length === 0 || startOf(argv[0] ?? '') === '')
    return {
      own: says('configure', 'It opens a shell.'),
      inner: argv.length === 0 ? [] : [{ argv, place: 'container' }],
    };
  return { own, inner: [{ argv, place: 'container' }] };
};

const machinectl: Wrapper = (call) => {
  const found = given(call.args, optionTable('-M: --uid: --setenv: -E: -q --quiet'), true);
  const [verb, , ...argv] = found.operands;
  if (verb !== 'shell') return undefined;
  return {
    own: argv.length === 0 ? says('configure', 'It opens a shell.') : runsIt,
    inner: argv.length === 0 ? [] : [{ argv, place: 'container' }],
  };
};

/** Programs that run something in a container that is none of Proxmox VE's own. */
export const containers: Readonly<Record<string, Wrapper>> = {
  docker: runsInside,
  podman: runsInside,
  nerdctl: runsInside,
  'docker-compose': runsInside,
  kubectl: runsInside,
  k3s: runsRest(''),
  lxc: runsInside,
  incus: runsInside,
  crictl: runsInside,
  machinectl,
};
