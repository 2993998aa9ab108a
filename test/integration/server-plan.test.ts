import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AccessLevel } from '../../src/gate/types.ts';
import { auditRecords, demoEnvironment, type Elicit, type McpServer } from '../support/mcp.ts';
import { serversOverDemo } from '../support/servers.ts';

const at = serversOverDemo();

function start(elicit: Elicit, level: AccessLevel = 'read-execute'): Promise<McpServer> {
  return at.start({ env: demoEnvironment(at.demo, join(at.dir, 'audit'), level), elicit });
}

/** The paths of the writes that arrived at the cluster since the test began. */
async function writes(): Promise<string[]> {
  return (await at.writes()).map((line): string => JSON.parse(line).path);
}

/** The message of each progress that arrived, whether or not its call had ended by then. */
function progressOf(server: McpServer): string[] {
  return server
    .received()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ method }) => method === 'notifications/progress')
    .map(({ params }): string => params.message);
}

const yes: Elicit = () => ({ action: 'accept', content: { answer: 'run' } });
const step = (guest: string | number, action: string) => ({ tool: 'pve_power_guest', arguments: { guest, action } });
const onProgress = () => {};

describe('a plan of several steps', () => {
  test('G2: is asked once, with every step, title and reason; runs in order; stands in the audit as one plan', async () => {
    const questions: string[] = [];
    const server = await start((request, signal) => {
      questions.push(request.message);
      return yes(request, signal);
    });
    const plan = {
      title: 'Restart the web tier',
      reason: 'New kernel',
      steps: [
        { tool: 'pve_get_guest', arguments: { guest: 'web-01' } },
        step('web-01', 'shutdown'),
        step('web-02', 'shutdown'),
        step('web-01', 'start'),
        { tool: 'pve_get_guest', arguments: { guest: 'web-02' } },
      ],
    };
    const { text, isError } = await server.call('pve_run_plan', plan, { onProgress });
    expect(isError, text).toBe(false);
    const heads = text.split('\n').filter((line) => line.startsWith('Step '));
    expect(text).toMatch(/^All 5 steps ran\.\n/);
    expect(heads).toEqual([
      'Step 1 (pve_get_guest): done',
      'Step 2 (pve_power_guest): done',
      'Step 3 (pve_power_guest): done',
      'Step 4 (pve_power_guest): done',
      'Step 5 (pve_get_guest): done',
    ]);
    const [before = '', after = ''] = text.split('Step 5');
    expect(before).toMatch(/Step 1[\s\S]*Status: +running, up /);
    expect(after).toMatch(/Status: +stopped/);

    expect(questions).toHaveLength(1);
    const [question = ''] = questions;
    expect(question).toMatch(/^Run 3 steps on "127\.0\.0\.1"\?\n1\. Shut down "web-01" \(101, VM on pve2\)/);
    expect(question).toContain('\n2. Shut down "web-02" (102, container on pve1)');
    expect(question).toContain('\n3. Start "web-01" (101, VM on pve2)');
    expect(question.split('\n').slice(-2)).toEqual([
      'The agent calls this: "Restart the web tier"',
      'The agent says: New kernel',
    ]);

    expect(await writes()).toEqual([
      '/nodes/pve2/qemu/101/status/shutdown',
      '/nodes/pve1/lxc/102/status/shutdown',
      '/nodes/pve2/qemu/101/status/start',
    ]);
    const records = await auditRecords(join(at.dir, 'audit'));
    expect(records.map(({ phase, index, tool }) => [phase, index, tool])).toEqual(
      [0, 1, 2].flatMap((index) => [
        ['before', index, 'pve_run_plan'],
        ['after', index, 'pve_run_plan'],
      ]),
    );
    expect(new Set(records.map((record) => record.plan)).size).toBe(1);
  });

  test('G3: the first failure stops the rest, which says so; nothing is rolled back', async () => {
    const server = await start(yes);
    const steps = [step(110, 'shutdown'), step(120, 'start'), step(116, 'shutdown')];
    const { text, isError } = await server.call('pve_run_plan', { title: 'x', steps });
    expect(isError).toBe(true);
    expect(text).toMatch(/^1 of 3 steps ran; step 2 did not succeed, which ended the plan\.\n/);
    expect(text).toMatch(/Step 2 \(pve_power_guest\): failed\n[\s\S]*Error \(task_failed\)[\s\S]*already running/);
    expect(text).toMatch(/Step 3 \(pve_power_guest\): not run$/);
    expect(await writes()).toEqual(['/nodes/pve3/lxc/110/status/shutdown', '/nodes/pve2/qemu/120/status/start']);
  });

  test('G18: one that a question cannot show whole is not asked', async () => {
    let questions = 0;
    const server = await start(() => {
      questions += 1;
      return { action: 'accept', content: { answer: 'run' } };
    });
    const steps = Array.from({ length: 20 }, () => step('web-01', 'reboot'));
    const { text, isError } = await server.call('pve_run_plan', { title: 'x', steps });
    expect(isError).toBe(true);
    expect(text).toMatch(
      /^Denied: Nobody could be asked\. Nothing was sent\.\nNote: This is too long to be shown whole/,
    );
    expect(questions).toBe(0);
    expect(await writes()).toEqual([]);
  });

  test('read-only: reads run, and what changes anything is refused without a question', async () => {
    const server = await start(yes, 'read-only');
    const read = { tool: 'pve_list_guests', arguments: { limit: 5 } };
    expect((await server.call('pve_run_plan', { title: 'x', steps: [read] })).text).toMatch(/^The step ran\.\n/);
    const { text, isError } = await server.call('pve_run_plan', { title: 'x', steps: [read, step(101, 'stop')] });
    expect(isError).toBe(true);
    expect(text).toMatch(/^Denied: The access level of .* is read-only/);
    expect(await writes()).toEqual([]);
  });
});

describe('what a call says while it runs', () => {
  test('while it waits, whom it waits for; at its end, what became of it', async () => {
    const server = await start(yes);
    await server.call('pve_power_guest', { guest: 'queue-03', action: 'shutdown' }, { onProgress });
    const messages = progressOf(server);
    expect(messages).toContain('Waiting for a person to answer');
    expect(messages.at(-1)).toMatch(/^"queue-03" \(116\) shut down in \d+ s$/);
  });

  test('while it waits it beats every five seconds', async () => {
    const server = await start(
      () => new Promise((resolve) => setTimeout(() => resolve({ action: 'decline' }), 5600).unref()),
    );
    // So that the question comes at once: the first write waits for the document of the API.
    await server.call('pve_find_api', { query: 'stop' });
    await server.call('pve_power_guest', { guest: 'web-01', action: 'stop' }, { onProgress });
    expect(progressOf(server)).toEqual([
      'Waiting for a person to answer',
      // The beat began with the call, the question some moments later.
      expect.stringMatching(/^Waiting for a person to answer \([45] s\)$/),
      'Denied',
    ]);
  });

  test('a denied plan ends with that word, and its answer with the person’s', async () => {
    const server = await start(() => ({ action: 'decline' }));
    const steps = [step('web-01', 'stop'), step('web-02', 'stop')];
    const { text, isError } = await server.call('pve_run_plan', { title: 'x', steps }, { onProgress });
    expect({ text, isError }).toEqual({
      text: 'The user denied this. Nothing was sent. Do not try another way; ask what they want.',
      isError: true,
    });
    expect(progressOf(server).at(-1)).toBe('Denied');
    expect(await writes()).toEqual([]);
  });
});
