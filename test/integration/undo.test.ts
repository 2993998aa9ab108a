// Changes of guests' configs through a window's own gate on the demo cluster, and their undoing.
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Approver, Origin, Outcome, ProposedApi } from '../../src/gate/types.ts';
import { undoOf } from '../../src/gate/undo.ts';
import type { ChangeId } from '../../src/gate/undo-store.ts';
import { readSettings } from '../../src/pve/pending.ts';
import { yes } from '../support/approver.ts';
import { type Demo, startDemo } from '../support/demo.ts';
import { temporaryFolder } from '../support/folder.ts';
import { agent, click } from '../support/gate.ts';
import { addConnection, openTestWindow } from '../support/window.ts';

const web01 = { node: 'pve2', type: 'qemu', vmid: 101 } as const;
const web02 = { node: 'pve1', type: 'lxc', vmid: 102 } as const;
const build01 = { node: 'pve1', type: 'qemu', vmid: 105 } as const;
type Guest = typeof web01 | typeof web02 | typeof build01;

/** Says yes to whatever it is asked; fills in secrets with a canary. */
const willing: Approver = {
  name: 'editor',
  ask: async () => yes,
  secret: async () => 'canary-given',
};

let demo: Demo;
let requests: string;
/** A demo of its own with a window whose gate keeps what was before. */
async function open(speed = 50) {
  requests = join(await temporaryFolder(), 'requests.jsonl');
  demo = await startDemo({ speed, seed: 1, requests });
  onTestFinished(() => demo.stop());
  const { window, storageDir } = await openTestWindow(willing);
  const { id: connection } = await addConnection(window, demo, { level: 'full' });
  const perform = async (operation: ProposedApi, origin: Origin, wait = true) => {
    const told: string[] = [];
    const { plan, outcomes } = await window.session.gate.perform(
      { connection, operations: [operation], tool: 'test', wait },
      origin,
      { signal: new AbortController().signal, onProgress: ({ message }) => told.push(message) },
    );
    return { id: { plan, index: 0 } as ChangeId, outcome: outcomes[0] as Outcome, told };
  };
  const look = (guest: Guest) => readSettings(window.session.client(connection), guest, { fresh: true });
  return {
    window,
    connection,
    folder: join(storageDir, 'undo'),
    perform,
    look,
    change(
      guest: Guest,
      params: ProposedApi['params'],
      { method = 'PUT' as 'PUT' | 'POST', origin = click, wait = true, ask = [] as string[] } = {},
    ) {
      const segments = ['nodes', guest.node, guest.type, String(guest.vmid), 'config'];
      const asked = ask.length === 0 ? {} : { ask };
      return perform(
        { kind: 'api', method, segments, ...(params === undefined ? {} : { params }), ...asked },
        origin,
        wait,
      );
    },
    /** What it takes to undo that change now. */
    async wayBack(id: ChangeId, guest: Guest) {
      const record = await window.undo.read(id);
      if (record === undefined) throw new Error('It is not kept');
      return undoOf(record, await look(guest), guest);
    },
    /** Undoes it by the way in for everything. */
    async undo(id: ChangeId, guest: Guest) {
      const found = await this.wayBack(id, guest);
      if (found.kind === 'impossible') throw new Error(found.why);
      return { ...(await perform(found.operation, click)), lost: found.lost };
    },
  };
}
type Opened = Awaited<ReturnType<typeof open>>;

async function entries(at: Opened, guest: Guest) {
  return Object.fromEntries((await at.look(guest)).byKey);
}

/** The writes that the demo has received. */
function writes(): readonly string[] {
  const lines = readFileSync(requests, { encoding: 'utf8', flag: 'a+' }).split('\n').slice(0, -1);
  return lines.map((line) => `${JSON.parse(line).method} ${JSON.parse(line).path}`);
}

let at: Opened;
beforeEach(async () => {
  at = await open();
});

