import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { withinLevel } from '../gate/decide.ts';
import { printable } from '../gate/printable.ts';
import { type Perform, readThrough } from '../gate/read-through.ts';
import type { Redactor } from '../gate/redact.ts';
import type { ConnectionInfo, Progress } from '../gate/types.ts';
import { createPveClient } from '../pve/client.ts';
import type { Clock } from '../pve/clock.ts';
import { waitFor } from '../pve/deadline.ts';
import { PveError } from '../pve/error.ts';
import { checkRequest } from './api/check.ts';
import { refusalFor } from './api/lack.ts';
import type { Schemas } from './api/schemas.ts';
import { checkArguments } from './arguments.ts';
import { findTool, inputOf, type ToolContext, type ToolDefinition } from './define-tool.ts';
import type { Door } from './door.ts';
import { dryRunAt } from './dry-run.ts';
import { answerCharacters } from './offer.ts';
import { fenced, fenceLength } from './text/fence.ts';
import { personsPart } from './text/persons-part.ts';
import { errorText, problemOf } from './text/problem.ts';

export interface Call {
  readonly name: string;
  /** As the client sent them. */
  readonly args: unknown;
  /** What the client says it is. */
  readonly client: string;
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
}
export interface PipelineDeps {
  readonly tools: readonly ToolDefinition[];
  readonly door: Door;
  readonly redactor: Redactor;
  readonly clock: Clock;
  readonly schemas: Schemas;
  /** Characters of an answer; what is longer is cut. */
  readonly budget?: number;
}

/** The one way of every call: check the arguments, run the tool, bound and redact its answer. Never throws: errors are answers. */
export async function callTool(call: Call, deps: PipelineDeps): Promise<CallToolResult> {
  const allowed = deps.budget ?? answerCharacters.usual;
  // The fences of an answer, a few at most, are within it.
  const budget = allowed - 4 * fenceLength;
  const answer = (text: string, isError: boolean): CallToolResult => ({
    content: [{ type: 'text', text: fenced(bounded(deps.redactor.text(text), budget, allowed)) }],
    ...(isError ? { isError } : {}),
  });
  const over = new AbortController();
  const told: string[] = [];
  try {
    const tool = findTool(deps.tools, call.name);
    const connections = deps.door.connections();
    const {
      cluster,
      dry_run: isDry,
      ...args
    } = checkArguments(inputOf(tool, connections.length > 1), call.args, tool.name);
    const atDoor: Perform = (proposal, options) => deps.door.perform(proposal, call.client, options);
    const dryRun = isDry === true ? dryRunAt(atDoor) : undefined;
    const running = { ...call, over: over.signal, told, atDoor, perform: dryRun?.perform ?? atDoor };
    const run = async () =>
      tool.handle(args, context(tool, chooseConnection(connections, cluster), running, { ...deps, budget }));
    const { text, failed } = await (dryRun?.conclude(run) ?? run());
    return answer([...told, text].join('\n'), failed === true);
  } catch (error) {
    return answer([...told, errorText(problemOf(error, call).data)].join('\n'), true);
  } finally {
    // Reads that a failed one left behind: nobody waits for them, and the next call is not to join them.
    over.abort();
  }
}

/** A call with what it runs on. */
interface Running extends Call {
  readonly over: AbortSignal;
  readonly told: string[];
  readonly atDoor: Perform;
  /** What the tool reaches: the door, or a dry run at it. */
  readonly perform: Perform;
}

function context(
  tool: ToolDefinition,
  { id, level }: ConnectionInfo,
  { signal, progress, over, told, atDoor, perform: reach }: Running,
  { clock, schemas, budget }: PipelineDeps & { readonly budget: number },
): ToolContext {
  const from = { connection: id, tool: tool.name };
  // Other calls may wait for the same read, so it does not end with this one, and is never a dry run.
  const schema = () => waitFor(schemas.of(id, createPveClient(readThrough(atDoor, from))), signal);
  const check: ToolContext['check'] = async (operations) => {
    const writes = operations.flatMap((one) => (one.kind === 'api' && one.method !== 'GET' ? [one] : []));
    if (writes.length === 0) return;
    const known = await schema().catch(unlessAborted(signal));
    if (known === undefined) return;
    const matched = writes.map((write) => [checkRequest(known, write), write] as const);
    // What the level refuses is for the gate to refuse and to record.
    if (!withinLevel(tool.least ?? tool.risk, level)) return;
    const permissions = await pve.permissions().catch(unlessAborted(signal));
    if (permissions === undefined) return;
    const [refusal] = matched.flatMap(([method, write]) => refusalFor(method, write, permissions) ?? []);
    if (refusal !== undefined) throw refusal;
  };
  const pve = createPveClient(readThrough(reach, { ...from, signal: AbortSignal.any([signal, over]) }));
  return {
    pve,
    clock,
    signal,
    budget,
    progress,
    schema,
    check,
    async perform(operations, { wait, reason, title }) {
      await check(operations);
      const claims = { ...(title === undefined ? {} : { title }), ...(reason === undefined ? {} : { reason }) };
      const result = await reach({ ...from, operations, wait, ...claims }, { signal, onProgress: progress });
      if (result.byPerson !== undefined) told.push(...personsPart(result.byPerson, operations.length));
      if (result.outcomes.some(({ status }) => status === 'denied')) progress({ message: 'Denied' });
      return result;
    },
  };
}

/** Where the API or the privileges are not known, Proxmox VE alone checks what is sent. */
function unlessAborted(signal: AbortSignal) {
  return (error: unknown): undefined => {
    if (signal.aborted) throw error;
  };
}

/** @param wanted the `cluster` argument; only there when several connections are. */
function chooseConnection(connections: readonly ConnectionInfo[], wanted: unknown): ConnectionInfo {
  const [only] = connections;
  if (only === undefined) {
    throw new PveError({
      code: 'not_found',
      message: 'No Proxmox VE connection is set up',
      hint: 'Ask the user to add one in the Proxmox VE view.',
      reason: [],
    });
  }
  if (connections.length === 1) return only;
  const byId = connections.find(({ id }) => id === wanted);
  const byName = connections.filter(({ name }) => name === wanted);
  const found = byId ?? (byName.length === 1 ? byName[0] : undefined);
  if (found !== undefined) return found;
  throw new PveError({
    code: wanted === undefined || byName.length > 1 ? 'ambiguous' : 'not_found',
    message:
      wanted === undefined
        ? 'There are several connections'
        : `"${printable(String(wanted), 64)}" is not exactly one connection`,
    hint: `Say which with cluster: ${connections.map(({ id, name }) => `"${printable(name, 64)}" (id ${id})`).join(', ')}.`,
    reason: [],
  });
}

function bounded(text: string, budget: number, allowed: number): string {
  if (text.length <= budget) return text;
  const note = `\n[Cut: ${text.length} characters are more than the ${allowed} that fit. Ask for less: a filter, a smaller limit, fewer fields.]`;
  const kept = text.slice(0, Math.max(0, budget - note.length));
  const end = kept.lastIndexOf('\n');
  return (end > 0 ? kept.slice(0, end) : kept) + note;
}
