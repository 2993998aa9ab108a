// Everything odd that a program at the other end of the bridge could send, as fast-check arbitraries.
import fc from 'fast-check';
import type { Proposal } from '../../src/gate/types.ts';
import { frameOf, performing, shutdown } from '../unit/bridge/support.ts';

/** Some bytes, and what may come of them at the end of a proven child. */
export type Piece =
  /** Ends the connection. */
  | { readonly kind: 'fatal'; readonly bytes: Buffer }
  /** Is refused with an answer, or passed over. */
  | { readonly kind: 'harmless'; readonly bytes: Buffer }
  /** Reaches the gate. */
  | { readonly kind: 'perform'; readonly bytes: Buffer; readonly proposal: Proposal };

/** How often each property is tried, and from which seed: `FUZZ_RUNS=5000 FUZZ_SEED=7`. A failure prints its seed. */
export const fuzzing = {
  numRuns: Number(process.env.FUZZ_RUNS ?? 60),
  seed: Number(process.env.FUZZ_SEED ?? 16),
} as const;

/** Well-formed calls, each with an id and a tool name of its own in its test. */
function performs(count: () => number): fc.Arbitrary<Piece> {
  return fc.constant(undefined).map(() => {
    const id = 1000 + count();
    const proposal = { ...shutdown, tool: `tool-${id}` };
    return { kind: 'perform', bytes: frameOf({ ...performing(proposal), id }), proposal };
  });
}

/** Any piece, in any order. */
export function pieces(count: () => number): fc.Arbitrary<Piece[]> {
  return fc.array(
    fc.oneof(
      { weight: 3, arbitrary: performs(count) },
      { weight: 3, arbitrary: refused },
      { weight: 2, arbitrary: fatal },
    ),
    { minLength: 1, maxLength: 8 },
  );
}

/** Pieces that leave a proven connection as it was. */
export function gentlePieces(count: () => number): fc.Arbitrary<Piece[]> {
  return fc.array(fc.oneof(performs(count), refused), { minLength: 1, maxLength: 12 });
}

/** The same bytes in chunks, cut at these places. */
export function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

export const places = fc.array(fc.nat(), { maxLength: 10 });

const fields = [
  ...['approved', 'approval', 'risk', 'level', 'origin', 'who', 'by', 'launch', 'digest', 'target', 'revision'],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'signal', 'onProgress', 'then'],
];
const spots = ['"params":{', '"proposal":{', '"operations":[{'];

/** A right call with one field more, written as text so that `__proto__` and doubled keys really cross. */
const withField = fc.record({ field: fc.constantFrom(...fields), spot: fc.constantFrom(...spots), value: fc.json() });

const refused: fc.Arbitrary<Piece> = fc
  .oneof(
    withField.map(({ field, spot, value }) => callText().replace(spot, () => `${spot}"${field}":${value},`)),
    // Of doubled keys JSON takes the last one: here the wrong one.
    fc.constantFrom(
      callText().replace('"tool":', () => '"tool":"good","tool":5,"x":'),
      callText().replace('"POST"', '"POST","method":"CONNECT"'),
      callText().replace('"proposal":', '"proposal":{},"proposal":[],"y":'),
    ),
    fc.object().map((params) => JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'perform', params })),
    fc.constantFrom(...nested()),
    fc
      .constantFrom('approve', 'Perform', 'toString', '__proto__', 'constructor', 'exit', '$/setTrace', '', 'challenge')
      .map((method) => JSON.stringify({ jsonrpc: '2.0', id: 2, method, params: {} })),
    fc
      .constantFrom(0, 999, Number.MAX_SAFE_INTEGER)
      .map((id) => JSON.stringify({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id } })),
  )
  .map((text) => ({ kind: 'harmless', bytes: frameOf(text) }));

const fatal: fc.Arbitrary<Piece> = fc
  .oneof(
    fc.constantFrom(
      ...['-5', '0', '010', '1e2', '0x10', '+5', ' 5', '5 ', '1048577', '9'.repeat(40), 'NaN', ''].map(
        (length) => `Content-Length: ${length}\r\n\r\n{}{}{}`,
      ),
      'content-length: 2\r\n\r\n{}',
      'Content-Length: 2\n\n{}',
      'Content-Length: 2\r\nContent-Length: 900\r\n\r\n{}',
      'Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
      'Content-Length: 2\r\nContent-Type: text/html; charset=utf-7\r\n\r\n{}',
      `X: ${'y'.repeat(70)}\r\n\r\n`,
      'GET /perform HTTP/1.1\r\nHost: localhost\r\n\r\n',
    ),
    fc
      .constantFrom(-1, 1.5, '1', null, true, [], {}, Number.MAX_SAFE_INTEGER + 1)
      .map((id) => frameOf({ ...performing(shutdown), id })),
    fc.constantFrom('1e400', '-0.5', '"0"').map((id) => frameOf(callText().replace('"id":7', `"id":${id}`))),
    fc
      .constantFrom(null, [], 'x', 5, undefined)
      .map((params) => frameOf({ jsonrpc: '2.0', id: 3, method: 'perform', params })),
    fc
      .constantFrom('perform', 'hello', 'approve', '$/progress', '$/setTrace', '$/logTrace', 'window/showMessage')
      .map((method) => frameOf({ jsonrpc: '2.0', method, params: { id: 1, value: 'verbose', token: 1 } })),
    fc.constantFrom('another', '').map((launch) => frameOf({ ...hello, params: { ...hello.params, launch } })),
    fc.constantFrom(
      frameOf([performing(shutdown)]),
      frameOf({ jsonrpc: '2.0', id: 1, result: { kind: 'run' } }),
      frameOf({ jsonrpc: '2.0', id: 1, error: { code: 1, message: 'run' } }),
      frameOf({ ...performing(shutdown), approved: true }),
      frameOf(callText().replace('{', '{"__proto__":{},')),
      frameOf(callText().replace('"method"', '"method":"perform","method":"x".repeat(9),"method"')),
      frameOf(`\ufeff${callText()}`),
      frameOf('[['.repeat(50_000)),
      Buffer.concat([Buffer.from('Content-Length: 4\r\n\r\n'), Buffer.from([0x22, 0xff, 0xfe, 0x22])]),
    ),
    fc.uint8Array({ minLength: 65, maxLength: 300 }),
    fc.json().map((text) => frameOf(text)),
  )
  .map((bytes) => ({ kind: 'fatal', bytes: Buffer.from(bytes) }));

const hello = {
  jsonrpc: '2.0',
  id: 0,
  method: 'hello',
  params: { protocol: 1, nonce: 'A'.repeat(43), proof: 'A'.repeat(43) },
};

function callText(): string {
  return JSON.stringify(performing(shutdown));
}

/** Nesting that a recursive reader does not survive. */
function nested(): string[] {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  return [
    callText().replace('"proposal":', `"deep":${deep},"proposal":`),
    callText().replace('"segments":', `"params":{"a":${deep}},"segments":`),
    callText().replace('"tool":', `"tool":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)},"x":`),
  ];
}
