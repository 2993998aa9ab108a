import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RiskRule } from '../../../src/gate/risk/rule.ts';
import { riskRule, riskTable } from '../../../src/gate/risk.ts';
import { referenceDir } from '../../support/reference.ts';

interface Parameters {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly allOf?: readonly Parameters[];
  readonly oneOf?: readonly Parameters[];
  readonly 'type-property'?: string;
}
type Schema = Readonly<Record<string, Readonly<Record<string, { readonly parameters?: Parameters }>>>>;
interface Write {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly params: readonly string[];
}

const dir = referenceDir();
const schemas = { '9.2': writesOf('schema-9.json'), '8.4': writesOf('schema-8.json') };

function writesOf(file: string): readonly Write[] {
  if (dir === undefined) return [];
  const schema: Schema = JSON.parse(readFileSync(join(dir, file), 'utf8'));
  return Object.entries(schema).flatMap(([path, verbs]) =>
    (['POST', 'PUT', 'DELETE'] as const).flatMap((method) => {
      const verb = verbs[method];
      return verb === undefined ? [] : [{ method, path, params: paramsOf(verb.parameters) }];
    }),
  );
}

function paramsOf({ properties = {}, allOf = [], oneOf = [], ...more }: Parameters = {}): string[] {
  const type = more['type-property'];
  return [...Object.keys(properties), ...[...allOf, ...oneOf].flatMap(paramsOf), ...(type === undefined ? [] : [type])];
}

function ruleOf({ method, path }: Pick<Write, 'method' | 'path'>): RiskRule | undefined {
  return riskRule({ method, segments: path.slice(1).split('/') });
}

describe.skipIf(dir === undefined)('against the schema (skipped without reference data)', () => {
  test.each([
    ['9.2', 337],
    ['8.4', 301],
  ] as const)('G4: every write method of %s is named by a rule: %i of them', (version, count) => {
    const unnamed = schemas[version].filter((write) => ruleOf(write) === undefined);
    expect(unnamed.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
    expect(schemas[version]).toHaveLength(count);
  });

  test('G4: every rule names a write of one of the schemas, of every kind of guest it stands for', () => {
    const named = new Set(Object.values(schemas).flatMap((writes) => writes.map(ruleOf)));
    expect(riskTable.filter((rule) => !named.has(rule)).map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  });

  test('G4: every parameter that a rule covers or goes by exists in one of the schemas, for what it names', () => {
    const known = new Map<RiskRule | undefined, Set<string>>();
    for (const write of Object.values(schemas).flat()) {
      const rule = ruleOf(write);
      known.set(rule, new Set([...(known.get(rule) ?? []), ...write.params]));
    }
    const wrong = riskTable.flatMap((rule) => {
      const sensitive = rule.sensitive === undefined || rule.sensitive === true ? [] : rule.sensitive;
      const used = [...rule.params, ...rule.raises.map(({ param }) => param), ...sensitive];
      return used
        .filter((name) => known.get(rule)?.has(name) !== true)
        .map((name) => `${rule.method} ${rule.path} ${name}`);
    });
    expect(wrong).toEqual([]);
  });

  test('G4: what a rule goes by is covered by it, or stands in its path', () => {
    const wrong = riskTable.flatMap(({ method, path, params, raises }) =>
      raises
        .filter(({ param }) => !params.includes(param) && !path.includes(`{${param}}`))
        .map(({ param }) => `${method} ${path} ${param}`),
    );
    expect(wrong).toEqual([]);
  });

  test('G4: what no rule covers is left out on purpose, and destroys', () => {
    const uncovered = Object.values(schemas).flatMap((writes) =>
      writes.flatMap((write) => {
        const rule = ruleOf(write);
        if (rule === undefined || rule.risk === 'destroy') return [];
        return write.params
          .filter((name) => !rule.params.includes(name) && !write.path.includes(`{${name}}`) && !known.includes(name))
          .map((name) => `${rule.method} ${rule.path}: ${name}`);
      }),
    );
    expect([...new Set(uncovered)].sort()).toEqual(onPurpose);
  });
});

/** Raised for every rule. */
const known = ['force', 'skiplock', 'purge'];
/** Places on the node, what only PVE itself passes on, and what nobody changes by hand. */
const onPurpose = [
  'POST /cluster/backup: dumpdir',
  'POST /cluster/backup: stop',
  'POST /cluster/backup: tmpdir',
  'POST /nodes/{node}/lxc: lock',
  'POST /nodes/{node}/lxc: template',
  'POST /nodes/{node}/lxc: unused[n]',
  'POST /nodes/{node}/qemu/{vmid}/config: ivshmem',
  'POST /nodes/{node}/qemu/{vmid}/config: lock',
  'POST /nodes/{node}/qemu/{vmid}/config: template',
  'POST /nodes/{node}/qemu/{vmid}/config: unused[n]',
  'POST /nodes/{node}/qemu: ivshmem',
  'POST /nodes/{node}/qemu: lock',
  'POST /nodes/{node}/qemu: template',
  'POST /nodes/{node}/qemu: unused[n]',
  'POST /nodes/{node}/storage/{storage}/upload: tmpfilename',
  'POST /nodes/{node}/vzdump: dumpdir',
  'POST /nodes/{node}/vzdump: job-id',
  'POST /nodes/{node}/vzdump: stdout',
  'POST /nodes/{node}/vzdump: stop',
  'POST /nodes/{node}/vzdump: tmpdir',
  'POST /nodes/{node}/{guest}/{vmid}/status/resume: nocheck',
  'POST /nodes/{node}/{guest}/{vmid}/status/shutdown: keepActive',
  'POST /nodes/{node}/{guest}/{vmid}/status/start: force-cpu',
  'POST /nodes/{node}/{guest}/{vmid}/status/start: machine',
  'POST /nodes/{node}/{guest}/{vmid}/status/start: migratedfrom',
  'POST /nodes/{node}/{guest}/{vmid}/status/start: migration_network',
  'POST /nodes/{node}/{guest}/{vmid}/status/start: migration_type',
  'POST /nodes/{node}/{guest}/{vmid}/status/start: nets-host-mtu',
  'POST /nodes/{node}/{guest}/{vmid}/status/start: stateuri',
  'POST /nodes/{node}/{guest}/{vmid}/status/start: targetstorage',
  'POST /nodes/{node}/{guest}/{vmid}/status/start: with-conntrack-state',
  'POST /nodes/{node}/{guest}/{vmid}/status/stop: keepActive',
  'POST /nodes/{node}/{guest}/{vmid}/status/stop: migratedfrom',
  'PUT /cluster/backup/{id}: dumpdir',
  'PUT /cluster/backup/{id}: stop',
  'PUT /cluster/backup/{id}: tmpdir',
  'PUT /nodes/{node}/lxc/{vmid}/config: lock',
  'PUT /nodes/{node}/lxc/{vmid}/config: template',
  'PUT /nodes/{node}/lxc/{vmid}/config: unused[n]',
  'PUT /nodes/{node}/qemu/{vmid}/config: ivshmem',
  'PUT /nodes/{node}/qemu/{vmid}/config: lock',
  'PUT /nodes/{node}/qemu/{vmid}/config: template',
  'PUT /nodes/{node}/qemu/{vmid}/config: unused[n]',
];
