import { expect, test } from 'vitest';
import { decide, levelFor, withinLevel } from '../../../src/gate/decide.ts';
import {
  type AccessLevel,
  type Assessment,
  accessLevels,
  type Origin,
  type Risk,
  risks,
} from '../../../src/gate/types.ts';
import { agent, click, home, picker } from '../../support/gate.ts';

interface Case {
  readonly sensitive?: boolean;
  readonly abrupt?: boolean;
  readonly refused?: string;
  readonly steps?: number;
}

function decision(
  origin: Origin,
  level: AccessLevel,
  risk: Risk,
  { steps = 1, sensitive = false, abrupt = false, refused }: Case = {},
) {
  const facts = { label: 'it' };
  const assessment = {
    operation: { kind: 'api' },
    facts,
    risk,
    sensitive,
    abrupt,
    reasons: ['Because.'],
    ...(refused === undefined ? {} : { refused }),
  };
  const profile = { ...home, level };
  return decide(assessment as unknown as Assessment, { origin, profile, freeze: { count: 0 }, steps });
}

const agents: readonly [AccessLevel, Risk, Case, 'allow' | 'ask' | 'deny level' | 'deny policy'][] = [
  ['read-only', 'read', {}, 'allow'],
  ['read-only', 'read', { sensitive: true }, 'ask'],
  ['read-only', 'operate', {}, 'deny level'],
  ['read-only', 'operate', { abrupt: true }, 'deny level'],
  ['read-only', 'configure', {}, 'deny level'],
  ['read-only', 'destroy', {}, 'deny level'],
  ['read-execute', 'read', {}, 'allow'],
  ['read-execute', 'read', { sensitive: true }, 'ask'],
  ['read-execute', 'operate', {}, 'ask'],
  ['read-execute', 'operate', { steps: 5 }, 'ask'],
  ['read-execute', 'configure', {}, 'deny level'],
  ['read-execute', 'destroy', {}, 'deny level'],
  ['full', 'read', {}, 'allow'],
  ['full', 'read', { steps: 50 }, 'allow'],
  ['full', 'read', { sensitive: true }, 'ask'],
  ['full', 'operate', {}, 'ask'],
  ['full', 'operate', { sensitive: true }, 'ask'],
  ['full', 'configure', {}, 'ask'],
  ['full', 'destroy', {}, 'ask'],
  ['full', 'read', { refused: 'No.' }, 'deny policy'],
  ['full', 'operate', { refused: 'No.' }, 'deny policy'],
  ['full', 'destroy', { refused: 'No.' }, 'deny policy'],
  ['read-only', 'destroy', { refused: 'No.' }, 'deny policy'],
];

test.each(agents)('G4: an agent at level %s, risk %s, %j: %s', (level, risk, more, expected) => {
  const found = decision(agent, level, risk, more);
  expect(found.kind === 'deny' ? `deny ${found.by}` : found.kind).toBe(expected);
});

const people: readonly [Origin, Risk, Case, 'allow' | 'ask'][] = [
  [click, 'read', {}, 'allow'],
  [click, 'read', { sensitive: true }, 'allow'],
  [click, 'operate', {}, 'allow'],
  [click, 'operate', { abrupt: true }, 'ask'],
  [click, 'operate', { steps: 2 }, 'ask'],
  [click, 'configure', {}, 'ask'],
  [click, 'destroy', {}, 'ask'],
  [click, 'destroy', { refused: 'No.' }, 'ask'],
  [click, 'operate', { refused: 'No.' }, 'allow'],
  [picker, 'read', {}, 'allow'],
  [picker, 'operate', {}, 'ask'],
  [picker, 'operate', { abrupt: true }, 'ask'],
  [picker, 'configure', {}, 'ask'],
  [picker, 'destroy', {}, 'ask'],
];

test.each(
  people,
)('G13: a person, %j, risk %s, %j: %s, whatever the level for agents', (origin, risk, more, expected) => {
  for (const level of accessLevels) expect(decision(origin, level, risk, more).kind).toBe(expected);
});

test('G4: a level holds what it says, and the level that a refusal names is the least that would do', () => {
  const held = Object.fromEntries(
    accessLevels.map((level) => [level, risks.filter((risk) => withinLevel(risk, level))]),
  );
  expect(held).toEqual({ 'read-only': ['read'], 'read-execute': ['read', 'operate'], full: [...risks] });
  for (const risk of risks) expect(accessLevels.find((level) => withinLevel(risk, level))).toBe(levelFor(risk));
});

test('G4: a refusal by level says what the level is, why, and who can change that', () => {
  expect(decision(agent, 'read-only', 'operate')).toEqual({
    kind: 'deny',
    by: 'level',
    why: 'The access level of "home" is read-only, and this is operate: Because.',
    next: expect.stringMatching(/^Only a person can raise .*read-execute/),
  });
});
