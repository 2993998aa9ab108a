import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import type { Tool } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, describe, expect, test } from 'vitest';
import { createRedactor } from '../../../src/gate/redact.ts';
import type { ConnectionInfo } from '../../../src/gate/types.ts';
import type { Clock } from '../../../src/pve/clock.ts';
import { createSchemas } from '../../../src/server/api/schemas.ts';
import { createMcpServer, serveTools } from '../../../src/server/mcp.ts';
import { toolsOf } from '../../../src/server/tools/all.ts';
import { defaultToolsets, type Toolset, toolsets } from '../../../src/server/toolsets.ts';
import { tokens } from '../../support/tokens.ts';
import { home } from './fake-door.ts';

// What the list of tools costs each conversation.

const atMost = {
  all: { tools: 45, tokens: 6500 },
  default: { tools: 30, tokens: 5000 },
  each: 260,
  instructions: 400,
};

/** The list as a client gets it that may do everything on one connection, and what it is told beside it. */
async function listed(
  chosen: readonly Toolset[],
  connection: ConnectionInfo = home,
): Promise<{ tools: readonly Tool[]; instructions: string }> {
  const server = createMcpServer('1.2.3');
  const clock: Clock = { now: () => 0, monotonic: () => 0, sleep: async () => {} };
  serveTools(server, {
    tools: toolsOf(chosen),
    redactor: createRedactor(),
    clock,
    schemas: createSchemas(clock),
    door: {
      connections: () => [connection],
      onConnections: () => {},
      perform: async () => ({ plan: 'p', outcomes: [] }),
      close: async () => {},
    },
  });
  const [near, far] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: 'unit', version: '1' });
  await Promise.all([server.connect(far), client.connect(near)]);
  const { tools } = await client.listTools();
  const instructions = client.getInstructions() ?? '';
  await client.close();
  return { tools, instructions };
}

const price = (of: unknown) => tokens(JSON.stringify(of));
const { tools: all, instructions } = await listed(toolsets);
// Commands on nodes are off until a person switches them on.
const { tools: usual } = await listed(defaultToolsets, { id: 'c1', name: 'home', level: 'full' });
const definitions = toolsOf(toolsets);

describe('the list of tools', () => {
  afterAll(() => {
    const isUsual = ({ name }: Tool) => usual.some((one) => one.name === name);
    const rows = all.map(
      (tool) => `${String(price(tool)).padStart(6)}  ${tool.name}${isUsual(tool) ? '' : ' (chosen)'}`,
    );
    const sum = (what: string, tools: readonly Tool[], { tokens: most }: { readonly tokens: number }) =>
      `${String(price({ tools })).padStart(6)}  ${what}: ${tools.length} tools, at most ${most} tokens`;
    const told = `${String(price(instructions)).padStart(6)}  instructions, at most ${atMost.instructions}`;
    const sums = [told, sum('all toolsets', all, atMost.all), sum('default toolsets', usual, atMost.default)];
    process.stdout.write(`\n${['tokens  tool', ...rows, ...sums].join('\n')}\n\n`);
  });

  test('costs no more than agreed, in tools and in tokens', () => {
    expect(all.length).toBeLessThanOrEqual(atMost.all.tools);
    expect(price({ tools: all })).toBeLessThanOrEqual(atMost.all.tokens);
    expect(usual.length).toBeLessThanOrEqual(atMost.default.tools);
    expect(price({ tools: usual })).toBeLessThanOrEqual(atMost.default.tokens);
    expect(all.filter((tool) => price(tool) > atMost.each).map(({ name }) => name)).toEqual([]);
    // Nothing is saved by leaving tools out.
    expect(all.map(({ name }) => name)).toEqual(definitions.map(({ name }) => name));
    expect(usual.length).toBeGreaterThan(20);
  });

  test('changes only where somebody has looked at it', async () => {
    await expect(`${JSON.stringify(all, undefined, 2)}\n`).toMatchFileSnapshot('__snapshots__/tools.json');
  });

  test('has names of its own that fit every client', () => {
    const names = all.map(({ name }) => name);
    expect(names.filter((name) => !/^pve_[a-z_]{1,36}$/.test(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  test('has flat schemas that every model provider takes', () => {
    for (const { name, inputSchema } of all) {
      expect(Object.keys(inputSchema), name).not.toEqual(expect.arrayContaining([expect.stringMatching(/Of$|^\$/)]));
      expect(inputSchema, name).toMatchObject({ type: 'object' });
      expect(JSON.stringify(inputSchema), name).not.toMatch(/"(\$ref|oneOf|allOf|not|const)":/);
    }
  });

  test('describes each tool in one or two sentences', () => {
    for (const { name, title = '', description = '' } of all) {
      expect(title, name).toMatch(/^[A-Z].{2,39}$/);
      expect(description, name).toMatch(/^.{20,220}\.$/);
    }
  });
});

describe('arguments', () => {
  const wrong = (tool: (typeof definitions)[number], args: object) =>
    (tool.input.safeParse(args).error?.issues ?? []).map(({ path }) => path.join('.'));

  test('every tool that proposes a change takes a reason of at most 200 characters', () => {
    const writers = definitions.filter(({ risk }) => risk !== 'read');
    expect(writers.length).toBeGreaterThan(15);
    for (const tool of writers) {
      expect(Object.keys(tool.input.shape), tool.name).toContain('reason');
      expect(wrong(tool, { reason: 'x'.repeat(200) }), tool.name).not.toContain('reason');
      expect(wrong(tool, { reason: 'x'.repeat(201) }), tool.name).toContain('reason');
    }
  });

  test('no tool asks on which node a guest is', () => {
    for (const { name, inputSchema } of all) {
      const { properties = {}, required = [] } = inputSchema;
      if ('guest' in properties || 'guests' in properties) expect(required, name).not.toContain('node');
      if (required.some((one) => one === 'guest' || one === 'guests'))
        expect(properties, name).not.toHaveProperty('node');
    }
  });
});

describe('what all tools have in common is said once, in the instructions', () => {
  test('and costs no more than agreed', () => {
    expect(price(instructions)).toBeLessThanOrEqual(atMost.instructions);
  });

  test('G15: no argument is a secret; the instructions tell how a person gives one', () => {
    const names = all.flatMap(({ inputSchema }) => Object.keys(inputSchema.properties ?? {}));
    expect(names.filter((name) => /pass|secret|key$/i.test(name))).toEqual([]);
    expect(instructions).toMatch(/Never write a secret: give null/);
  });

  test.each(['cursor', 'reason', 'wait', 'set', 'delete', 'dry_run'])('%s, which no tool describes', (argument) => {
    expect(instructions).toMatch(new RegExp(`\\b${argument}\\b`));
  });
});
