import { flag, looseList, looseObject, number, text } from './loose.ts';
import type { PveMethod } from './request.ts';

/**
 * The API of one cluster, as its nodes document it: GET `/pve-docs/api-viewer/apidoc.js` (see `apidoc.ts`). All of its text
 * is the node's.
 */
export interface ApiSchema {
  readonly methods: readonly ApiMethod[];
}

export interface ApiMethod {
  readonly method: PveMethod;
  /** `/nodes/{node}/qemu/{vmid}/config` */
  readonly path: string;
  readonly name?: string | undefined;
  readonly description: string;
  /** Those of the path among them. `net[n]` stands for `net0`, `net1` and so on. */
  readonly parameters: Readonly<Record<string, ApiParameter>>;
  /** It takes parameters beside those that it declares. */
  readonly open?: boolean | undefined;
  /** Who may call it, in words. */
  readonly permissions: string;
  /** The same as PVE checks it (see `lackOf`): `["perm", "/vms/{vmid}", ["VM.PowerMgmt"]]`. */
  readonly privileges?: unknown;
  /** API tokens may call it. */
  readonly tokens: boolean;
  /** For root@pam alone. */
  readonly rootOnly: boolean;
}

/** One parameter, or one key of a property string. The names are PVE's. */
export interface ApiParameter {
  readonly type?: string | undefined;
  readonly description?: string | undefined;
  readonly optional?: boolean | undefined;
  readonly enum?: readonly string[] | undefined;
  /** A name that PVE knows a check for, or the keys of a property string such as `virtio,bridge=vmbr0`. */
  readonly format?: string | Readonly<Record<string, ApiParameter>> | undefined;
  readonly pattern?: string | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly default?: string | undefined;
  /** Of a list. */
  readonly items?: ApiParameter | undefined;
  /** The parameter without which this one is refused. */
  readonly requires?: string | undefined;
  /** Of a property string: the key that a value without a key belongs to. */
  readonly default_key?: boolean | undefined;
  /** Of a property string: another name for that key, whose own name is the value of `keyAlias`. */
  readonly alias?: string | undefined;
  readonly keyAlias?: string | undefined;
}

/** Reads what came through the gate or over the bridge. @throws PveError `server_error` for another shape */
export function readSchema(data: unknown): ApiSchema {
  const what = 'the document of the API';
  return {
    methods: looseList(looseObject(data, what).methods, what).flatMap((method): ApiMethod[] => {
      const verb = methodNamed(method.method);
      const path = text(method.path);
      if (verb === undefined || path === undefined || !isTemplate(path)) return [];
      return [
        {
          method: verb,
          path,
          name: text(method.name),
          description: text(method.description) ?? '',
          parameters: readParameters(looseObject(method.parameters, what)),
          ...(flag(method.open) === true ? { open: true } : {}),
          permissions: text(method.permissions) ?? '',
          ...(method.privileges === undefined ? {} : { privileges: method.privileges }),
          tokens: flag(method.tokens) === true,
          rootOnly: flag(method.rootOnly) === true,
        },
      ];
    }),
  };
}

export function methodNamed(name: unknown): PveMethod | undefined {
  return (['GET', 'POST', 'PUT', 'DELETE'] as const).find((method) => method === name);
}

/** Whether it is a path of the API, such as `/nodes/{node}/status`. */
export function isTemplate(path: string): boolean {
  return /^(?:\/(?:[\w.-]+|\{[\w-]+\}))+$/.test(path);
}

/** Declared parameters by name; what has no name that could be sent is left out. */
export function readParameters(declared: Readonly<Record<string, unknown>>): Record<string, ApiParameter> {
  const named = Object.entries(declared).filter(([name]) => /^[A-Za-z0-9][\w-]*(?:\[n\])?$/.test(name));
  return Object.fromEntries(named.map(([name, parameter]) => [name, readParameter(parameter)]));
}

/** One parameter, tolerant of everything: what is not understood is not there, so it is not checked either. */
export function readParameter(declared: unknown): ApiParameter {
  if (!isObject(declared)) return {};
  const { format, items, requires } = declared;
  const given: ApiParameter = {
    type: text(declared.type),
    description: text(declared.description)?.slice(0, longest),
    optional: flag(declared.optional) === true || declared.oneOf !== undefined || undefined,
    enum: Array.isArray(declared.enum) ? declared.enum.map(String) : undefined,
    format: isObject(format) ? readParameters(format) : text(format),
    pattern: text(declared.pattern),
    minimum: number(declared.minimum),
    maximum: number(declared.maximum),
    minLength: number(declared.minLength),
    maxLength: number(declared.maxLength),
    default: isObject(declared.default) ? undefined : text(declared.default),
    items: isObject(items) ? readParameter(items) : undefined,
    requires: typeof requires === 'string' ? requires : undefined,
    default_key: flag(declared.default_key),
    alias: text(declared.alias),
    keyAlias: text(declared.keyAlias),
  };
  // There are some twenty thousand of them: what is absent takes no room.
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** Characters of a description. */
const longest = 1000;

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
