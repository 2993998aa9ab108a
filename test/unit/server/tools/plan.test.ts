import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { Outcome, ProposedApi } from '../../../../src/gate/types.ts';
import { defineTool, isOffered, type ToolContext, type ToolDefinition } from '../../../../src/server/define-tool.ts';
import { toolsOf } from '../../../../src/server/tools/all.ts';
import { planOf } from '../../../../src/server/tools/plan.ts';
import { toolsets } from '../../../../src/server/toolsets.ts';
import { type FakeOptions, fakeServer, home } from '../fake-door.ts';

const guest = (vmid: number, name: string, node: string) => ({
  id: `qemu/${vmid}`,
  type: 'qemu',
  vmid,
  name,
  node,
  status: 'running',
});
const answers = {
  '/cluster/resources': [guest(101, 'web-01', 'pve2'), guest(102, 'web-02', 'pve1')],
  '/nodes/pve2/qemu/101/status/current': { status: 'stopped' },
  '/nodes/pve2/qemu/101/config': {},
  '/nodes/pve1/qemu/102/status/current': { status: 'running' },
};
const stop = (which: number | string | (number | string)[], more: object = {}) => ({
  tool: 'pve_power_guest',
  arguments: { guest: which, action: 'stop', ...more },
});
const list = { tool: 'pve_list_guests' };
const title = 'Restart the web tier';
const person: Outcome = {
  status: 'denied',
  by: 'person',
  why: 'A person said no. Nothing was sent.',
  note: 'not today',
};

/** A plan of these steps, before a cluster of two guests. */
function plan(steps: readonly unknown[], options: FakeOptions & { readonly reason?: string } = {}) {
  const server = fakeServer({ answers, ...options });
  const reason = options.reason === undefined ? {} : { reason: options.reason };
  return { ...server, run: (signal?: AbortSignal) => server.call('pve_run_plan', { title, steps, ...reason }, signal) };
}

/** The outcomes in order, one for each operation. */
function inOrder(...outcomes: readonly Outcome[]): (operation: ProposedApi) => Outcome {
  const left = [...outcomes];
  return () => left.shift() ?? { status: 'skipped', why: 'An earlier step did not succeed.' };
}
const done: Outcome = { status: 'done', data: null, ms: 4100 };
const failed: Outcome = {
  status: 'failed',
  error: { code: 'task_failed', message: 'Stop "web-01" failed', hint: 'Read the log.', reason: ['got timeout'] },
};

describe('pve_run_plan', () => {
  test('proposes all changes at once, in order, with title and reason; every tool tells of its own', async () => {
    const { run, writes } = plan([stop('web-01'), stop(['102', 101])], { reason: 'New kernel' });
    expect(await run()).toMatchObject({
      isError: false,
      text: [
        'All 2 steps ran.',
        '',
        'Step 1 (pve_power_guest): done',
        'web-01 (101, VM on pve2): stop OK in 4.1 s, now stopped',
        '',
        'Step 2 (pve_power_guest): done',
        'web-02 (102, VM on pve1): stop OK in 4.1 s, now running',
        'web-01 (101, VM on pve2): stop OK in 4.1 s, now stopped',
      ].join('\n'),
    });
    const operation = (node: string, vmid: string) => ({
      kind: 'api',
      method: 'POST',
      segments: ['nodes', node, 'qemu', vmid, 'status', 'stop'],
    });
    expect(writes()).toEqual([
      {
        connection: 'c1',
        tool: 'pve_run_plan',
        title,
        reason: 'New kernel',
        wait: true,
        operations: [operation('pve2', '101'), operation('pve1', '102'), operation('pve2', '101')],
      },
    ]);
  });

  test('G3: stops at the first failure and says what ran', async () => {
    const { run } = plan([stop(102), stop(101), stop(102), list], { write: inOrder(done, failed) });
    const { text, isError } = await run();
    expect(isError).toBe(true);
    expect(text).toBe(
      [
        '1 of 4 steps ran; step 2 did not succeed, which ended the plan.',
        '',
        'Step 1 (pve_power_guest): done',
        'web-02 (102, VM on pve1): stop OK in 4.1 s, now running',
        '',
        'Step 2 (pve_power_guest): failed',
        'web-01 (101, VM on pve2): stop did not run through.',
        '  Error (task_failed): Stop "web-01" failed.',
        '  Proxmox VE says: got timeout',
        '  Next: Read the log.',
        '',
        'Step 3 (pve_power_guest): not run',
        '',
        'Step 4 (pve_list_guests): not run',
      ].join('\n'),
    );
  });

  test('a step of which one part failed has not succeeded', async () => {
    const { run } = plan([stop([101, 102])], { write: inOrder(done, failed) });
    const { text, isError } = await run();
    expect(isError).toBe(true);
    expect(text).toContain('0 of 1 step ran');
    expect(text).toContain('Step 1 (pve_power_guest): failed\nweb-01 (101, VM on pve2): stop OK');
  });

  test('a lost answer is unknown, and ends the plan', async () => {
    const error = { code: 'timeout', message: 'No answer', hint: 'Look.', reason: [] } as const;
    const { run } = plan([stop(101), stop(102)], { write: inOrder({ status: 'unknown', error, howToLook: 'Look.' }) });
    expect((await run()).text).toMatch(
      /Step 1 \(pve_power_guest\): unknown\n[\s\S]*Step 2 \(pve_power_guest\): not run$/,
    );
  });

  test('a plan that a person denied says so once, and what it had read before', async () => {
    const { run, progress } = plan([list, stop(101), stop(102)], { write: () => person });
    const { text, isError } = await run();
    expect(isError).toBe(true);
    expect(text).toMatch(
      /^The user denied this: not today\. Nothing was sent\. Do not try another way; ask what they want\.\n\nStep 1 \(pve_list_guests\): done\n/,
    );
    expect(text).not.toContain('Step 2');
    expect(progress.at(-1)).toBe('Denied');
  });

  test('what the gate could not even look at is told once', async () => {
    const { run } = plan([stop(101), stop(102)], { write: () => failed });
    expect((await run()).text).toBe(
      'Error (task_failed): Stop "web-01" failed.\nProxmox VE says: got timeout\nNext: Read the log.',
    );
  });

  test('reads before the first change are read before it, reads after the last one after it', async () => {
    const read = { tool: 'pve_get_guest', arguments: { guest: 102 } };
    const { run, proposals } = plan([list, stop(101), read], {
      answers: { ...answers, '/nodes/pve1/qemu/102/config': {} },
    });
    const { text, isError } = await run();
    expect({ text, isError }).toMatchObject({ isError: false, text: expect.stringMatching(/^All 3 steps ran\./) });
    const order = proposals.map(({ operations }) => operations[0]?.segments.slice(-2).join('/'));
    const change = order.indexOf('status/stop');
    expect(order.slice(0, change)).toContain('cluster/resources');
    expect(order.slice(0, change)).not.toContain('102/config');
    expect(order.slice(change)).toContain('102/config');
  });

  test('reads alone are a plan too, and nobody is asked', async () => {
    const { run, writes } = plan([list, { tool: 'pve_get_guest', arguments: { guest: 101 } }]);
    expect((await run()).text).toMatch(/^All 2 steps ran\.\n/);
    expect(writes()).toEqual([]);
  });
});

