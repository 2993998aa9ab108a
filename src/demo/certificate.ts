import {
  createHash,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  randomUUID,
  sign,
  X509Certificate,
} from 'node:crypto';
import * as der from './der.ts';

/** A certificate as the API shows it and as TLS serves it. */
export interface Certificate {
  /** The file it would have on a node. */
  readonly filename: string;
  readonly pem: string;
  /** SHA-256, `AA:BB:…`. */
  readonly fingerprint: string;
  /** `/CN=…/OU=…`, as PVE writes it. */
  readonly subject: string;
  readonly issuer: string;
  readonly names: readonly string[];
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** The cluster's own CA and one leaf for each node, like those that PVE makes when a cluster is set up. */
export interface Certificates {
  readonly ca: Certificate;
  readonly leaves: ReadonlyMap<string, Certificate>;
  /** Private keys of the leaves, PEM. */
  readonly keys: ReadonlyMap<string, string>;
  /** New leaves with new keys from the same CA, as after a renewal. */
  renew(now: number): Certificates;
}

type Name = readonly (readonly [attribute: 'CN' | 'OU' | 'O', value: string])[];
interface Issue {
  readonly subject: Name;
  readonly publicKey: KeyObject;
  readonly issuer: Name;
  readonly issuerKeys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  /** DNS names and IPv4 addresses; none for a CA. */
  readonly names: readonly string[];
  readonly ca: boolean;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly filename: string;
}

const day = 86_400_000;
const oids = {
  CN: '2.5.4.3',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
} as const;

/**
 * Makes a new CA (10 years) and a leaf for each node (2 years) with ECDSA P-256 keys.
 * @param nodes node names; each leaf is good for its node, localhost and 127.0.0.1
 * @param now milliseconds since 1970
 */
export function createCertificates(nodes: readonly string[], now: number): Certificates {
  const authority: Name = [
    ['CN', 'Proxmox Virtual Environment'],
    ['OU', randomUUID()],
    ['O', 'PVE Cluster Manager CA'],
  ];
  const caKeys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const by = { issuer: authority, issuerKeys: caKeys };
  const ca = issue({
    ...by,
    notBefore: now - day,
    subject: authority,
    publicKey: caKeys.publicKey,
    names: [],
    ca: true,
    notAfter: now + 3650 * day,
    filename: 'pve-root-ca.pem',
  });
  return withLeaves(nodes, ca, by, now);
}

function withLeaves(
  nodes: readonly string[],
  ca: Certificate,
  by: Pick<Issue, 'issuer' | 'issuerKeys'>,
  now: number,
): Certificates {
  const leaves = new Map<string, Certificate>();
  const keys = new Map<string, string>();
  for (const node of nodes) {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const host = `${node}.demo.local`;
    leaves.set(
      node,
      issue({
        ...by,
        subject: [
          ['OU', 'PVE Cluster Node'],
          ['O', 'Proxmox Virtual Environment'],
          ['CN', host],
        ],
        publicKey: pair.publicKey,
        names: ['127.0.0.1', 'localhost', node, host],
        ca: false,
        notBefore: now - day,
        notAfter: now + 730 * day,
        filename: 'pve-ssl.pem',
      }),
    );
    keys.set(node, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  }
  return { ca, leaves, keys, renew: (later) => withLeaves(nodes, ca, by, later) };
}

function issue(what: Issue): Certificate {
  const algorithm = der.sequence(der.oid(oids.ecdsaWithSha256));
  const serial = Buffer.concat([Buffer.of(0x01), randomBytes(15)]); // positive and never zero
  const body = der.sequence(
    der.explicit(0, der.integer(Buffer.of(2))),
    der.integer(serial),
    algorithm,
    distinguishedName(what.issuer),
    der.sequence(der.time(what.notBefore), der.time(what.notAfter)),
    distinguishedName(what.subject),
    what.publicKey.export({ type: 'spki', format: 'der' }),
    der.explicit(3, der.sequence(...extensions(what))),
  );
  const signature = sign('sha256', body, what.issuerKeys.privateKey);
  const pem = toPem(der.sequence(body, algorithm, der.bitString(signature)));
  return {
    filename: what.filename,
    pem,
    fingerprint: new X509Certificate(pem).fingerprint256,
    subject: slashed(what.subject),
    issuer: slashed(what.issuer),
    names: what.names,
    notBefore: what.notBefore,
    notAfter: what.notAfter,
  };
}

function extensions({ ca, names, publicKey, issuerKeys }: Issue): Buffer[] {
  const always = [
    extension(oids.subjectKeyIdentifier, der.octetString(keyIdentifier(publicKey))),
    extension(oids.authorityKeyIdentifier, der.sequence(der.context(0, keyIdentifier(issuerKeys.publicKey)))),
  ];
  if (ca) {
    return [
      ...always,
      extension(oids.basicConstraints, der.sequence(der.boolean(true)), true),
      extension(oids.keyUsage, der.bitString(Buffer.of(0x06), 1), true), // certificate and CRL signing
    ];
  }
  return [
    ...always,
    extension(oids.basicConstraints, der.sequence()),
    extension(oids.extendedKeyUsage, der.sequence(der.oid(oids.serverAuth))),
    extension(oids.subjectAltName, der.sequence(...names.map(alternativeName))),
  ];
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return der.sequence(der.oid(id), ...(critical ? [der.boolean(true)] : []), der.octetString(value));
}

function alternativeName(name: string): Buffer {
  const isAddress = /^\d+(\.\d+){3}$/.test(name);
  return isAddress ? der.context(7, Buffer.from(name.split('.').map(Number))) : der.context(2, Buffer.from(name));
}

function keyIdentifier(key: KeyObject): Buffer {
  const point = key.export({ type: 'spki', format: 'der' }).subarray(-65); // an uncompressed P-256 point ends the structure
  return createHash('sha1').update(point).digest();
}

function distinguishedName(name: Name): Buffer {
  return der.sequence(...name.map(([key, value]) => der.set(der.sequence(der.oid(oids[key]), der.utf8(value)))));
}

function slashed(name: Name): string {
  return name.map(([key, value]) => `/${key}=${value}`).join('');
}

function toPem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
