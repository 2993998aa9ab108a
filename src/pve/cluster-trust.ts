import { certificatesIn, normaliseFingerprint } from './certificate.ts';
import type { PveClient } from './client.ts';
import { looseList, text } from './loose.ts';
import type { SendOptions } from './request.ts';

export { signedBy } from './certificate.ts';

/** What a cluster says of its own certificates, to be trusted only over a connection that already is. */
export interface ClusterTrust {
  /** The cluster's own CA, which signs each node's certificate unless an administrator replaced that. */
  readonly ca?: { readonly pem: string /** `AA:BB:…` */; readonly sha256: string; readonly subject: string };
  /** What the API of each node shows. */
  readonly leaves: readonly { readonly node: string /** `AA:BB:…` */; readonly sha256: string }[];
}

/**
 * Reads the cluster's CA (GET `/nodes/{node}/certificates/info`, `pve-root-ca.pem`) and the fingerprint of each node's
 * certificate (GET `/nodes`).
 * @throws PveError
 */
export async function readClusterTrust(
  client: PveClient,
  node: string,
  options: SendOptions = {},
): Promise<ClusterTrust> {
  const [info, nodes] = await Promise.all([
    client.send({ method: 'GET', path: ['nodes', node, 'certificates', 'info'] }, options),
    client.nodes(options),
  ]);
  const root = looseList(info.data, 'the certificates of a node').find(
    ({ filename }) => filename === 'pve-root-ca.pem',
  );
  const [ca] = certificatesIn(text(root?.pem) ?? '');
  const leaves = nodes.flatMap(({ node: name, fingerprint }) => {
    const sha256 = normaliseFingerprint(fingerprint ?? '');
    return sha256 === undefined ? [] : [{ node: name, sha256 }];
  });
  // Not a word of what the answer says about the CA is taken over: the certificate itself says it.
  if (ca === undefined || !ca.ca) return { leaves };
  const subject = ca.subject.replaceAll('\n', ', ');
  return { ca: { pem: ca.toString(), sha256: ca.fingerprint256, subject }, leaves };
}
