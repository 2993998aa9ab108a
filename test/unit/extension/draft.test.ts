import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { draftOf, draftProfile } from '../../../src/extension/connections/draft.ts';
import type { ClusterProfile } from '../../../src/extension/connections/profile.ts';

const home: ClusterProfile = {
  kind: 'cluster',
  id: randomUUID(),
  name: 'home',
  revision: 3,
  level: 'full',
  policies: [{ verdict: 'never-destroy', tag: 'prod' }],
  answerMinutes: 2,
  endpoints: [{ url: 'https://pve1.example:8006', trust: { kind: 'system' } }],
  login: { kind: 'token', tokenId: 'editor@pve!vscode' },
};

test('G8, G14: editing a connection keeps its rules for agents and its time to answer', () => {
  const draft = { ...draftOf(home), name: 'office' };
  expect(draftProfile({ draft, edited: home })).toEqual({ ...home, name: 'office', revision: 4 });
});

test('a new connection begins at the first revision, without rules', () => {
  const { id, ...profile } = draftProfile({ draft: draftOf(home) }) ?? {};
  const { policies: _rules, answerMinutes: _minutes, id: _id, ...fields } = home;
  expect(profile).toEqual({ ...fields, revision: 1 });
  expect(id).not.toBe(home.id);
});

test('nothing is stored while an answer is missing', () => {
  const { level: _level, ...draft } = draftOf(home);
  expect(draftProfile({ draft })).toBeUndefined();
});
