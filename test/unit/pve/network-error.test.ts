import { describe, expect, it } from 'vitest';
import { PveError } from '../../../src/pve/error.ts';
import { certificateProblem, isConnectionLoss, networkError } from '../../../src/pve/network-error.ts';
import { normaliseFingerprint } from '../../../src/pve/trust.ts';

const failing = (code: string) => Object.assign(new Error('low level words'), { code });
const read = { url: 'https://pve1:8006', request: { method: 'GET', path: ['version'] }, sent: true } as const;

describe('an error below HTTP', () => {
  it.each([
    ['ECONNREFUSED', 'unreachable', 'pve1:8006 refused the connection'],
    ['ENOTFOUND', 'unreachable', 'The host name of pve1:8006 is not known'],
    ['EHOSTUNREACH', 'unreachable', 'There is no route to pve1:8006'],
    ['ECONNRESET', 'unreachable', 'pve1:8006 closed the connection without a complete answer'],
    ['EAI_AGAIN', 'unreachable', 'The host name of pve1:8006 could not be looked up'],
    ['ETIMEDOUT', 'timeout', 'pve1:8006 did not answer in time'],
    ['UND_ERR_BODY_TIMEOUT', 'timeout', 'pve1:8006 stopped in the middle of its answer'],
    ['UND_ERR_HEADERS_TIMEOUT', 'timeout', 'pve1:8006 took the request but did not answer in time'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'certificate', 'The certificate of pve1:8006 is not trusted: it is self-signed'],
    ['CERT_HAS_EXPIRED', 'certificate', 'The certificate of pve1:8006 is not trusted: it has expired'],
    [
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'certificate',
      'The certificate of pve1:8006 is not trusted: it is signed by an authority that this computer does not know',
    ],
    [
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'certificate',
      'The certificate of pve1:8006 is not trusted: it was made for another host name',
    ],
    [
      'CERT_SOMETHING_NEW',
      'certificate',
      'The certificate of pve1:8006 is not trusted: it failed verification (CERT_SOMETHING_NEW)',
    ],
    [
      'ERR_SSL_WRONG_VERSION_NUMBER',
      'not_proxmox',
      'What answers at pve1:8006 does not speak HTTPS as Proxmox VE does',
    ],
    ['HPE_INVALID_CONSTANT', 'not_proxmox', 'What answers at pve1:8006 does not speak HTTPS as Proxmox VE does'],
    ['UND_ERR_DESTROYED', 'cancelled', 'The connection to pve1:8006 was closed'],
    ['ENEW', 'unreachable', 'The connection to pve1:8006 failed (ENEW)'],
  ])('%s is %s: %s', (low, code, message) => {
    const error = networkError(failing(low), read);
    expect(error.data).toMatchObject({ code, message, request: 'GET /version' });
    expect(error.data.hint).not.toBe('');
    expect(error.cause).toMatchObject({ code: low });
  });

  it.each(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'])('%s may be a wrong clock, so that is looked at first', (low) => {
    expect(networkError(failing(low), read).data.hint).toMatch(/^Check date and time of this computer and of the node/);
  });

  it('of a write that was sent says that it may have run; of any other it does not', () => {
    const write = { method: 'POST', path: ['nodes', 'pve1', 'status'] } as const;
    const lost = networkError(failing('ECONNRESET'), { ...read, request: write });
    expect(lost.data.mayHaveRun).toBe(true);
    expect(lost.data.hint).toMatch(/^It may have run all the same: look at the task list/);
    expect(
      networkError(failing('ECONNRESET'), { ...read, request: write, sent: false }).data.mayHaveRun,
    ).toBeUndefined();
    expect(networkError(failing('ECONNRESET'), read).data.mayHaveRun).toBeUndefined();
    const login = { method: 'POST', path: ['access', 'ticket'] } as const;
    expect(networkError(failing('ECONNRESET'), { ...read, request: login }).data.mayHaveRun).toBeUndefined();
  });

  it('that already is a PveError keeps its words', () => {
    const cause = new PveError({ code: 'certificate', message: 'two fingerprints', hint: 'compare', reason: [] });
    expect(networkError(cause, read).data).toMatchObject({
      code: 'certificate',
      message: 'two fingerprints',
      hint: 'compare',
    });
  });

  it('tells a lost connection from others', () => {
    expect(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].map((code) => isConnectionLoss(failing(code)))).toEqual([
      true,
      true,
      true,
    ]);
    expect(['ECONNREFUSED', 'UND_ERR_HEADERS_TIMEOUT', 'x'].map((code) => isConnectionLoss(failing(code)))).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('tells codes about certificates from others', () => {
    expect(certificateProblem('CERT_NOT_YET_VALID')).toBe('it is not valid yet');
    expect(certificateProblem('ECONNRESET')).toBeUndefined();
  });
});

describe('a fingerprint', () => {
  const pairs = Array.from({ length: 32 }, (_, index) => (index * 7 + 1).toString(16).padStart(2, '0'));
  const normal = pairs.join(':').toUpperCase();

  it.each([
    pairs.join(':'),
    pairs.join(''),
    pairs.join(' '),
    ` ${normal}\n`,
    `sha256:${pairs.join('')}`,
    `SHA256 Fingerprint=${normal}`,
    `sha256 Fingerprint=${normal}`,
    `SHA-256: ${normal}`,
  ])('%j has one form', (text) => {
    expect(normaliseFingerprint(text)).toBe(normal);
  });

  it.each([
    '',
    'AA:BB',
    normal.slice(3),
    `${normal}:00`,
    normal.replace('08', 'XY'),
    pairs.slice(0, 20).join(':'),
  ])('%j is none', (text) => {
    expect(normaliseFingerprint(text)).toBeUndefined();
  });
});
