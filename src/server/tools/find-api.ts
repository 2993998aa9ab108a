import * as z from 'zod';
import { forModel } from '../../gate/printable.ts';
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
    'Searches the API of this cluster for what no other tool does. An exact path with its method shows parameters, values and privileges; query then picks parameters.',
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
      const here = methodsAt(known, path).filter(ofVerb);
      const below = here.length > 0 ? here : methodsBelow(known, path).filter(ofVerb);
      // Nothing there: the error names what is near.
      if (below.length === 0) matchMethod(known, method ?? 'GET', segmentsOf(path));
      return { text: shown(here.length > 0 ? here : search(below, query), query, limit, budget, here.length > 0) };
    }
    if (query === undefined) throw needsOne();
    const found = search(known.methods, query).filter(ofVerb);
    if (found.length > 0) return { text: shown(found, query, limit, budget, false) };
    return { text: 'No method of the API fits these words. Use other words, or a path such as /cluster.' };
  },
});

function shown(
  methods: readonly ApiMethod[],
  query: string | undefined,
  limit: number,
  budget: number,
  isPath: boolean,
): string {
  const [first, ...others] = methods;
  if (first !== undefined && others.length === 0) return methodText(first, isPath ? query : undefined, budget);
  const part = methods.slice(0, limit);
  const left = methods.length - part.length;
  return [
    `${count(methods.length, 'method')}${isPath ? '' : ', best first'}. With path and method one is shown with its parameters.`,
    ...methodList(part),
    ...(left > 0 ? [`${left} more not shown: other words, or a higher limit.`] : []),
  ].join('\n');
}

function search(methods: readonly ApiMethod[], query: string | undefined): readonly ApiMethod[] {
  return query === undefined ? methods : searchMethods({ methods }, query);
}

function methodsAt({ methods }: ApiSchema, path: string): readonly ApiMethod[] {
  const exact = methods.filter((one) => one.path === path);
  if (exact.length > 0) return exact;
  const [first] = verbs.flatMap((verb) => methods.filter((one) => one.method === verb && fits(one, path)));
  return first === undefined ? [] : methods.filter((one) => one.path === best(methods, path));
}

/** Of the paths that fit, the one with most of it written out. */
function best(methods: readonly ApiMethod[], path: string): string | undefined {
  const fitting = [...new Set(methods.filter((one) => fits(one, path)).map((one) => one.path))];
  const blanks = (one: string) => one.split('{').length;
  return fitting.sort((a, b) => blanks(a) - blanks(b))[0];
}

function fits({ path: template }: ApiMethod, path: string): boolean {
  return variablesOf(template, segmentsOf(path)) !== undefined;
}

function methodsBelow({ methods }: ApiSchema, path: string): readonly ApiMethod[] {
  const segments = segmentsOf(path);
  return methods.filter(({ path: template }) => {
    const parts = template.slice(1).split('/');
    return variablesOf(`/${parts.slice(0, segments.length).join('/')}`, segments) !== undefined;
  });
}

function segmentsOf(path: string): string[] {
  return splitPath(path);
}

function needsOne(): PveError {
  return new PveError({
    code: 'invalid_argument',
    message: 'Nothing to search for',
    hint: `Give query, in words, or path, such as ${forModel('/nodes/{node}/qemu/{vmid}/config')}.`,
    reason: [],
  });
}
