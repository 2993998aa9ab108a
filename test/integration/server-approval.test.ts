import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ElicitResult } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, test } from 'vitest';
import type { AccessLevel } from '../../src/gate/types.ts';
import { auditRecords, demoEnvironment, type Elicit, type McpServer } from '../support/mcp.ts';
import { serversOverDemo } from '../support/servers.ts';

const at = serversOverDemo();

function start(elicit?: Elicit, level: AccessLevel = 'read-execute'): Promise<McpServer> {
  const env = demoEnvironment(at.demo, join(at.dir, 'audit'), level);
  return at.start(elicit === undefined ? { env } : { env, elicit });
}

/** Every write that arrived at the cluster since the test began. */
async function writes(): Promise<unknown[]> {
  return (await at.writes()).map((line) => JSON.parse(line));
}

async function stateOf(path: string): Promise<unknown> {
  const { data } = await at.demo.request('GET', `${path}/status/current`);
  return typeof data === 'object' && data !== null && 'status' in data ? data.status : undefined;
}

const shutdown = { guest: 'queue-03', action: 'shutdown', reason: 'Maintenance' };

describe('a shutdown that a person approves', () => {
  test('G3: is asked once, with its effect; runs, is followed, and stands in the audit before and after', async () => {
    const questions: string[] = [];
    const server = await start(({ message }) => {
      questions.push(message);
      return { action: 'accept', content: { answer: 'run' } };
    });
    const { text, isError } = await server.call('pve_power_guest', shutdown, {
      onProgress: () => {},
    });

    expect({ text, isError }).toEqual({
      text: expect.stringMatching(/^queue-03 \(116, VM on pve2\): shutdown OK in [\d.]+ s, now stopped$/),
      isError: false,
    });
    expect(await stateOf('/nodes/pve2/qemu/116')).toBe('stopped');
    expect(questions).toHaveLength(1);
    expect(questions[0]).toMatch(/^Shut down "queue-03" \(116, VM on pve2\) on "127\.0\.0\.1"\?\n/);
    expect(questions[0]).toContain('connections drop');
    expect(questions[0]?.split('\n').at(-1)).toBe('The agent says: Maintenance');
    expect(server.received()).toMatch(/notifications\/progress.*TASK OK/);
    expect(await writes()).toEqual([
      expect.objectContaining({ method: 'POST', path: '/nodes/pve2/qemu/116/status/shutdown' }),
    ]);
    expect(await auditRecords(join(at.dir, 'audit'))).toEqual([
      expect.objectContaining({ phase: 'before', risk: 'operate', tool: 'pve_power_guest' }),
      expect.objectContaining({ phase: 'after', outcome: 'ok', upid: expect.stringMatching(/^UPID:pve2:/) }),
    ]);
  });

  test('G15: the secret of the token is in no answer, question, progress, log or audit', async () => {
    const server = await start(() => ({ action: 'accept', content: { answer: 'run' } }));
    const renamed = { description: `canary ${at.demo.tokenSecret}` };
    await at.demo.request('PUT', '/nodes/pve3/qemu/108/config', renamed);
    await server.call('pve_get_guest', { guest: 108, include: ['config', 'snapshots', 'tasks'] });
    const { text } = await server.call(
      'pve_power_guest',
      { ...shutdown, guest: 108, reason: `because ${at.demo.tokenSecret}` },
      { onProgress: () => {} },
    );
    expect(text).toContain('now stopped');
    const records = JSON.stringify(await auditRecords(join(at.dir, 'audit')));
    expect(records).toContain('because [redacted]');
    expect(server.received()).toContain('canary [redacted]');
    for (const output of [server.received(), server.stderr(), records])
      expect(output).not.toContain(at.demo.tokenSecret);
  });

  test('several guests are asked about once', async () => {
    let questions = 0;
    const server = await start(() => {
      questions += 1;
      return { action: 'accept', content: { answer: 'run' } };
    });
    const { text } = await server.call('pve_power_guest', { guest: ['dns-01', 102], action: 'shutdown' });
    expect(text.split('\n')).toEqual([
      expect.stringMatching(/^dns-01 \(110, container on pve3\): shutdown OK in .*now stopped$/),
      expect.stringMatching(/^web-02 \(102, container on pve1\): shutdown OK in .*now stopped$/),
    ]);
    expect(questions).toBe(1);
  });

  test('a task that fails is told with the words of Proxmox VE', async () => {
    const server = await start(() => ({ action: 'accept', content: { answer: 'run' } }));
    const { text, isError } = await server.call('pve_power_guest', { guest: 120, action: 'start' });
    expect(isError).toBe(true);
    expect(text).toMatch(/Error \(task_failed\)[\s\S]*already running/);
  });

  test('without waiting the answer is the task, which can be followed', async () => {
    const server = await start(() => ({ action: 'accept', content: { answer: 'run' } }));
    const { text } = await server.call('pve_power_guest', { ...shutdown, guest: 122, wait: false });
    const upid = /upid (UPID:\S+)$/.exec(text)?.[1];
    expect((await server.call('pve_get_task', { upid, wait: true })).text).toMatch(
      /^Task qmshutdown of 122 on pve2: OK\n/,
    );
  });
});

