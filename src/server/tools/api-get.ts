import * as z from 'zod';
import { splitPath } from '../../pve/request.ts';
import { answerText } from '../api/answer.ts';
import { checkRequest } from '../api/check.ts';
import { defineTool } from '../define-tool.ts';
import { apiParams, apiPath } from './api-arguments.ts';
import { pageArguments } from './common.ts';

export const apiGet = defineTool({
  name: 'pve_api_get',
  title: 'Read any API path',
  toolset: 'api',
  risk: 'read',
  description: 'Reads a path found with pve_find_api, where no other tool reads it.',
  input: z.strictObject({
    path: apiPath,
    params: apiParams,
    filter: z.string().min(1).max(200).optional().describe('Only entries with this text'),
    fields: z.array(z.string().min(1).max(64)).min(1).max(30).optional(),
    ...pageArguments(100),
  }),
  async handle({ path, params = {}, ...how }, { pve, schema, budget }) {
    const segments = splitPath(path);
    checkRequest(await schema(), { method: 'GET', segments, params });
    const reply = await pve.send({ method: 'GET', path: segments, params });
    return { text: answerText(reply, { ...how, budget }) };
  },
});
