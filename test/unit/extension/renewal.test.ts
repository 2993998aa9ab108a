import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { ClusterProfile } from '../../../src/extension/connections/profile.ts';
import { renewedCertificates, trustRenewed } from '../../../src/extension/connections/renewal.ts';
import type { ChangedCertificate } from '../../../src/pve/error.ts';

const fault = (url: string, change: ChangedCertificate['change']) => ({
  url,
  fault: {
    code: 'certificate' as const,
    message: '',
    hint: '',
    reason: [],
    certificate: { shown: 'NEW', trusted: ['OLD'], change },
  },
});
const unreachable = { url: 'https://c', fault: { code: 'unreachable' as const, message: '', hint: '', reason: [] } };

test('G17: only certificates that the same CA renewed may be trusted anew, and none beside a foreign one', () => {
  expect(renewedCertificates(undefined)).toEqual([]);
  expect(renewedCertificates({ faults: [unreachable] })).toEqual([]);
  expect(renewedCertificates({ faults: [fault('https://a', 'same-ca'), unreachable] }).map(({ url }) => url)).toEqual([
    'https://a',
  ]);
  for (const change of ['other-issuer', 'unknown'] as const)
    expect(renewedCertificates({ faults: [fault('https://a', 'same-ca'), fault('https://b', change)] })).toEqual([]);
});

test('trusting a renewed certificate replaces the pin that it follows, and nothing else', () => {
  const profile: ClusterProfile = {
    kind: 'cluster',
    id: randomUUID(),
    name: 'home',
    revision: 3,
    level: 'read-only',
    endpoints: [
      { url: 'https://a', trust: { kind: 'pin', sha256: ['OLD'], ca: 'CA' } },
      { url: 'https://b', trust: { kind: 'pin', sha256: ['OLD'] } },
      { url: 'https://c', trust: { kind: 'ca', pem: 'CA' } },
    ],
    login: { kind: 'token', tokenId: 'a@pve!b' },
  };
  const renewed = ['https://a', 'https://c'].map((url) => ({ url, shown: 'NEW', trusted: ['OLD'] }));
  expect(trustRenewed(profile, renewed).endpoints).toEqual([
    { url: 'https://a', trust: { kind: 'pin', sha256: ['NEW'], ca: 'CA' } },
    ...profile.endpoints.slice(1),
  ]);
});
