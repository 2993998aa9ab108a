import * as z from 'zod';
import { printable } from '../../gate/printable.ts';
import { type PveMethod, type PveParam, splitPath } from '../../pve/request.ts';
import { checkRequest } from '../api/check.ts';
import { lookBefore } from '../api/read-back.ts';
import { type ChangeRequest, change } from '../change.ts';
import { defineTool, type ToolAnswer, type ToolContext } from '../define-tool.ts';
import { apiParamsOrAsk, apiPath } from './api-arguments.ts';
import { writeArguments } from './common.ts';
import { withAsk } from './on-guest.ts';

export const apiWrite = defineTool({
  name: 'pve_api_write',
  title: 'Write any API path',
  toolset: 'api',
  risk: 'destroy',
  least: 'operate',
  description: 'Sends a POST or PUT found with pve_find_api, where no other tool does it; reads back what changed.',
  input: z.strictObject({
    method: z.enum(['POST', 'PUT']),
    path: apiPath,
    params: apiParamsOrAsk,
    ...writeArguments,
  }),
  handle: ({ method, path, params = {}, ...request }, context) => write(context, { method, path, params }, request),
});

export const apiDelete = defineTool({
  name: 'pve_api_delete',
  title: 'Delete by any API path',
  toolset: 'api',
  risk: 'destroy',
  least: 'operate',
  description: 'Sends a DELETE found with pve_find_api, where no other tool does it.',
  input: z.strictObject({ path: apiPath, params: apiParamsOrAsk, ...writeArguments }),
  handle: ({ path, params = {}, ...request }, context) => write(context, { method: 'DELETE', path, params }, request),
});

interface Written {
  readonly method: PveMethod;
  readonly path: string;
  /** null for a secret that the person fills in. */
  readonly params: Readonly<Record<string, PveParam | null>>;
}

/** What the API does not have is refused before anything is read or anybody is asked. */
async function write(
  context: ToolContext,
  { method, path, params: given }: Written,
  request: ChangeRequest,
): Promise<ToolAnswer> {
  const segments = splitPath(path);
  const entries = Object.entries(given);
  const params = Object.fromEntries(entries.flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
  const ask = entries.flatMap(([name, value]) => (value === null ? [name] : []));
  const operation = withAsk({ kind: 'api', method, segments, params }, ask);
  const schema = await context.schema();
  checkRequest(schema, operation);
  const look = await lookBefore(context.pve, schema, operation);
  const what = `${method} ${printable(path, 200)}`;
  return change(context, [{ operation, what, after: look.after }], request);
}
