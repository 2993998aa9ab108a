import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { covers } from '../../../../src/gate/risk/rule.ts';
import { riskRule } from '../../../../src/gate/risk.ts';
import { secretParameters } from '../../../../src/gate/secret-parameters.ts';
import { risks } from '../../../../src/gate/types.ts';
import { actOf, type Kind, oneOf, partNames, requestOf, toolOf } from '../../../../src/server/settings/kind.ts';
import { actionNames, kindNames, kinds } from '../../../../src/server/settings/kinds.ts';
import { settingsTools } from '../../../../src/server/settings/tools.ts';
import { referenceDir } from '../../../support/reference.ts';

interface Method {
  readonly parameters?: Rules;
}
interface Rules {
  readonly properties?: Readonly<Record<string, { readonly optional?: number; readonly type?: string }>>;
  readonly allOf?: readonly Rules[];
  readonly oneOf?: readonly Rules[];
  readonly 'type-property'?: string;
}
type Schema = Readonly<Record<string, Readonly<Record<string, Method>>>>;

const dir = referenceDir();
const read = (major: number): Schema =>
  dir === undefined ? {} : JSON.parse(readFileSync(join(dir, `schema-${major}.json`), 'utf8'));
const schemas: Readonly<Record<8 | 9, Schema>> = { 8: read(8), 9: read(9) };
const acts = kinds.flatMap((kind) => Object.keys(kind.acts).map((name) => ({ kind, name })));
const has = (major: 8 | 9, kind: Kind, name: string) =>
  [undefined, major].includes(actOf(kind, name).major ?? kind.major);
const rows = ([8, 9] as const).flatMap((major) =>
  acts
    .filter(({ kind, name }) => has(major, kind, name))
    .map(({ kind, name }) => {
      const { method, path } = requestOf(kind, name);
      const found = methodAt(major, method, path);
      return {
        major,
        kind,
        name,
        act: actOf(kind, name),
        found,
        known: properties(found?.parameters),
        what: `${major}: ${kind.name} ${name}, ${method} ${path}`,
      };
    }),
);
type Row = (typeof rows)[number];

/** What each line has against it; a rule is one test, so that all lines that break it are read at once. */
function broken(rule: (row: Row) => readonly string[]): string[] {
  return rows.flatMap((row) => rule(row).map((wrong) => `${row.what}: ${wrong}`));
}

/** The method of the schema that a path of the table means: its parameters may have other names. */
function methodAt(major: 8 | 9, verb: string, path: string): Method | undefined {
  const bare = (template: string) => template.replace(/\{[^}]+\}/g, '{}');
  const scopes = ['cluster', 'nodes/{node}', 'nodes/{node}/qemu/{vmid}', 'nodes/{node}/lxc/{vmid}'];
  const all = scopes.map((scope) => bare(path.replace('{firewall}', scope)));
  return Object.entries(schemas[major]).find(
    ([template, verbs]) => all.includes(bare(template)) && verbs[verb] !== undefined,
  )?.[1][verb];
}

function properties(rules: Rules | undefined): Record<string, { readonly optional?: number; readonly type?: string }> {
  const parts = [...(rules?.allOf ?? []), ...(rules?.oneOf ?? [])].map(properties);
  const type = rules?.['type-property'];
  return Object.assign({}, ...parts, rules?.properties, type === undefined ? {} : { [type]: { type: 'string' } });
}

