import { expect, test } from 'vitest';
import { createCertificates } from '../../../src/demo/certificate.ts';
import { type Look, parseAddresses, type Seen, see, toAgreeTo } from '../../../src/extension/connections/addresses.ts';
import type { StoredEndpoint } from '../../../src/extension/connections/profile.ts';
import { trustOffer } from '../../../src/extension/connections/trust-offer.ts';
import { createPveClient } from '../../../src/pve/client.ts';
import { PveError } from '../../../src/pve/error.ts';
import type { CertificateInfo } from '../../../src/pve/trust.ts';

const nodes = ['pve1', 'pve2', 'pve3', 'pve4', 'pve5'];
const own = createCertificates(nodes, Date.now());
const foreign = createCertificates(nodes, Date.now());
const pinOf = (node: string) => own.leaves.get(node)?.fingerprint ?? '';

/** What a node shows: a leaf of the cluster or of somebody else, made for its address or for another name. */
function shown(node: string, { of = own, wrongName = false } = {}): CertificateInfo {
  const leaf = of.leaves.get(node);
  const fields = { subject: '', issuer: '', validFrom: '', validTo: '', pem: leaf?.pem ?? '' };
  const info = { ...fields, sha256: leaf?.fingerprint ?? '', trusted: of === own && !wrongName };
  return of === own && wrongName ? { ...info, wrongName: true } : info;
}

/** @param answers URL → what is shown there; nobody answers elsewhere */
const looking =
  (answers: Readonly<Record<string, CertificateInfo>>): Look =>
  async (url) => {
    const answer = answers[url];
    if (answer === undefined)
      throw new PveError({ code: 'unreachable', message: `${url} is not there`, hint: '', reason: [] });
    return answer;
  };

/** A cluster with these nodes, at 10.0.0.1 and on. */
function cluster(names: readonly string[], { offline = '', ca = true } = {}) {
  const answers: Readonly<Record<string, unknown>> = {
    'cluster/status': names.map((name, index) => ({
      type: 'node',
      name,
      ip: `10.0.0.${index + 1}`,
      online: name === offline ? 0 : 1,
    })),
    'nodes/pve1/certificates/info': ca ? [{ filename: 'pve-root-ca.pem', pem: own.ca.pem }] : [],
    nodes: names.map((node) => ({ node, status: 'online', ssl_fingerprint: pinOf(node) })),
  };
  return createPveClient(async ({ path }) => ({ data: answers[path.join('/')] }));
}
const url = (last: number) => `https://10.0.0.${last}:8006`;
const first = (certificate = shown('pve1')): Seen => ({
  url: url(1),
  certificate: { ...certificate, trusted: false },
});
const summary = (endpoints: readonly StoredEndpoint[] | undefined) =>
  endpoints?.map(({ url: at, node, trust }) => {
    const kind = trust.kind === 'ca' && trust.anyName ? 'ca, any name' : trust.kind;
    return `${node} ${at.replace('https://', '')} ${trust.kind === 'pin' && trust.ca ? 'pin with ca' : kind}`;
  });

test('the CA and the pins lead to the nodes that can be reached, or will be again', async () => {
  const look = looking({
    [url(1)]: shown('pve1'),
    [url(2)]: shown('pve2'),
    [url(3)]: shown('pve3', { of: foreign }),
  });
  const offer = await trustOffer(cluster(nodes, { offline: 'pve4' }), [first()], look, {});
  expect(offer?.ca).toMatchObject({ sha256: own.ca.fingerprint, anyName: [] });
  expect(summary(offer?.alone)).toEqual(['pve1 10.0.0.1:8006 pin with ca']);
  expect(summary(offer?.ca?.endpoints)).toEqual([
    'pve1 10.0.0.1:8006 ca',
    'pve2 10.0.0.2:8006 ca',
    'pve4 10.0.0.4:8006 ca',
  ]);
  expect(summary(offer?.pins?.endpoints)).toEqual([
    'pve1 10.0.0.1:8006 pin with ca',
    'pve2 10.0.0.2:8006 pin with ca',
    'pve3 10.0.0.3:8006 pin',
    'pve4 10.0.0.4:8006 pin',
  ]);
  expect(offer?.without).toEqual([
    { node: 'pve5', why: 'not-reached' },
    { node: 'pve3', why: 'other-issuer' },
  ]);
});

