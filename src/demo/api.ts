import { type ApiError, notImplemented, permissionDenied, ticketNeeded, unreachable } from './errors.ts';
import type { UploadedFile } from './multipart.ts';
import { type ParameterSpecs, type RawParameters, text, verify, vmid } from './parameters.ts';
import { demand, type Principal, principalId, root } from './permissions.ts';
import { refuseWithoutQuorum } from './quorum.ts';
import type { Reply, Route } from './route.ts';
import { accessRoutes } from './routes/access.ts';
import { aclRoutes } from './routes/acl.ts';
import { agentRoutes } from './routes/agent.ts';
import { agentWorkRoutes } from './routes/agent-work.ts';
import { backupRoutes } from './routes/backups.ts';
import { bulkRoutes } from './routes/bulk.ts';
import { cloneRoutes } from './routes/clone.ts';
import { clusterRoutes } from './routes/cluster.ts';
import { configRoutes } from './routes/config.ts';
import { consoleRoutes } from './routes/consoles.ts';
import { contentRoutes } from './routes/content.ts';
import { createRoutes } from './routes/create.ts';
import { diskRoutes } from './routes/disks.ts';
import { downloadRoutes } from './routes/downloads.ts';
import { firewallRoutes } from './routes/firewall.ts';
import { fixedRoutes } from './routes/fixed.ts';
import { guestRoutes } from './routes/guests.ts';
import { haRoutes } from './routes/ha.ts';
import { haStatusRoutes } from './routes/ha-status.ts';
import { jobRoutes } from './routes/jobs.ts';
import { lifecycleRoutes } from './routes/lifecycle.ts';
import { loginRoutes } from './routes/login.ts';
import { networkRoutes } from './routes/network.ts';
import { nodeSettingRoutes } from './routes/node-settings.ts';
import { nodeRoutes } from './routes/nodes.ts';
import { poolRoutes } from './routes/pools.ts';
import { powerRoutes } from './routes/power.ts';
import { rrdRoutes } from './routes/rrd.ts';
import { sdnRoutes } from './routes/sdn.ts';
import { serviceRoutes } from './routes/services.ts';
import { sharedSettingRoutes } from './routes/shared-settings.ts';
import { snapshotRoutes } from './routes/snapshots.ts';
import { storageRoutes } from './routes/storage.ts';
import { systemRoutes } from './routes/system.ts';
import { taskRoutes } from './routes/tasks.ts';
import { tfaRoutes } from './routes/tfa.ts';
import { uploadRoutes } from './routes/uploads.ts';
import { userRoutes } from './routes/users.ts';
import { findNode, isQuorate, type World } from './state.ts';

/** One request as it arrives, already authenticated. */
export interface ApiRequest {
  readonly method: string;
  /** Below `/api2/json`, decoded; not yet verified. */
  readonly path: string;
  readonly parameters: RawParameters;
  readonly who: Principal;
  readonly file?: UploadedFile;
}

const routes: readonly Route[] = [
  ...loginRoutes,
  ...accessRoutes,
  ...aclRoutes,
  ...tfaRoutes,
  ...userRoutes,
  ...clusterRoutes,
  ...nodeRoutes,
  ...guestRoutes,
  ...configRoutes,
  ...snapshotRoutes,
  ...diskRoutes,
  ...cloneRoutes,
  ...powerRoutes,
  ...consoleRoutes,
  ...lifecycleRoutes,
  ...bulkRoutes,
  ...createRoutes,
  ...jobRoutes,
  ...agentRoutes,
  ...agentWorkRoutes,
  ...systemRoutes,
  ...serviceRoutes,
  ...networkRoutes,
  ...firewallRoutes,
  ...fixedRoutes,
  ...sdnRoutes,
  ...sharedSettingRoutes,
  ...nodeSettingRoutes,
  ...haRoutes,
  ...haStatusRoutes,
  ...poolRoutes,
  ...rrdRoutes,
  ...storageRoutes,
  ...contentRoutes,
  ...downloadRoutes,
  ...uploadRoutes,
  ...backupRoutes,
  ...taskRoutes,
];
const compiled = routes.map((route) => ({ route, parts: split(route.path) }));
const pathParameters: ParameterSpecs = {
  node: { ...text, required: true },
  vmid: { ...vmid, required: true },
  storage: { ...text, required: true },
  upid: { ...text, required: true },
};

/** One method with all of its parameters, those of its path among them. */
export type Declared = Omit<Route, 'answer' | 'parameters'> & { readonly parameters: ParameterSpecs };
export const declared: readonly Declared[] = routes.map(({ answer: _, ...route }) => ({
  ...route,
  parameters: { ...variableSpecs(namesIn(route.path)), ...route.parameters },
}));

/** The routes that the demo has, as `METHOD path template`. */
export const routeNames: readonly string[] = routes.map(({ method, path }) => `${method} ${path}`);

/**
 * Answers one request in PVE's order: route, kind of login, privilege, node, parameters, quorum, handler.
 * @throws ApiError with PVE's status and words
 */
export function answer(world: World, { method, path, parameters, who, ...more }: ApiRequest): Reply {
  const found = findRoute(method, path);
  if (found === undefined) throw notImplemented(method, path);
  const { route, variables } = found;
  const { cluster } = world;
  if (route.ticketOnly && who.token !== undefined) throw ticketNeeded(path);
  if (route.rootOnly && principalId(who) !== root.user) throw permissionDenied('user != root@pam', []);
  if (route.privilege !== undefined) {
    const at = route.privilege.at.replace(/\{(\w+)\}/g, (_, name: string) => variables[name] ?? '');
    demand(cluster, who, at, ...route.privilege.any);
  }
  if (variables.node !== undefined) passOn(world, variables.node, route);
  const specs = variableSpecs(Object.keys(variables));
  const verified = verify({ ...specs, ...route.parameters }, { ...parameters, ...variables });
  if (method !== 'GET' && !isQuorate(cluster)) refuseWithoutQuorum(route, variables);
  return route.answer({ world, who, parameters: verified, ...more });
}

/** Whether this is answered to who has not logged in. */
export function isOpen(method: string, path: string): boolean {
  return findRoute(method, path)?.route.open === true;
}

/** The body of an error, as PVE writes it. */
export function errorBody(error: ApiError): unknown {
  const { message, fields } = error;
  return { data: null, message, ...(fields === undefined ? {} : { errors: fields }) };
}

// A call for a node is passed on to it by the one that got the call; the index of a node is not.
function passOn(world: World, name: string, route: Route): void {
  const node = findNode(world, name);
  if (node.offline && node.name !== world.local && route.anywhere !== true) throw unreachable();
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
  // The name of a volume and an address with its mask have slashes of their own.
  const takesRest = /^\{(volume|cidr)\}$/.test(template.at(-1) ?? '');
  if (takesRest && parts.length > template.length) {
    return match(template, [...parts.slice(0, template.length - 1), parts.slice(template.length - 1).join('/')]);
  }
  if (template.length !== parts.length) return undefined;
  const variables: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const expected = template[index] ?? '';
    if (expected.startsWith('{')) variables[expected.slice(1, -1)] = part;
    else if (expected !== part) return undefined;
  }
  return variables;
}

function variableSpecs(names: readonly string[]): ParameterSpecs {
  return Object.fromEntries(names.map((name) => [name, pathParameters[name] ?? { ...text, required: true }]));
}

/** The names in braces. */
function namesIn(path: string): string[] {
  return split(path).flatMap((part) => (part.startsWith('{') ? [part.slice(1, -1)] : []));
}

function split(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}
