import { describe, expect, it } from 'vitest';
import { searchMethods } from '../../../../src/server/api/search.ts';
import { referenceSchema } from '../../../support/apidoc.ts';
import { referenceDir } from '../../../support/reference.ts';

const schema = referenceSchema(9);
const found = (query: string) => searchMethods(schema, query).map(({ method, path }) => `${method} ${path}`);

describe.skipIf(referenceDir() === undefined)('a search of the API', () => {
  it.each([
    ['resize disk', 'PUT /nodes/{node}/qemu/{vmid}/resize'],
    ['enlarge a volume', 'PUT /nodes/{node}/qemu/{vmid}/resize'],
    ['rolling back a snapshot', 'POST /nodes/{node}/qemu/{vmid}/snapshot/{snapname}/rollback'],
    ['migrate vm', 'POST /nodes/{node}/qemu/{vmid}/migrate'],
    ['create user', 'POST /access/users'],
    ['delete firewall rule', 'DELETE /cluster/firewall/rules/{pos}'],
    ['wake on LAN', 'POST /nodes/{node}/wakeonlan'],
    ['list snapshots of a container', 'GET /nodes/{node}/lxc/{vmid}/snapshot'],
    ['restart a service', 'POST /nodes/{node}/services/{service}/restart'],
    ['backup now', 'POST /nodes/{node}/vzdump'],
    ['HA rules', 'GET /cluster/ha/rules'],
    ['apply network', 'PUT /nodes/{node}/network'],
    ['SMART of disks', 'GET /nodes/{node}/disks/smart'],
    ['replication jobs', 'GET /cluster/replication'],
    ['subscription key', 'PUT /nodes/{node}/subscription'],
    ['download from url', 'POST /nodes/{node}/storage/{storage}/download-url'],
    ['permissions of a user', 'GET /access/permissions'],
    ['ACME certificate', 'POST /nodes/{node}/certificates/acme/certificate'],
  ])('for "%s" has %s among the first six', (query, method) => {
    expect(found(query).slice(0, 6)).toContain(method);
  });

  it('finds nothing for words that fit nothing, and for none', () => {
    expect(found('xyzzy')).toEqual([]);
    expect(found('the of a')).toEqual([]);
    expect(found('')).toEqual([]);
  });

  it('takes a long query as well as a short one', () => {
    const started = performance.now();
    found('resize disk '.repeat(15));
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
