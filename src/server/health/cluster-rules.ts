import { forModel } from '../../gate/printable.ts';
import { bytes, duration, percent, utc } from '../text/units.ts';
import { some } from './some.ts';
import type { Finding, HealthData } from './types.ts';

// Each takes what was read and tells what it finds in it; none reads anything itself.

type Rule<K extends keyof HealthData> = (data: Pick<HealthData, K>) => Finding[];

const day = 86_400;
const soon = 30 * day;

/** Nodes that are gone, and how many more may go. */
export const quorum: Rule<'status'> = ({ status }) => {
  if (status === undefined || status.quorate === undefined) return [];
  const offline = status.nodes.filter(({ online }) => !online).map(({ name }) => name);
  const { margin } = quorumMargin(status.nodes.length, status.nodes.length - offline.length);
  return [
    ...(status.quorate
      ? []
      : [
          finding(
            'critical',
            'The cluster has no quorum: nothing can be changed or started',
            'Bring nodes back, or look at the network between them (corosync).',
          ),
        ]),
    ...(offline.length === 0
      ? []
      : [
          finding(
            'critical',
            `${some(offline, 'node is offline', 'nodes are offline')}`,
            'Look at power and network of the node; its guests do not run.',
          ),
        ]),
    ...(status.quorate && margin <= 0
      ? [
          finding(
            status.nodes.length > 2 ? 'warning' : 'note',
            `No ${offline.length > 0 ? 'further ' : ''}node may fail: quorum would be lost`,
            status.nodes.length === 2
              ? 'Two nodes need a third vote (QDevice), unless they have one: votes outside the nodes are not counted here.'
              : 'Bring the missing nodes back.',
          ),
        ]
      : []),
  ];
};

/** @returns how many more nodes may fail before quorum is lost, when each has one vote */
export function quorumMargin(nodes: number, online: number): { readonly needed: number; readonly margin: number } {
  const needed = Math.floor(nodes / 2) + 1;
  return { needed, margin: online - needed };
}

/** Whether the running guests of any one node would fit into what is free on the others. */
export const memoryWithoutOne: Rule<'resources'> = ({ resources }) => {
  const nodes = resources.filter(({ type, status }) => type === 'node' && status === 'online');
  if (nodes.length < 2) return [];
  const worst = nodes
    .map(({ node }) => {
      const own = resources.filter((it) => isGuest(it.type) && it.node === node && it.status === 'running');
      const needed = own.reduce((all, { maxmem = 0 }) => all + maxmem, 0);
      const others = nodes.filter((other) => other.node !== node);
      const free = others.reduce((all, { maxmem = 0, mem = 0 }) => all + Math.max(0, maxmem - mem), 0);
      return {
        node: node ?? '',
        guests: own.length,
        needed,
        free,
        known: others.every((it) => it.maxmem !== undefined),
      };
    })
    .filter(({ needed, free, known }) => known && needed > free)
    .sort((a, b) => b.needed - b.free - (a.needed - a.free))[0];
  if (worst === undefined) return [];
  const text = `If ${forModel(worst.node, 64)} fails, its ${worst.guests} running guests need ${bytes(worst.needed)}, but only ${bytes(worst.free)} are free on the others`;
  return [finding('warning', text, 'Add memory, or decide which guests may stay off (HA priorities).')];
};

/** Clocks that differ between nodes. @param tolerance seconds that asking alone may make up */
export function clockSkew({ nodes }: Pick<HealthData, 'nodes'>, tolerance = 3): Finding[] {
  const known = nodes.flatMap(({ node, offset }) => (offset === undefined ? [] : [{ node, offset }]));
  const sorted = [...known].sort((a, b) => a.offset - b.offset);
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined || last.offset - first.offset <= tolerance) return [];
  const skew = last.offset - first.offset;
  const text = `The clocks of ${forModel(first.node, 64)} and ${forModel(last.node, 64)} differ by ${duration(skew)}`;
  return [
    finding(
      skew > 60 ? 'critical' : 'warning',
      text,
      'Look at chrony on both: logins by ticket, Ceph and logs depend on it.',
    ),
  ];
}

