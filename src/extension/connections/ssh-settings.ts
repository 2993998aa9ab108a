import * as z from 'zod';
import type { SshPlace } from '../../ssh/types.ts';
import { jumpText } from '../../ssh/written.ts';

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

/** Those that are not what the cluster says; nothing when all are. */
export function overrides(
  wanted: readonly SshPlace[],
  ofCluster: readonly SshPlace[],
): Readonly<Record<string, string>> | undefined {
  const different = wanted.filter(
    ({ node, address }) => !ofCluster.some((one) => one.node === node && one.address === address),
  );
  return different.length === 0 ? undefined : Object.fromEntries(different.map(({ node, address }) => [node, address]));
}
