import * as vscode from 'vscode';
import { printable } from '../../gate/printable.ts';
import { describeKey, type FirstContact, type TrustedHostKey } from '../../ssh/host-keys.ts';
import { hostName } from '../../ssh/known-hosts.ts';
import type { NodeCheck } from './ssh-check.ts';

/** What a person compares before a host is trusted. */
export function firstContactLines({ address, port, type, sha256, trustedAt }: FirstContact): readonly string[] {
  return [
    vscode.l10n.t('Address: {0}', printable(hostName(address, port), 120)),
    vscode.l10n.t('Key type: {0}', printable(type, 64)),
    sha256,
    '',
    ...(trustedAt.length === 0
      ? []
      : [vscode.l10n.t('This very key is trusted already at {0}.', printable(trustedAt.join(', '), 200)), '']),
    vscode.l10n.t(
      'Compare it with what the node itself says: "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub" (or _rsa_, _ecdsa_) in its own console or its web interface. Until you agree, neither password nor key is shown to it.',
    ),
  ];
}

/** One line for each node: what became of the try. */
export function checkLines(checks: readonly NodeCheck[]): readonly string[] {
  return checks.flatMap(({ node, address, error, isRoot }) => {
    const name = `${printable(node, 64)} (${printable(address, 120)})`;
    if (error === undefined)
      return [
        isRoot === false
          ? vscode.l10n.t('{0}: it works, and commands do not run as root.', name)
          : vscode.l10n.t('{0}: it works.', name),
      ];
    const happened = [error.message, ...error.reason].map((line) => printable(line, 300)).join(': ');
    const [next = ''] = error.hint.split('\n');
    return [`${name}: ${happened}. ${next}`];
  });
}

/** The keys of a host that are trusted until now. */
export function trustedLines(hostKeys: readonly TrustedHostKey[], name: string): readonly string[] {
  return hostKeys
    .filter((key) => key.name === name)
    .map(({ address, port, key }) => {
      const { type, sha256 } = describeKey(Buffer.from(key, 'base64'));
      return vscode.l10n.t('Trusted until now: {0}', `${type} ${sha256} (${hostName(address, port)})`);
    });
}
