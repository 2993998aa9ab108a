import { PveError } from './error.ts';
import { flag, text } from './loose.ts';
import {
  type ApiMethod,
  type ApiParameter,
  type ApiSchema,
  isObject,
  isTemplate,
  methodNamed,
  readParameters,
} from './schema.ts';

/** Characters of the document that are taken; real ones have about four millions. */
export const longestApidoc = 16 * 1024 * 1024;
/** How deep brackets may be nested; in real documents it is about 30. */
const deepest = 200;

/**
 * Reads the document of the API that every node serves: `const apiSchema = [ … ];` and code behind it. It is data here:
 * the list is cut out by its brackets and parsed as JSON, nothing is ever evaluated.
 * @throws PveError `not_proxmox` for a text that holds no such list; `too_large`
 */
export function parseApidoc(source: string): ApiSchema {
  if (source.length > longestApidoc) throw unusable('it is too large', 'too_large');
  const start = /\b(?:apiSchema|pveapi)\s*=\s*(?=\[)/.exec(source);
  if (start === null) throw unusable('it does not hold the list of methods');
  const from = start.index + start[0].length;
  const methods = methodsBelow(parse(source.slice(from, endOfList(source, from))));
  if (methods.length === 0) throw unusable('it names no method');
  return { methods };
}

/** The methods of one path. PVE's own fields of a method. */
export function methodsAt(path: string, verbs: unknown): ApiMethod[] {
  if (!isObject(verbs) || !isTemplate(path)) return [];
  return Object.entries(verbs).flatMap(([verb, info]) => {
    const method = methodNamed(verb);
    if (method === undefined || !isObject(info)) return [];
    const { parameters, permissions } = info;
    return [
      {
        method,
        path,
        ...(typeof info.name === 'string' ? { name: info.name } : {}),
        description: text(info.description)?.slice(0, 2000) ?? '',
        parameters: parametersOf(parameters),
        ...(isOpen(parameters) ? { open: true } : {}),
        permissions: permissionsText(permissions).slice(0, 2000),
        ...(isObject(permissions) && permissions.check !== undefined ? { privileges: permissions.check } : {}),
        tokens: info.allowtoken === undefined || flag(info.allowtoken) === true,
        rootOnly: permissions === undefined,
      },
    ];
  });
}

/** Behind the bracket that closes the list. Brackets inside strings do not count. */
function endOfList(source: string, from: number): number {
  const marks = /["[\]{}]/g;
  marks.lastIndex = from;
  let depth = 0;
  for (let found = marks.exec(source); found !== null; found = marks.exec(source)) {
    const [mark] = found;
    if (mark === '"') marks.lastIndex = endOfString(source, found.index);
    else depth += mark === '[' || mark === '{' ? 1 : -1;
    if (depth > deepest) throw unusable('it is nested too deeply');
    if (depth === 0) return marks.lastIndex;
  }
  throw unusable('its end is missing');
}

function endOfString(source: string, from: number): number {
  for (let at = source.indexOf('"', from + 1); at >= 0; at = source.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (source[at - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return at + 1;
  }
  throw unusable('its end is missing');
}

function parse(list: string): unknown {
  try {
    return JSON.parse(list);
  } catch (cause) {
    throw unusable('the list of methods is not JSON', 'not_proxmox', cause);
  }
}

/** Depth is bounded by the search for the end. */
function methodsBelow(entries: unknown): ApiMethod[] {
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((entry: unknown) => {
    if (!isObject(entry)) return [];
    const own = typeof entry.path === 'string' ? methodsAt(entry.path, entry.info) : [];
    return [...own, ...methodsBelow(entry.children)];
  });
}

/** Some methods take one of several sets of parameters (`allOf`, `oneOf`): then all of them stand together. */
function parametersOf(declared: unknown): Record<string, ApiParameter> {
  if (!isObject(declared)) return {};
  const all = list(declared.allOf).map(parametersOf);
  const either = list(declared.oneOf).map(parametersOf);
  const kind = text(declared['type-property']);
  return Object.fromEntries([
    ...(kind === undefined ? [] : Object.entries(readParameters({ [kind]: declared['type-property-schema'] }))),
    ...Object.entries(isObject(declared.properties) ? readParameters(declared.properties) : {}).map(
      ofSomeKinds(declared),
    ),
    ...all.flatMap((each) => Object.entries(each)),
    ...Object.entries(merged(either)),
  ]);
}

/** One that belongs to some kinds only (`instance-types`) need not be there. */
function ofSomeKinds({ properties }: Readonly<Record<string, unknown>>) {
  return ([name, parameter]: readonly [string, ApiParameter]): [string, ApiParameter] => {
    const declared = isObject(properties) ? properties[name] : undefined;
    return [name, isObject(declared) && 'instance-types' in declared ? { ...parameter, optional: true } : parameter];
  };
}

/** Where sets differ in a parameter, what they say of its values does not hold; it is required where all require it. */
function merged(sets: readonly Readonly<Record<string, ApiParameter>>[]): Record<string, ApiParameter> {
  const names = new Set(sets.flatMap((set) => Object.keys(set)));
  return Object.fromEntries(
    [...names].map((name) => {
      const [first = {}, ...others] = sets.flatMap((set) => (Object.hasOwn(set, name) ? [set[name] ?? {}] : []));
      const isSame = others.every((other) => JSON.stringify(other) === JSON.stringify(first));
      const isRequired = others.length === sets.length - 1 && [first, ...others].every((one) => one.optional !== true);
      const common = isSame ? first : { description: first.description ?? '' };
      return [name, isRequired ? common : { ...common, optional: true }];
    }),
  );
}

/** PVE refuses what is not declared only where the declaration says so. */
function isOpen(declared: unknown): boolean {
  if (!isObject(declared)) return true;
  const sets = [...list(declared.allOf), ...list(declared.oneOf)];
  return sets.length > 0 ? sets.some(isOpen) : flag(declared.additionalProperties) !== false;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** PVE's expression of who may call a method, in words. */
function permissionsText(permissions: unknown): string {
  if (!isObject(permissions)) return 'root@pam only';
  const { check, user, description } = permissions;
  const who = user === 'world' ? 'anybody, without a login' : user === 'all' ? 'any user' : undefined;
  const parts = [check === undefined ? who : checkText(check), text(description)];
  return parts.filter((part) => part !== undefined).join('. ');
}

function checkText(check: unknown): string {
  const [kind, first, second, ...more] = list(check);
  switch (kind) {
    case 'perm':
      return `${list(second).join(more[0] === 'any' ? ' or ' : ' and ')} on ${first}`;
    case 'perm-modify':
      return `Permissions.Modify on ${first}`;
    case 'userid-param':
      return first === 'self' ? 'the user themselves' : `${first} on the realm`;
    case 'userid-group':
      return `${list(first).join(' and ')} on the user's groups`;
    case 'and':
    case 'or':
      return list(check)
        .slice(1)
        .map((part) => `(${checkText(part)})`)
        .join(` ${kind} `);
    default:
      return list(check).map(String).join(' ');
  }
}

function unusable(why: string, code: 'not_proxmox' | 'too_large' = 'not_proxmox', cause?: unknown): PveError {
  const hint = 'Something between here and the node may answer in its place; its own address is /pve-docs/api-viewer/.';
  const message = `The document of the API that the node serves cannot be used: ${why}`;
  return new PveError({ code, message, hint, reason: [] }, { cause });
}