const refused = { guest: 'web-01', action: 'shutdown', reason: 'Maintenance' };

describe('a shutdown that nobody approves is denied; nothing is sent', () => {
  test.each<[string, ElicitResult | Error, RegExp]>([
    [
      'declined',
      { action: 'decline' },
      /^The user denied this\. Nothing was sent\. Do not try another way; ask what they want\.$/,
    ],
    ['cancelled', { action: 'cancel' }, /^Denied: .*Nothing was sent\./],
    ['accepted with the default', { action: 'accept', content: { answer: 'deny' } }, /^The user denied this\./],
    ['malformed', { action: 'accept', content: { confirm: true } }, /^Denied: .*Nothing was sent\./],
    ['a fault of the client', new Error('no window'), /^Denied: .*Nothing was sent\./],
  ])('G18: %s', async (_what, answer, message) => {
    let questions = 0;
    const server = await start(() => {
      questions += 1;
      if (answer instanceof Error) throw answer;
      return answer;
    });
    const { text, isError } = await server.call('pve_power_guest', refused);
    expect(isError).toBe(true);
    expect(text).toMatch(message);
    expect(questions).toBe(1);
    expect(await writes()).toEqual([]);
    expect(await auditRecords(join(at.dir, 'audit'))).toEqual([
      expect.objectContaining({ phase: 'decided', decision: expect.stringContaining('denied') }),
    ]);
  });

  test('G18: a client that cannot be asked gets a denial that says what to do', async () => {
    const server = await start();
    const { text, isError } = await server.call('pve_power_guest', refused);
    expect(isError).toBe(true);
    expect(text).toMatch(
      /^Denied: Nobody could be asked\. Nothing was sent\.\nNote: This MCP client cannot ask a person.*\nNext: /,
    );
    expect(await writes()).toEqual([]);
  });

  test('G2: a yes that comes after the call was cancelled does nothing', async () => {
    const cancel = new AbortController();
    let answer: (yes: ElicitResult) => void = () => {};
    let onAsked = () => {};
    const asked = new Promise<void>((resolve) => {
      onAsked = resolve;
    });
    const server = await start(() => {
      onAsked();
      return new Promise((resolve) => {
        answer = resolve;
      });
    });
    const call = server.call('pve_power_guest', refused, { signal: cancel.signal });
    call.catch(() => {});
    await asked;
    cancel.abort();
    await expect(call).rejects.toThrow();
    answer({ action: 'accept', content: { answer: 'run' } });
    // A later answer proves that the server has dealt with the yes.
    await server.call('pve_get_cluster');
    expect(await writes()).toEqual([]);
    expect(await stateOf('/nodes/pve2/qemu/101')).toBe('running');
    await expect
      .poll(() => auditRecords(join(at.dir, 'audit')))
      .toEqual([expect.objectContaining({ phase: 'decided', decision: expect.stringContaining('cancelled') })]);
  });

  test('read-only: the tool is not listed, and refused all the same without a question', async () => {
    let questions = 0;
    const server = await start(() => {
      questions += 1;
      return { action: 'accept', content: { answer: 'run' } };
    }, 'read-only');
    const { text, isError } = await server.call('pve_power_guest', refused);
    expect(isError).toBe(true);
    expect(text).toMatch(/^Denied: The access level of .* is read-only/);
    expect(questions).toBe(0);
    expect(await writes()).toEqual([]);
  });

  test('G10: an audit that cannot be written denies the write with that reason; reads go on', async () => {
    // A folder below a file: not even root can make it.
    await writeFile(join(at.dir, 'file'), '');
    const audit = join(at.dir, 'file', 'audit');
    const env = demoEnvironment(at.demo, audit);
    const server = await at.start({ env, elicit: () => ({ action: 'accept', content: { answer: 'run' } }) });
    const { text, isError } = await server.call('pve_power_guest', refused);
    expect(isError).toBe(true);
    expect(text).toContain(`${audit} cannot be written`);
    expect(await writes()).toEqual([]);
    expect((await server.call('pve_get_cluster')).isError).toBe(false);
  });
});
