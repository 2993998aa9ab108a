import type { PveClient } from '../../pve/client.ts';
import { readClusterTrust, signedBy } from '../../pve/cluster-trust.ts';
import type { SendOptions } from '../../pve/request.ts';
import type { CertificateInfo, Trust } from '../../pve/trust.ts';
import { endpointsOf, type Look, type Seen, storedEndpoint } from './addresses.ts';
import type { StoredEndpoint } from './profile.ts';

/** What a person can choose for the certificates of a cluster, beyond those that were agreed to. */
export interface TrustOffer {
  /** As agreed to; a CA beside a pin only tells a renewed certificate from a foreign one. */
  readonly alone: readonly StoredEndpoint[];
  /** The cluster's CA, which signed the certificate that was agreed to. */
  readonly ca?: {
    readonly subject: string;
    readonly sha256: string;
    readonly endpoints: readonly StoredEndpoint[];
    /** URLs whose certificate is made for another name, which would then not be compared. */
    readonly anyName: readonly string[];
  };
  /** The certificate of each further node, as the cluster itself says. */
  readonly pins?: { readonly endpoints: readonly StoredEndpoint[] };
  /** Nodes that neither choice would reach, with the reason. */
  readonly without: readonly { readonly node: string; readonly why: 'not-reached' | 'other-issuer' }[];
}

/** A node that nobody has entered an address of. */
interface Other {
  readonly node: string;
  readonly url: string;
  readonly online: boolean;
  readonly sha256: string | undefined;
  readonly certificate: CertificateInfo | undefined;
}

/**
 * Asks a cluster, over a connection that is trusted already, for its CA, its nodes and their certificates, and looks at
 * what these really show.
 * @returns nothing when there is nothing to choose
 * @throws PveError when the cluster does not say
 */
export async function trustOffer(
  client: PveClient,
  seen: readonly Seen[],
  look: Look,
  options: SendOptions,
): Promise<TrustOffer | undefined> {
  const nodes = (await client.clusterStatus(options)).nodes;
  const { ca, leaves } = await readClusterTrust(
    client,
    nodes.find(({ online }) => online)?.name ?? 'localhost',
    options,
  );
  const leafOf = (node: string) => leaves.find((leaf) => leaf.node === node)?.sha256;
  const authority = seen.some(({ certificate }) => certificate !== undefined && signed(certificate, ca?.pem))
    ? ca
    : undefined;

  const nodeOf = ({ url, certificate }: Seen): string | undefined => {
    const host = hostOf(url);
    return (
      leaves.find(({ sha256 }) => sha256 === certificate?.sha256)?.node ??
      nodes.find(({ name, ip }) => host === ip || host === name || host.startsWith(`${name}.`))?.name
    );
  };
  const alone = endpointsOf(seen).map((endpoint, index) => {
    const one = seen[index];
    const node = endpoint.node ?? (one && nodeOf(one));
    const { trust } = endpoint;
    const knowsIssuer = trust.kind === 'pin' && one?.certificate !== undefined && signed(one.certificate, ca?.pem);
    return storedEndpoint(endpoint.url, knowsIssuer && ca !== undefined ? { ...trust, ca: ca.pem } : trust, node);
  });

  const port = new URL(alone[0]?.url ?? 'https://localhost:8006').port || '443';
  const others = await Promise.all(
    nodes
      .filter(({ name, ip }) => ip !== undefined && !alone.some(({ node }) => node === name))
      .map(({ name, ip = '', online }) => ({ node: name, url: urlOf(ip, port), online, sha256: leafOf(name) }))
      .filter(({ url }) => !alone.some((endpoint) => endpoint.url === url))
      .map(async (other): Promise<Other> => ({ ...other, certificate: await lookAt(other.url, look, ca?.pem) })),
  );
  // A node that is off comes back; one that is on and not reached is beyond a network border.
  const within = others.filter(({ online, certificate }) => certificate !== undefined || !online);

  const byCa = authority && (await withCa(authority.pem, alone, within, look));
  const pinned = within.flatMap(({ url, node, sha256, certificate }) => {
    if (sha256 === undefined) return [];
    const issuer = certificate !== undefined && ca !== undefined && signed(certificate, ca.pem) ? { ca: ca.pem } : {};
    return [storedEndpoint(url, { kind: 'pin', sha256: [sha256], ...issuer }, node)];
  });
  if (byCa === undefined && pinned.length === 0) return undefined;
  return {
    alone,
    ...(authority === undefined || byCa === undefined
      ? {}
      : { ca: { subject: authority.subject, sha256: authority.sha256, ...byCa } }),
    ...(pinned.length === 0 ? {} : { pins: { endpoints: [...alone, ...pinned] } }),
    without: [
      ...others.filter((other) => !within.includes(other)).map(({ node }) => ({ node, why: 'not-reached' as const })),
      ...within.filter(isForeign).map(({ node }) => ({ node, why: 'other-issuer' as const })),
    ],
  };
}

/** The same endpoints by their CA. What was agreed to and comes from another authority stays as it is. */
async function withCa(pem: string, alone: readonly StoredEndpoint[], others: readonly Other[], look: Look) {
  const anyName: string[] = [];
  const trustOf = (url: string, { wrongName }: Pick<CertificateInfo, 'wrongName'>): Trust => {
    if (wrongName === undefined) return { kind: 'ca', pem };
    anyName.push(url);
    return { kind: 'ca', pem, anyName: true };
  };
  const own = await Promise.all(
    alone.map(async (endpoint) => {
      if (endpoint.trust.kind !== 'pin') return endpoint;
      const certificate = await lookAt(endpoint.url, look, pem);
      const isOurs = certificate !== undefined && (certificate.trusted || certificate.wrongName === true);
      return isOurs ? storedEndpoint(endpoint.url, trustOf(endpoint.url, certificate), endpoint.node) : endpoint;
    }),
  );
  const further = others
    .filter((other) => !isForeign(other))
    .map(({ url, node, certificate }) => storedEndpoint(url, trustOf(url, certificate ?? {}), node));
  return { endpoints: [...own, ...further], anyName };
}

/** It shows a certificate that the cluster's CA did not sign. */
function isForeign({ certificate }: Other): boolean {
  return certificate !== undefined && !certificate.trusted && certificate.wrongName !== true;
}

function lookAt(url: string, look: Look, ca: string | undefined): Promise<CertificateInfo | undefined> {
  return look(url, ca === undefined ? {} : { ca }).catch(() => undefined);
}

function signed({ pem }: CertificateInfo, ca: string | undefined): boolean {
  return ca !== undefined && signedBy(pem, ca);
}

function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, '').toLowerCase();
}

function urlOf(ip: string, port: string): string {
  return new URL(`https://${ip.includes(':') ? `[${ip}]` : ip}:${port}`).origin;
}
