// Arguments for tools, from the tools' own schemas: for each action of each tool one call, and random valid ones.
import * as fc from 'fast-check';
import * as z from 'zod';
import type { ToolDefinition } from '../../src/server/define-tool.ts';
import type { TestWorld } from '../unit/demo/world.ts';

interface Schema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly default?: unknown;
}
interface Input {
  readonly properties: Readonly<Record<string, Schema>>;
  readonly required: readonly string[];
}
type Arguments = Record<string, unknown>;
/** What an argument of this name may be in the demo cluster; the first is good everywhere. */
export type Known = Readonly<Record<string, readonly unknown[]>>;

/** Things that the demo cluster has, by the names of arguments. */
export function knownIn(demo: TestWorld): Known {
  const upids = demo.list('/cluster/tasks').map(({ upid }) => upid);
  return {
    guest: [101, 102, 'web-01', [101, 102], 103],
    guests: [[101, 102], [103]],
    node: ['pve1', 'pve2'],
    target: ['pve3', 'pve1'],
    from_node: ['pve2'],
    storage: ['local', 'local-lvm'],
    upid: upids.slice(0, 5),
    snapshot: ['before-update', 'none-such'],
    disk: ['scsi0', 'rootfs'],
    path: ['/cluster/options', '/nodes/pve1/qemu/101/config', '/nodes/pve1/network', '/pools/production'],
    query: ['resize disk', 'firewall rule'],
    since: ['24h', '2026-11-01'],
    until: ['2026-12-01'],
    size: ['+1G', '40G'],
    name: ['fresh-one', 'x1'],
    vmid: [950, 951],
    service: ['pveproxy', 'cron'],
    id: ['backup-nightly', 'operators'],
    cursor: [undefined],
    params: [{}, { type: 'vm' }],
    set: [{}, { comment: 'c' }, { memory: 2048 }, { delete: 'comment' }, { 'no-such-name': 1 }],
    steps: [[{ tool: 'pve_list_guests', arguments: {} }]],
  };
}

export function inputOf(tool: ToolDefinition): Input {
  const { properties = {}, required = [] } = z.toJSONSchema(tool.input, { io: 'input' });
  return { properties: properties as Input['properties'], required };
}

/**
 * One call for each combination of what a tool requires of enumerated arguments, with all its lists whole, and one more for
 * each value of an optional one.
 */
export function actionsOf(tool: ToolDefinition, known: Known): Arguments[] {
  const { properties, required } = inputOf(tool);
  let calls: Arguments[] = [{}];
  const varied: Arguments[] = [];
  for (const [name, schema] of Object.entries(properties)) {
    const isRequired = required.includes(name);
    if (schema.enum !== undefined && !isRequired) varied.push(...schema.enum.map((value) => ({ [name]: value })));
    const values = isRequired ? requiredValues(name, schema, known) : wholeList(schema);
    if (values.length > 0) calls = calls.flatMap((call) => values.map((value) => ({ ...call, [name]: value })));
  }
  const [first = {}] = calls;
  return [...calls, ...varied.map((one) => ({ ...first, ...one }))];
}

function requiredValues(name: string, { enum: values, type, items }: Schema, known: Known): readonly unknown[] {
  if (values !== undefined) return values;
  if (type === 'array' && items?.enum !== undefined) return [items.enum];
  return [known[name]?.[0] ?? (type === 'boolean' ? true : type === 'integer' ? 1 : type === 'object' ? {} : 'x1')];
}

function wholeList({ type, items }: Schema): readonly unknown[] {
  return type === 'array' && items?.enum !== undefined ? [items.enum] : [];
}

/** Arguments that the tool's own schema takes. */
export function validArguments(tool: ToolDefinition, known: Known): fc.Arbitrary<Arguments> {
  const { properties, required } = inputOf(tool);
  const entries = Object.entries(properties).map(([name, schema]) => [name, arbitraryOf(name, schema, known)] as const);
  return fc
    .record(Object.fromEntries(entries), { requiredKeys: [...required] })
    .filter((args) => tool.input.safeParse(args).success);
}

function arbitraryOf(name: string, schema: Schema, known: Known): fc.Arbitrary<unknown> {
  const { type, enum: values, anyOf, items, minimum = 0, maximum = 1000, minItems = 0 } = schema;
  const there = known[name];
  if (there !== undefined) return fc.constantFrom(...there);
  if (values !== undefined) return fc.constantFrom(...values);
  if (anyOf !== undefined) return fc.oneof(...anyOf.map((one) => arbitraryOf('', one, known)));
  switch (type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number':
      return fc.integer({ min: minimum, max: Math.min(maximum, minimum + 5000) });
    case 'array':
      return fc.uniqueArray(arbitraryOf('', items ?? {}, known), { minLength: Math.max(1, minItems), maxLength: 4 });
    case 'object':
      return fc.constant({});
    default:
      return fc.constantFrom('x1', 'text of several words', 'ä"<b>', '2026-11-20');
  }
}
