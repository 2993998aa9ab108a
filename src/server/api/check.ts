import { PveError } from '../../pve/error.ts';
import { type PveMethod, type PveParams, wireParams } from '../../pve/request.ts';
import type { ApiMethod, ApiParameter, ApiSchema } from '../../pve/schema.ts';
import { nearest } from '../text/nearest.ts';
import { type Matched, matchMethod } from './match.ts';
import { valueProblem } from './values.ts';

/** A request as a tool would propose it. */
export interface CheckedRequest {
  readonly method: PveMethod;
  readonly segments: readonly string[];
  readonly params?: PveParams;
  /** Given too, by a person. */
  readonly ask?: readonly string[];
}

/**
 * Checks a request against the API of the cluster that it is for: path, verb, names, types and values of the parameters.
 * What cannot be told for certain passes, for PVE checks it again.
 * @returns the method that PVE would call
 * @throws PveError `not_found` for a path or verb that the API does not have, naming near ones; `invalid_argument` with what
 * is wrong with each parameter
 */
export function checkRequest(schema: ApiSchema, request: CheckedRequest): Matched {
  const { method: verb, segments, ask = [] } = request;
  const matched = matchMethod(schema, verb, segments);
  const { method, variables } = matched;
  const given = wireParams(request.params);
  const names = new Set([...Object.keys(given), ...Object.keys(variables), ...ask]);
  const problems = [
    ...Object.entries(variables).flatMap(([name, value]) => problemsOf(method, name, value)),
    ...Object.entries(given).flatMap(([name, value]) =>
      Object.hasOwn(variables, name)
        ? [[name, 'stands in the path already'] as const]
        : problemsOf(method, name, value),
    ),
    ...missing(method, names),
    ...lonely(method, names),
  ];
  if (problems.length === 0) return matched;
  throw new PveError({
    code: 'invalid_argument',
    message: `${verb} ${method.path} would not be accepted with these parameters`,
    reason: [],
    fields: Object.fromEntries(problems.slice(0, mostProblems)),
    hint: 'Nothing was sent and nobody was asked. Correct them; pve_find_api with this path and method shows all parameters.',
  });
}

const mostProblems = 12;

/** What is declared for a parameter; `net3` is declared as `net[n]`. */
export function parameterOf({ parameters }: ApiMethod, name: string): ApiParameter | undefined {
  const indexed = name.replace(/\d+$/, '[n]');
  return Object.hasOwn(parameters, name)
    ? parameters[name]
    : Object.hasOwn(parameters, indexed)
      ? parameters[indexed]
      : undefined;
}

type Problem = readonly [name: string, text: string];

function problemsOf(method: ApiMethod, name: string, value: string | readonly string[]): readonly Problem[] {
  const parameter = parameterOf(method, name);
  if (parameter === undefined)
    return isVariable(method, name) || method.open === true ? [] : [[name, unknown(method, name)]];
  const problem = valueProblem(parameter, value);
  return problem === undefined ? [] : [[name, problem]];
}

/** Some paths have names that their methods do not declare. */
function isVariable({ path }: ApiMethod, name: string): boolean {
  return path.includes(`{${name}}`);
}

function unknown(method: ApiMethod, name: string): string {
  const names = Object.keys(method.parameters).filter((other) => !isVariable(method, other));
  if (names.length === 0) return 'is not a parameter: it takes none';
  const meant = nearest(name, names);
  if (meant !== undefined) return `is not a parameter; did you mean ${meant}?`;
  return names.length > 20 ? 'is not a parameter' : `is not a parameter; there are ${names.join(', ')}`;
}

function missing({ parameters }: ApiMethod, given: ReadonlySet<string>): readonly Problem[] {
  return Object.entries(parameters).flatMap(([name, { optional, type }]) =>
    optional === true || given.has(name) || name.endsWith('[n]') || type === undefined
      ? []
      : [[name, `is required${type === 'string' ? '' : ` (${type})`}`] as const],
  );
}

function lonely({ parameters }: ApiMethod, given: ReadonlySet<string>): readonly Problem[] {
  return [...given].flatMap((name) => {
    const requires = Object.hasOwn(parameters, name) ? parameters[name]?.requires : undefined;
    return requires === undefined || given.has(requires) ? [] : [[name, `is accepted only with ${requires}`] as const];
  });
}
