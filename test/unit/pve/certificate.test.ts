import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { certificatesIn } from '../../../src/pve/certificate.ts';
import { createPveClient } from '../../../src/pve/client.ts';
import { readClusterTrust, signedBy } from '../../../src/pve/cluster-trust.ts';
import type { Send } from '../../../src/pve/request.ts';
import { makeIdentities, makeIdentity } from '../../support/https-server.ts';
import { recorded, withoutRecordings } from './recorded.ts';

const [first, second] = makeIdentities();
const other = makeIdentity();

describe('the issuer of a certificate', () => {
  it('is told by the signature, from PEM or DER', () => {
    expect(signedBy(first.cert, first.ca)).toBe(true);
    expect(signedBy(second.cert, first.ca)).toBe(true);
    expect(signedBy(new X509Certificate(first.cert).raw, first.ca)).toBe(true);
    expect(signedBy(first.cert, other.ca)).toBe(false);
  });

  it('is a CA: a leaf issues nothing', () => {
    expect(signedBy(first.cert, second.cert)).toBe(false);
    expect(signedBy(first.cert, first.cert)).toBe(false);
  });

  it('may be one of several in a file', () => {
    expect(signedBy(first.cert, `# two CAs\n${other.ca}${first.ca}`)).toBe(true);
    expect(certificatesIn(`${other.ca}\n${first.ca}`)).toHaveLength(2);
  });

  it.each(['', 'garbage', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'])('is not in %j', (text) => {
    expect(signedBy(first.cert, text)).toBe(false);
    expect(signedBy(text, first.ca)).toBe(false);
  });
});

describe('what a cluster says of its certificates', () => {
  const answering =
    (info: unknown, nodes: unknown): Send =>
    async ({ path }) => ({ data: path.length === 1 ? nodes : info });
  const nodes = [
    { node: 'pve1', status: 'online', ssl_fingerprint: first.fingerprint.toLowerCase() },
    { node: 'pve2', status: 'offline', ssl_fingerprint: second.fingerprint },
    { node: 'pve3', status: 'offline' },
  ];

  it('is its CA, as the certificate itself says, and the leaf of each node that is known', async () => {
    const info = [
      { filename: 'pve-ssl.pem', pem: first.cert },
      { filename: 'pve-root-ca.pem', pem: first.ca, fingerprint: other.fingerprint, subject: 'something else' },
    ];
    expect(await readClusterTrust(createPveClient(answering(info, nodes)), 'pve1')).toEqual({
      ca: {
        pem: expect.stringContaining('BEGIN CERTIFICATE'),
        sha256: new X509Certificate(first.ca).fingerprint256,
        subject: expect.stringContaining('PVE Cluster Manager CA'),
      },
      leaves: [
        { node: 'pve1', sha256: first.fingerprint },
        { node: 'pve2', sha256: second.fingerprint },
      ],
    });
  });

  it.each([
    ['there is none', []],
    ['it is none', [{ filename: 'pve-root-ca.pem', pem: 'garbage' }]],
    ['it is a leaf', [{ filename: 'pve-root-ca.pem', pem: first.cert }]],
  ])('has no CA when %s', async (_name, info) => {
    expect((await readClusterTrust(createPveClient(answering(info, nodes)), 'pve1')).ca).toBeUndefined();
  });

  it.skipIf(withoutRecordings)('is read from a real cluster', async () => {
    const [info, list] = ['nodes_node_certificates_info', 'nodes'].map(
      (name) => recorded(`get/${name}`).response as { data: unknown },
    );
    const { ca, leaves } = await readClusterTrust(createPveClient(answering(info?.data, list?.data)), 'pve1');
    expect(ca?.sha256).toMatch(/^AA:6D:65:/);
    expect(leaves.map(({ node }) => node)).toEqual(['pve1', 'pve2']);
    const leaf = (info?.data as { filename: string; pem: string; fingerprint: string }[]).find(
      ({ filename }) => filename === 'pve-ssl.pem',
    );
    expect(signedBy(leaf?.pem ?? '', ca?.pem ?? '')).toBe(true);
    expect(leaf?.fingerprint).toBe(leaves[0]?.sha256);
  });
});
