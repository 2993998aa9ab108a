import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openAudit } from '../../src/gate/audit.ts';
import { createGate } from '../../src/gate/gate.ts';
import { operationDigest } from '../../src/gate/operation.ts';
import { createRedactor } from '../../src/gate/redact.ts';
import type { ApiOperation, GateProfile, Origin, ProposedApi } from '../../src/gate/types.ts';
import { tokenAuth } from '../../src/pve/auth.ts';
import { systemClock } from '../../src/pve/clock.ts';
import { createTransport, type PveTransport } from '../../src/pve/transport.ts';
import { type Answer, no, scriptedApprover, yes } from '../support/approver.ts';
import { auditFolders, auditLines } from '../support/audit.ts';
import { type Demo, startDemo } from '../support/demo.ts';
import { agent, call, click } from '../support/gate.ts';

const folders = auditFolders();
const folder = mkdtempSync(join(tmpdir(), 'gate-demo-'));
const requests = join(folder, 'writes.jsonl');
const profile: GateProfile = { id: 'c-demo', name: 'demo', revision: 1, level: 'full' };
let demo: Demo;
let transport: PveTransport;

beforeAll(async () => {
  demo = await startDemo({ speed: 20, requests });
  transport = createTransport({
    endpoints: [{ url: demo.url, trust: { kind: 'pin', sha256: [demo.fingerprint] } }],
    auth: tokenAuth(demo.tokenId, demo.tokenSecret),
  });
});
afterAll(async () => {
  await transport.close();
  await demo.stop();
  rmSync(folder, { recursive: true });
});

/** What the demo has received by now, as `POST /nodes/…`. */
function received(): { readonly name: string; readonly params: Readonly<Record<string, string>> }[] {
  const lines = readFileSync(requests, { encoding: 'utf8', flag: 'a+' }).split('\n').slice(0, -1);
  return lines.map((line) => {
    const { method, path, params } = JSON.parse(line) as {
      method: string;
      path: string;
      params: Record<string, string>;
    };
    return { name: `${method} ${path}`, params };
  });
}

/** A gate over the demo with its own audit folder; `perform` also tells what the demo received meanwhile. */
async function gateOver(...answers: readonly Answer[]) {
  const dir = await folders.make();
  const redactor = createRedactor();
  redactor.add(demo.tokenSecret);
  const audit = openAudit({ dir, clock: systemClock, redactor });
  const approver = scriptedApprover(...answers);
  const standing = async () => ({ profiles: [profile], freeze: { count: 0 } });
  const gate = createGate({
    standing,
    connect: async () => transport.send,
    approver,
    audit,
    redactor,
    clock: systemClock,
  });
  return {
    dir,
    asked: approver.asked,
    async perform(operations: readonly ProposedApi[], origin: Origin = agent) {
      const proposal = { connection: profile.id, operations, tool: 'pve_test', wait: true };
      const options = { signal: new AbortController().signal, onProgress: () => {} };
      return (await gate.perform(proposal, origin, options)).outcomes;
    },
  };
}

async function current(path: string): Promise<unknown> {
  const { data } = await demo.request('GET', `${path}/status/current`);
  return typeof data === 'object' && data !== null && 'status' in data ? data.status : undefined;
}

/** A write of somebody else, past the gate, waited for. */
async function elsewhere(method: string, path: string, params: Record<string, string | number> = {}): Promise<void> {
  const { status, data, body } = await demo.request(method, path, params);
  if (status !== 200) throw new Error(`${method} ${path}: ${status} ${body}`);
  if (data !== null) expect(await demo.taskEnd(data)).toBe('OK');
}

const web = '/nodes/pve2/qemu/101';
const power = (path: string, action: string, params?: ProposedApi['params']) =>
  call('POST', `${path}/status/${action}`, params);