describe('a change that is undone leaves the config as it was', () => {
  test.each([
    ['of a running VM, part of it waiting', web01, { cores: 7, description: 'new', tags: 'x', startup: 'order=1' }],
    ['of a stopped VM', build01, { cores: 7, delete: 'tags', onboot: 1 }],
    ['of a running container', web02, { memory: 4096, delete: 'onboot', swap: 0, features: 'nesting=1' }],
  ] as const)('%s, whoever made it', async (_what, guest, params) => {
    for (const origin of [click, agent]) {
      const before = await entries(at, guest);
      const { id, outcome } = await at.change(guest, params, { origin });
      expect(outcome.status).toBe('done');
      expect(await entries(at, guest)).not.toEqual(before);
      expect((await at.undo(id, guest)).outcome.status).toBe('done');
      expect(await entries(at, guest)).toEqual(before);
    }
  });

  test('what waits for the next start of a running VM is reverted, not set', async () => {
    const before = await entries(at, web01);
    const { id } = await at.change(web01, { cores: 7 });
    expect((await entries(at, web01)).cores).toMatchObject({ pending: '7' });
    expect(await at.wayBack(id, web01)).toMatchObject({
      operation: { method: 'PUT', params: { revert: 'cores' } },
      back: ['cores: what waits for the next start is withdrawn.'],
      lost: [],
    });
    await at.undo(id, web01);
    expect(await entries(at, web01)).toEqual(before);
  });

  test('after a restart the value that was in force before is set again', async () => {
    const { cores } = await entries(at, web01);
    const { id } = await at.change(web01, { cores: 7, numa: 1 });
    await demo.taskEnd((await demo.request('POST', '/nodes/pve2/qemu/101/status/reboot')).data);
    expect((await entries(at, web01)).cores).toEqual({ key: 'cores', value: '7' });
    expect((await at.undo(id, web01)).outcome.status).toBe('done');
    const after = await entries(at, web01);
    expect(after.cores).toEqual({ key: 'cores', value: '7', pending: cores?.value });
    expect(after.numa).toEqual({ key: 'numa', value: '1', goes: true });
  });

  test('a key that was unset is deleted', async () => {
    const { id } = await at.change(build01, { description: 'new' });
    expect(await at.wayBack(id, build01)).toMatchObject({ operation: { params: { delete: 'description' } } });
    await at.undo(id, build01);
    expect(await entries(at, build01)).not.toHaveProperty('description');
  });

  test('a disk that was taken out is put back', async () => {
    const { scsi0 } = await entries(at, build01);
    const { id } = await at.change(build01, { delete: 'scsi0' });
    expect(await entries(at, build01)).toHaveProperty('unused0');
    expect((await at.undo(id, build01)).lost).toEqual(['scsi0: plugged in anew; a running guest sees a new device.']);
    const after = await entries(at, build01);
    expect(after.scsi0).toEqual(scsi0);
    expect(after).not.toHaveProperty('unused0');
  });

  test('a change that ran as a task', async () => {
    const before = await entries(at, build01);
    const { id, outcome } = await at.change(build01, { cores: 7 }, { method: 'POST' });
    expect(outcome).toMatchObject({ status: 'done', upid: expect.stringMatching(/^UPID:/) });
    await at.undo(id, build01);
    expect(await entries(at, build01)).toEqual(before);
  });

  test('its undoing can be undone, and that again', async () => {
    const before = await entries(at, web01);
    const change = await at.change(web01, { cores: 7, tags: 'x' });
    const changed = await entries(at, web01);
    const undone = await at.undo(change.id, web01);
    expect(await entries(at, web01)).toEqual(before);
    const redone = await at.undo(undone.id, web01);
    expect(await entries(at, web01)).toEqual(changed);
    await at.undo(redone.id, web01);
    expect(await entries(at, web01)).toEqual(before);
    expect(await at.wayBack(change.id, web01)).toMatchObject({ why: 'It is as it was before already.' });
  });

  test('a snapshot in between does not stand in the way', async () => {
    const { id } = await at.change(build01, { cores: 7 });
    await demo.taskEnd((await demo.request('POST', '/nodes/pve1/qemu/105/snapshot', { snapname: 'later' })).data);
    expect((await at.undo(id, build01)).outcome.status).toBe('done');
  });
});

describe('refused', () => {
  test('when the config was changed in between', async () => {
    const { id } = await at.change(build01, { cores: 7, tags: 'x' });
    await demo.request('PUT', '/nodes/pve1/qemu/105/config', { cores: 3 });
    expect(await at.wayBack(id, build01)).toMatchObject({
      kind: 'impossible',
      why: 'The config was changed since: cores.',
    });
  });

  test('by Proxmox VE, when the config changes after it was looked at', async () => {
    const { id } = await at.change(build01, { cores: 7 });
    const found = await at.wayBack(id, build01);
    await demo.request('PUT', '/nodes/pve1/qemu/105/config', { onboot: 1 });
    if (found.kind === 'impossible') throw new Error(found.why);
    const { outcome } = await at.change(build01, found.operation.params);
    expect(outcome).toMatchObject({ status: 'failed', error: { code: 'changed' } });
    expect((await entries(at, build01)).cores).toMatchObject({ value: '7' });
  });

  test('by Proxmox VE while the guest is locked: its words come through, and it can be undone later', async () => {
    at = await open(2);
    const before = await entries(at, build01);
    const { id } = await at.change(build01, { cores: 7 });
    const { data } = await demo.request('POST', '/nodes/pve1/vzdump', { vmid: 105, storage: 'nfs-backup', remove: 0 });
    await expect.poll(async () => (await entries(at, build01)).lock).toBeDefined();
    const { outcome, id: refusedId } = await at.undo(id, build01);
    expect(outcome).toMatchObject({ status: 'failed', error: { code: 'locked' } });
    expect(JSON.stringify(outcome)).toContain('locked (backup)');
    expect(await at.window.undo.read(refusedId)).toBeUndefined();
    await demo.taskEnd(data);
    expect((await at.undo(id, build01)).outcome.status).toBe('done');
    expect(await entries(at, build01)).toEqual(before);
  }, 20_000);
});

