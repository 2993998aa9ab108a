// The official API schema as it is shipped with the reference data, and a judgement of requests by it that shares nothing
// with the product's own check.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { referenceDir } from './reference.ts';

export interface ReferenceParameter {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly format?: string | Readonly<Record<string, ReferenceProperty>>;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly optional?: number | string;
  readonly items?: ReferenceParameter;
}
export interface ReferenceProperty extends ReferenceParameter {
  readonly default_key?: number;
  readonly alias?: string;
  readonly keyAlias?: string;
}
interface ReferenceParameters {
  readonly properties?: Readonly<Record<string, ReferenceParameter>>;
  readonly allOf?: readonly ReferenceParameters[];
  readonly oneOf?: readonly ReferenceParameters[];
}
export interface ReferenceMethod {
  readonly path: string;
  readonly verb: string;
  readonly parameters: Readonly<Record<string, ReferenceParameter>>;
  /** Several shapes are possible, so that what is required cannot be told. */
  readonly isVaried: boolean;
}
export type Reference = readonly ReferenceMethod[];

/** One request as a tool made it; parameters in wire form. */
export interface ApiCall {
  readonly method: string;
  readonly segments: readonly string[];
  readonly params: Readonly<Record<string, string | readonly string[]>>;
}

/** @param release which of the two */
export function apiReference(release: 8 | 9): Reference {
  const file = join(referenceDir() ?? '', `schema-${release}.json`);
  const paths: Record<string, Record<string, { parameters?: ReferenceParameters }>> = JSON.parse(
    readFileSync(file, 'utf8'),
  );
  return Object.entries(paths).flatMap(([path, verbs]) =>
    Object.entries(verbs).map(([verb, { parameters = {} }]) => ({
      path,
      verb,
      parameters: propertiesOf(parameters),
      isVaried: parameters.allOf !== undefined || parameters.oneOf !== undefined,
    })),
  );
}

function propertiesOf({
  properties = {},
  allOf = [],
  oneOf = [],
}: ReferenceParameters): Record<string, ReferenceParameter> {
  return Object.assign({}, properties, ...[...allOf, ...oneOf].map(propertiesOf));
}

/** The method that a request names, a literal path before one with placeholders. */
export function methodOf(reference: Reference, { method, segments }: ApiCall): ReferenceMethod | undefined {
  const fitting = reference.filter(({ verb, path }) => verb === method && fits(path, segments));
  return fitting.sort((a, b) => placeholders(a.path) - placeholders(b.path))[0];
}

function placeholders(path: string): number {
  return path.split('{').length;
}

function fits(path: string, segments: readonly string[]): boolean {
  const parts = path.slice(1).split('/');
  return parts.length === segments.length && parts.every((part, at) => part.startsWith('{') || part === segments[at]);
}

/** What is wrong with a request by the official schema; nothing when it is valid. */
export function problemsOf(reference: Reference, call: ApiCall): string[] {
  const found = methodOf(reference, call);
  if (found === undefined) return ['there is no such method'];
  const inPath = new Map(
    found.path
      .slice(1)
      .split('/')
      .flatMap((part, at) => (part.startsWith('{') ? [[part.slice(1, -1), call.segments[at] ?? ''] as const] : [])),
  );
  const given = [...inPath, ...Object.entries(call.params)];
  const missing = Object.entries(found.parameters)
    .filter(([name, { optional }]) => !found.isVaried && Number(optional ?? 0) === 0 && !/\[n\]$/.test(name))
    .flatMap(([name]) => (given.some(([one]) => one === name) ? [] : [`${name} is missing`]));
  const wrong = given.flatMap(([name, value]) => {
    const parameter = found.parameters[name] ?? found.parameters[name.replace(/\d+$/, '[n]')];
    if (parameter === undefined) return [`${name} is no parameter`];
    return problemsOfValue(parameter, value).map((problem) => `${name}=${String(value)}: ${problem}`);
  });
  return [...missing, ...wrong];
}

function problemsOfValue(parameter: ReferenceParameter, value: string | readonly string[]): string[] {
  const { type = 'string', items = {} } = parameter;
  if (typeof value !== 'string') {
    if (type !== 'array' && !String(parameter.format ?? '').endsWith('-list')) return ['is no list'];
    return value.flatMap((one) => problemsOfValue({ ...items, type: items.type ?? 'string' }, one));
  }
  switch (type) {
    case 'boolean':
      return /^[01]$/.test(value) ? [] : ['is no 0 or 1'];
    case 'integer':
      return /^-?\d+$/.test(value) ? bounds(parameter, Number(value)) : ['is no integer'];
    case 'number':
      return /^-?\d+(\.\d+)?$/.test(value) ? bounds(parameter, Number(value)) : ['is no number'];
    case 'array':
      return [];
    default:
      return problemsOfText(parameter, value);
  }
}

