import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { protocolVersion } from './protocol.ts';

export type Role = 'host' | 'child';

/** What one handshake is about. Both nonces are new for each connection, so that no proof is good twice. */
export interface Handshake {
  readonly launch: string;
  readonly hostNonce: string;
  readonly childNonce: string;
}

/** 32 random bytes as base64url: a nonce. */
export function newNonce(): string {
  return randomBytes(32).toString('base64url');
}

/** HMAC-SHA256, base64url, over role, both nonces, launch and protocol version (G16). A JSON array keeps the parts apart. */
export function prove(key: Uint8Array, role: Role, { launch, hostNonce, childNonce }: Handshake): string {
  const statement = JSON.stringify(['proxmox-bridge', protocolVersion, role, launch, hostNonce, childNonce]);
  return createHmac('sha256', key).update(statement).digest('base64url');
}

/** Whether `proof` is the proof of that role, compared in constant time. */
export function isProof(proof: string, key: Uint8Array, role: Role, handshake: Handshake): boolean {
  const given = Buffer.from(proof);
  const expected = Buffer.from(prove(key, role, handshake));
  return given.length === expected.length && timingSafeEqual(given, expected);
}
