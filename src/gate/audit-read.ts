import { join } from 'node:path';
import * as z from 'zod';
import { messageOf } from '../pve/error.ts';
import { auditFiles } from './audit-files.ts';
import { linesBackward, linesForward } from './audit-lines.ts';

const words = z.string().optional().catch(undefined);
const count = z.number().optional().catch(undefined);

/** What is read of a record. Releases differ in what they write, so that only time and phase must be there. */
const recordSchema = z.object({
  at: z.iso.datetime(),
  phase: z.string(),
  seq: count,
  plan: words,
  index: count,
  origin: z.object({ who: words, client: words }).optional().catch(undefined),
  tool: words,
  connection: z.object({ id: words, name: words, revision: count }).optional().catch(undefined),
  operation: z
    .object({
      method: z.string(),
      segments: z.array(z.string()),
      params: z.record(z.string(), z.union([z.string(), z.array(z.string())])).catch({}),
    })
    .optional()
    .catch(undefined),
  risk: words,
  decision: words,
  note: words,
  title: words,
  reason: words,
  target: words,
  outcome: words,
  detail: words,
  upid: words,
  ms: count,
  next: words,
  safeguard: words,
  edited: z.boolean().optional().catch(undefined),
  changes: z.array(z.string()).optional().catch(undefined),
});

/** One record, and where it stands. */
export interface AuditRecord extends z.infer<typeof recordSchema> {
  readonly file: string;
  /** All of it, as it was written. */
  readonly raw: Readonly<Record<string, unknown>>;
}

export interface ReadOptions {
  readonly order: 'oldest' | 'newest';
  /** Only lines that hold this text are looked at. */
  readonly containing?: string;
  /** Told of a file or a line that cannot be read; the rest is read all the same. */
  readonly onProblem?: (file: string, what: string) => void;
}

/**
 * The records of all files of a folder, merged by time, headers included. Only a block of each file is in memory. What a
 * process is writing just now is left out.
 * @throws when the folder cannot be read.
 */
export async function* readAudit(dir: string, options: ReadOptions): AsyncGenerator<AuditRecord> {
  const files = (await auditFiles(dir)).map((file) => recordsOf(dir, file, options));
  const heads: { record: AuditRecord; readonly rest: AsyncGenerator<AuditRecord> }[] = [];
  for (const rest of files) {
    const { value } = await rest.next();
    if (value !== undefined) heads.push({ record: value, rest });
  }
  const isFirst = options.order === 'newest' ? (a: string, b: string) => a > b : (a: string, b: string) => a < b;
  while (heads.length > 0) {
    const next = heads.reduce((first, head) => (isFirst(head.record.at, first.record.at) ? head : first));
    yield next.record;
    const { value } = await next.rest.next();
    if (value === undefined) heads.splice(heads.indexOf(next), 1);
    else next.record = value;
  }
}

/** The records of one file. */
export async function* recordsOf(
  dir: string,
  file: string,
  { order, containing = '', onProblem = () => {} }: ReadOptions,
): AsyncGenerator<AuditRecord, undefined> {
  const lines = order === 'newest' ? linesBackward : linesForward;
  try {
    for await (const { text, cut } of lines(join(dir, file))) {
      if (cut || !text.includes(containing)) continue;
      const record = parseRecord(text);
      if (record === undefined) onProblem(file, 'a line is no record');
      else yield { ...record, file };
    }
  } catch (error) {
    onProblem(file, messageOf(error));
  }
  return undefined;
}

function parseRecord(text: string): Omit<AuditRecord, 'file'> | undefined {
  try {
    const json: unknown = JSON.parse(text);
    const record = recordSchema.safeParse(json).data;
    return record === undefined ? undefined : { ...record, raw: json as AuditRecord['raw'] };
  } catch {
    return undefined;
  }
}

/** `POST /nodes/pve2/qemu/101/status/stop` */
export function requestOf({
  method,
  segments,
}: {
  readonly method: string;
  readonly segments: readonly string[];
}): string {
  return `${method} /${segments.join('/')}`;
}