function bounds({ minimum, maximum }: ReferenceParameter, value: number): string[] {
  if (minimum !== undefined && value < minimum) return [`is below ${minimum}`];
  return maximum !== undefined && value > maximum ? [`is above ${maximum}`] : [];
}

function problemsOfText(parameter: ReferenceParameter, value: string): string[] {
  const { enum: values, pattern, format, minLength = 0, maxLength = Number.POSITIVE_INFINITY } = parameter;
  const found: string[] = [];
  if (values !== undefined && !values.includes(value)) found.push(`is none of ${values.join(', ')}`);
  if (value.length < minLength || value.length > maxLength) found.push('is too short or too long');
  const shape = pattern === undefined ? undefined : asRegExp(pattern);
  if (shape !== undefined && !shape.test(value)) found.push(`does not match ${pattern}`);
  if (typeof format === 'string') {
    const one = formats[format.replace(/-list$/, '')];
    const words = format.endsWith('-list') ? value.split(/[,;\s]+/).filter((word) => word !== '') : [value];
    if (one !== undefined && !words.every((word) => one.test(word))) found.push(`is no ${format}`);
  } else if (format !== undefined) found.push(...problemsOfProperties(format, value));
  return found;
}

/** Perl's expressions that JavaScript reads too, matched whole as PVE does. */
function asRegExp(pattern: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${pattern.replace(/^\(\?\^?:/, '(?:')})$`);
  } catch {
    return undefined;
  }
}

/** A property string such as `virtio=AA:…,bridge=vmbr0`. */
function problemsOfProperties(format: Readonly<Record<string, ReferenceProperty>>, value: string): string[] {
  return value.split(',').flatMap((part) => {
    const at = part.indexOf('=');
    const first = Object.values(format).find(({ default_key: isFirst }) => Number(isFirst) === 1);
    if (at === -1) return first === undefined ? ['has no key'] : problemsOfValue(first, part);
    const key = part.slice(0, at);
    const property = format[key];
    if (property === undefined) return [`has the unknown key ${key}`];
    return property.alias === undefined ? problemsOfValue(property, part.slice(at + 1)) : [];
  });
}

const ip = /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*)$/;
const formats: Readonly<Record<string, RegExp>> = {
  'pve-node': /^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$/,
  'pve-vmid': /^[1-9]\d{2,8}$/,
  'pve-configid': /^[a-z][a-z0-9_-]+$/i,
  'pve-storage-id': /^[a-z][a-z0-9\-_.]*[a-z0-9]$/i,
  'pve-poolid': /^[A-Za-z0-9.\-_]+(\/[A-Za-z0-9.\-_]+){0,2}$/,
  'pve-userid': /^[^\s:/]+@[A-Za-z][A-Za-z0-9.\-_]+$/,
  'pve-iface': /^[a-z][a-z0-9_]{1,20}([:.]\d+)?$/i,
  'pve-realm': /^[A-Za-z][A-Za-z0-9.\-_]+$/,
  'pve-groupid': /^[A-Za-z0-9.\-_]+$/,
  'pve-roleid': /^[A-Za-z0-9.\-_]+$/,
  'pve-replication-job-id': /^[1-9]\d{2,8}-\d{1,9}$/,
  'pve-volume-id': /^[^:\s]+:\S+$/,
  'pve-tag': /^[a-z0-9_][a-z0-9_\-+.]*$/i,
  'pve-ha-resource-or-vm-id': /^((vm|ct):)?[1-9]\d{2,8}$/,
  'mac-addr': /^[a-f0-9][02468ace](?::[a-f0-9]{2}){5}$/i,
  'dns-name': /^[A-Za-z0-9]([A-Za-z0-9\-.]*[A-Za-z0-9])?$/,
  ip,
  ipv4: /^\d{1,3}(\.\d{1,3}){3}$/,
  address: /^\S+$/,
  CIDR: /^(\d{1,3}(\.\d{1,3}){3}\/\d{1,2}|[0-9a-fA-F:]+\/\d{1,3})$/,
};
