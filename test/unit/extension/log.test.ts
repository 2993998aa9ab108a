import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { logStates, problemLine, redactedLog } from '../../../src/extension/log.ts';
import type { ConnectionView } from '../../../src/extension/tree/live.ts';
import { createRedactor } from '../../../src/gate/redact.ts';

const error = {
  code: 'unreachable',
  message: 'pve1:8006 refused the connection',
  hint: '',
  reason: ['line 1\nline 2'],
  request: 'GET /cluster/resources',
} as const;

function collector() {
  const lines: string[] = [];
  return {
    lines,
    log: {
      info: (line: string) => void lines.push(`info ${line}`),
      error: (line: string) => void lines.push(`error ${line}`),
    },
  };
}
const view = (fields: Partial<ConnectionView>): ConnectionView => ({
  profile: { kind: 'demo', id, name: 'home', revision: 1, level: 'read-only' },
  state: 'ready',
  resources: [],
  ...fields,
});
const id = randomUUID();

test('a problem is one line with its request, whatever a cluster answered', () => {
  expect(problemLine(error)).toBe('pve1:8006 refused the connection: line 1⏎line 2 · GET /cluster/resources');
});

test('how a connection comes and goes is written once each time, not at every poll', () => {
  const { lines, log } = collector();
  const write = logStates(log);
  write([view({ state: 'loading' })]);
  for (const serving of ['https://pve1:8006', 'https://pve1:8006', 'https://pve2:8006'])
    write([view({ reach: { serving, faults: [] } })]);
  for (let poll = 0; poll < 3; poll += 1) write([view({ state: 'error', error })]);
  write([]);
  write([view({ state: 'error', error })]);
  expect(lines).toEqual([
    'info home: connected by https://pve1:8006, 0 nodes',
    'info home: connected by https://pve2:8006, 0 nodes',
    `error home: ${problemLine(error)}`,
    `error home: ${problemLine(error)}`,
  ]);
});

test('G15: known secrets do not reach the log', () => {
  const { lines, log } = collector();
  const redactor = createRedactor();
  redactor.add('c4n4ry-secret');
  const redacted = redactedLog(log, redactor);
  redacted.info('token c4n4ry-secret');
  redacted.error('Cookie PVEAuthCookie and c4n4ry-secret');
  expect(lines.join()).not.toContain('c4n4ry');
  expect(lines).toHaveLength(2);
});
