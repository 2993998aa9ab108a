import * as z from 'zod';
import { isFileAnswer } from '../../gate/file-answer.ts';
import { fileOwner, remotePath } from '../../gate/operation.ts';
import { quoted } from '../../gate/printable.ts';
import { PveError } from '../../pve/error.ts';
import { change } from '../change.ts';
import { defineTool } from '../define-tool.ts';
import { reasonArgument } from './common.ts';
import { unfit } from './on-guest.ts';
import { maxBytesArgument, placeArguments, placeOf } from './target.ts';

const localPath = z.string().min(1).max(4096);

export const downloadFile = defineTool({
  name: 'pve_download_file',
  title: 'Download a file',
  toolset: 'files',
  risk: 'configure',
  least: 'read',
  description: 'Saves a file of a guest or node on this machine.',
  input: z.strictObject({
    ...placeArguments,
    path: remotePath,
    to: localPath,
    overwrite: z.boolean().default(false),
    max_bytes: maxBytesArgument(),
    reason: reasonArgument,
  }),
  async handle({ path, to, overwrite, max_bytes: maxBytes, reason, ...where }, context) {
    const { target, title } = await placeOf(context.pve, where);
    const file = { kind: 'file', direction: 'download', target, remotePath: path, localPath: to } as const;
    const operation = { ...file, overwrite, maxBytes };
    const what = `${title}: download of ${quoted(path, 1024)}`;
    return change(context, [{ operation, what, after: async ({ data }) => carried(data) }], { wait: true, reason });
  },
});

export const uploadFile = defineTool({
  name: 'pve_upload_file',
  title: 'Upload a file',
  toolset: 'files',
  risk: 'destroy',
  least: 'configure',
  description: 'Writes a file in a guest or on a node, from a text or a file.',
  input: z.strictObject({
    ...placeArguments,
    path: remotePath,
    content: z.string().max(65_536).optional(),
    from: localPath.optional().describe('on this machine'),
    overwrite: z.boolean().default(false),
    mode: z
      .string()
      .regex(/^0?[0-7]{3,4}$/, 'is no mode in octal digits')
      .optional()
      .describe('0644'),
    owner: fileOwner.optional(),
    max_bytes: maxBytesArgument(),
    reason: reasonArgument,
  }),
  async handle({ path, content, from, overwrite, mode, owner, max_bytes: maxBytes, reason, ...where }, context) {
    if ((content === undefined) === (from === undefined))
      throw unfit(
        content === undefined ? 'Neither content nor from is given' : 'content and from are both given',
        'Give the text as content, or the path of a file of this machine as from.',
      );
    const { target, title } = await placeOf(context.pve, where);
    const operation = {
      ...{ kind: 'file' as const, direction: 'upload' as const, target, remotePath: path, overwrite, maxBytes },
      ...(content === undefined ? {} : { content }),
      ...(from === undefined ? {} : { localPath: from }),
      ...(mode === undefined ? {} : { mode: Number.parseInt(mode, 8) }),
      ...(owner === undefined ? {} : { owner }),
    };
    const what = `${title}: upload to ${quoted(path, 1024)}`;
    return change(context, [{ operation, what, after: async ({ data }) => carried(data) }], { wait: true, reason });
  },
});

/** `1234 bytes, SHA-256 …`; of a download also where it stands. */
function carried(data: unknown): string {
  if (!isFileAnswer(data))
    throw new PveError({ code: 'server_error', message: 'What was carried is not told', hint: '', reason: [] });
  const { size, sha256, localPath: saved } = data;
  return `${size} bytes, SHA-256 ${sha256}${saved === undefined ? '' : `, saved as ${quoted(saved, 4096)}`}`;
}
