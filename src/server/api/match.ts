import { PveError } from '../../pve/error.ts';
import type { PveMethod } from '../../pve/request.ts';
import type { ApiMethod, ApiSchema } from '../../pve/schema.ts';

/** Path and verb as the API has them, with the values that stand for the names in braces. */
export interface Matched {
  readonly method: ApiMethod;
  readonly variables: Readonly<Record<string, string>>;
}

/** The method that PVE would call. @throws PveError `not_found` that names other verbs, or paths that are near */
export function matchMethod({ methods }: ApiSchema, verb: PveMethod, segments: readonly string[]): Matched {
  const fitting = methods.filter(({ path }) => variablesOf(path, segments) !== undefined);
  // What is written out goes before what any text fits.
  const most = Math.max(...fitting.map(({ path }) => literals(path)));
  const here = fitting.filter(({ path }) => literals(path) === most);
  const method = here.find((one) => one.method === verb);
  if (method !== undefined) return { method, variables: variablesOf(method.path, segments) ?? {} };
  const path = `/${segments.join('/')}`;
  const verbs = here.map((one) => one.method).join(', ');
  if (verbs !== '') throw notFound(`${path} has no ${verb}`, `It has: ${verbs}. pve_find_api shows their parameters.`);
  const near = nearPaths(methods, segments);
  throw notFound(
    `The API of this cluster has no path ${path}`,
    near.length === 0 ? 'Search with pve_find_api.' : `Near ones: "${near.join('", "')}". Or search with pve_find_api.`,
  );
}

/** The values of the names in braces, where the segments fit. */
export function variablesOf(template: string, segments: readonly string[]): Record<string, string> | undefined {
  const parts = template.slice(1).split('/');
  if (parts.length !== segments.length) return undefined;
  const pairs = parts.map((part, at) => [part, segments[at] ?? ''] as const);
  if (pairs.some(([part, segment]) => !isPlaceholder(part) && part !== segment)) return undefined;
  return Object.fromEntries(
    pairs.filter(([part]) => isPlaceholder(part)).map(([part, value]) => [part.slice(1, -1), value]),
  );
}

function literals(template: string): number {
  return template.split('/').filter((part) => !isPlaceholder(part)).length;
}

function isPlaceholder(part: string): boolean {
  return part.startsWith('{');
}

/** Templates that are most alike, best first. */
function nearPaths(methods: readonly ApiMethod[], segments: readonly string[]): readonly string[] {
  const paths = [...new Set(methods.map(({ path }) => path))];
  return paths
    .map((path) => ({ path, score: likeness(path.slice(1).split('/'), segments) }))
    .filter(({ score }) => score >= Math.max(1, segments.length / 2))
    .sort((a, b) => b.score - a.score || a.path.length - b.path.length)
    .slice(0, 3)
    .map(({ path }) => path);
}

/** How many segments stand in both, in order; a placeholder counts little, and so does each that is too many. */
function likeness(parts: readonly string[], segments: readonly string[]): number {
  let previous = new Array<number>(segments.length + 1).fill(0);
  for (const part of parts) {
    const current = [0];
    for (const [at, segment] of segments.entries()) {
      const alike = part === segment ? 1 : isPlaceholder(part) ? 0.6 : begins(part, segment) ? 0.5 : 0;
      current.push(Math.max((previous[at] ?? 0) + alike, previous[at + 1] ?? 0, current[at] ?? 0));
    }
    previous = current;
  }
  return (previous.at(-1) ?? 0) - 0.3 * Math.abs(parts.length - segments.length);
}

function begins(part: string, segment: string): boolean {
  const length = Math.max(3, Math.min(part.length, segment.length) - 2);
  return part.slice(0, length) === segment.slice(0, length);
}

function notFound(message: string, hint: string): PveError {
  return new PveError({ code: 'not_found', message, hint, reason: [] });
}
