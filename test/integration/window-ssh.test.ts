// One editor window without the editor over the demo cluster, whose nodes are a real OpenSSH server.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { withSwitch } from '../../src/extension/connections/command-switches.ts';
import type { ClusterProfile } from '../../src/extension/connections/profile.ts';
import { sshSecretOf } from '../../src/extension/connections/secrets.ts';
import type { SshSettings } from '../../src/extension/connections/ssh-settings.ts';
import { type ConnectOptions, connectTo } from '../../src/extension/terminals/connect.ts';
import type { Window } from '../../src/extension/window.ts';
import type { Origin, ProposedCommand } from '../../src/gate/types.ts';
import { type Answering, scriptedApprover, yes } from '../support/approver.ts';
import { type Demo, startDemo } from '../support/demo.ts';
import { auditRecords } from '../support/mcp.ts';
import { hasSshd, makeKey, type Sshd, startSshd } from '../support/sshd.ts';
import { addConnection, openTestWindow } from '../support/window.ts';

const agent: Origin = { who: 'agent', client: 'a test', launch: 'l' };
/** A yes, with the name where one is to be typed. */
const typing: Answering = ({ mustType }) => ({ ...yes, ...(mustType === undefined ? {} : { typed: mustType }) });
const passphrase = 'c4n4ry-passphrase';

