import { startOf } from '../arg.ts';
import { each, free, type Rules, reads, readsOnly, says, verbs } from '../rule.ts';

/** A service's own program that is asked to check its set-up, or tell its version. */
function checks(line: string, shows: RegExp): Rules[string] {
  return reads(line, {
    look: (operands, { options }) =>
      options.some(([name]) => shows.test(name)) || operands.some((one) => shows.test(startOf(one)))
        ? undefined
        : says('configure', 'It may start or stop a service.'),
  });
}

/** Web, mail and name servers, and what clusters and clouds bring. */
export const daemons: Rules = {
  nginx: checks('-tTqvV', /^-[tTvV]$/),
  ...each('apache2ctl apachectl httpd apache2', checks('-StMvVlL', /^(-[StMvVlLD]|configtest|status|fullstatus)$/)),
  // What a file elsewhere names is loaded when it is checked.
  haproxy: reads('-cvVq -f:', {
    look: (_, { options }) =>
      options.some(([name]) => /^-[cv]/.test(name)) &&
      options.every(([, value]) => value === undefined || /^\/etc\/haproxy\/[\w.-]+$/.test(startOf(value)))
        ? undefined
        : says('configure', 'It may start a service.'),
  }),
  ...each('php-fpm php-fpm8.2 php-fpm8.4', checks('-tivm', /^-[tivm]$/)),
  'named-checkzone': free,
  doveconf: reads('-anNSdwH'),
  'named-checkconf': reads('-jlpvxzhi', { most: 1 }),
  unbound: checks('-vV', /^-V$/),
  'unbound-control': verbs(
    '-c: -s:',
    each('status stats stats_noreset list_forwards list_stubs dump_cache lookup', free),
  ),
  rndc: verbs('', each('status', free)),
  squid: ({ args }) =>
    args.every((arg) => /^(-k|parse|check|-v)$/.test(startOf(arg))) && args.length > 0
      ? readsOnly
      : says('configure', 'It changes a service.'),
  'cloud-init': verbs('', {
    status: free,
    ...each('schema features analyze', free),
    query: () => ({ ...readsOnly, sensitive: true }),
    clean: () => says('destroy', 'It throws away what was set up.'),
  }),
  'cloud-id': free,
  'qemu-ga': () => says('configure', 'It starts a service.'),
  'corosync-cfgtool': ({ args }) =>
    args.every((arg) => /^-[snbi]+$/.test(startOf(arg)))
      ? readsOnly
      : args.some((arg) => /^-[kH]/.test(startOf(arg)))
        ? says('destroy', 'It takes a node out of the cluster.')
        : says('configure', 'It changes the cluster.'),
  'corosync-quorumtool': reads('-slimpfVHho: --help'),
  'corosync-cmapctl': ({ args }) =>
    args.every((arg) => !/^-[sdpDtxCT]/.test(startOf(arg))) ? readsOnly : says('configure', 'It changes the cluster.'),
  'corosync-blackbox': () => says('configure', 'It writes files.'),
  'corosync-keygen': () => says('destroy', 'It replaces the key of the cluster.'),
  pmxcfs: () => says('destroy', 'It starts the cluster file system by hand.'),
  ...each('lxcfs kvm qemu-system-x86_64', () => says('configure', 'It starts a machine or a service.')),
  occ: () => says('configure', 'It may change a service.'),
};
