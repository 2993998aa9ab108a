import * as z from 'zod';
import type { AuditRecord } from '../../gate/audit-read.ts';
import { commandText } from '../../gate/command-operation.ts';
import { printable } from '../../gate/printable.ts';

/** What the audit has of an operation that is no request. */
const actSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('command'),
    run: z.union([z.object({ argv: z.array(z.string()) }), z.object({ script: z.string() })]),
  }),
  z.object({
    kind: z.literal('file'),
    direction: z.enum(['upload', 'download', 'read']),
    remotePath: z.string(),
    localPath: z.string().optional().catch(undefined),
  }),
]);

/** A command or a file, in words. */
export interface Act {
  /** What stands before the target: `Run a command on`. */
  readonly verb: string;
  /** The command, or the path; several lines stand on lines of their own. */
  readonly text: string;
  /** What the text is called. */
  readonly name: 'Command' | 'File';
}

/** The command that a record is about, or the file; nothing where it is about a request. Secrets are out of it already. */
export function actOf({ raw }: AuditRecord): Act | undefined {
  const { data } = actSchema.safeParse(raw.operation);
  if (data === undefined) return undefined;
  if (data.kind === 'command') return { verb: 'Run a command on', text: commandText(data), name: 'Command' };
  const { direction, remotePath, localPath } = data;
  const [remote, local] = [printable(remotePath), printable(localPath ?? '')];
  const arrow = direction === 'upload' ? '←' : '→';
  return { verb: verbs[direction], text: local === '' ? remote : `${remote} ${arrow} ${local}`, name: 'File' };
}

const verbs = { upload: 'Write a file on', download: 'Download a file from', read: 'Read a file of' } as const;