describe('a plan that cannot run as it is: nobody is asked', () => {
  test.each<[string, unknown[], string[]]>([
    [
      'arguments that are not valid, of each step',
      [stop(101), stop(101, { force: true }), { tool: 'pve_get_guest' }],
      [
        'Step 2 (pve_power_guest): failed\nError (invalid_argument): The arguments of pve_power_guest are not valid.\n  force: is not an argument',
        'Step 3 (pve_get_guest): failed\nError (invalid_argument)',
        'Step 1 (pve_power_guest): not run',
      ],
    ],
    [
      'a tool that does not exist',
      [stop(101), { tool: 'pve_power_guests' }],
      ['Step 2 (pve_power_guests): failed\nError (not_found): There is no tool', 'Did you mean pve_power_guest?'],
    ],
    [
      'a plan in a plan',
      [{ tool: 'pve_run_plan', arguments: { title, steps: [list] } }],
      ['A plan cannot hold a plan'],
    ],
    ['a connection in a step', [stop(101, { cluster: 'home' })], ['cluster: is not an argument']],
    [
      'guests that are not there, each named with its step',
      [stop('nowhere'), stop(101), stop('neither')],
      ['Step 1 (pve_power_guest): failed\nError (not_found)', 'Step 2 (pve_power_guest): not run', 'neither'],
    ],
    [
      'a read that fails before the first change',
      [{ tool: 'pve_get_guest', arguments: { guest: 'nowhere' } }, stop(101)],
      ['Step 1 (pve_get_guest): failed', 'Step 2 (pve_power_guest): not run'],
    ],
    [
      'a read between two changes',
      [stop(101), list, stop(102)],
      ['Step 2 (pve_list_guests): failed\nError (invalid_argument): What it reads between two changes'],
    ],
    ['a step that does not wait', [stop(101, { wait: false })], ['Leave wait out.']],
    ['a reason of a single step', [stop(101, { reason: 'mine' })], ['A plan has one reason']],
  ])('%s', async (_what, steps, messages) => {
    const { run, writes } = plan(steps, { reason: 'of the plan' });
    const { text, isError } = await run();
    expect(isError).toBe(true);
    for (const message of messages) expect(text).toContain(message);
    expect(text).toMatch(/^The plan cannot run as it is\. Nobody was asked, and nothing was sent\.\n/);
    expect(writes()).toEqual([]);
  });

  test.each<[string, object, string]>([
    ['no step', { title, steps: [] }, 'steps:'],
    ['21 steps', { title, steps: Array.from({ length: 21 }, () => stop(101)) }, 'steps:'],
    ['no title', { steps: [stop(101)] }, 'title:'],
    ['a title of 101 characters', { title: 'x'.repeat(101), steps: [stop(101)] }, 'title:'],
    ['a risk', { title, steps: [stop(101)], risk: 'read' }, 'risk: is not an argument'],
    ['an approval in a step', { title, steps: [{ ...stop(101), approved: true }] }, 'approved'],
  ])('%s', async (_what, args, message) => {
    const { call, proposals } = fakeServer({ answers });
    const { text, isError } = await call('pve_run_plan', args);
    expect(isError).toBe(true);
    expect(text).toContain(message);
    expect(proposals).toEqual([]);
  });

  test('G3: more than 50 operations', async () => {
    const many = Array.from({ length: 30 }, (_, at) => guest(200 + at, `g${at}`, 'pve1'));
    const all = stop(many.map(({ vmid }) => vmid));
    const { run, writes } = plan([all, all], { answers: { '/cluster/resources': many } });
    expect((await run()).text).toContain('The plan has 60 operations, and at most 50 fit into one');
    expect(writes()).toEqual([]);
  });
});

