import * as vscode from 'vscode';
import { printable } from '../../gate/printable.ts';
import { lookAtCertificate } from '../../pve/trust.ts';
import { type Look, parseAddresses, type Seen, see, toAgreeTo } from './addresses.ts';
import { problemOf, type Wizard } from './draft.ts';
import { inputStep, modalStep } from './steps.view.ts';
import type { Stepped } from './walk.ts';
import { stepText } from './wizard-text.view.ts';

export function askAddresses(wizard: Wizard): Promise<Stepped<unknown>> {
  const { draft, edited } = wizard;
  return inputStep({
    ...stepText(wizard, 1),
    prompt: vscode.l10n.t(
      'Address of any node of the cluster; several, separated by commas, take over from each other',
    ),
    placeholder: 'pve.example.org, 192.168.1.10:8006, https://pve.example.org:8006',
    value: draft.addresses ?? '',
    validate: (text) => problemOf(() => parseAddresses(text)),
    accept: async (text, signal) => {
      const look: Look = (url, options) => lookAtCertificate(url, { ...options, signal, proxy: wizard.proxy() });
      const seen = await see(parseAddresses(text), edited?.endpoints ?? [], look);
      Object.assign(draft, { addresses: text, seen });
      return undefined;
    },
  });
}

export function certificatesToAgreeTo({ draft, edited }: Wizard): readonly Seen[] {
  return toAgreeTo(draft.seen ?? [], edited !== undefined);
}

/** Shows the certificates that nobody vouches for, and on an edit every address that the secret would newly be sent to. */
export async function agreeToCertificates(wizard: Wizard): Promise<Stepped<unknown>> {
  const asked = certificatesToAgreeTo(wizard);
  const hosts = asked.map(({ url }) => new URL(url).host);
  const lines = [
    ...asked.flatMap((one) => [...certificateLines(one, asked.length > 1), '']),
    vscode.l10n.t(
      'Compare the fingerprint with the one that "pvenode cert info" prints on the node. The connection then works with exactly this certificate.',
    ),
  ];
  const title =
    asked.length === 1
      ? vscode.l10n.t('Trust the certificate of {0}?', hosts.join())
      : vscode.l10n.t('Trust the certificates of {0}?', hosts.join(', '));
  return modalStep(title, lines.join('\n'), vscode.l10n.t('Trust'));
}

function certificateLines({ url, certificate, broken }: Seen, isOneOfMany: boolean): string[] {
  if (certificate === undefined) return [];
  const { trusted, problem, subject, issuer, validFrom, validTo, sha256 } = certificate;
  const until = broken?.trust.kind === 'pin' ? broken.trust.sha256 : [];
  return [
    ...(isOneOfMany ? [new URL(url).host] : []),
    trusted ? vscode.l10n.t('This computer verifies it.') : vscode.l10n.t('It cannot be verified: {0}.', problem ?? ''),
    ...(broken === undefined ? [] : [vscode.l10n.t('It is not the certificate that this connection trusts.')]),
    vscode.l10n.t('Subject: {0}', printable(subject, 120)),
    vscode.l10n.t('Issuer: {0}', printable(issuer, 120)),
    vscode.l10n.t('Valid: {0} to {1}', validFrom.slice(0, 10), validTo.slice(0, 10)),
    `SHA-256: ${sha256}`,
    ...until.map((fingerprint) => vscode.l10n.t('Trusted until now: {0}', fingerprint)),
  ];
}
