import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { apiReference } from '../../support/api-reference.ts';
import { coveragePage, sameBy } from '../../support/coverage-page.ts';
import { type Reached, reachedByTools } from '../../support/reached.ts';
import { referenceDir } from '../../support/reference.ts';

const dir = referenceDir();

describe.skipIf(dir === undefined)('what of the API the tools reach (skipped without reference data)', () => {
  let reached: Reached = new Map();
  beforeAll(async () => {
    reached = await reachedByTools();
  }, 60_000);

  test('G5, G15: docs/coverage.md tells it, with what agents are refused and which secrets people fill in', async () => {
    await expect(coveragePage(reached)).toMatchFileSnapshot('../../../docs/coverage.md');
  });

  test('each of the 117 operations of the widest peer is reached by a curated tool', () => {
    const wanted: readonly { readonly method: string; readonly path: string }[] = JSON.parse(
      readFileSync(join(dir ?? '', 'peer-requests.json'), 'utf8'),
    );
    const names = new Set(wanted.map(({ method, path }) => `${method} ${path}`));
    expect(names.size).toBe(117);
    expect([...names].filter((name) => !isReached(reached, name))).toEqual([]);
  });

  test('what is reached by another method is a method that there is, not reached itself, and the other one is', () => {
    const all = new Set(apiReference(9).map(({ verb, path }) => `${verb} ${path}`));
    for (const [name, other] of Object.entries(sameBy)) {
      expect([name, all.has(name), reached.has(name)]).toEqual([name, true, false]);
      expect([other, reached.has(other)]).toEqual([other, true]);
    }
  });

  test('a method that no tool sends would be seen', () => {
    expect(isReached(reached, 'POST /nodes/{node}/wakeonlan')).toBe(false);
    expect(isReached(reached, 'POST /nodes/{node}/services/{service}/{action}')).toBe(true);
    expect(isReached(reached, 'POST /nodes/{node}/disks/{action}')).toBe(false);
  });
});

/** `{action}` stands for the words that the schema has in its place; each of them has to be reached. */
function isReached(reached: Reached, name: string): boolean {
  if (!name.includes('{action}')) return reached.has(name) || reached.has(sameBy[name] ?? '');
  const stem = name.replace('{action}', '');
  const meant = apiReference(9)
    .map(({ verb, path }) => `${verb} ${path}`)
    .filter((one) => one.startsWith(stem) && /^[a-z-]+$/.test(one.slice(stem.length)));
  return meant.length > 0 && meant.every((one) => reached.has(one));
}
