import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { printable } from '../../gate/printable.ts';
import { type AccessLevel, accessLevels } from '../../gate/types.ts';
import { parseAddress } from '../../pve/address.ts';
import { tokenAuth } from '../../pve/auth.ts';
import { PveError } from '../../pve/error.ts';
import { type CertificateInfo, lookAtCertificate } from '../../pve/trust.ts';
import { type CheckedConnection, checkConnection } from './check.ts';
import { type ClusterProfile, freeName } from './profile.ts';
import { inputStep, modalStep, pickStep, type Stepped } from './steps.view.ts';
import type { ConnectionStore } from './store.ts';

/** What the steps have gathered so far; kept when a person goes back. */
interface Draft {
  url?: string;
  address?: string;
  certificate?: CertificateInfo;
  tokenId?: string;
  secret?: string;
  checked?: CheckedConnection;
  level?: AccessLevel;
}

const totalSteps = 5;

/**
 * Asks for address, certificate, token, access level and name, with *Back* on each, and stores the connection.
 * @returns the new profile, or `undefined` when the person left.
 */
export async function connectWizard(
  store: ConnectionStore,
): Promise<{ profile: ClusterProfile; checked: CheckedConnection } | undefined> {
  const draft: Draft = {};
  const steps = [askAddress, askTrust, askTokenId, askSecret, askLevel];
  let at = 0;
  for (;;) {
    const step = steps[at];
    const answer = step === undefined ? await askName(draft, store) : await step(draft);
    if (answer === 'cancel') return undefined;
    // A certificate that needs no question is no step to go back to.
    if (answer === 'back') at -= at === 2 && draft.certificate?.trusted ? 2 : 1;
    else if (step === undefined) return save(draft, answer.value as string, store);
    else at += 1;
  }
}

function askAddress(draft: Draft): Promise<Stepped<unknown>> {
  return inputStep({
    ...text(1),
    prompt: vscode.l10n.t('Address of any node of the cluster'),
    placeholder: 'pve.example.org, 192.168.1.10:8006, https://pve.example.org:8006',
    value: draft.address ?? '',
    validate: (address) => problemOf(() => parseAddress(address)),
    accept: async (address, signal) => {
      const url = parseAddress(address);
      try {
        Object.assign(draft, { address, url, certificate: await lookAtCertificate(url, { signal }) });
        return undefined;
      } catch (error) {
        return sentence(error);
      }
    },
  });
}

async function askTrust({ url = '', certificate }: Draft): Promise<Stepped<unknown>> {
  if (certificate === undefined || certificate.trusted) return { value: true };
  const { subject, issuer, validFrom, validTo, sha256, problem } = certificate;
  const lines = [
    vscode.l10n.t('It cannot be verified: {0}.', problem ?? ''),
    '',
    vscode.l10n.t('Subject: {0}', printable(subject, 120)),
    vscode.l10n.t('Issuer: {0}', printable(issuer, 120)),
    vscode.l10n.t('Valid: {0} to {1}', validFrom.slice(0, 10), validTo.slice(0, 10)),
    `SHA-256: ${sha256}`,
    '',
    vscode.l10n.t(
      'Compare the fingerprint with the one that "pvenode cert info" prints on the node. The connection then works with exactly this certificate.',
    ),
  ];
  return modalStep(
    vscode.l10n.t('Trust the certificate of {0}?', new URL(url).host),
    lines.join('\n'),
    vscode.l10n.t('Trust'),
  );
}

function askTokenId(draft: Draft): Promise<Stepped<unknown>> {
  return inputStep({
    ...text(2),
    prompt: vscode.l10n.t('API token id (Datacenter › Permissions › API Tokens)'),
    placeholder: 'editor@pve!vscode',
    value: draft.tokenId ?? '',
    validate: (tokenId) => problemOf(() => tokenAuth(tokenId, 'x')),
    accept: async (tokenId) => void Object.assign(draft, { tokenId }),
  });
}