/** Certificates that end soon; the CA's own lasts ten years. */
export const certificates: Rule<'nodes' | 'now'> = ({ nodes, now }) =>
  nodes.flatMap(({ node, certificates: all }) =>
    all
      .filter(({ notAfter }) => notAfter !== undefined && notAfter - now < soon)
      .map(({ file, notAfter = 0 }) => {
        const over = notAfter <= now;
        const what = `Certificate ${forModel(file, 60)} of ${forModel(node, 64)}`;
        const todo =
          file === 'pve-ssl.pem'
            ? 'pvecm updatecerts on that node renews it.'
            : 'Renew it (ACME, or upload a new one).';
        return finding(over ? 'critical' : 'warning', `${what} ${ending(notAfter, now)}`, todo);
      }),
  );

/** Users and API tokens that end soon or have ended. */
export const accounts: Rule<'users' | 'now'> = ({ users, now }) => {
  const all = users.filter(({ enabled }) => enabled).flatMap((user) => [user, ...user.tokens]);
  const ending_ = all.filter(({ expires }) => expires !== undefined && expires - now < soon);
  const [over, near] = [
    ending_.filter(({ expires = 0 }) => expires <= now),
    ending_.filter(({ expires = 0 }) => expires > now),
  ];
  return [
    ...(near.length === 0
      ? []
      : [
          finding(
            'warning',
            `${some(
              near.map(({ id, expires = 0 }) => `${id} (${utc(expires).slice(0, 10)})`),
              'user or API token expires within 30 days',
              'users or API tokens expire within 30 days',
            )}`,
            'Set a new expiry before whatever uses them stops.',
          ),
        ]),
    ...(over.length === 0
      ? []
      : [
          finding(
            'note',
            `${some(
              over.map(({ id }) => id),
              'user or API token has expired',
              'users or API tokens have expired',
            )}`,
            'Remove those that nobody needs.',
          ),
        ]),
  ];
};

/** Replication that fails. */
export const replication: Rule<'replication'> = ({ replication: states }) => {
  const failing = states.filter(({ failures, error }) => failures > 0 || error !== undefined);
  return failing.map(({ id, failures, error }) =>
    finding(
      'critical',
      `Replication ${forModel(id, 40)} failed ${failures} times in a row${error === undefined ? '' : `: ${forModel(error, 160)}`}`,
      'Look at its log; after a fail-over the guest would be as old as its last sync.',
    ),
  );
};

/** Guests that HA has given up. */
export const haErrors: Rule<'resources'> = ({ resources }) => {
  const failed = resources.filter((it) => isGuest(it.type) && it.hastate === 'error');
  if (failed.length === 0) return [];
  return [
    finding(
      'critical',
      `${some(
        failed.map(({ vmid, name = '' }) => `${vmid} ${name}`),
        'guest is in HA state error',
        'guests are in HA state error',
      )}`,
      'Correct the cause, then set the HA state to disabled and back to started.',
    ),
  ];
};

/** Disks that say they fail or wear out. */
export const disks: Rule<'nodes'> = ({ nodes }) =>
  nodes.flatMap(({ node, disks: all }) =>
    all.flatMap(({ path, model = '', health = '', lifeLeft }) => {
      const what = `Disk ${forModel(path, 60)}${model === '' ? '' : ` (${forModel(model, 40)})`} of ${forModel(node, 64)}`;
      const fails = health !== '' && !/^(passed|ok|unknown)$/i.test(health);
      if (fails)
        return [finding('critical', `${what}: SMART says ${forModel(health, 40)}`, 'Replace it; check backups first.')];
      if (lifeLeft === undefined || lifeLeft > 20) return [];
      return [
        finding(
          lifeLeft <= 5 ? 'critical' : 'warning',
          `${what} has ${percent(lifeLeft / 100)} of its life left`,
          'Plan its replacement.',
        ),
      ];
    }),
  );

export function finding(weight: Finding['weight'], text: string, todo: string): Finding {
  return { weight, text, todo };
}

export function isGuest(type: string): boolean {
  return type === 'qemu' || type === 'lxc';
}

function ending(at: number, now: number): string {
  return at <= now ? `has expired on ${utc(at).slice(0, 10)}` : `expires in ${duration(at - now)}`;
}
