import * as z from 'zod';
import { printable } from '../../gate/printable.ts';
import { type PveMethod, type PveParams, splitPath } from '../../pve/request.ts';
import { checkRequest } from '../api/check.ts';
import { lookBefore } from '../api/read-back.ts';
import { type ChangeRequest, change } from '../change.ts';
import { defineTool, type ToolAnswer, type ToolContext } from '../define-tool.ts';
import { apiParams, apiPath } from './api-arguments.ts';
import { writeArguments } from './common.ts';

export const apiWrite = defineTool({
  name: 'pve_api_write',
  title: 'Write any API path',
  toolset: 'api',
  risk: 'destroy',
  least: 'operate',
  description:
    'Sends any POST or PUT of the API (see pve_find_api), where no other tool does it, and reads back what changed. Secrets are never given: name their parameters in ask.',
  input: z.strictObject({
    method: z.enum(['POST', 'PUT']),
    path: apiPath,
    params: apiParams,
    ask: z
      .array(z.string().min(1).max(128))
      .min(1)
      .max(8)
      .optional()
      .describe('Secret parameters, for a person to fill in'),
    ...writeArguments,
  }),
  handle: ({ method, path, params = {}, ask, ...request }, context) =>
    write(context, { method, path, params, ask }, request),
});

export const apiDelete = defineTool({
  name: 'pve_api_delete',
  title: 'Delete by any API path',
  toolset: 'api',
  risk: 'destroy',
  least: 'operate',
  description: 'Sends any DELETE of the API (see pve_find_api), where no other tool does it.',
  input: z.strictObject({ path: apiPath, params: apiParams, ...writeArguments }),
  handle: ({ path, params = {}, ...request }, context) => write(context, { method: 'DELETE', path, params }, request),
});

interface Written {
  readonly method: PveMethod;
  readonly path: string;
  readonly params: PveParams;
  readonly ask?: readonly string[] | undefined;
}

/** What the API does not have is refused before anything is read or anybody is asked. */
async function write(
  context: ToolContext,
  { method, path, params, ask }: Written,
  request: ChangeRequest,
): Promise<ToolAnswer> {
  const segments = splitPath(path);
  const operation = { kind: 'api', method, segments, params, ...(ask === undefined ? {} : { ask }) } as const;
  const schema = await context.schema();
  checkRequest(schema, operation);
  const look = await lookBefore(context.pve, schema, operation);
  const what = `${method} ${printable(path, 200)}`;
  return change(context, [{ operation, what, after: look.after }], request);
}
