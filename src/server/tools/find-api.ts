import * as z from 'zod';
import { PveError } from '../../pve/error.ts';
import { splitPath } from '../../pve/request.ts';
import type { ApiMethod, ApiSchema } from '../../pve/schema.ts';
import { methodList, methodText } from '../api/describe.ts';
import { matchMethod, variablesOf } from '../api/match.ts';
import { searchMethods } from '../api/search.ts';
import { defineTool } from '../define-tool.ts';
import { count } from '../text/units.ts';
import { apiPath } from './api-arguments.ts';

const verbs = ['GET', 'POST', 'PUT', 'DELETE'] as const;

export const findApi = defineTool({
  name: 'pve_find_api',
  title: 'Search the API',
  toolset: 'api',
  risk: 'read',
  description:
    'Searches the API of this cluster for what no other tool does. path and method show parameters and privileges; query then picks parameters.',
  input: z.strictObject({
    query: z.string().max(200).optional().describe('Words: "resize disk"'),
    path: apiPath.optional(),
    method: z.enum(verbs).optional(),
    limit: z.int().min(1).max(100).default(10),
  }),
  async handle({ query, path, method, limit }, { schema, budget }) {
    const known = await schema();
    const ofVerb = (one: ApiMethod) => method === undefined || one.method === method;
    if (path !== undefined) {
      const segments = splitPath(path);
      const here = methodsAt(known, segments).filter(ofVerb);
      // The reads of most paths only list what is below.
      const isIndex = method === undefined && here.every((one) => one.method === 'GET');
      const below = here.length === 0 || isIndex ? methodsBelow(known, segments).filter(ofVerb) : [];
      // Nothing there: the error names what is near.
      if (here.length + below.length === 0) matchMethod(known, method ?? 'GET', segments);
      if (below.length === 0) return { text: shown(here, { query, limit, budget, isPath: true }) };
      return { text: shown([...here, ...search(below, query)], { query, limit, budget, isPath: false }) };
    }
    if (query === undefined) throw needsOne();
    const found = search(known.methods, query).filter(ofVerb);
    if (found.length > 0) return { text: shown(found, { query, limit, budget, isPath: false }) };
    return { text: 'No method of the API fits these words. Use other words, or a path such as /cluster.' };
  },
});

interface Shown {
  readonly query: string | undefined;
  readonly limit: number;
  readonly budget: number;
  /** They are those of one path; the query is about parameters. */
  readonly isPath: boolean;
}

function shown(methods: readonly ApiMethod[], { query, limit, budget, isPath }: Shown): string {
  const [first, ...others] = methods;
  if (first !== undefined && others.length === 0) return methodText(first, isPath ? query : undefined, budget);
  const part = methods.slice(0, limit);
  const left = methods.length - part.length;
  return [
    `${count(methods.length, 'method')}. With path and method one is shown with its parameters.`,
    ...methodList(part),
    ...(left > 0 ? [`${left} more not shown: other words, or a higher limit.`] : []),
  ].join('\n');
}

function search(methods: readonly ApiMethod[], query: string | undefined): readonly ApiMethod[] {
  return query === undefined ? methods : searchMethods({ methods }, query);
}

/** Of the paths that fit, the one with most of it written out. */
function methodsAt({ methods }: ApiSchema, segments: readonly string[]): readonly ApiMethod[] {
  const fitting = methods.filter(
    ({ path }) => path === `/${segments.join('/')}` || variablesOf(path, segments) !== undefined,
  );
  const blanks = ({ path }: ApiMethod) => path.split('{').length;
  const [best] = [...fitting].sort((a, b) => blanks(a) - blanks(b));
  return fitting.filter(({ path }) => path === best?.path);
}

function methodsBelow({ methods }: ApiSchema, segments: readonly string[]): readonly ApiMethod[] {
  return methods.filter(({ path }) => {
    const parts = path.slice(1).split('/');
    const top = `/${parts.slice(0, segments.length).join('/')}`;
    return parts.length > segments.length && variablesOf(top, segments) !== undefined;
  });
}

function needsOne(): PveError {
  return new PveError({
    code: 'invalid_argument',
    message: 'Nothing to search for',
    hint: 'Give query, in words, or path, such as /nodes/{node}/qemu/{vmid}/config.',
    reason: [],
  });
}