describe('tools that do not keep to the way of plans', () => {
  const operation: ProposedApi = { kind: 'api', method: 'POST', segments: ['cluster', 'backup'] };
  const wait = { wait: true };

  /** A plan of `pve_odd`, and of a well-behaved step beside it. */
  function odd(
    handle: (context: ToolContext) => Promise<{ text: string }>,
    options: FakeOptions = {},
    more: unknown[] = [],
  ) {
    const tool: ToolDefinition = defineTool({
      name: 'pve_odd',
      title: 'Odd',
      toolset: 'cluster',
      risk: 'configure',
      description: 'Odd',
      input: z.strictObject({}),
      handle: (_args, context) => handle(context),
    });
    const tools = [...toolsOf(toolsets).filter(({ name }) => name !== 'pve_run_plan'), tool];
    return plan([...more, { tool: 'pve_odd' }], { ...options, tools: [planOf(tools)] });
  }

  test('one that proposes twice at once is refused before anybody is asked', async () => {
    const { run, writes } = odd(async ({ perform }) => {
      await Promise.all([perform([operation], wait), perform([operation], wait)]);
      return { text: 'never' };
    });
    expect((await run()).text).toContain('It proposes more than once, which a plan cannot hold');
    expect(writes()).toEqual([]);
  });

  test('one that proposes again after the answer performs nothing more, and has failed', async () => {
    const { run, writes } = odd(async ({ perform }) => {
      await perform([operation], wait);
      await perform([operation], wait);
      return { text: 'never' };
    });
    const { text, isError } = await run();
    expect(isError).toBe(true);
    expect(text).toContain('Step 1 (pve_odd): failed\nError (invalid_argument): It proposes more than once');
    expect(writes()).toHaveLength(1);
  });

  test('one that changes nothing among the changes is refused: its answer would be old', async () => {
    const { run, writes } = odd(async () => ({ text: 'as it was' }), {}, [stop(101)]);
    expect((await run()).text).toContain('Step 2 (pve_odd): failed\nError (invalid_argument): It changes nothing');
    expect(writes()).toEqual([]);
  });

  test('one that does neither ends with the call, and with it the other steps', async () => {
    const cancel = new AbortController();
    const { run, writes } = odd(() => new Promise(() => {}), {}, [stop(101)]);
    const answer = run(cancel.signal);
    await new Promise((resolve) => setImmediate(resolve));
    cancel.abort();
    expect((await answer).text).toContain('Error (cancelled)');
    expect(writes()).toEqual([]);
  });

  test('one that breaks after its outcome is a fault of its step, not of the process', async () => {
    const { run } = odd(async ({ perform }) => {
      await perform([operation], wait);
      throw new TypeError('oops');
    });
    expect((await run()).text).toContain(
      'Step 1 (pve_odd): failed\nError (server_error): pve_odd failed inside the server',
    );
  });

  test('one whose plan is not asked about is told, so that it can clean up', async () => {
    let cleaned = false;
    const { run } = odd(
      async ({ perform }) => {
        try {
          await perform([operation], wait);
        } finally {
          cleaned = true;
        }
        return { text: 'never' };
      },
      {},
      [stop('nowhere')],
    );
    await run();
    expect(cleaned).toBe(true);
  });
});

describe('the list', () => {
  test('a tool is listed when the least that it can propose is within the level, and hints tell of the most', () => {
    const tool = toolsOf(toolsets).find(({ name }) => name === 'pve_run_plan');
    expect(tool).toMatchObject({ risk: 'destroy', least: 'read' });
    const offered = toolsOf(toolsets)
      .filter((one) => isOffered(one, [{ level: 'read-only' }]))
      .map(({ name }) => name);
    expect(offered).toContain('pve_run_plan');
    expect(offered).not.toContain('pve_power_guest');
  });

  test('with several connections the plan names one, for all of its steps', async () => {
    const connections = [home, { ...home, id: 'c2', name: 'office' }];
    const { call, proposals } = fakeServer({ answers, connections });
    await call('pve_run_plan', { title, steps: [list, stop(101)], cluster: 'office' });
    expect(new Set(proposals.map(({ connection }) => connection))).toEqual(new Set(['c2']));
  });
});
