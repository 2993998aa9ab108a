import { ApiError } from './errors.ts';
import type { UploadedFile } from './multipart.ts';
import type { ParameterSpecs, Parameters } from './parameters.ts';
import { demand, may, type Principal } from './permissions.ts';
import { type ClusterNode, findGuest, findNode, type Guest, type GuestKind, type World } from './state.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** One method of the API. */
export interface Route {
  readonly method: Method;
  /** Such as `/nodes/{node}/qemu/{vmid}/config`; the names in braces are parameters too. */
  readonly path: string;
  readonly parameters?: ParameterSpecs;
  /** Any one of the privileges at a path, which may name parameters of the path. */
  readonly privilege?: { readonly at: string; readonly any: readonly string[] };
  /** Whoever asks need not be logged in. */
  readonly open?: true;
  /** Answered by whichever node got the call, also for one that is offline. */
  readonly anywhere?: true;
  /** For root@pam alone: not even its tokens. */
  readonly rootOnly?: true;
  /** Refused to API tokens. */
  readonly ticketOnly?: true;
  readonly answer: (call: Call) => Reply;
}

/** `total` stands beside `data` for tasks and logs. */
export interface Reply {
  readonly data: unknown;
  readonly total?: number;
  /** Stands beside `data` too: what would change in the network. */
  readonly changes?: string;
  /** Sent compressed, whatever was asked for. */
  readonly gzip?: true;
  /** How long PVE takes for it, milliseconds of cluster time. */
  readonly takes?: number;
}

/** One verified request. */
export interface Call {
  readonly world: World;
  readonly who: Principal;
  readonly parameters: Parameters;
  /** What came with it. */
  readonly file?: UploadedFile;
}

/** The node that the path names. */
export function nodeOf({ world, parameters }: Call): ClusterNode {
  return findNode(world, required(parameters, 'node'));
}

/** The guest that the path names; PVE's 500 unless it is on that node and of that kind. */
export function guestOf(call: Call, kind: GuestKind): Guest {
  return findGuest(call.world.cluster, nodeOf(call).name, kind, Number(required(call.parameters, 'vmid')));
}

/** Whether the caller holds one of the privileges at the path. */
export function callerMay({ world, who }: Call, path: string, ...any: readonly string[]): boolean {
  return may(world.cluster, who, path, ...any);
}

/** Throws PVE's 403 unless the caller holds one of the privileges at the path. */
export function callerMust({ world, who }: Call, path: string, ...any: readonly string[]): void {
  demand(world.cluster, who, path, ...any);
}

/** A parameter that the route declares as required. */
export function required(parameters: Parameters, name: string): string {
  const value = parameters.text(name);
  if (value === undefined) throw new ApiError(500, `parameter '${name}' is not declared as required\n`);
  return value;
}

/** A list of sub-resources, as PVE's index methods answer it. */
export function index(key: 'name' | 'subdir', entries: readonly string[]): Reply {
  return { data: entries.map((entry) => ({ [key]: entry })) };
}
