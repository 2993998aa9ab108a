import { wrongParameters } from './errors.ts';

/** What a route says of one parameter, in the terms of PVE's schema. */
export interface ParameterSpec {
  readonly type: 'string' | 'integer' | 'boolean';
  /** May be sent several times. */
  readonly many?: true;
  readonly required?: true;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly values?: readonly string[];
  /** PVE's text for a wrong value, `undefined` for a good one. */
  readonly check?: (value: string) => string | undefined;
}
export type ParameterSpecs = Readonly<Record<string, ParameterSpec>>;
/** Parameters as they arrive; a key that was sent several times has a list. */
export type RawParameters = Readonly<Record<string, string | readonly string[]>>;

/** Verified parameters. Asking for one that was not sent gives `undefined`. */
export interface Parameters {
  text(name: string): string | undefined;
  number(name: string): number | undefined;
  flag(name: string): boolean;
  has(name: string): boolean;
  /** A parameter that may be sent several times. */
  list(name: string): readonly string[];
  /** What was sent. */
  names(): readonly string[];
}

export const vmid: ParameterSpec = {
  type: 'integer',
  check: (value) =>
    Number(value) < 100 || Number(value) > 999_999_999
      ? 'invalid format - value does not look like a valid VM ID\n'
      : undefined,
};
export const text: ParameterSpec = { type: 'string' };
export const flag: ParameterSpec = { type: 'boolean' };
export const whole: ParameterSpec = { type: 'integer', minimum: 0 };
/** An option that PVE leaves to root@pam. */
export const rootOnly: ParameterSpec = { type: 'boolean', check: () => 'Only root may use this option.' };

/** What is declared for a parameter; `net3` is declared as `net[n]`. */
export function specOf(specs: ParameterSpecs, name: string): ParameterSpec | undefined {
  const indexed = name.replace(/\d+$/, '[n]');
  return Object.hasOwn(specs, name) ? specs[name] : Object.hasOwn(specs, indexed) ? specs[indexed] : undefined;
}

/** Checks what was sent against what is declared; throws PVE's 400 naming every wrong parameter. */
export function verify(specs: ParameterSpecs, sent: RawParameters): Parameters {
  const missing = Object.keys(specs).filter((name) => specs[name]?.required && !Object.hasOwn(sent, name));
  const wrong = Object.entries(sent).flatMap(([name, value]) => {
    const spec = specOf(specs, name);
    const problem = spec === undefined ? undeclared : problemOf(spec, value);
    return problem === undefined ? [] : [[name, problem] as const];
  });
  const problems = [...missing.map((name) => [name, absent] as const), ...wrong];
  if (problems.length > 0) throw wrongParameters(Object.fromEntries(problems));

  const text = (name: string): string | undefined => {
    const value = sent[name];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    text,
    number: (name) => (text(name) === undefined ? undefined : Number(text(name))),
    flag: (name) => text(name) === '1',
    has: (name) => text(name) !== undefined,
    list: (name) => [sent[name] ?? []].flat(),
    names: () => Object.keys(sent),
  };
}

/** The parts of a list, which PVE separates by commas, semicolons or white space. */
export function splitList(list: string): string[] {
  return list.split(/[,;\s]+/).filter((part) => part !== '');
}

const absent = 'property is missing and it is not optional';
const undeclared = 'property is not defined in schema and the schema does not allow additional properties';

function problemOf(spec: ParameterSpec, value: string | readonly string[]): string | undefined {
  if (typeof value !== 'string' && spec.many)
    return value.map((each) => problemOf(spec, each)).find((each) => each !== undefined);
  if (typeof value !== 'string') return `type check ('${spec.type}') failed - got 'ARRAY'`;
  if (spec.type === 'boolean' && value !== '0' && value !== '1')
    return `type check ('boolean') failed - got '${value}'`;
  if (spec.type === 'integer' && !/^-?\d+$/.test(value)) return `type check ('integer') failed - got '${value}'`;
  if (spec.minimum !== undefined && Number(value) < spec.minimum) {
    return `value must have a minimum value of ${spec.minimum}`;
  }
  if (spec.maximum !== undefined && Number(value) > spec.maximum) {
    return `value must have a maximum value of ${spec.maximum}`;
  }
  if (spec.minLength !== undefined && value.length < spec.minLength) {
    return `value must be at least ${spec.minLength} characters long`;
  }
  if (spec.maxLength !== undefined && value.length > spec.maxLength) {
    return `value may only be ${spec.maxLength} characters long`;
  }
  if (spec.values !== undefined && !spec.values.includes(value)) {
    return `value '${value}' does not have a value in the enumeration '${spec.values.join(', ')}'`;
  }
  return spec.check?.(value);
}
