import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  readAcl,
  readGroups,
  readRealms,
  readRoles,
  readSecondFactors,
  readTokens,
  readUsers,
} from '../../../src/pve/access.ts';
import {
  readFirewallAliases,
  readFirewallOptions,
  readFirewallRules,
  readFirewallSetEntries,
  readFirewallSets,
} from '../../../src/pve/firewall.ts';
import { readIpamEntries, readNetworkDevices, readSdnItems } from '../../../src/pve/network.ts';
import { readPermissions } from '../../../src/pve/readers.ts';
import { referenceDir } from '../../support/reference.ts';

// Each parser reads every recorded answer of its path, on every cluster and of every version that there is one of.

interface Fixture {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly status?: number;
  readonly response: unknown;
}
type Reader = (data: unknown) => unknown;

const parsers: readonly (readonly [RegExp, Reader])[] = [
  [/^\/access\/users$/, readUsers],
  [/^\/access\/users\/[^/]+\/token$/, (data) => readTokens(data, 'a@pve')],
  [/^\/access\/groups$/, readGroups],
  [/^\/access\/roles$/, readRoles],
  [/^\/access\/acl$/, readAcl],
  [/^\/access\/domains$/, readRealms],
  [/^\/access\/tfa$/, readSecondFactors],
  [/^\/access\/permissions$/, readPermissions],
  [/^\/.*\/firewall\/options$/, readFirewallOptions],
  [/^\/.*\/firewall\/(rules|groups\/[^/]+)$/, readFirewallRules],
  [/^\/.*\/firewall\/aliases$/, readFirewallAliases],
  [/^\/.*\/firewall\/(ipset|groups)$/, readFirewallSets],
  [/^\/.*\/firewall\/ipset\/[^/]+$/, readFirewallSetEntries],
  [/^\/nodes\/[^/]+\/network$/, readNetworkDevices],
  [/^\/cluster\/sdn\/(zones|vnets|controllers|ipams|vnets\/[^/]+\/subnets)$/, readSdnItems],
  [/^\/cluster\/sdn\/ipams\/[^/]+\/status$/, readIpamEntries],
];

const reference = referenceDir();
const fixtures = reference === undefined ? [] : readAll(join(reference, 'fixtures'));

describe.skipIf(reference === undefined)('recorded answers', () => {
  it.each(parsers)('%s', (path, read) => {
    const fitting = fixtures.filter((fixture) => path.test(fixture.path));
    expect(fitting.length).toBeGreaterThan(0);
    for (const { name, response } of fitting) {
      const data = dataOf(response);
      const parsed = read(data);
      expect(JSON.stringify(parsed), name).not.toMatch(/NaN|\[object/);
      if (Array.isArray(data) && Array.isArray(parsed)) expect(parsed.length, name).toBe(data.length);
    }
  });
});

function readAll(folder: string): Fixture[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .map((name): Fixture => ({ ...JSON.parse(readFileSync(join(folder, name), 'utf8')), name }))
    .filter(({ method, status = 200, response }) => method === 'GET' && status === 200 && dataOf(response) !== null)
    .map((fixture) => ({ ...fixture, path: fixture.path.replace(/[?$].*$/, '') }));
}

/** Null where there is none: some of the mocks answer that. */
function dataOf(response: unknown): unknown {
  return typeof response === 'object' && response !== null && 'data' in response ? response.data : null;
}
