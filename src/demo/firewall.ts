import { createHash } from 'node:crypto';
import type { Cluster } from './state.ts';

/** The firewall of the cluster, a node or a guest. */
export interface Firewall {
  options: Settings;
  rules: Settings[];
  /** Name → network. */
  readonly aliases: Map<string, Entry>;
  /** Name → networks. */
  readonly ipsets: Map<string, { comment: string | undefined; entries: Entry[] }>;
  /** Security groups, which only the cluster has. */
  readonly groups: Map<string, { comment: string | undefined; rules: Settings[] }>;
}
export type Settings = Record<string, string | number>;
export interface Entry {
  readonly cidr: string;
  readonly comment?: string;
  readonly nomatch?: 1;
}

/** @param scope `cluster`, `node/pve1` or `guest/101` */
export function firewallOf({ firewalls }: Cluster, scope: string): Firewall {
  const known = firewalls.get(scope);
  if (known !== undefined) return known;
  const made = emptyFirewall();
  firewalls.set(scope, made);
  return made;
}

function emptyFirewall(): Firewall {
  return { options: {}, rules: [], aliases: new Map(), ipsets: new Map(), groups: new Map() };
}

/** SHA-1 of the content; nothing at all gives that of an empty file. */
export function digestOfParts(parts: unknown): string {
  const isEmpty = parts === undefined || Object.keys(Object(parts)).length === 0;
  return createHash('sha1')
    .update(isEmpty ? '' : JSON.stringify(parts))
    .digest('hex');
}

/** Lets the management network in, and web traffic to the web servers. */
export function seedFirewalls(): Map<string, Firewall> {
  const cluster = emptyFirewall();
  cluster.options = { policy_in: 'DROP' };
  cluster.rules = [
    {
      type: 'in',
      action: 'ACCEPT',
      enable: 1,
      source: '+management',
      proto: 'tcp',
      dport: '8006',
      comment: 'web interface',
    },
    { type: 'in', action: 'ACCEPT', enable: 1, source: '+management', macro: 'SSH' },
  ];
  cluster.aliases.set('office', { cidr: '10.20.8.0/24', comment: 'Desks' });
  cluster.ipsets.set('management', {
    comment: undefined,
    entries: [{ cidr: '10.20.0.0/16', comment: 'Everything inside' }],
  });
  cluster.groups.set('webserver', {
    comment: 'Serves the web',
    rules: [
      { type: 'in', action: 'ACCEPT', enable: 1, macro: 'HTTP' },
      { type: 'in', action: 'ACCEPT', enable: 1, macro: 'HTTPS' },
    ],
  });
  const node = emptyFirewall();
  node.rules = [{ type: 'in', action: 'ACCEPT', enable: 1, macro: 'SSH' }];
  const guests = [101, 102].map((vmid) => {
    const own = emptyFirewall();
    own.rules = [{ type: 'in', action: 'ACCEPT', enable: 1, macro: 'HTTPS' }];
    own.aliases.set('office', { cidr: '10.20.8.0/24' });
    own.ipsets.set('management', { comment: undefined, entries: [{ cidr: '10.20.0.0/16' }] });
    return [`guest/${vmid}`, own] as const;
  });
  return new Map([['cluster', cluster], ['node/pve1', node], ...guests]);
}
