import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { TerminalOptions } from '../../src/ssh/types.ts';
import { naps } from '../support/processes.ts';
import { never, nodeOf, outputOf, plain, poolFor } from '../support/ssh.ts';
import { hasSshd, makeKey, type Sshd, startSshd } from '../support/sshd.ts';

describe.skipIf(!hasSshd())('terminals', () => {
  const { nap, sleeping, endAll } = naps();
  let folder: string;
  let key: string;
  let sshd: Sshd;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'proxmox-ssh-'));
    key = join(folder, 'key');
    sshd = await startSshd({ authorized: [makeKey(key)] });
  });
  afterAll(async () => {
    await endAll();
    await sshd.kill();
    await rm(folder, { recursive: true });
  });

  async function open(options: Pick<TerminalOptions, 'argv'> = {}, signal = never) {
    const { pool } = poolFor(sshd, key);
    onTestFinished(() => pool.close());
    let text = '';
    const ends: (string | undefined)[] = [];
    const terminal = await pool.terminal(
      { node: 'pve1', address: '127.0.0.1' },
      {
        size: { columns: 91, rows: 33 },
        onData: (chunk) => {
          text += chunk.toString('utf8');
        },
        onEnd: (why) => void ends.push(why),
        ...options,
      },
      signal,
    );
    const type = (keys: string): void => terminal.write(Buffer.from(keys));
    const shows = (what: string | RegExp) =>
      vi.waitUntil(() => (typeof what === 'string' ? text.includes(what) : what.test(text)), {
        interval: 10,
        timeout: 10_000,
      });
    const ended = () => vi.waitUntil(() => ends.length > 0, { interval: 10, timeout: 10_000 });
    return { pool, terminal, type, shows, ends, ended };
  }

  test('a shell with a size, which can be resized, in UTF-8, until it exits', async () => {
    const { terminal, type, shows, ends, ended } = await open();
    type('stty size; echo "term=$TERM"\n');
    await shows('33 91');
    await shows('term=xterm-256color');
    terminal.resize({ columns: 120, rows: 50 });
    type('stty size\n');
    await shows('50 120');
    type('printf "%s\\n" "<$(echo grüße-💥)>"\n');
    await shows('<grüße-💥>');
    type('exit 3\n');
    await ended();
    expect(ends).toEqual([undefined]);
  });

  test('a program in place of the shell, whose words arrive unchanged', async () => {
    const { shows, ended, ends } = await open({ argv: ['sh', '-c', 'tty; printf "[%s]" "$1"', 'sh', "a'b $HOME *"] });
    await shows('/dev/pts/');
    await shows("[a'b $HOME *]");
    await ended();
    expect(ends).toEqual([undefined]);
  });

  test('a connection that is lost is told once', async () => {
    const { type, shows, ended, ends } = await open();
    type('echo here-$((1+1))\n');
    await shows('here-2');
    await sshd.dropConnections();
    await ended();
    expect(ends).toEqual(['the connection was lost']);
  });

  test('closing it ends what ran in it, and tells nothing', async () => {
    const { terminal, shows, ends } = await open({ argv: ['sh', '-c', `echo ready; sleep ${nap(1)}`] });
    await shows('ready');
    terminal.close();
    await expect.poll(() => sleeping(nap(1)), { interval: 20, timeout: 10_000 }).toEqual([]);
    expect(ends).toEqual([]);
  });

  test('terminals take no channels from commands, and a pool that is closed ends them', async () => {
    const one = await open({ argv: ['sleep', '30'] });
    const more: (typeof one)[] = [];
    for (let count = 0; count < 10; count += 1) more.push(await open({ argv: ['sleep', '30'] }));
    const shell = await nodeOf(one.pool);
    expect(outputOf(await shell.exec({ argv: ['echo', 'free'] }, plain))).toBe('free\n');
    for (const { pool } of more) await pool.close();
    for (const { ended, ends } of more) {
      await ended();
      expect(ends).toEqual(['the connection was lost']);
    }
  });

  test('one that nobody waits for any more is not opened', async () => {
    const before = sshd.log().length;
    await expect(open({}, AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
    await vi.waitUntil(() => /Connection (closed|reset)|Received disconnect/.test(sshd.log().slice(before)), {
      interval: 10,
    });
    expect(sshd.log().slice(before)).not.toContain('Starting session: shell');
  });
});
