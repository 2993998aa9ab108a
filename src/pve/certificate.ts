import { X509Certificate } from 'node:crypto';
import { PveError } from './error.ts';

/**
 * A SHA-256 fingerprint as tools print it, in the one form that is compared here.
 * @returns `AA:BB:…`, or `undefined` when the text is no such fingerprint
 */
export function normaliseFingerprint(text: string): string | undefined {
  const digits = text
    .trim()
    .replace(/^sha-?256\s*(fingerprint)?\s*[=:]?\s*/i, '')
    .replace(/[:\s]/g, '')
    .toUpperCase();
  return /^[0-9A-F]{64}$/.test(digits) ? digits.match(/../g)?.join(':') : undefined;
}

/** Whether this very authority signed that certificate. Validity and name are other questions. */
export function signedBy(leaf: string | Buffer, caPem: string): boolean {
  const certificate = parse(leaf);
  return certificate !== undefined && certificatesIn(caPem).some((ca) => isIssuedBy(certificate, ca));
}

/** All certificates of a PEM text, as CA files hold one or several. */
export function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.flatMap((block) => parse(block) ?? []);
}

/** Whether a chain of signatures leads from a certificate, as the handshake showed it, to one of the authorities. */
export function leadsTo(shown: X509Certificate, authorities: readonly X509Certificate[]): boolean {
  const seen = new Set<string>();
  for (let link = shown; !seen.has(link.fingerprint256); ) {
    seen.add(link.fingerprint256);
    if (authorities.some((ca) => ca.fingerprint256 === link.fingerprint256 || isIssuedBy(link, ca))) return true;
    const next = link.issuerCertificate;
    if (next === undefined || !isIssuedBy(link, next)) return false;
    link = next;
  }
  return false;
}

/**
 * A certificate that is not the trusted one. A renewal by the same authority is an everyday event; a foreign one is not.
 * @param ca PEM of the authority of the trusted one, where it is known
 */
export function changedCertificate(
  shown: X509Certificate | undefined,
  {
    host,
    trusted,
    ca,
  }: { readonly host: string; readonly trusted: readonly string[]; readonly ca: string | undefined },
): PveError {
  const fingerprint = shown?.fingerprint256 ?? 'without fingerprint';
  const change =
    ca === undefined || shown === undefined
      ? 'unknown'
      : leadsTo(shown, certificatesIn(ca))
        ? 'same-ca'
        : 'other-issuer';
  return new PveError({
    code: 'certificate',
    ...wording[change](host, fingerprint, trusted.join(' or ') || 'one: none is trusted'),
    reason: [],
    certificate: { shown: fingerprint, trusted, change },
  });
}

type Wording = (host: string, shown: string, trusted: string) => { readonly message: string; readonly hint: string };

const wording: Readonly<Record<'same-ca' | 'other-issuer' | 'unknown', Wording>> = {
  'same-ca': (host, shown, trusted) => ({
    message: `The certificate of ${host} was renewed by the same cluster CA: it is ${shown} now, no longer the trusted ${trusted}`,
    hint: "Healthy clusters do this every two years. Trust the new certificate, or the cluster's CA, so that this does not come again.",
  }),
  'other-issuer': (host, shown, trusted) => ({
    message: `Somebody else may be answering for ${host}: its certificate ${shown} was issued by somebody else than the trusted ${trusted}`,
    hint: 'Do not continue, and give no password or token: nothing was sent. Ask whoever runs the cluster. Only if its certificate was replaced on purpose, compare the fingerprint on the node itself (pvenode cert info) before trusting it.',
  }),
  unknown: (host, shown, trusted) => ({
    message: `${host} shows the certificate ${shown}, not the trusted ${trusted}`,
    hint: 'If it was renewed, compare the shown SHA-256 fingerprint with the one on the node (pvenode cert info) and trust it anew. If not, somebody else may be answering.',
  }),
};

function isIssuedBy(certificate: X509Certificate, ca: X509Certificate): boolean {
  return ca.ca && certificate.checkIssued(ca) && certificate.verify(ca.publicKey);
}

function parse(certificate: string | Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(certificate);
  } catch {
    return undefined; // told by what is then missing
  }
}
