import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ToolDefinition } from '../../../src/server/define-tool.ts';
import { apiReference, problemsOf, type Reference } from '../../support/api-reference.ts';
import { referenceSchema } from '../../support/apidoc.ts';
import { referenceDir } from '../../support/reference.ts';
import { actionsOf, knownIn, validArguments } from '../../support/tool-arguments.ts';
import { worldServer } from '../../support/world-server.ts';

// Every request of every tool and action, for whatever arguments its own schema takes, beside the official schemas: what a
// tool sends or proposes is valid, or it sends and proposes nothing. More runs: SCHEMA_RUNS=500.
const runs = Number(process.env.SCHEMA_RUNS ?? 12);
const releases = [
  { version: '8.4.1', schema: 8 },
  { version: '9.2.4', schema: 9 },
] as const;

function serverOf({ version, schema }: (typeof releases)[number]) {
  const release = version.split('.').slice(0, 2).join('.');
  return worldServer({
    frozen: true,
    schema: referenceSchema(schema),
    answers: (path, data) => (path === '/version' ? { version, release, repoid: 'x' } : data),
  });
}

/** What is wrong with any request that a call makes. */
async function problems(
  tool: ToolDefinition,
  args: Record<string, unknown>,
  release: (typeof releases)[number],
  reference: Reference,
) {
  const { call, calls } = serverOf(release);
  const { raw } = await call(tool.name, args);
  expect(raw).not.toContain('failed inside the server');
  return calls.flatMap((one) =>
    problemsOf(reference, one).map((problem) => `${one.method} /${one.segments.join('/')}: ${problem}`),
  );
}

describe.skipIf(referenceDir() === undefined).each(releases)('beside the schema of Proxmox VE $version', (release) => {
  const reference = referenceDir() === undefined ? [] : apiReference(release.schema);
  const { tools, demo } = serverOf(release);
  const known = knownIn(demo);

  test.each(tools.map((tool) => [tool.name, tool] as const))('%s makes no request that is invalid', async (_, tool) => {
    for (const args of actionsOf(tool, known))
      expect(await problems(tool, args, release, reference), JSON.stringify(args)).toEqual([]);
    await fc.assert(
      fc.asyncProperty(validArguments(tool, known), async (args) => {
        expect(await problems(tool, args, release, reference)).toEqual([]);
      }),
      { numRuns: runs },
    );
  });

  test('a request that is invalid would be seen', () => {
    const wrong = [
      { method: 'PUT', segments: ['nodes', 'pve1', 'qemu', '101', 'config'], params: { memory: 'lots' } },
      { method: 'PUT', segments: ['nodes', 'pve1', 'qemu', '101', 'resize'], params: { disk: 'scsi0' } },
      { method: 'POST', segments: ['nodes', 'pve1', 'qemu', '101', 'status', 'start'], params: { timeout: '-1' } },
      { method: 'POST', segments: ['nodes', 'pve1', 'qemu', '1', 'status', 'start'], params: {} },
      { method: 'GET', segments: ['nodes', 'pve1', 'qemu', '101', 'nothing'], params: {} },
      { method: 'POST', segments: ['nodes', 'pve1', 'vzdump'], params: { vmid: '101', mode: 'fast' } },
      { method: 'POST', segments: ['nodes', 'pve1', 'vzdump'], params: { vmids: '101' } },
    ];
    for (const one of wrong) expect(problemsOf(reference, one), JSON.stringify(one)).not.toEqual([]);
  });
});
