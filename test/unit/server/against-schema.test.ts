import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { apidocPath } from '../../../src/demo/apidoc.ts';
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

const documents = { 8: referenceSchema(8), 9: referenceSchema(9) };

function serverOf({ version, schema }: (typeof releases)[number]) {
  const release = version.split('.').slice(0, 2).join('.');
  const document = documents[schema];
  return worldServer({
    frozen: true,
    answers: (path, data) => {
      if (path === apidocPath) return document;
      return path === '/version' ? { version, release, repoid: 'x' } : data;
    },
  });
}

/** What is wrong with any request that a call makes. */
async function problems(
  { call, calls }: ReturnType<typeof serverOf>,
  tool: ToolDefinition,
  args: Record<string, unknown>,
  reference: Reference,
) {
  calls.length = 0;
  const { raw } = await call(tool.name, args);
  expect(raw).not.toContain('failed inside the server');
  return calls.flatMap((one) =>
    problemsOf(reference, one).map((problem) => `${one.method} /${one.segments.join('/')}: ${problem}`),
  );
}

describe.skipIf(referenceDir() === undefined).each(releases)('beside the schema of Proxmox VE $version', (release) => {
  const reference = referenceDir() === undefined ? [] : apiReference(release.schema);
  const server = serverOf(release);
  const { tools } = server;
  const known = knownIn(server.demo);

  test.each(tools.map((tool) => [tool.name, tool] as const))(
    '%s makes no request that is invalid',
    async (_, tool) => {
      for (const args of actionsOf(tool, known))
        expect(await problems(server, tool, args, reference), JSON.stringify(args)).toEqual([]);
      await fc.assert(
        fc.asyncProperty(validArguments(tool, known), async (args) => {
          expect(await problems(server, tool, args, reference)).toEqual([]);
        }),
        { numRuns: runs },
      );
    },
    60_000,
  );

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
