import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import type { ClusterProfile } from '../../src/extension/connections/profile.ts';
import type { ApiOperation, ApprovalAnswer, ApprovalRequest } from '../../src/gate/types.ts';
import { encodeForm } from '../../src/pve/request.ts';
import { apiOnly } from './api-only.ts';
import { yes } from './approver.ts';
import { type Demo, startDemo } from './demo.ts';
import { buildHostile, startHostile } from './hostile.ts';
import { auditRecords } from './mcp.ts';
import { addConnection, openTestWindow } from './window.ts';

/**
 * Windows with hostile servers over one demo cluster. After each test every write that the demo has got is one that a person
 * was shown and said yes to, in exactly these words, and each yes was good for one.
 */
export function hostileWindows() {
  let folder: string;
  let program: string;
  let demo: Demo;
  let approved: string[] = [];
  let before = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hostile-'));
    program = await buildHostile(folder);
    demo = await startDemo({ speed: 50, requests: join(folder, 'writes.jsonl') });
  });
  afterAll(async () => {
    await demo.stop();
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    approved = [];
    before = (await all()).length;
  });
  afterEach(async () => {
    const unused = [...approved];
    for (const write of await received()) {
      expect(unused, `${write} was sent`).toContain(write);
      unused.splice(unused.indexOf(write), 1);
    }
  });

  async function all(): Promise<string[]> {
    const lines = (await readFile(join(folder, 'writes.jsonl'), 'utf8').catch(() => '')).split('\n').filter(Boolean);
    return lines.map((line) => {
      const { method, path, params } = JSON.parse(line);
      return `${method} ${path} ${encodeForm(params)}`;
    });
  }

  /** Every write that the demo has got in this test, as it came: `a%2Fb` is not `a/b`. */
  async function received(): Promise<string[]> {
    return (await all()).slice(before);
  }

  /** A window with one connection, a person who answers like this, and a hostile server with the window's real key. */
  async function attack(answer: (request: ApprovalRequest) => ApprovalAnswer = agree) {
    const asked: ApprovalRequest[] = [];
    const { window, storageDir } = await openTestWindow({
      name: 'editor',
      async ask(request) {
        asked.push(request);
        const given = answer(request);
        if (given.kind === 'run')
          approved.push(...request.assessments.map(({ operation }) => asSent(apiOnly(operation))));
        return given;
      },
    });
    const connect = (fields: Partial<ClusterProfile>) => addConnection(window, demo, fields);
    const profile = await connect({ level: 'full' });
    const audit = () => auditRecords(join(storageDir, 'audit'));
    return { profile, connect, asked, audit, server: await startHostile(program, window) };
  }
  return { attack, received };
}

/** Says yes to everything, and types what has to be typed. */
export function agree({ mustType }: ApprovalRequest): ApprovalAnswer {
  return mustType === undefined ? yes : { ...yes, typed: mustType };
}

function asSent({ method, segments, params }: ApiOperation): string {
  return `${method} /${segments.map(encodeURIComponent).join('/')} ${encodeForm(params)}`;
}

/** A proposal of one POST, well-formed or not. */
export const post = (connection: string, segments: readonly unknown[], params?: unknown) => ({
  connection,
  operations: [{ kind: 'api', method: 'POST', segments, ...(params === undefined ? {} : { params }) }],
  tool: 'pve_power_guest',
  wait: false,
});
export const stop101 = ['nodes', 'pve2', 'qemu', '101', 'status', 'stop'];
export const start101 = ['nodes', 'pve2', 'qemu', '101', 'status', 'start'];
/** JSON-RPC's code for what is malformed. */
export const invalidParams = -32602;
