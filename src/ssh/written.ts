import type { SshLogin, SshPlace } from './types.ts';

// What people write of SSH: in a box of the editor, or in settings.

export type Jump = NonNullable<SshLogin['jump']>;

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

/** @returns nothing for what is no port */
export function parsePort(text: string): number | undefined {
  const number = /^\d{1,5}$/.test(text.trim()) ? Number(text.trim()) : 0;
  return number >= 1 && number <= 65_535 ? number : undefined;
}

/** `pve1=10.0.0.1, pve2=10.0.0.2`; `parseAddressList` reads it. */
export function addressList(nodes: readonly SshPlace[]): string {
  return nodes.map(({ node, address }) => `${node}=${address}`).join(', ');
}

/** @param nodes where they are known @returns `undefined` when the text is no such list, or names a node that is not one of them */
export function parseAddressList(text: string, nodes?: readonly string[]): readonly SshPlace[] | undefined {
  const parts = text.split(/[,\s]+/).filter((part) => part !== '');
  const read = parts.flatMap((part) => {
    const [, node, address] = /^([^=\s]+)=([^=\s/@]+)$/.exec(part) ?? [];
    return node === undefined || address === undefined || nodes?.includes(node) === false ? [] : [{ node, address }];
  });
  return read.length === parts.length && new Set(read.map(({ node }) => node)).size === read.length ? read : undefined;
}
