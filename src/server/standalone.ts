import { readFile } from 'node:fs/promises';
import { openAudit } from '../gate/audit.ts';
import { createGate } from '../gate/gate.ts';
import type { Redactor } from '../gate/redact.ts';
import type { Approver, GateProfile } from '../gate/types.ts';
import { tokenAuth } from '../pve/auth.ts';
import type { Clock } from '../pve/clock.ts';
import { PveError } from '../pve/error.ts';
import { createTransport } from '../pve/transport.ts';
import { lookAtCertificate, type Trust } from '../pve/trust.ts';
import type { StandaloneConfig, TrustConfig } from './config.ts';
import { type Door, localDoor } from './door.ts';

/**
 * Builds the gate inside this process, with the credentials of the environment. Does not wait for the cluster.
 * @throws PveError when the settings cannot work: certificate not verified without a fingerprint, unreadable CA file, malformed token.
 */
export async function standaloneDoor(
  config: StandaloneConfig,
  deps: { approver: Approver; redactor: Redactor; clock: Clock },
): Promise<Door> {
  const { approver, redactor, clock } = deps;
  redactor.add(config.tokenSecret);
  const auth = tokenAuth(config.tokenId, config.tokenSecret);
  const transport = createTransport({
    endpoints: [{ url: config.url, trust: await trustOf(config.trust, config.url) }],
    auth,
    clock,
  });
  const audit = openAudit({ dir: config.auditDir, clock, redactor });
  const profile = profileOf(config);
  const gate = createGate({
    profiles: async () => [profile],
    connect: async () => transport.send,
    approver,
    audit,
    redactor,
    clock,
  });
  return localDoor(gate, profile, async () => {
    await transport.close();
    await audit.close();
  });
}

/** One connection, which cannot be edited while the process lives. */
function profileOf({ url, level }: StandaloneConfig): GateProfile {
  const { host, hostname } = new URL(url);
  return { id: host.slice(0, 100), name: hostname, revision: 1, level };
}

async function trustOf(trust: TrustConfig, url: string): Promise<Trust> {
  switch (trust.kind) {
    case 'ca':
      return { kind: 'ca', pem: await readCa(trust.file) };
    case 'unverified':
      throw await unverified(url);
    default:
      return trust;
  }
}

async function readCa(file: string): Promise<string> {
  const pem = await readFile(file, 'utf8').catch((cause: unknown) => {
    const reason = [cause instanceof Error ? cause.message : String(cause)];
    throw new PveError(
      { code: 'invalid_argument', message: 'PVE_CA_FILE cannot be read', hint: 'Give the path of a PEM file.', reason },
      { cause },
    );
  });
  if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
  throw new PveError({
    code: 'invalid_argument',
    message: 'PVE_CA_FILE holds no certificate',
    hint: 'Give a PEM file.',
    reason: [],
  });
}

/** Without verification anybody in between could take the token: the start ends here, and shows what to pin instead (G17). */
async function unverified(url: string): Promise<PveError> {
  const message = 'PVE_VERIFY_SSL=false without PVE_FINGERPRINT would send the token to anybody';
  try {
    const { sha256, subject, validTo } = await lookAtCertificate(url);
    const hint = `${url} shows the certificate ${subject}, valid to ${validTo}. Compare this fingerprint with the one that \`pvenode cert info\` shows on the node; only if they are the same, set PVE_FINGERPRINT=${sha256}`;
    return new PveError({ code: 'certificate', message, hint, reason: [] });
  } catch (error) {
    if (!(error instanceof PveError)) throw error;
    const hint = `Set PVE_FINGERPRINT to the fingerprint of the certificate. It could not be read from ${url} now: ${error.message}.`;
    return new PveError({ code: 'certificate', message, hint, reason: [] }, { cause: error });
  }
}