describe('what is kept', () => {
  test('one file a change, for nobody else on this machine', async () => {
    const { id } = await at.change(build01, { cores: 7 });
    expect(await readdir(at.folder)).toEqual([`${id.plan}-0.json`]);
    expect((await stat(at.folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(at.folder, `${id.plan}-0.json`))).mode & 0o777).toBe(0o600);
    expect(await at.window.undo.read(id)).toMatchObject({
      connection: at.connection,
      guest: { ...build01, name: 'build-01' },
      keys: ['cores'],
    });
  });

  test('G15: no secret, given or there before, of VMs and of the connection', async () => {
    const token = demo.tokenSecret;
    await at.change(build01, { cipassword: 'canary-first', description: `the token is ${token}` });
    await at.change(build01, { tags: 'x', description: 'b' }, { ask: ['cipassword'] });
    await at.change(build01, { delete: 'cipassword' });
    const kept = await Promise.all((await readdir(at.folder)).map((name) => readFile(join(at.folder, name), 'utf8')));
    expect(kept).toHaveLength(3);
    expect(kept.join()).toContain('cipassword');
    expect(kept.join()).not.toMatch(/canary|\*\*/);
    expect(kept.join()).not.toContain(token);
  });

  test('G15: a secret in a setting that the change does not name neither gets in nor stands in the way', async () => {
    await demo.request('PUT', '/nodes/pve1/qemu/105/config', { description: `the token is ${demo.tokenSecret}` });
    const before = await entries(at, build01);
    expect(before.description?.value).toContain(demo.tokenSecret);
    const { id } = await at.change(build01, { tags: 'x' });
    expect(await readFile(join(at.folder, `${id.plan}-0.json`), 'utf8')).not.toContain(demo.tokenSecret);
    await at.undo(id, build01);
    expect(await entries(at, build01)).toEqual(before);
  });

  test('G15: a password that was unset is unset again; one that was overwritten is lost', async () => {
    const first = await at.change(build01, { cipassword: 'canary-first' });
    expect((await at.undo(first.id, build01)).lost).toEqual([]);
    expect(await entries(at, build01)).not.toHaveProperty('cipassword');
    await at.change(build01, { cipassword: 'canary-first' });
    const second = await at.change(build01, { cipassword: 'canary-second', tags: 'x' });
    expect((await at.undo(second.id, build01)).lost).toEqual([
      'cipassword: the value before is secret and was not kept.',
    ]);
  });

  test('nothing of reads, of snapshots, and of changes that Proxmox VE refused', async () => {
    const { outcome } = await at.change(build01, { cores: 0 });
    expect(outcome).toMatchObject({ status: 'failed' });
    await demo.taskEnd((await demo.request('POST', '/nodes/pve1/qemu/105/snapshot', { snapname: 'later' })).data);
    const segments = ['nodes', 'pve1', 'qemu', '105', 'snapshot', 'later', 'config'];
    const described = await at.perform({ kind: 'api', method: 'PUT', segments, params: { description: 'b' } }, click);
    expect(described.outcome.status).toBe('done');
    await at.window.session.client(at.connection).guestConfig(build01);
    expect(await at.window.undo.list()).toEqual(new Set());
  });

  test('of a change that Proxmox VE did not answer: only the values before, so it cannot be undone from here', async () => {
    await demo.control({ fault: 'cut', method: 'PUT', path: '/nodes/pve1/qemu/105/config', performed: true });
    const { id, outcome } = await at.change(build01, { cores: 7 });
    expect(outcome.status).toBe('unknown');
    expect(await at.wayBack(id, build01)).toMatchObject({
      kind: 'impossible',
      why: expect.stringContaining('not read'),
    });
  });

  test('of a change that failed and was written all the same, as Proxmox VE does it where a device resists: it can be undone', async () => {
    const before = await entries(at, build01);
    await demo.control({
      fault: '500 hotplug problem',
      method: 'PUT',
      path: '/nodes/pve1/qemu/105/config',
      performed: true,
    });
    const { id, outcome } = await at.change(build01, { cores: 7 });
    expect(outcome.status).toBe('failed');
    expect(await entries(at, build01)).not.toEqual(before);
    await at.undo(id, build01);
    expect(await entries(at, build01)).toEqual(before);
  });

  test('of a task that nobody waits for: the same', async () => {
    const { id, outcome } = await at.change(build01, { cores: 7 }, { method: 'POST', wait: false });
    expect(outcome.status).toBe('started');
    expect(await at.window.undo.read(id)).not.toHaveProperty('after');
  });

  test('is forgotten with its connection', async () => {
    const { id } = await at.change(build01, { cores: 7 });
    await at.window.store.remove(at.connection);
    expect(await at.window.undo.read(id)).toBeUndefined();
    expect(await readdir(at.folder)).toEqual([]);
  });
});