function askSecret(draft: Draft): Promise<Stepped<unknown>> {
  return inputStep({
    ...text(3),
    prompt: vscode.l10n.t(
      'Secret of {0}. It goes to the secret storage of the editor and nowhere else.',
      draft.tokenId ?? '',
    ),
    placeholder: '00000000-0000-0000-0000-000000000000',
    password: true,
    validate: (secret) => problemOf(() => tokenAuth(draft.tokenId ?? '', secret)),
    accept: async (secret, signal) => {
      try {
        Object.assign(draft, {
          secret,
          checked: await checkConnection(endpointOf(draft), draft.tokenId ?? '', secret, signal),
        });
        return undefined;
      } catch (error) {
        return sentence(error);
      }
    },
  });
}

async function askLevel(draft: Draft): Promise<Stepped<unknown>> {
  const { version = '', reach } = draft.checked ?? {};
  const items = accessLevels.map((level) => ({ label: level, detail: levelMeaning(level), level }));
  const may =
    reach === undefined || reach.level === 'read-only'
      ? vscode.l10n.t('read')
      : vscode.l10n.t('{0} operations', reach.level);
  const placeholder = vscode.l10n.t('Proxmox VE {0}. The token may do {1}. What may agents ask for?', version, may);
  for (;;) {
    const picked = await pickStep({ ...text(4), placeholder, items });
    if (typeof picked === 'string') return picked;
    draft.level = picked.value.level;
    const confirmed = draft.level === 'read-only' ? picked : await confirmLevel(draft.level);
    if (confirmed !== 'back') return confirmed;
  }
}

/** A level above `read-only` lets agents ask for changes, which only a modal grants (gate.md G8). */
export function confirmLevel(level: AccessLevel): Promise<Stepped<true>> {
  const detail = `${levelMeaning(level)}\n\n${vscode.l10n.t('Each change is still asked of you, with exactly what will be sent.')}`;
  return modalStep(vscode.l10n.t('Let agents ask for {0} operations?', level), detail, vscode.l10n.t('Allow asking'));
}

export function levelMeaning(level: AccessLevel): string {
  const meaning: Readonly<Record<AccessLevel, string>> = {
    'read-only': vscode.l10n.t('Agents look, and can change nothing.'),
    'read-execute': vscode.l10n.t('Agents may also ask to start, stop, migrate and back up guests.'),
    full: vscode.l10n.t('Agents may ask for anything that the token may do, deleting included.'),
  };
  return meaning[level];
}

async function askName(draft: Draft, store: ConnectionStore): Promise<Stepped<string>> {
  const profiles = await store.read();
  const wanted = new URL(draft.url ?? '').hostname;
  return inputStep({
    ...text(5),
    prompt: vscode.l10n.t('Name of this connection, for you and for agents'),
    value: freeName(wanted, profiles),
    validate: (name) => {
      if (name === '' || name.length > 64) return vscode.l10n.t('Use 1 to 64 characters.');
      return profiles.some((profile) => profile.name === name)
        ? vscode.l10n.t('There is a connection with this name.')
        : undefined;
    },
  });
}

async function save(
  draft: Draft,
  name: string,
  store: ConnectionStore,
): Promise<{ profile: ClusterProfile; checked: CheckedConnection } | undefined> {
  const { tokenId, secret, level, checked } = draft;
  if (tokenId === undefined || secret === undefined || level === undefined || checked === undefined) return undefined;
  const profile: ClusterProfile = {
    kind: 'cluster',
    id: randomUUID(),
    name,
    revision: 1,
    level,
    endpoints: [endpointOf(draft)],
    tokenId,
  };
  await store.setSecret(profile.id, secret);
  await store.update((profiles) => [...profiles, profile]);
  return { profile, checked };
}

function endpointOf({ url = '', certificate }: Draft): ClusterProfile['endpoints'][number] {
  const pinned = certificate !== undefined && !certificate.trusted;
  return { url, trust: pinned ? { kind: 'pin', sha256: [certificate.sha256] } : { kind: 'system' } };
}

function text(step: number): { title: string; step: number; totalSteps: number } {
  return { title: vscode.l10n.t('Connect to Proxmox VE'), step, totalSteps };
}

function problemOf(attempt: () => unknown): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    return sentence(error);
  }
}

/** What happened, PVE's reason and the next step, for the line below an input. */
export function sentence(error: unknown): string {
  if (!(error instanceof PveError)) return error instanceof Error ? error.message : String(error);
  const { message, reason, hint } = error.data;
  return `${[message, ...reason].join(': ').replace(/[.!]+$/, '')}. ${hint}`;
}
