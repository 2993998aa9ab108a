import { describe, expect, it } from 'vitest';
import { newNonce } from '../../../src/bridge/proof.ts';
import { fromChildSchema, helloSchema, performSchema } from '../../../src/bridge/protocol.ts';
import { issueText } from '../../../src/gate/operation.ts';
import { reading, shutdown } from './support.ts';

const perform = { proposal: shutdown, client: 'Copilot', progress: 1 };
const hello = { protocol: 1, launch: 'l', nonce: newNonce(), proof: newNonce() };

describe('messages from the child', () => {
  it('takes what the server sends', () => {
    expect(performSchema.parse(perform)).toEqual(perform);
    const dry = { ...perform, proposal: { ...shutdown, dryRun: true } };
    expect(performSchema.parse(dry)).toEqual(dry);
    expect(performSchema.safeParse({ ...perform, proposal: { ...shutdown, dryRun: false } }).success).toBe(false);
    expect(performSchema.parse({ ...perform, proposal: reading }).proposal).toEqual(reading);
    expect(helloSchema.parse(hello)).toEqual(hello);
  });

  it.each([
    'approved',
    'approval',
    'level',
    'risk',
    'origin',
    'launch',
    'digest',
    'grant',
    '__proto__',
  ])('G16: a field %j is refused at every place', (field) => {
    const extra = `"${field}":"full",`;
    const places = [
      JSON.stringify(perform).replace('{', `{${extra}`),
      JSON.stringify(perform).replace('"proposal":{', `"proposal":{${extra}`),
      JSON.stringify(perform).replace('"operations":[{', `"operations":[{${extra}`),
    ];
    for (const text of places) expect(performSchema.safeParse(JSON.parse(text)).success, text).toBe(false);
  });

  it.each([
    ['a risk', { risk: 'read' }],
    ['another key', { key: 'k' }],
    ['a missing nonce', { nonce: undefined }],
    ['a short proof', { proof: 'AAAA' }],
    ['another version', { protocol: 2 }],
  ])('G16: a hello with %s is refused', (_what, change) => {
    expect(helloSchema.safeParse({ ...hello, ...change }).success).toBe(false);
  });

  it.each([
    ['too long', 'x'.repeat(101)],
    ['with a line break', 'Copilot\nRun'],
    ['with a right-to-left mark', 'Copilot\u202e'],
    ['no string', 5],
  ])('G16: a client name that is %s is refused', (_what, client) => {
    expect(performSchema.safeParse({ ...perform, client }).success).toBe(false);
  });

  it('says where a proposal is wrong without repeating it', () => {
    const { error } = performSchema.safeParse({
      ...perform,
      proposal: { ...shutdown, connection: 5, tool: 'x'.repeat(65) },
    });
    const said = error?.issues.map(issueText).join('; ');
    expect(said).toMatch(/^proposal\.connection: .*; proposal\.tool: /);
    expect(said).not.toContain('xxx');
  });

  it.each([
    ['a response', { jsonrpc: '2.0', id: 1, result: 1 }],
    ['a notification', { jsonrpc: '2.0', method: 'perform', params: perform }],
    ['a progress notification', { jsonrpc: '2.0', method: '$/progress', params: { token: 1, value: {} } }],
    ['a cancel without id', { jsonrpc: '2.0', method: '$/cancelRequest', params: {} }],
    ['a cancel of everything', { jsonrpc: '2.0', method: '$/cancelRequest', params: null }],
    ['positional parameters', { jsonrpc: '2.0', id: 1, method: 'perform', params: [perform] }],
    ['an unknown field', { jsonrpc: '2.0', id: 1, method: 'perform', params: {}, approved: true }],
    ['a text id', { jsonrpc: '2.0', id: '1', method: 'perform', params: {} }],
    ['another version', { jsonrpc: '1.0', id: 1, method: 'perform', params: {} }],
    ['a batch', [{ jsonrpc: '2.0', id: 1, method: 'perform', params: {} }]],
    ['null', null],
  ])('G16: %s is no message', (_what, message) => {
    expect(fromChildSchema.safeParse(message).success).toBe(false);
  });
});
