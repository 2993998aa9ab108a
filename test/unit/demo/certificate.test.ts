import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createCertificates } from '../../../src/demo/certificate.ts';

describe('demo certificates', () => {
  const now = Date.UTC(2026, 10, 20);
  const made = createCertificates(['pve1', 'pve2'], now);
  const ca = new X509Certificate(made.ca.pem);
  const leaf = new X509Certificate(made.leaves.get('pve1')?.pem ?? '');

  it('are readable, signed by their own CA and good for localhost and the node', () => {
    expect(ca.ca).toBe(true);
    expect(ca.verify(ca.publicKey)).toBe(true);
    expect(leaf.ca).toBe(false);
    expect(leaf.checkIssued(ca)).toBe(true);
    expect(leaf.verify(ca.publicKey)).toBe(true);
    expect(leaf.checkHost('localhost')).toBe('localhost');
    expect(leaf.checkHost('pve1.demo.local')).toBe('pve1.demo.local');
    expect(leaf.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(leaf.checkHost('pve2.demo.local')).toBeUndefined();
  });

  it('say what PVE’s certificates say', () => {
    expect(leaf.subject).toBe('OU=PVE Cluster Node\nO=Proxmox Virtual Environment\nCN=pve1.demo.local');
    expect(leaf.issuer).toContain('O=PVE Cluster Manager CA');
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(made.leaves.get('pve1')?.fingerprint).toBe(leaf.fingerprint256);
  });

  it('are valid from yesterday, the leaf for two years', () => {
    expect(Date.parse(leaf.validFrom)).toBe(now - 86_400_000);
    expect(Date.parse(leaf.validTo)).toBe(now + 730 * 86_400_000);
  });

  it('differ from node to node and from start to start', () => {
    const other = createCertificates(['pve1'], now);
    const all = [...made.leaves.values(), ...other.leaves.values()].map(({ fingerprint }) => fingerprint);
    expect(new Set(all).size).toBe(3);
  });
});
