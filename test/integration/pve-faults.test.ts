import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ticketAuth } from '../../src/pve/auth.ts';
import { type Clock, systemClock } from '../../src/pve/clock.ts';
import { PveError } from '../../src/pve/error.ts';
import { waitForTask } from '../../src/pve/task.ts';
import { parseUpid, type Upid } from '../../src/pve/upid.ts';
import { type Fault, type FaultyNode, faults, startFaultyNode } from '../support/faulty-node.ts';
import {
  closeAll,
  connect,
  type FakeNode,
  failure,
  type Handler,
  ok,
  secret,
  startNode,
  version,
  write,
} from '../support/pve-node.ts';

/** Short enough for a test, long enough for a busy computer. A call may wait for each of them, on each of two nodes. */
const limits = { connectMs: 1_000, headersMs: 300, bodyMs: 300, maxBytes: 100_000 };
const longestMs = 5_000;

/** What came of a call: `answered`, or a code, with `?` when a write may have run. */
interface Cell {
  readonly result: string;
  readonly ms: number;
  /** Requests that the faulty node got, and the healthy one beside it. */
  readonly seen: number;
  readonly seenBeside: number;
  /** What came of the next call, after the fault. */
  readonly next: string;
}

const situations = ['read', 'write', 'task wait', 'read, two nodes', 'write, two nodes'] as const;
type Situation = (typeof situations)[number];

/** Result, and how many requests reached the faulty node; beside it, the other node only gets what it then answers. */
const expected: Readonly<Record<Fault, readonly [string, string, string, string, string]>> = {
  refused: ['unreachable 0', 'unreachable 0', 'answered', 'answered 0', 'answered 0'],
  'unknown name': ['unreachable 0', 'unreachable 0', 'unreachable', 'answered 0', 'answered 0'],
  'hung connect': ['timeout 0', 'timeout 0', 'answered', 'answered 0', 'answered 0'],
  'hung handshake': ['timeout 0', 'timeout 0', 'answered', 'answered 0', 'answered 0'],
  'swapped certificate': ['certificate 0', 'certificate 0', 'certificate', 'answered 0', 'certificate 0'],
  'hung answer': ['timeout 1', 'timeout? 1', 'answered', 'answered 1', 'timeout? 1'],
  'slow body': ['timeout 1', 'timeout? 1', 'answered', 'answered 1', 'timeout? 1'],
  'cut body': ['unreachable 1', 'unreachable? 1', 'answered', 'answered 1', 'unreachable? 1'],
  reset: ['unreachable 2', 'unreachable? 1', 'answered', 'answered 2', 'unreachable? 1'],
  'login page': ['not_proxmox 1', 'not_proxmox? 1', 'answered', 'answered 1', 'not_proxmox? 1'],
  oversized: ['too_large 1', 'too_large? 1', 'too_large', 'too_large 1', 'too_large? 1'],
  redirect: ['not_proxmox 1', 'not_proxmox 1', 'answered', 'answered 1', 'not_proxmox 1'],
  '595': ['node_offline 1', 'node_offline 1', 'answered', 'answered 1', 'node_offline 1'],
  '596': ['node_offline 1', 'node_offline? 1', 'answered', 'node_offline 1', 'node_offline? 1'],
  '401': ['unauthenticated 1', 'unauthenticated 1', 'unauthenticated', 'unauthenticated 1', 'unauthenticated 1'],
  '403': ['forbidden 1', 'forbidden 1', 'forbidden', 'forbidden 1', 'forbidden 1'],
  'no quorum': ['no_quorum 1', 'no_quorum 1', 'answered', 'answered 1', 'no_quorum 1'],
  'no cluster file system': ['server_error 1', 'server_error 1', 'answered', 'answered 1', 'server_error 1'],
  'expired ticket': ['answered 2', 'answered 2', 'answered', 'answered 2', 'answered 2'],
};

const upid = parseUpid('UPID:pve1:000013E9:000562AD:6B003622:qmstart:101:root@pam!mcp:')?.upid ?? ('' as Upid);
const healthy: Handler = (request, response, number) => {
  if (request.url?.includes('/log')) return response.end('{"data":[{"n":1,"t":"TASK OK"}]}');
  if (!request.url?.includes('/tasks/')) return ok(request, response, number);
  response.end(JSON.stringify({ data: { upid, status: 'stopped', exitstatus: 'OK' } }));
};

