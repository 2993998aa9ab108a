import { type ApiError, notImplemented } from './errors.ts';
import { type ParameterSpecs, type RawParameters, text, verify, vmid } from './parameters.ts';
import { demand, type Principal } from './permissions.ts';
import type { Reply, Route } from './route.ts';
import { clusterRoutes } from './routes/cluster.ts';
import { guestRoutes } from './routes/guests.ts';
import { lifecycleRoutes } from './routes/lifecycle.ts';
import { nodeRoutes } from './routes/nodes.ts';
import { powerRoutes } from './routes/power.ts';
import { storageRoutes } from './routes/storage.ts';
import { taskRoutes } from './routes/tasks.ts';
import { findNode, type World } from './state.ts';

/** One request as it arrives, already authenticated. */
export interface ApiRequest {
  readonly method: string;
  /** Below `/api2/json`, decoded. */
  readonly path: string;
  readonly parameters: RawParameters;
  readonly who: Principal;
}

const routes: readonly Route[] = [
  ...clusterRoutes,
  ...nodeRoutes,
  ...guestRoutes,
  ...powerRoutes,
  ...lifecycleRoutes,
  ...storageRoutes,
  ...taskRoutes,
];
const compiled = routes.map((route) => ({ route, parts: split(route.path) }));
const pathParameters: ParameterSpecs = {
  node: { ...text, required: true },
  vmid: { ...vmid, required: true },
  storage: { ...text, required: true },
  upid: { ...text, required: true },
};

/** The routes that the demo has, as `METHOD path template`. */
export const routeNames: readonly string[] = routes.map(({ method, path }) => `${method} ${path}`);

/**
 * Answers one request in PVE's order: route, privilege, node, parameters, handler.
 * @throws ApiError with PVE's status and words
 */
export function answer(world: World, { method, path, parameters, who }: ApiRequest): Reply {
  const found = findRoute(method, path);
  if (found === undefined) throw notImplemented(method, path);
  const { route, variables } = found;
  const { cluster } = world;
  if (route.privilege !== undefined) {
    const at = route.privilege.at.replace(/\{(\w+)\}/g, (_, name: string) => variables[name] ?? '');
    demand(cluster.acl, who, at, ...route.privilege.any);
  }
  if (variables.node !== undefined) findNode(cluster, variables.node);
  const specs = Object.fromEntries(Object.keys(variables).map((name) => [name, pathParameters[name] ?? text]));
  const verified = verify({ ...route.parameters, ...specs }, { ...parameters, ...variables });
  return route.answer({ world, who, parameters: verified });
}

/** The body of an error, as PVE writes it. */
export function errorBody(error: ApiError): unknown {
  const { message, fields } = error;
  return { data: null, message, ...(fields === undefined ? {} : { errors: fields }) };
}

function findRoute(method: string, path: string): { route: Route; variables: Record<string, string> } | undefined {
  const parts = split(path);
  for (const candidate of compiled) {
    if (candidate.route.method !== method) continue;
    const variables = match(candidate.parts, parts);
    if (variables !== undefined) return { route: candidate.route, variables };
  }
  return undefined;
}

function match(template: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  if (template.length !== parts.length) return undefined;
  const variables: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const expected = template[index] ?? '';
    if (expected.startsWith('{')) variables[expected.slice(1, -1)] = part;
    else if (expected !== part) return undefined;
  }
  return variables;
}

function split(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}
