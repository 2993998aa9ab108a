import type { Tool, ToolAnnotations } from '@modelcontextprotocol/sdk/types.js';
import * as z from 'zod';
import { withinLevel } from '../gate/decide.ts';
import { printable } from '../gate/printable.ts';
import type { ConnectionInfo, PlanResult, Progress, ProposedOperation, Risk } from '../gate/types.ts';
import type { PveClient } from '../pve/client.ts';
import type { Clock } from '../pve/clock.ts';
import { PveError } from '../pve/error.ts';
import type { ApiSchema } from '../pve/schema.ts';
import { nearest } from './text/nearest.ts';
import type { Toolset } from './toolsets.ts';

/** One tool, as a literal. */
export interface ToolDefinition<S extends z.ZodObject = z.ZodObject> {
  readonly name: `pve_${string}`;
  readonly title: string;
  readonly toolset: Toolset;
  /** The highest risk of what it proposes. The gate decides on its own; this is for annotations and for the list. */
  readonly risk: Risk;
  /** The lowest, where it varies: the tool is listed as soon as the level allows that much. */
  readonly least?: Risk;
  /** Its answers hold what commands print or what stands in files. */
  readonly guestText?: true;
  /** Listed only where a connection has this switched on. */
  readonly needs?: 'host';
  readonly description: string;
  /** Strict; every argument described, with its unit. */
  readonly input: S;
  // A method, so that a list of tools with different inputs needs no cast.
  handle(args: z.output<S>, context: ToolContext): Promise<ToolAnswer>;
}

/** What a tool can use. Everything that reaches the cluster goes through the gate. */
export interface ToolContext {
  /** Reads. */
  readonly pve: PveClient;
  readonly clock: Clock;
  /** Fires when the client cancels the call. */
  readonly signal: AbortSignal;
  /** Characters that the answer may have. */
  readonly budget: number;
  /**
   * The API of the cluster's own version.
   * @throws PveError when it cannot be read
   */
  schema(): Promise<ApiSchema>;
  /**
   * Checks writes against the API of the cluster, as `perform` does before anybody is asked; where that cannot be read they
   * pass.
   * @throws PveError that names what is wrong with the first that would not be accepted
   */
  check(operations: readonly ProposedOperation[]): Promise<void>;
  /** Proposes operations in one plan, asked about once, when `check` lets them pass. */
  perform(operations: readonly ProposedOperation[], options: PerformRequest): Promise<PlanResult>;
  progress(progress: Progress): void;
}
export interface PerformRequest {
  /** Wait for the tasks that are started. */
  readonly wait: boolean;
  /** The agent's claim, shown to the person who is asked. */
  readonly reason?: string | undefined;
  /** What the agent calls a plan of several steps; shown as its claim. */
  readonly title?: string | undefined;
}

export interface ToolAnswer {
  readonly text: string;
  /** Set when nothing of what was asked came about. */
  readonly failed?: boolean;
}

/** Declares a tool; its input's type reaches `handle`. */
export function defineTool<S extends z.ZodObject>(tool: ToolDefinition<S>): ToolDefinition<S> {
  return tool;
}

/** Finds a tool by its name. @throws PveError `not_found` that names the nearest one, or all. */
export function findTool(tools: readonly ToolDefinition[], name: string): ToolDefinition {
  const tool = tools.find((candidate) => candidate.name === name);
  if (tool !== undefined) return tool;
  const names = tools.map((candidate) => candidate.name);
  const meant = nearest(name, names);
  throw new PveError({
    code: 'not_found',
    message: `There is no tool "${printable(name, 64)}"`,
    hint: meant === undefined ? `The tools are ${names.join(', ')}.` : `Did you mean ${meant}?`,
    reason: [],
  });
}

/** Whether a tool is listed: on some connection the least that it proposes is within the level, and what it needs is on. */
export function isOffered(
  { risk, least = risk, needs }: Pick<ToolDefinition, 'risk' | 'least' | 'needs'>,
  connections: readonly Pick<ConnectionInfo, 'level' | 'host'>[],
): boolean {
  if (needs === undefined && least === 'read') return true;
  return connections.some(({ level, host }) => withinLevel(least, level) && (needs === undefined || host === true));
}

/** A tool as `tools/list` shows it. @param several whether there is a connection to choose. */
export function describeTool(tool: ToolDefinition, several: boolean): Tool {
  const { name, title, description } = tool;
  return {
    name,
    title,
    description,
    inputSchema: inputSchema(
      tool.risk === 'read' ? inputOf(tool, several).omit({ dry_run: true }) : inputOf(tool, several),
    ),
    annotations: annotations(tool),
  };
}

/** What a tool's arguments are checked against. @param several whether there is a connection to choose. */
export function inputOf(tool: ToolDefinition, several: boolean): z.ZodObject {
  return tool.input.extend({
    ...(several ? { cluster: clusterArgument.optional() } : {}),
    dry_run: z.boolean().optional(),
  });
}

/** Hints, honest ones: no boundary is built on them. */
export function annotations({ risk, guestText }: Pick<ToolDefinition, 'risk' | 'guestText'>): ToolAnnotations {
  const openWorldHint = guestText === true;
  // What a read destroys or repeats has no meaning in MCP. Even the mildest write here takes something away (a running
  // state), so none is "additive only"; that a repeated write acts a second time is what MCP assumes.
  return risk === 'read'
    ? { readOnlyHint: true, openWorldHint }
    : { readOnlyHint: false, destructiveHint: true, openWorldHint };
}

const clusterArgument = z.string().min(1).max(100).describe('Connection, by id or name');

function inputSchema(input: z.ZodObject): Tool['inputSchema'] {
  // That no other arguments are taken is checked at the call, which names those that are; here it would cost every conversation.
  const { properties, required } = z.toJSONSchema(input, { io: 'input', override: shorten });
  return {
    type: 'object',
    properties: z.record(z.string(), z.looseObject({})).parse(properties),
    ...(required === undefined ? {} : { required }),
  };
}

/** Bounds are checked here and named when they are passed; in the list they would cost every conversation. */
function shorten({ jsonSchema }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  for (const bound of bounds) delete jsonSchema[bound];
  // Which of several words is meant when none is given is worth knowing; that a page has 100 lines is not.
  if (jsonSchema.enum === undefined) delete jsonSchema.default;
  // What an object may hold beside is anything, unless it says otherwise.
  if (JSON.stringify(jsonSchema.additionalProperties) === '{}') delete jsonSchema.additionalProperties;
}

const bounds = [
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
  'pattern',
  'propertyNames',
] as const;