const cells = new Map<Fault, Map<Situation, Cell>>();

beforeAll(async () => {
  // The very first connection of a process is slow.
  await connect([(await startNode(ok)).url]).send(version);
  const waiting = [...faults];
  const work = async () => {
    for (let fault = waiting.shift(); fault !== undefined; fault = waiting.shift())
      cells.set(fault, await tryAll(fault));
  };
  await Promise.all(Array.from({ length: 10 }, work));
});
afterAll(closeAll);

async function tryAll(fault: Fault): Promise<Map<Situation, Cell>> {
  const node = await startFaultyNode(fault, healthy);
  const beside = await startNode(fault === 'expired ticket' ? refusing : healthy);
  const row = new Map<Situation, Cell>();
  for (const situation of situations) row.set(situation, await tryOne(fault, situation, node, beside));
  return row;
}

/** A ticket is good on all nodes of a cluster, and so are its ends: there is nothing to fail over to. */
const refusing: Handler = (_request, response) => response.writeHead(500, 'must not be asked').end('{"data":null}');

async function tryOne(fault: Fault, situation: Situation, node: FaultyNode, beside: FakeNode): Promise<Cell> {
  const urls = situation.endsWith('two nodes') ? [node.url, beside.url] : [node.url];
  const login = ticketAuth({ username: 'alice@pve', password: secret });
  const transport = connect(urls, { limits, ...(fault === 'expired ticket' ? { auth: login } : {}) });
  if (fault === 'expired ticket') await transport.send(version);
  await node.break();
  const before = { seen: node.seen(), beside: beside.seen.length };
  const started = performance.now();
  // A fault passes while the next look at a task is awaited.
  const clock: Clock = { ...systemClock, sleep: () => node.heal() };
  const result = await outcome(
    situation === 'task wait'
      ? waitForTask(transport.send, upid, { clock })
      : transport.send(situation.startsWith('write') ? write('POST') : version),
  );
  const ms = Math.round(performance.now() - started);
  const after = { seen: node.seen(), beside: beside.seen.length };
  await node.heal();
  const next = await outcome(transport.send(version));
  await transport.close();
  return { result, ms, seen: after.seen - before.seen, seenBeside: after.beside - before.beside, next };
}

async function outcome(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (error === undefined) return 'answered';
  const { code, data } = await failure(Promise.reject(error));
  if (data.message === '' || data.hint === '') throw new PveError({ ...data, message: `no message or hint: ${code}` });
  return data.mayHaveRun === true ? `${code}?` : code;
}

describe('every fault, whatever is under way', () => {
  it.each(faults)('%s', (fault) => {
    const row = [...(cells.get(fault) ?? [])];
    const seen = row.map(([situation, cell]) =>
      situation === 'task wait' ? cell.result : `${cell.result} ${cell.seen}`,
    );
    expect(seen).toEqual(expected[fault]);
    for (const [situation, { ms, next, seenBeside, result }] of row) {
      expect([situation, ms < longestMs]).toEqual([situation, true]);
      const isGone = fault === 'unknown name' && !situation.endsWith('two nodes');
      expect([situation, next]).toEqual([situation, isGone ? 'unreachable' : 'answered']);
      const isOver = situation.endsWith('two nodes') && result === 'answered' && fault !== 'expired ticket';
      expect([situation, seenBeside]).toEqual([situation, isOver ? 1 : 0]);
    }
  });

  it('is answered within the limits; this is what was measured', () => {
    const width = Math.max(...faults.map((fault) => fault.length));
    const line = (first: string, rest: readonly string[]) =>
      [first.padEnd(width), ...rest.map((text) => text.padEnd(24))].join('  ');
    const rows = [...cells].map(([fault, row]) =>
      line(
        fault,
        situations.map((name) => describeCell(row.get(name))),
      ),
    );
    console.log([line('fault', situations), ...rows].join('\n'));
    expect(cells.size).toBe(faults.length);
  });
});

function describeCell(cell: Cell | undefined): string {
  return cell === undefined ? 'not tried' : `${cell.result}, ${cell.ms} ms`;
}