describe('what is approved is what is sent', () => {
  test('G3: a shutdown that was approved stops the guest', async () => {
    const { perform } = await gateOver(yes);
    expect(await perform([power(web, 'shutdown')])).toMatchObject([{ status: 'done' }]);
    expect(await current(web)).toBe('stopped');
    await elsewhere('POST', `${web}/status/start`);
  });

  test('G3: a guest that HA manages is done when it is really there', async () => {
    const { perform } = await gateOver(yes);
    expect(await perform([power('/nodes/pve3/qemu/103', 'shutdown')])).toMatchObject([{ status: 'done' }]);
    expect(await current('/nodes/pve3/qemu/103')).toBe('stopped');
  });

  test('G18: the facts of a question can be looked up where they come from', async () => {
    const { perform, asked } = await gateOver(no, no, no);
    for (const guest of [web, '/nodes/pve3/qemu/103', '/nodes/pve2/qemu/109']) await perform([power(guest, 'stop')]);
    const facts = asked.flatMap(({ assessments }) =>
      assessments.flatMap(({ hazards, notes }) => [...hazards, ...notes]),
    );
    const sources = facts.flatMap((fact) => (typeof fact === 'string' ? [] : [fact.source]));
    expect(sources.map(({ what }) => what)).toEqual(expect.arrayContaining(['backups', 'HA rules', 'lock']));
    for (const { segments, params = {} } of sources) {
      const { data } = await transport.send({ method: 'GET', path: segments, params });
      expect(data).toEqual(expect.anything());
    }
  });

  test('G3: a task that fails in the end is a failure in the words of the cluster', async () => {
    const { perform } = await gateOver(yes);
    expect(await perform([power(web, 'start')])).toMatchObject([
      { status: 'failed', error: { code: 'task_failed', reason: [expect.stringContaining('already running')] } },
    ]);
  });

  test('G1 G10: every write that arrives equals one approved in the audit, digest and all, and no other does', async () => {
    const start = received().length;
    const { dir, perform } = await gateOver(yes, yes, no);
    const ct = '/nodes/pve1/lxc/102';
    await perform([power(web, 'reboot', { timeout: 30 }), power(ct, 'shutdown', { forceStop: true, timeout: 20 })]);
    await perform([power(ct, 'start')], click);
    await perform([power(web, 'stop', { 'overrule-shutdown': false })]);
    await perform([power(web, 'start')]);
    await perform([call('POST', `${web}/monitor`, { command: 'quit' })]);
    await perform([call('POST', '/access/ticket', { username: 'root@pam', password: 'hunter2' })]);

    const arrived = received()
      .slice(start)
      .map(({ name, params }) => ({ name, params }));
    const lines = await auditLines(dir);
    const approved = lines
      .filter(({ phase }) => phase === 'before')
      .map((line) => {
        const operation = line.operation as ApiOperation;
        return {
          operation,
          digest: line.digest,
          name: `${operation.method} /${operation.segments.join('/')}`,
          params: operation.params,
        };
      });
    expect(arrived).toEqual(approved.map(({ name, params }) => ({ name, params })));
    expect(arrived.map(({ name }) => name.split('/').slice(-3).join('/'))).toEqual([
      '101/status/reboot',
      '102/status/shutdown',
      '102/status/start',
      '101/status/stop',
    ]);
    for (const [index, { name, params }] of arrived.entries()) {
      const [method = '', ...segments] = name.split(/ \/|\//);
      const operation = { kind: 'api', connection: profile.id, revision: 1, method, segments, params } as ApiOperation;
      expect(operationDigest(operation)).toBe(approved[index]?.digest);
    }
    expect(lines.filter(({ phase }) => phase === 'decided')).toHaveLength(3);
    expect(JSON.stringify(lines)).not.toMatch(/hunter2/);
    expect(JSON.stringify(lines)).not.toContain(demo.tokenSecret);
    await elsewhere('POST', `${web}/status/start`);
  });
});

describe('changed by somebody else while a person is asked', () => {
  /** Says yes after this has happened, and no to the second question. */
  const yesAfter = (change: () => Promise<void>): readonly Answer[] => [
    async () => {
      await change();
      return yes;
    },
    no,
  ];
  const ownWrites = (since: number, action: string) =>
    received()
      .slice(since)
      .filter(({ name }) => name.endsWith(action));

  test('G2: the config was edited: asked again, nothing sent', async () => {
    const since = received().length;
    const { perform, asked } = await gateOver(...yesAfter(() => elsewhere('PUT', `${web}/config`, { cores: 7 })));
    expect(await perform([power(web, 'stop')])).toMatchObject([{ status: 'denied', by: 'person' }]);
    expect(asked[1]?.changed).toBe('"web-01" (101, VM on pve2): its configuration was edited.');
    expect(ownWrites(since, '/status/stop')).toEqual([]);
  });

  test('G2: the guest was migrated: asked again for the new node, nothing sent', async () => {
    const since = received().length;
    const { perform, asked } = await gateOver(
      ...yesAfter(() => elsewhere('POST', `${web}/migrate`, { target: 'pve3', online: 1, 'with-local-disks': 1 })),
    );
    expect(await perform([power(web, 'stop')])).toMatchObject([{ status: 'denied', by: 'person' }]);
    expect(asked[1]?.changed).toContain('its node was "pve2" and is "pve3"');
    expect(asked[1]?.assessments[0]?.facts.label).toBe('"web-01" (101, VM on pve3)');
    expect(ownWrites(since, '/status/stop')).toEqual([]);
    await elsewhere('POST', '/nodes/pve3/qemu/101/migrate', { target: 'pve2', online: 1, 'with-local-disks': 1 });
  });

  test('G2: the guest was destroyed: denied; destroyed and made anew: asked again; nothing sent', async () => {
    const made = { vmid: 900, name: 'short-lived', memory: 512 };
    const path = '/nodes/pve1/qemu/900';
    await elsewhere('POST', '/nodes/pve1/qemu', made);
    const since = received().length;

    const anew = await gateOver(
      ...yesAfter(async () => {
        await elsewhere('DELETE', path);
        await elsewhere('POST', '/nodes/pve1/qemu', { ...made, memory: 1024 });
      }),
    );
    expect(await anew.perform([power(path, 'start')])).toMatchObject([{ status: 'denied', by: 'person' }]);
    expect(anew.asked[1]?.changed).toContain('its configuration was edited');

    const gone = await gateOver(...yesAfter(() => elsewhere('DELETE', path)));
    expect(await gone.perform([power(path, 'start')])).toMatchObject([{ status: 'denied', by: 'changed' }]);
    expect(gone.asked).toHaveLength(1);
    expect(ownWrites(since, '/status/start')).toEqual([]);
  });
});