describe.skipIf(dir === undefined)('each line of the table against the schemas of the versions that have it', () => {
  test('it is a request that there is', () => {
    expect(rows.length).toBeGreaterThan(200);
    expect(broken(({ found }) => (found === undefined ? ['there is no such method'] : []))).toEqual([]);
  });

  test('it sends digest and delete where the method takes them, and nowhere else', () => {
    // Settings of a token can be unset since 9 only.
    const isNewer = ({ kind, major }: Row) => kind.name === 'token' && major === 8;
    const takes = ({ known }: Row, name: string) => known[name] !== undefined && known[name]?.type !== 'boolean';
    expect(
      broken((row) =>
        (['digest', 'delete'] as const).filter(
          (name) => !isNewer(row) && takes(row, name) !== (row.act.takes?.includes(name) === true),
        ),
      ),
    ).toEqual([]);
  });

  test('it sends no parameter that the method does not know', () => {
    expect(
      broken(({ kind, name, act, known, major }) => {
        const { keeps = [], fixed = {}, usual9 = {}, sends = {} } = act;
        const isUsual = name === 'create' && act.request === undefined && act.id === undefined;
        const own = [
          ...keeps,
          ...Object.keys(fixed),
          ...(major === 9 ? Object.keys(usual9) : []),
          ...Object.keys(sends),
        ];
        return [...own, ...(isUsual ? partNames(kind.id ?? '').slice(-1) : [])].filter(
          (parameter) => known[parameter] === undefined,
        );
      }),
    ).toEqual([]);
  });

  test('an update or a deletion demands nothing of the caller that the cluster knows already', () => {
    expect(
      broken(({ kind, name, act, found, known, major }) => {
        if (name !== 'update' && name !== 'delete') return [];
        const template =
          Object.keys(schemas[major]).find((path) => Object.values(schemas[major][path] ?? {}).includes(found ?? {})) ??
          '';
        const given = [
          ...(act.keeps ?? []),
          ...Object.keys({ ...act.fixed, ...act.sends }),
          ...(act.asks?.({}) ?? []),
          ...partNames(template),
        ];
        // What of a repository is meant only the caller knows; and what one sort of rule demands, another one has not.
        const open: readonly string[] =
          { apt_repository: ['index', 'path'], ha_rule: Object.keys(known) }[kind.name] ?? [];
        return Object.keys(known).filter(
          (parameter) => known[parameter]?.optional !== 1 && ![...given, ...open].includes(parameter),
        );
      }),
    ).toEqual([]);
  });

  test('it reads what is there by a GET that there is, with parameters that it knows', () => {
    expect(
      broken(({ kind, major }) => {
        const { list, one, detailed, query = {} } = kind;
        const reads = [
          list,
          list === undefined || detailed === true ? (one ?? (list === undefined ? undefined : oneOf(kind))) : undefined,
        ];
        const listed = list === undefined ? {} : properties(methodAt(major, 'GET', list)?.parameters);
        return [
          ...reads
            .filter((path) => path !== undefined && methodAt(major, 'GET', path) === undefined)
            .map((path) => `GET ${path}`),
          ...Object.keys(query).filter((parameter) => listed[parameter] === undefined),
        ];
      }),
    ).toEqual([]);
  });

  test('G15: what a person is asked for is a secret of that very request', () => {
    const sets = [{}, { type: 'pbs' }, { type: 'dns' }, { bind_dn: 'cn=x' }, { username: 'x' }];
    const asked = acts.flatMap(({ kind, name }) =>
      sets.flatMap((set) =>
        (actOf(kind, name).asks?.(set) ?? []).map((parameter) => ({ ...requestOf(kind, name), parameter })),
      ),
    );
    expect(asked.length).toBeGreaterThan(8);
    const bare = (path: string) => path.replace(/\{[^}]+\}/g, '{}');
    for (const { method, path, parameter } of asked) {
      const known = Object.entries(secretParameters).find(
        ([request]) => bare(request) === bare(`${method} ${path}`),
      )?.[1];
      expect(known, `${method} ${path}`).toContain(parameter);
    }
  });
});

describe('the tools that are made of the table', () => {
  test('each act stands in one of them, and deleting in pve_delete alone', () => {
    const names = settingsTools.map(({ name }) => name);
    for (const { kind, name } of acts) {
      expect(names).toContain(toolOf(kind, name));
      expect(toolOf(kind, name) === 'pve_delete').toBe(name === 'delete');
    }
  });

  test('G4: none stands in a tool of a lower risk than the gate gives its request, and no tool only for what has less', () => {
    const below: string[] = [];
    const equal = new Set<string>();
    for (const { kind, name } of acts) {
      const { method, path } = requestOf(kind, name);
      const segments = path.slice(1).replace('{firewall}', 'cluster').split('/');
      const gate = riskRule({ method, segments })?.risk ?? 'destroy';
      const tool = settingsTools.find((one) => one.name === toolOf(kind, name));
      if (risks.indexOf(tool?.risk ?? 'read') < risks.indexOf(gate))
        below.push(`${tool?.name} ${kind.name} ${name}: ${gate}`);
      if (tool?.risk === gate) equal.add(tool.name);
    }
    expect(below).toEqual([]);
    expect([...equal].sort()).toEqual(settingsTools.map(({ name }) => name).sort());
  });

  test('what an act sends of itself raises none: the gate knows each of these parameters', () => {
    const raised = acts.flatMap(({ kind, name }) => {
      const { method, path } = requestOf(kind, name);
      const rule = riskRule({ method, segments: path.slice(1).replace('{firewall}', 'cluster').split('/') });
      const { takes = [], keeps = [], fixed = {}, sends = {} } = actOf(kind, name);
      const own = rule?.risk === 'destroy' ? [] : [...takes, ...keeps, ...Object.keys({ ...fixed, ...sends })];
      return own
        .filter((parameter) => !covers(rule?.params ?? [], parameter))
        .map((parameter) => `${kind.name} ${name}: ${parameter}`);
    });
    expect(raised).toEqual([]);
  });

  test('no kind stands twice, and each tool has some', () => {
    expect(new Set(kinds.map(({ name }) => name)).size).toBe(kinds.length);
    for (const { name } of settingsTools) {
      expect(kindNames(name as Parameters<typeof kindNames>[0]).length, name).toBeGreaterThan(0);
      expect(actionNames(undefined, name as Parameters<typeof kindNames>[0]).length, name).toBeGreaterThan(0);
    }
  });
});