test('a name that does not match is left uncompared only for the nodes that are named', async () => {
  const look = looking({ [url(1)]: shown('pve1', { wrongName: true }), [url(2)]: shown('pve2') });
  const offer = await trustOffer(cluster(['pve1', 'pve2']), [first()], look, {});
  expect(offer?.ca?.anyName).toEqual([url(1)]);
  expect(summary(offer?.ca?.endpoints)).toEqual(['pve1 10.0.0.1:8006 ca, any name', 'pve2 10.0.0.2:8006 ca']);
});

test('G8: a certificate that the CA has not signed gets no offer to trust that CA', async () => {
  const foreignFirst = first(shown('pve1', { of: foreign }));
  const look = looking({ [url(1)]: shown('pve1', { of: foreign }), [url(2)]: shown('pve2') });
  const offer = await trustOffer(cluster(['pve1', 'pve2']), [foreignFirst], look, {});
  expect(offer?.ca).toBeUndefined();
  expect(summary(offer?.alone)).toEqual(['pve1 10.0.0.1:8006 pin']);
  expect(summary(offer?.pins?.endpoints)?.[1]).toBe('pve2 10.0.0.2:8006 pin with ca');
  expect(await trustOffer(cluster(['pve1']), [foreignFirst], look, {})).toBeUndefined();
});

test('a single node is worth the question too, for its certificate will be renewed', async () => {
  const offer = await trustOffer(cluster(['pve1']), [first()], looking({ [url(1)]: shown('pve1') }), {});
  expect(summary(offer?.ca?.endpoints)).toEqual(['pve1 10.0.0.1:8006 ca']);
  expect(offer?.pins).toBeUndefined();
  expect(await trustOffer(cluster(['pve1'], { ca: false }), [first()], looking({}), {})).toBeUndefined();
});

test('several addresses are read from one text', () => {
  expect(parseAddresses('pve1, 10.0.0.2:8007  pve1')).toEqual(['https://pve1:8006', 'https://10.0.0.2:8007']);
  expect(() => parseAddresses(' ')).toThrow(PveError);
  expect(() => parseAddresses('pve1, http://pve2')).toThrow(PveError);
});

test('G8: an edit keeps the trust that still fits, and asks about everything else that the secret would go to', async () => {
  const stored: StoredEndpoint[] = [
    { url: url(1), trust: { kind: 'pin', sha256: [pinOf('pve1')] } },
    { url: url(2), trust: { kind: 'pin', sha256: [pinOf('pve2')] } },
    { url: url(3), trust: { kind: 'ca', pem: own.ca.pem } },
  ];
  const answers = { [url(1)]: shown('pve1'), [url(2)]: shown('pve2', { of: foreign }), [url(4)]: shown('pve4') };
  const seen = await see([1, 2, 3, 4].map(url), stored, looking(answers));
  // Known and fitting; known and changed; known and out of reach; new, though this computer would verify it.
  expect(toAgreeTo(seen, true).map((one) => one.url)).toEqual([url(2), url(4)]);
  expect(seen[1]?.broken).toEqual(stored[1]);
  await expect(see([url(5)], stored, looking(answers))).rejects.toMatchObject({ code: 'unreachable' });
});

test('G8: a new connection asks about the certificates that nobody vouches for', async () => {
  const answers = { [url(1)]: { ...shown('pve1'), trusted: false }, [url(2)]: shown('pve2') };
  const seen = await see([url(1), url(2)], [], looking(answers));
  expect(toAgreeTo(seen, false).map((one) => one.url)).toEqual([url(1)]);
});
