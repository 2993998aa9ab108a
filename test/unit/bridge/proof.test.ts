import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isProof, newNonce, prove } from '../../../src/bridge/proof.ts';

const key = Buffer.alloc(32, 7);
const handshake = { launch: 'launch', hostNonce: 'h'.repeat(43), childNonce: 'c'.repeat(43) };

describe('the proof of the key', () => {
  it('G16: is an HMAC-SHA256 over role, both nonces, launch and protocol version', () => {
    const statement = `["proxmox-bridge",1,"child","launch","${'h'.repeat(43)}","${'c'.repeat(43)}"]`;
    expect(prove(key, 'child', handshake)).toBe(createHmac('sha256', key).update(statement).digest('base64url'));
    expect(prove(key, 'child', handshake)).toHaveLength(43);
  });

  it('G16: of one role is not the proof of the other, so that none can be reflected', () => {
    expect(isProof(prove(key, 'child', handshake), key, 'child', handshake)).toBe(true);
    expect(isProof(prove(key, 'child', handshake), key, 'host', handshake)).toBe(false);
    expect(isProof(prove(key, 'host', handshake), key, 'child', handshake)).toBe(false);
  });

  it('G16: is worth nothing under another nonce, launch or key', () => {
    const proof = prove(key, 'child', handshake);
    expect(isProof(proof, key, 'child', { ...handshake, hostNonce: newNonce() })).toBe(false);
    expect(isProof(proof, key, 'child', { ...handshake, childNonce: newNonce() })).toBe(false);
    expect(isProof(proof, key, 'child', { ...handshake, launch: 'another' })).toBe(false);
    expect(isProof(proof, Buffer.alloc(32, 8), 'child', handshake)).toBe(false);
  });

  it('keeps its parts apart', () => {
    const moved = { launch: 'launch","h', hostNonce: 'x', childNonce: 'y' };
    const other = { launch: 'launch', hostNonce: 'h","x', childNonce: 'y' };
    expect(prove(key, 'child', moved)).not.toBe(prove(key, 'child', other));
  });

  it.each(['', 'short', 'A'.repeat(43), 'é'.repeat(43), 'A'.repeat(500)])('refuses %j', (proof) => {
    expect(isProof(proof, key, 'child', handshake)).toBe(false);
  });

  it('comes with a nonce that is new each time', () => {
    const nonces = Array.from({ length: 50 }, newNonce);
    expect(new Set(nonces).size).toBe(50);
    for (const nonce of nonces) expect(Buffer.from(nonce, 'base64url')).toHaveLength(32);
  });
});
