import { parseAddress } from '../../pve/address.ts';
import type { CertificateInfo, LookOptions, Trust } from '../../pve/trust.ts';
import type { StoredEndpoint } from './profile.ts';

/** A node at an address that a person has entered. */
export interface Seen {
  readonly url: string;
  /** What it shows; absent when it was not reached. */
  readonly certificate?: CertificateInfo;
  /** How the edited connection trusts it, as long as its certificate fits that. */
  readonly kept?: StoredEndpoint;
  /** How the edited connection trusted it, when its certificate no longer fits that. */
  readonly broken?: StoredEndpoint;
}

/** Looks at a certificate; sends nothing but the handshake (see `lookAtCertificate`). */
export type Look = (url: string, options: Pick<LookOptions, 'ca'>) => Promise<CertificateInfo>;

/** @returns the addresses in a text, as URLs. @throws PveError `invalid_argument` for one that cannot be used */
export function parseAddresses(text: string): readonly string[] {
  const parts = text.split(/[,\s]+/).filter((part) => part !== '');
  return [...new Set((parts.length === 0 ? [''] : parts).map(parseAddress))];
}

/**
 * Looks at every address. One that the edited connection knows may be out of reach.
 * @throws PveError when another one is out of reach
 */
export function see(urls: readonly string[], edited: readonly StoredEndpoint[], look: Look): Promise<readonly Seen[]> {
  return Promise.all(
    urls.map(async (url): Promise<Seen> => {
      const stored = edited.find((one) => one.url === url);
      if (stored === undefined) return { url, certificate: await look(url, {}) };
      const ca = stored.trust.kind === 'ca' ? { ca: stored.trust.pem } : {};
      const certificate = await look(url, ca).catch(() => undefined);
      if (certificate === undefined) return { url, kept: stored };
      return fits(certificate, stored.trust)
        ? { url, certificate, kept: stored }
        : { url, certificate, broken: stored };
    }),
  );
}

/** Those that a person has to agree to: unknown certificates, and any address that an existing secret would newly go to. */
export function toAgreeTo(seen: readonly Seen[], isEdit: boolean): readonly Seen[] {
  return seen.filter(({ kept, certificate }) => kept === undefined && (isEdit || certificate?.trusted !== true));
}

/** How they are trusted once a person has agreed. */
export function endpointsOf(seen: readonly Seen[]): readonly StoredEndpoint[] {
  return seen.flatMap(({ url, certificate, kept }) => {
    if (kept !== undefined) return [kept];
    if (certificate === undefined) return [];
    const trust: Trust = certificate.trusted ? { kind: 'system' } : { kind: 'pin', sha256: [certificate.sha256] };
    return [storedEndpoint(url, trust, undefined)];
  });
}

export function storedEndpoint(url: string, trust: Trust, node: string | undefined): StoredEndpoint {
  const stored = trust.kind === 'pin' ? { ...trust, sha256: [...trust.sha256] } : trust;
  return { url, trust: stored, ...(node === undefined ? {} : { node }) };
}

function fits({ trusted, wrongName, sha256 }: CertificateInfo, trust: Trust): boolean {
  if (trust.kind === 'pin') return trust.sha256.includes(sha256);
  return trusted || (trust.kind === 'ca' && trust.anyName === true && wrongName === true);
}
