import * as z from 'zod';

const port = z.int().min(1).max(65_535);
const filled = z.string().min(1);

/** A key that a person has agreed to, for one name at one address (gate.md G8). */
const hostKeySchema = z.strictObject({
  role: z.enum(['node', 'jump']),
  /** The node's name; of a host in between its address. */
  name: filled,
  address: filled,
  port,
  /** The public key as it goes over the wire, base64. */
  key: z.base64().min(1),
});

const jumpSchema = z.strictObject({ host: filled, port, user: filled });
export type Jump = z.infer<typeof jumpSchema>;

/** How the nodes of a connection are reached by SSH. Password and passphrase are in the editor's secret storage. */
export const sshSchema = z.strictObject({
  user: filled,
  port,
  auth: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('agent') }),
    z.strictObject({ kind: z.literal('key'), file: filled }),
    z.strictObject({ kind: z.literal('password') }),
  ]),
  jump: jumpSchema.exactOptional(),
  /** The user is not root: commands run by `sudo -n`. */
  sudo: z.literal(true).exactOptional(),
  /** Addresses by node, where the one that the cluster says is not the one to use. */
  addresses: z.record(filled, filled).exactOptional(),
  hostKeys: z.array(hostKeySchema),
});
export type SshSettings = z.infer<typeof sshSchema>;

/** What of commands a person has switched on for agents, each behind a modal. */
export const commandsSchema = z.strictObject({
  /** Agents may ask for commands on nodes. */
  host: z.literal(true).exactOptional(),
  /** Commands that only read run without asking. */
  quietReads: z.literal(true).exactOptional(),
});
export type CommandSwitch = keyof z.infer<typeof commandsSchema>;

/** `user root, port 22, agent, through alice@bastion:22`, for the audit and for people. */
export function sshText({ user, port, auth, jump, sudo, addresses = {} }: SshSettings): string {
  const way = auth.kind === 'key' ? `key ${auth.file}` : auth.kind;
  const overridden = Object.entries(addresses).map(([node, address]) => `${node} at ${address}`);
  return [
    `user ${user}${sudo ? ' with sudo' : ''}, port ${port}, ${way}`,
    ...(jump === undefined ? [] : [`through ${jumpText(jump)}`]),
    ...overridden,
  ].join(', ');
}

/** `alice@bastion.example.org:22`; `parseJump` reads it. */
export function jumpText({ user, host, port }: Jump): string {
  return `${user}@${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Reads `user@host:port`. @param user where none is given @returns `none` for an empty text, nothing for one that cannot be used */
export function parseJump(text: string, user: string): Jump | 'none' | undefined {
  if (text.trim() === '') return 'none';
  const found = /^(?:([^@\s]+)@)?(?:\[([0-9A-Fa-f:.]+)\]|([^@:\s[\]]+))(?::(\d{1,5}))?$/.exec(text.trim());
  const host = found?.[2] ?? found?.[3];
  const number = parsePort(found?.[4] ?? '22');
  return host === undefined || number === undefined ? undefined : { user: found?.[1] ?? user, host, port: number };
}

export function parsePort(text: string): number | undefined {
  const number = /^\d{1,5}$/.test(text.trim()) ? Number(text.trim()) : 0;
  return number >= 1 && number <= 65_535 ? number : undefined;
}

/** A node and the address that the cluster says. */
export interface NodeAddress {
  readonly node: string;
  readonly address: string;
}

/** `pve1=10.0.0.1, pve2=10.0.0.2`; `parseAddressList` reads it. */
export function addressList(nodes: readonly NodeAddress[]): string {
  return nodes.map(({ node, address }) => `${node}=${address}`).join(', ');
}

/** @returns the addresses by node; `undefined` when the text is no such list, or names a node that is not one of these */
export function parseAddressList(text: string, nodes: readonly string[]): readonly NodeAddress[] | undefined {
  const parts = text.split(/[,\s]+/).filter((part) => part !== '');
  const read = parts.flatMap((part) => {
    const [, node, address] = /^([^=\s]+)=([^=\s/@]+)$/.exec(part) ?? [];
    return node === undefined || address === undefined || !nodes.includes(node) ? [] : [{ node, address }];
  });
  return read.length === parts.length && new Set(read.map(({ node }) => node)).size === read.length ? read : undefined;
}

/** Those that are not what the cluster says; nothing when all are. */
export function overrides(
  wanted: readonly NodeAddress[],
  ofCluster: readonly NodeAddress[],
): Readonly<Record<string, string>> | undefined {
  const different = wanted.filter(
    ({ node, address }) => !ofCluster.some((one) => one.node === node && one.address === address),
  );
  return different.length === 0 ? undefined : Object.fromEntries(different.map(({ node, address }) => [node, address]));
}
