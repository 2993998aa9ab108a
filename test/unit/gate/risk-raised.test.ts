import fc from 'fast-check';
import { expect, test } from 'vitest';
import { judge } from '../../../src/gate/judge.ts';
import type { RiskRule } from '../../../src/gate/risk/rule.ts';
import { riskTable } from '../../../src/gate/risk.ts';
import { type ApiOperation, risks } from '../../../src/gate/types.ts';
import { judged } from '../../support/judged.ts';

/** Without these Proxmox VE reaches further than with them; which value does not is for the rows. */
const needed = ['vmid', 'vms', 'remove'];

const rule = fc.constantFrom(...riskTable);
const odd = fc.constantFrom(
  'force',
  'skiplock',
  'purge',
  'delete',
  'protection',
  'unheard',
  'hostpci0',
  'args',
  'vmid',
);
const value = fc.oneof(
  fc.constantFrom('0', '1', '', 'yes', 'ACCEPT', '/etc', 'unused0', 'a,protection', '101', 'local:vm-100-disk-0'),
  fc.array(fc.constantFrom('0', '1', 'unused0', '101'), { minLength: 1, maxLength: 3 }),
  fc.string({ maxLength: 20 }),
);
const named = (of: RiskRule) =>
  fc.oneof(
    odd,
    ...(of.params.length === 0 ? [] : [fc.constantFrom(...of.params.map((name) => name.replace('[n]', '3')))]),
  );

function operationOf({ method, path }: RiskRule, params: ApiOperation['params']): ApiOperation {
  const segments = path
    .slice(1)
    .split('/')
    .map((part) => ({ '{guest}': 'qemu', '{vmid}': '101' })[part] ?? part);
  return { kind: 'api', connection: 'c', revision: 1, method, segments, params };
}

test('G4: no parameter that is added lowers a risk', () => {
  const cases = rule.chain((of) =>
    fc.record({
      of: fc.constant(of),
      params: fc.dictionary(named(of), value, { maxKeys: 4 }),
      more: fc.tuple(named(of), value),
    }),
  );
  fc.assert(
    fc.property(cases, ({ of, params, more: [name, added] }) => {
      fc.pre(!needed.includes(name) && params[name] === undefined);
      const [before, after] = [params, { ...params, [name]: added }].map((it) => judge(operationOf(of, it)).risk);
      return risks.indexOf(after ?? 'read') >= risks.indexOf(before ?? 'destroy');
    }),
    { numRuns: 2000 },
  );
});

test('G4: no value of force, skiplock and purge but exactly 0 leaves any rule below destroy', () => {
  fc.assert(
    fc.property(rule, fc.constantFrom('force', 'skiplock', 'purge'), value, (of, name, given) => {
      fc.pre(given !== '0');
      return judge(operationOf(of, { [name]: given })).risk === 'destroy';
    }),
  );
});

test('G4: a list that names unused* is found wherever in it, whatever parts it', () => {
  const separator = fc.constantFrom(',', ';', ' ', '\t', '\n', ', ', ' ;');
  const word = fc.constantFrom('net0', 'scsi1', 'description', '');
  fc.assert(
    fc.property(fc.array(word), fc.nat({ max: 255 }), fc.array(word), separator, (before, n, after, by) => {
      const list = [...before, `unused${n}`, ...after].join(by);
      return judged('PUT', '/nodes/pve1/qemu/101/config', { delete: list }).risk === 'destroy';
    }),
  );
});

test('G4: what a person is yet to fill in counts as being there', () => {
  const ask = (method: 'POST' | 'PUT', path: string, name: string) => {
    const segments = path.slice(1).split('/');
    return judge({ kind: 'api', connection: 'c', revision: 1, method, segments, params: {}, ask: [name] }).risk;
  };
  expect(ask('POST', '/access/users', 'password')).toBe('destroy');
  expect(ask('POST', '/access/users', 'unheard')).toBe('destroy');
  expect(ask('PUT', '/nodes/pve1/qemu/101/config', 'cipassword')).toBe('configure');
});