describe.skipIf(!hasSshd())('commands of agents on a node by SSH', () => {
  let demo: Demo;
  let sshd: Sshd;
  let folder: string;
  let key: string;
  beforeAll(async () => {
    demo = await startDemo({ speed: 50 });
    folder = await mkdtemp(join(tmpdir(), 'proxmox-window-ssh-'));
    key = join(folder, 'key');
    await writeFile(join(folder, 'pct'), '#!/bin/sh\necho "inside: pct $*"\nexec cat\n', { mode: 0o755 });
    sshd = await startSshd({ authorized: [makeKey(key, 'ed25519', passphrase)], programs: folder });
  });
  afterAll(async () => {
    await sshd.stop();
    await demo.stop();
    await rm(folder, { recursive: true });
  });

  const settings = (): SshSettings => ({
    user: sshd.user,
    port: sshd.port,
    auth: { kind: 'key', file: key },
    addresses: { pve1: '127.0.0.1' },
    hostKeys: [
      { role: 'node', name: 'pve1', address: '127.0.0.1', port: sshd.port, key: sshd.hostKey().split(' ')[1] ?? '' },
    ],
  });
  const command = (words: readonly string[]): ProposedCommand => ({
    kind: 'command',
    target: { at: 'host', node: 'pve1' },
    run: { argv: words },
    timeoutSeconds: 20,
  });

  async function open(fields: Partial<ClusterProfile>, answers = [typing]) {
    const approver = scriptedApprover(...answers);
    const { window, storageDir, lines } = await openTestWindow(approver);
    const profile = await addConnection(window, demo, { level: 'full', ...fields });
    await window.store.secrets.set(sshSecretOf(profile.id), passphrase);
    const perform = async (words: readonly string[]) => {
      const { signal } = new AbortController();
      const proposal = { connection: profile.id, operations: [command(words)], tool: 'pve_exec_host', wait: true };
      const { outcomes } = await window.session.gate.perform(proposal, agent, { signal, onProgress: () => {} });
      return outcomes[0];
    };
    return { window, profile, approver, perform, audit: join(storageDir, 'audit'), lines };
  }

  const connectOptions = ({ store, session, audit }: Window): ConnectOptions => ({
    profiles: store.read,
    client: session.client,
    record: audit.console,
    ways: {
      ssh: (target, { id, name, revision }, ...rest) =>
        session.shells.terminal({ id, name, revision }, target, ...rest),
      api: () => Promise.reject(new Error('not this way')),
    },
  });

  test('G1, G8: a command runs on the node once it is switched on and a person said yes, and is recorded', async () => {
    const { perform, approver, audit, lines } = await open({ ssh: settings(), commands: { host: true } });
    const outcome = await perform(['printf', '%s|', 'two words', '$HOME', 'é']);
    expect(outcome, JSON.stringify(outcome)).toMatchObject({ status: 'done' });
    expect(JSON.stringify(outcome)).toContain('two words|$HOME|é|');
    expect(approver.asked).toHaveLength(1);
    expect((await auditRecords(audit)).filter(({ phase }) => phase === 'before')).toHaveLength(1);
    expect(JSON.stringify([await auditRecords(audit), lines])).not.toContain(passphrase);
  });

  test('G8: while commands on nodes are switched off nobody is asked, and the node hears nothing', async () => {
    const { perform, approver, window, profile } = await open({ ssh: settings() });
    expect(await perform(['true'])).toMatchObject({ status: 'denied' });
    expect(approver.asked).toHaveLength(0);
    await window.store.update((all) =>
      all.map((one) => (one.id === profile.id ? { ...withSwitch(one, 'host', true), revision: 2 } : one)),
    );
    expect(await perform(['true'])).toMatchObject({ status: 'done' });
  });

  test('G8, G10: reading commands run without a question once that is switched on, and are recorded all the same', async () => {
    const { perform, approver, audit } = await open({ ssh: settings(), commands: { host: true, quietReads: true } });
    expect(await perform(['id', '-u'])).toMatchObject({ status: 'done' });
    expect(approver.asked).toHaveLength(0);
    expect((await auditRecords(audit)).filter(({ phase }) => phase === 'before')).toHaveLength(1);
    expect(await perform(['touch', join(folder, 'touched')])).toMatchObject({ status: 'done' });
    expect(approver.asked).toHaveLength(1);
  });

  test('G8: a host key that nobody has agreed to is refused, and nothing of a login is sent', async () => {
    const stranger = await startSshd({ authorized: [] });
    onTestFinished(() => stranger.stop());
    const ssh = { ...settings(), port: stranger.port, hostKeys: [] };
    const { perform } = await open({ ssh, commands: { host: true } });
    expect(await perform(['true'])).toMatchObject({
      status: 'failed',
      error: { code: 'host_key', hint: expect.stringContaining('Set up SSH…') },
    });
    expect(stranger.log()).not.toMatch(/publickey|Accepted|Failed/);
  });

  test('a connection without SSH says what a person can do', async () => {
    const { perform } = await open({ commands: { host: true } });
    const outcome = await perform(['true']);
    expect(JSON.stringify(outcome)).toContain('Set up SSH…');
  });

  test('G10: a console is a login shell of the right size, recorded before it opens; closing ends it on the node', async () => {
    const { window, profile, audit } = await open({ ssh: settings() });
    let shown = '';
    const ended: (string | undefined)[] = [];
    const connect = connectTo({ connection: profile.id, node: 'pve1' }, connectOptions(window));
    const stream = await connect(
      { columns: 97, rows: 31 },
      {
        onData: (chunk) => {
          shown += Buffer.from(chunk).toString('utf8');
        },
        onEnd: (why) => void ended.push(why),
      },
      new AbortController().signal,
    );
    stream.write(Buffer.from('stty size; printf "<%s>\\n" é🐧\r'));
    await vi.waitFor(() => expect(shown).toMatch(/31 97\r?\n[\s\S]*<é🐧>/), 10_000);
    stream.resize({ columns: 60, rows: 20 });
    stream.write(Buffer.from('stty size\r'));
    await vi.waitFor(() => expect(shown).toContain('20 60'), 10_000);
    expect((await auditRecords(audit)).filter(({ phase }) => phase === 'console')).toMatchObject([
      { target: '"pve1"', detail: 'by SSH: a login shell', connection: { id: profile.id } },
    ]);
    stream.write(Buffer.from('exit\r'));
    await vi.waitFor(() => expect(ended).toEqual([undefined]), 10_000);
  });

  test('a console of a container is opened on the node that holds it, by pct enter', async () => {
    const { window, profile, audit } = await open({ ssh: settings() });
    const { data } = await demo.request('GET', '/cluster/resources');
    const guests = data as readonly { type: string; vmid: number; name: string; node: string; status: string }[];
    const held = guests.find(({ type, node, status }) => type === 'lxc' && node === 'pve1' && status === 'running');
    if (held === undefined) throw new Error('The demo has no running container on pve1');
    const { vmid, name } = held;
    let shown = '';
    const connect = connectTo(
      // Where it was when the tree was drawn.
      { connection: profile.id, node: 'pve3', guest: { type: 'lxc', vmid, name } },
      connectOptions(window),
    );
    const onData = (chunk: Uint8Array) => {
      shown += Buffer.from(chunk).toString('utf8');
    };
    const { signal } = new AbortController();
    const stream = await connect({ columns: 80, rows: 24 }, { onData, onEnd: () => {} }, signal);
    await vi.waitFor(() => expect(shown).toContain(`inside: pct enter ${vmid}`), 10_000);
    stream.close();
    expect((await auditRecords(audit)).filter(({ phase }) => phase === 'console')).toMatchObject([
      { target: `"${name}" (${vmid}, container on pve1)`, detail: `by SSH: pct enter ${vmid}` },
    ]);
  });

  test('an edit of the SSH settings ends a console that was opened by them', async () => {
    const { window, profile } = await open({ ssh: settings() });
    const ended: (string | undefined)[] = [];
    const { signal } = new AbortController();
    const events = { onData: () => {}, onEnd: (why?: string) => void ended.push(why) };
    await window.session.shells.terminal(profile, { node: 'pve1' }, { columns: 80, rows: 24 }, events, signal);
    await window.store.update((all) => all.filter(({ id }) => id !== profile.id));
    await vi.waitFor(() => expect(ended).toHaveLength(1), 10_000);
  });
});
