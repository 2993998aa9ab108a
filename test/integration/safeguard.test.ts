// A snapshot or a backup before a change, through a window's own gate on the demo cluster.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { readAudit } from '../../src/gate/audit-read.ts';
import type { ApprovalRequest, Approver, PlanResult, ProposedApi } from '../../src/gate/types.ts';
import { readSettings } from '../../src/pve/pending.ts';
import { type Demo, startDemo } from '../support/demo.ts';
import { temporaryFolder } from '../support/folder.ts';
import { agent } from '../support/gate.ts';
import { addConnection, openTestWindow } from '../support/window.ts';

const web01 = { node: 'pve2', type: 'qemu', vmid: 101 } as const;
const guestPath = '/nodes/pve2/qemu/101';
const segments = guestPath.slice(1).split('/');

/** Types the name where it is asked for, and has done first what is offered. */
const careful: Approver & { readonly asked: ApprovalRequest[]; before: () => Promise<void> } = {
  name: 'editor',
  offersMore: true,
  asked: [],
  before: async () => {},
  async ask(request) {
    careful.asked.push(request);
    await careful.before();
    const { mustType, safeguard } = request;
    const first = safeguard === undefined ? {} : { first: true as const };
    return { kind: 'run', ...(mustType === undefined ? {} : { typed: mustType }), ...first };
  },
};

let demo: Demo;
let requests: string;
let perform: (...operations: readonly ProposedApi[]) => Promise<PlanResult>;
let digest: () => Promise<string | undefined>;
let audit: string;

/** A demo whose time goes so many times as fast, and a window on it. */
async function open(speed: number): Promise<void> {
  careful.asked.splice(0);
  careful.before = async () => {};
  requests = join(await temporaryFolder(), 'requests.jsonl');
  demo = await startDemo({ speed, seed: 1, requests });
  onTestFinished(() => demo.stop());
  const { window, storageDir } = await openTestWindow(careful);
  audit = join(storageDir, 'audit');
  const { id: connection } = await addConnection(window, demo, { level: 'full' });
  perform = (...operations) =>
    window.session.gate.perform({ connection, operations, tool: 'test', wait: false }, agent, {
      signal: new AbortController().signal,
      onProgress: () => {},
    });
  digest = async () => (await readSettings(window.session.client(connection), web01, { fresh: true })).digest;
}

beforeEach(() => open(50));

const change = (params: ProposedApi['params']): ProposedApi => ({
  kind: 'api',
  method: 'PUT',
  segments: [...segments, 'config'],
  ...(params === undefined ? {} : { params }),
});

/** The writes that the demo has received. */
function writes(): readonly string[] {
  const lines = readFileSync(requests, { encoding: 'utf8', flag: 'a+' }).split('\n').slice(0, -1);
  return lines.map((line) => `${JSON.parse(line).method} ${JSON.parse(line).path}`);
}

async function snapshots(): Promise<readonly string[]> {
  const { data } = await demo.request('GET', `${guestPath}/snapshot`);
  return (data as { name: string }[]).map(({ name }) => name).filter((name) => name.startsWith('before_'));
}

async function records() {
  const found = [];
  for await (const record of readAudit(audit, { order: 'oldest' })) if (record.plan !== undefined) found.push(record);
  return found;
}

describe('a snapshot first', () => {
  test('G2, G3: the change that names the digest of before goes through, for the snapshot alone has changed it', async () => {
    const before = await digest();
    const { outcomes, byPerson } = await perform(change({ description: 'new', digest: before ?? '' }));
    expect(outcomes).toMatchObject([{ status: 'done' }]);
    expect(byPerson?.safeguard?.outcome.status).toBe('done');
    const [name, ...others] = await snapshots();
    expect(others).toEqual([]);
    expect(byPerson?.safeguard?.what).toContain(name);
    expect(writes()).toEqual([`POST ${guestPath}/snapshot`, `PUT ${guestPath}/config`]);
    // Whoever reads the audit finds the name, and which step it was.
    const found = await records();
    expect(found.map(({ phase, safeguard }) => [phase, safeguard])).toEqual([
      ['before', 'snapshot'],
      ['after', 'snapshot'],
      ['before', undefined],
      ['after', undefined],
    ]);
    expect(found[0]?.operation?.params.snapname).toBe(name);
    expect(found[2]?.decision).toContain(name);
  });

  test('G2: a config that was changed before the question is refused by Proxmox VE, snapshot or not', async () => {
    const old = await digest();
    await demo.request('PUT', `${guestPath}/config`, { description: 'somebody else' });
    const { outcomes } = await perform(change({ description: 'new', digest: old ?? '' }));
    expect(outcomes).toMatchObject([{ status: 'failed', error: { code: 'changed' } }]);
  });

  test('one that fails stops the plan: the storage is full', async () => {
    await demo.control({ fault: '500 out of space', path: `${guestPath}/snapshot`, method: 'POST' });
    const { outcomes, byPerson } = await perform(change({ description: 'new' }), change({ tags: 'x' }));
    expect(outcomes.map(({ status }) => status)).toEqual(['skipped', 'skipped']);
    expect(byPerson?.safeguard?.outcome).toMatchObject({ status: 'failed', error: { reason: ['out of space'] } });
    expect(writes()).toEqual([]);
  });

  test('G2: a guest that was locked while a person was asked', async () => {
    await open(1);
    careful.before = async () => {
      const { data } = await demo.request('POST', '/nodes/pve2/vzdump', {
        vmid: 101,
        storage: 'nfs-backup',
        remove: 0,
      });
      expect(data).toContain('UPID');
    };
    const { outcomes, byPerson } = await perform(change({ description: 'new' }));
    expect(outcomes).toMatchObject([{ status: 'skipped' }]);
    expect(JSON.stringify(byPerson?.safeguard?.outcome)).toMatch(/lock/);
    expect(writes().filter((line) => line.startsWith('PUT'))).toEqual([]);
  });
});

test('a guest that is deleted is backed up first, where the most room is, and no older backup goes', async () => {
  await demo.taskEnd((await demo.request('POST', `${guestPath}/status/stop`)).data);
  const { outcomes, byPerson } = await perform({ kind: 'api', method: 'DELETE', segments });
  expect(byPerson?.safeguard).toMatchObject({ kind: 'backup', outcome: { status: 'done' } });
  expect(outcomes.map(({ status }) => status)).toEqual(['started']);
  const storage = careful.asked[0]?.safeguard?.step.operation;
  expect(storage).toMatchObject({ params: { remove: '0' } });
});

test('whoever may take neither is offered neither', async () => {
  const { window } = await openTestWindow(careful);
  const { readOnlyTokenId: tokenId, readOnlyTokenSecret: tokenSecret } = demo;
  const { id: connection } = await addConnection(window, { ...demo, tokenId, tokenSecret }, { level: 'full' });
  const { outcomes } = await window.session.gate.perform(
    { connection, operations: [change({ description: 'x' })], tool: 'test', wait: true },
    agent,
    { signal: new AbortController().signal, onProgress: () => {} },
  );
  expect(careful.asked).toHaveLength(1);
  expect(careful.asked[0]?.safeguard).toBeUndefined();
  expect(outcomes).toMatchObject([{ status: 'failed', error: { code: 'forbidden' } }]);
});
