import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import { refusal } from '../gate/assess.ts';
import { judgeCommand } from '../gate/command/judge-command.ts';
import { judge } from '../gate/judge.ts';
import { issueText, proposedApiSchema, toRequest } from '../gate/operation.ts';
import { isSensitive } from '../gate/risk.ts';
import type { GateProfile, Risk } from '../gate/types.ts';
import { messageOf } from '../pve/error.ts';
import { splitPath } from '../pve/request.ts';

/** What the gate makes of one line. */
export interface Verdict {
  /** As it was given; `null` where there was none. */
  readonly id: unknown;
  readonly risk: Risk;
  readonly sensitive: boolean;
  readonly reasons: readonly string[];
  /** Of a command: the programs that it runs, and the files that it writes. */
  readonly programs: readonly string[];
  readonly writes: readonly string[];
}

/** A line that is longer is judged unread, bytes. */
const longestLine = 1024 * 1024;

/**
 * `proxmox-mcp assess`: reads JSON lines and answers each with the gate's own judgement, in order (design §6). It reads no
 * cluster, so what depends on one (whether a VMID is in use) is left out. Never fails for what stands in a line.
 */
export async function assessCommand(stdin: NodeJS.ReadableStream, stdout: NodeJS.WritableStream): Promise<void> {
  try {
    await pipeline(Readable.from(answers(stdin)), stdout, { end: false });
  } catch (error) {
    // Who reads may have seen enough, as `head` has.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}

async function* answers(stdin: NodeJS.ReadableStream): AsyncGenerator<string> {
  for await (const line of linesOf(stdin)) yield `${JSON.stringify(judgeLine(line))}\n`;
}

/** The lines of a stream; nothing in place of one that is too long to be kept. Empty ones are none. */
async function* linesOf(stream: NodeJS.ReadableStream): AsyncGenerator<Buffer | undefined> {
  let pieces: Buffer[] = [];
  let length = 0;
  const take = () => {
    const line = length > longestLine ? undefined : Buffer.concat(pieces);
    pieces = [];
    length = 0;
    return line;
  };
  const isOne = (line: Buffer | undefined) => line === undefined || line.toString('latin1').trim() !== '';
  for await (const chunk of stream) {
    let rest = Buffer.from(chunk);
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      keep(rest.subarray(0, end));
      const line = take();
      if (isOne(line)) yield line;
      rest = rest.subarray(end + 1);
    }
    keep(rest);
  }
  const last = take();
  if (isOne(last)) yield last;

  function keep(piece: Buffer): void {
    length += piece.length;
    if (length <= longestLine) pieces.push(piece);
    else pieces = [];
  }
}

const requestSchema = z.strictObject({
  id: z.unknown().optional(),
  method: proposedApiSchema.shape.method,
  path: z.string(),
  params: proposedApiSchema.shape.params,
});

/** What the gate makes of one line; what it does not understand destroys and is sensitive. */
export function judgeLine(line: Buffer | undefined): Verdict {
  if (line === undefined) return unknown(null, `The line is longer than ${longestLine} bytes.`);
  let given: unknown;
  try {
    given = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line));
  } catch {
    return unknown(null, 'The line is no JSON.');
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return unknown(null, 'The line is no JSON object.');
  const id = 'id' in given ? given.id : null;
  try {
    return 'command' in given && !('method' in given) ? judgeCommandLine(given, id) : judgeRequest(given, id);
  } catch (error) {
    return unknown(id, `${messageOf(error)}.`);
  }
}

const commandSchema = z.strictObject({
  id: z.unknown().optional(),
  target: z.enum(['host', 'container', 'vm']),
  command: z.string(),
});

/** A command line, as bash would get it there. */
function judgeCommandLine(given: object, id: unknown): Verdict {
  const parsed = commandSchema.safeParse(given);
  if (!parsed.success) return unknown(id, notUnderstood(parsed.error));
  const { target, command } = parsed.data;
  const { risk, sensitive, refused, reasons, programs, writes } = judgeCommand({ script: command }, target);
  return {
    id,
    risk,
    sensitive: sensitive || refused !== undefined,
    reasons: [...(refused === undefined ? [] : [refused]), ...reasons],
    programs,
    writes,
  };
}

/** Any connection: the table is the same for all of them. */
const anywhere: GateProfile = { id: 'assess', name: 'assess', revision: 1, level: 'full' };

function judgeRequest(given: object, id: unknown): Verdict {
  const parsed = requestSchema.safeParse(given);
  if (!parsed.success) return unknown(id, notUnderstood(parsed.error));
  const { method, path, params } = parsed.data;
  const segments = splitPath(path);
  if (segments[0] === 'api2') return unknown(id, 'The path begins below /api2/json.');
  const proposed = { kind: 'api', method, segments, ...(params === undefined ? {} : { params }) } as const;
  const operation = toRequest(proposedApiSchema.parse(proposed), anywhere);
  const { risk, reasons } = judge(operation);
  const refused = refusal(operation);
  return {
    id,
    risk,
    sensitive: refused !== undefined || isSensitive(operation),
    reasons: [...(refused === undefined ? [] : [refused]), ...reasons],
    programs: [],
    writes: [],
  };
}

function notUnderstood({ issues }: z.ZodError): string {
  return `The line is not understood: ${issues.map(issueText).join('; ')}.`;
}

function unknown(id: unknown, why: string): Verdict {
  const reasons = [why, 'What is not understood counts as destroying and sensitive.'];
  return { id, risk: 'destroy', sensitive: true, reasons, programs: [], writes: [] };
}
