import { describe, expect, test } from 'vitest';
import { programs } from '../../../../src/gate/command/pve/programs.ts';
import { readOptions } from '../../../../src/gate/command/pve/pvesh.ts';
import type { Row } from '../../../../src/gate/command/pve/row.ts';
import { judgePve } from '../../../../src/gate/command/pve.ts';
import type { RuleVerdict } from '../../../../src/gate/command/types.ts';
import { risks } from '../../../../src/gate/types.ts';
import { apiReference, type ReferenceMethod } from '../../../support/api-reference.ts';
import { judged } from '../../../support/judged.ts';
import { referenceDir } from '../../../support/reference.ts';

const dir = referenceDir();
const releases = dir === undefined ? [] : ([8, 9] as const).map((release) => [release, apiReference(release)] as const);
const methods = releases.flatMap(([, reference]) => reference);
const commands = { GET: 'get', POST: 'create', PUT: 'set', DELETE: 'delete' } as const;
type Verb = keyof typeof commands;

/** The path with something in place of each variable. */
function filled(path: string): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => ({ node: 'pve1', vmid: '101' })[name] ?? 'some');
}

function pvesh(verb: string, path: string, ...words: readonly string[]): RuleVerdict {
  const verdict = judgePve(['pvesh', commands[verb as Verb], path, ...words], 'pve1');
  if (verdict === undefined) throw new Error('pvesh is not known');
  return verdict;
}

/** What the command says less than the table does. */
function less(verdict: RuleVerdict, { verb, path }: ReferenceMethod, params: Record<string, string> = {}): string[] {
  const table = judged(verb as Verb, filled(path), params);
  const isLess =
    risks.indexOf(verdict.risk) < risks.indexOf(table.risk) ||
    (table.sensitive && verdict.sensitive !== true) ||
    (table.refused !== undefined && table.refused !== verdict.refused);
  return isLess ? [`${verb} ${path} ${JSON.stringify(params)}: ${verdict.risk}, not ${table.risk}`] : [];
}

const values = ['0', '/etc/passwd,unused0,protection'];

describe.skipIf(dir === undefined)('against the schema (skipped without reference data)', () => {
  test.each(
    releases,
  )('G5: the pvesh form of each write of release %i is at least what the table says', (_, reference) => {
    const writes = reference.filter(({ verb }) => verb !== 'GET');
    expect(writes.flatMap((write) => less(pvesh(write.verb, filled(write.path)), write))).toEqual([]);
    expect(writes.length).toBeGreaterThan(300);
  });

  test('G5: so it is with any parameter of either release', () => {
    const given = methods
      .filter(({ verb }) => verb !== 'GET')
      .flatMap((write) =>
        Object.keys(write.parameters)
          .filter((name) => !write.path.includes(`{${name}}`))
          .map((name) => ({ write, name: name.replace('[n]', '3') })),
      );
    // Most are in both releases.
    const each = new Map(given.map((it) => [`${it.write.verb} ${it.write.path} ${it.name}`, it]));
    const found = [...each.values()].flatMap(({ write, name }) =>
      values.flatMap((value) =>
        less(pvesh(write.verb, filled(write.path), `--${name}`, value), write, { [name]: value }),
      ),
    );
    expect(found).toEqual([]);
    expect(each.size).toBeGreaterThan(2000);
  });

  test.each(releases)('G5, G6: what is no plain read of release %i is none by pvesh get', (_, reference) => {
    const reads = reference.filter(({ verb }) => verb === 'GET');
    expect(reads.flatMap((read) => less(pvesh('GET', filled(read.path)), read))).toEqual([]);
    expect(reads.every(({ path }) => pvesh('GET', filled(path)).risk === 'read')).toBe(true);
  });

  test('G5: the options of reads are those of the schemas', () => {
    const known = methods
      .filter(({ verb }) => verb === 'GET')
      .flatMap(({ path, parameters }) => Object.keys(parameters).filter((name) => !path.includes(`{${name}}`)));
    expect([...readOptions].sort()).toEqual([...new Set(known)].sort());
  });

  const rows = Object.entries(programs).flatMap(([name, program]) =>
    Object.entries(program).flatMap(([command, row]) =>
      typeof row === 'string'
        ? []
        : [row, ...row.cases.map((it) => it.row)].map((it) => [`${name} ${command}`, it] as const),
    ),
  );

  test('G5: each row is a method of the API, with its operands and options', () => {
    const wrong = rows.flatMap(([name, row]) => {
      if (row.kind === 'own') return [];
      const fitting = methods.filter(({ verb, path }) => verb === row.method && isSame(row.path, path));
      if (fitting.length === 0) return [`${name}: ${row.method} ${row.path}`];
      // The kind of an HA rule decides which parameters it has; the schema has no entry for it.
      const known = ['type', ...fitting.flatMap(({ parameters }) => Object.keys(parameters))];
      return namesOf(row).flatMap((one) => (known.includes(one) ? [] : [`${name}: ${one}`]));
    });
    expect(wrong).toEqual([]);
    expect(rows.length).toBeGreaterThan(200);
  });

  test('G5: each name that stands for another one does', () => {
    const wrong = Object.entries(programs).flatMap(([name, program]) =>
      Object.entries(program).flatMap(([command, row]) =>
        typeof row === 'string' && typeof program[row] !== 'object' ? [`${name} ${command}`] : [],
      ),
    );
    expect(wrong).toEqual([]);
  });
});

/** A variable of the one may stand for a name of the other. */
function isSame(ours: string, theirs: string): boolean {
  const parts = theirs.split('/');
  const own = ours.split('/');
  return (
    own.length === parts.length &&
    own.every((part, at) => part === parts[at] || [part, parts[at]].some((it) => it?.startsWith('{')))
  );
}

function namesOf(row: Extract<Row, { kind: 'request' }>): readonly string[] {
  const inPath = [...row.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  const inFixed = [
    ...Object.values(row.fixed)
      .join()
      .matchAll(/\{(\w+)\}/g),
  ].map(([, name]) => name);
  const operands = row.operands.map((operand) => operand.replace(/[?*]$/, ''));
  return [
    ...operands,
    ...row.options,
    ...row.files,
    ...Object.keys(row.fixed).map((name) => name.replace(/\d$/, '[n]')),
  ].filter((name) => !row.local.includes(name) && !inPath.includes(name) && !inFixed.includes(name));
}