describe('several at once', () => {
  test('what one window has kept another one undoes', async () => {
    const before = await entries(at, build01);
    const { id } = await at.change(build01, { cores: 7 });
    const { window } = await openTestWindow(willing, { dir: join(at.folder, '..') });
    expect(await window.undo.list()).toEqual(new Set([`${id.plan}-0`]));
    const record = await window.undo.read(id);
    if (record === undefined) throw new Error('It is not kept');
    const found = undoOf(record, await at.look(build01), build01);
    if (found.kind === 'impossible') throw new Error(found.why);
    await at.perform(found.operation, click);
    expect(await entries(at, build01)).toEqual(before);
  });

  test('processes that keep at the same time lose nothing of each other', async () => {
    const program = join(at.folder, '..', 'keep.mjs');
    await build({
      stdin: { contents: keeping, resolveDir: import.meta.dirname, loader: 'ts' },
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
    });
    const runs = [1, 2, 3].map(() => promisify(execFile)(process.execPath, [program, at.folder]));
    const plans = (await Promise.all(runs)).map(({ stdout }) => stdout.trim());
    const ids = plans.flatMap((plan) => Array.from({ length: 40 }, (_, index) => ({ plan, index })));
    expect((await at.window.undo.list()).size).toBe(120);
    for (const id of ids)
      expect(await at.window.undo.read(id)).toMatchObject({ ...id, after: { hash: 'a'.repeat(64) } });
    expect((await readdir(at.folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

/** Keeps and finishes 40 records of one plan, whose id it prints. */
const keeping = `
  import { openUndoStore } from '../../src/gate/undo-store.ts';
  import { systemClock } from '../../src/pve/clock.ts';
  const store = openUndoStore({ dir: process.argv[2] ?? '', clock: systemClock });
  const plan = crypto.randomUUID();
  const guest = { type: 'qemu', vmid: 105, node: 'pve1', name: 'build-01' } as const;
  const lists = { keys: ['cores'], before: [], hidden: [], made: [] };
  for (let index = 0; index < 40; index += 1) {
    await store.keep({ v: 1, plan, index, at: new Date().toISOString(), connection: 'c', guest, ...lists });
    await store.finish({ plan, index }, { settings: [], hash: 'a'.repeat(64), masked: [] });
    await store.list();
  }
  console.log(plan);
`;

describe('G10: when the values before cannot be kept, nothing is sent', () => {
  const refusal = {
    status: 'failed',
    error: {
      code: 'denied',
      message: expect.stringMatching(/cannot be kept in .*undo, so the change was not sent$/),
      hint: expect.stringContaining('Free disk space'),
    },
  };

  test('a file stands in the place of the folder', async () => {
    await writeFile(at.folder, 'in the way');
    expect((await at.change(build01, { cores: 7 })).outcome).toMatchObject(refusal);
    expect(writes()).toEqual([]);
  });

  test.skipIf(process.getuid?.() !== 0)('the disk is full, until there is room again', async ({ skip }) => {
    mkdirSync(at.folder);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'small', at.folder], { stdio: 'ignore' });
    } catch {
      skip('nothing may be mounted here');
    }
    try {
      await writeFile(join(at.folder, 'big'), Buffer.alloc(1_000_000)).catch(() => {});
      expect((await at.change(build01, { cores: 7 })).outcome).toMatchObject({
        ...refusal,
        error: { ...refusal.error, reason: [expect.stringContaining('ENOSPC')] },
      });
      expect(await readdir(at.folder)).toEqual(['big']);
      expect(writes()).toEqual([]);
      await writeFile(join(at.folder, 'big'), '');
      expect((await at.change(build01, { cores: 7 })).outcome.status).toBe('done');
    } finally {
      execFileSync('umount', [at.folder]);
    }
  });

  test('they cannot be read', async () => {
    await demo.control({ fault: '500 No', method: 'GET', path: '/nodes/pve1/qemu/105/pending', times: 20 });
    expect((await at.change(build01, { cores: 7 })).outcome).toMatchObject({
      status: 'failed',
      error: { message: expect.stringMatching(/so the change was not sent$/) },
    });
    expect(writes()).toEqual([]);
    expect(await at.window.undo.list()).toEqual(new Set());
  });
});
