import { describe, expect, test } from 'vitest';
import { methodsAt } from '../../../../src/pve/apidoc.ts';
import { PveError } from '../../../../src/pve/error.ts';
import type { ApiSchema } from '../../../../src/pve/schema.ts';
import { type FakeOptions, fakeServer } from '../fake-door.ts';

const guest = { node: { type: 'string', format: 'pve-node' }, vmid: { type: 'integer', format: 'pve-vmid' } };
const method = (properties: object, more: object = {}) => ({
  allowtoken: 1,
  permissions: { check: ['perm', '/vms/{vmid}', ['VM.Config.Disk']] },
  parameters: { additionalProperties: 0, properties: { ...guest, ...properties } },
  ...more,
});
const config = '/nodes/{node}/qemu/{vmid}/config';
const schema: ApiSchema = {
  methods: [
    ...methodsAt(config, {
      GET: method({ current: { type: 'boolean', optional: 1 } }, { description: 'Reads the settings.' }),
      PUT: method(
        {
          memory: { type: 'integer', minimum: 16, optional: 1, description: 'How much of it. In MiB.' },
          'net[n]': {
            type: 'string',
            format: { model: { type: 'string', default_key: 1 }, bridge: { type: 'string', optional: 1 } },
            optional: 1,
          },
          cipassword: { type: 'string', optional: 1 },
          delete: { type: 'string', optional: 1 },
        },
        { description: 'Changes the settings.' },
      ),
    }),
    ...methodsAt('/nodes/{node}/qemu/{vmid}/pending', { GET: method({}) }),
    ...methodsAt('/nodes/{node}/qemu/{vmid}/status/start', { POST: method({}, { description: 'Starts it.' }) }),
    ...methodsAt('/nodes/{node}/qemu/{vmid}/status/stop', { POST: method({}, { description: 'Stops it.' }) }),
    ...methodsAt('/pools', {
      GET: { parameters: { additionalProperties: 0, properties: {} } },
      POST: {
        parameters: {
          additionalProperties: 0,
          properties: { poolid: { type: 'string' }, comment: { type: 'string', optional: 1 } },
        },
      },
    }),
    ...methodsAt('/pools/{poolid}', {
      GET: { parameters: { additionalProperties: 0, properties: { poolid: { type: 'string' } } } },
      DELETE: { parameters: { additionalProperties: 0, properties: { poolid: { type: 'string' } } }, allowtoken: 0 },
    }),
  ],
};
const vm = '/nodes/pve1/qemu/101';
const serve = (options: FakeOptions = {}) =>
  fakeServer({ schema, ...options, answers: { '/version': { version: '9.2.11' }, ...options.answers } });

describe('pve_find_api', () => {
  test('shows several methods as a list, and one with everything that it takes', async () => {
    const server = serve();
    const several = await server.call('pve_find_api', { query: 'settings' });
    expect(several.text).toMatch(/^2 methods\./);
    expect(several.text).toMatch(/PUT +\/nodes\/\{node\}\/qemu\/\{vmid\}\/config +Changes the settings/);
    const one = await server.call('pve_find_api', { path: `${vm}/config`, method: 'PUT' });
    expect(one.text).toContain('Needs: VM.Config.Disk on /vms/{vmid}');
    expect(one.text).toMatch(/memory +How much of it +integer ≥16/);
    expect(one.text).toMatch(/net\[n\] +- +text \{\[model=\]\*,bridge\}/);
    expect(one.text).not.toMatch(/^vmid/m);
  });

  test('finds a path by itself, as the API has it and as it is used', async () => {
    for (const path of [config, `${vm}/config`]) {
      const { text } = await serve().call('pve_find_api', { path, method: 'GET' });
      expect(text).toContain(`GET ${config}: Reads the settings`);
    }
  });

  test('lists what is below a path, and picks parameters by the query', async () => {
    const server = serve();
    expect((await server.call('pve_find_api', { path: `${vm}/status` })).text).toMatch(/^2 methods/);
    const picked = await server.call('pve_find_api', { path: config, method: 'PUT', query: 'net' });
    expect(picked.text).toMatch(/1 fit the query[\s\S]*net\[n\]/);
    expect(picked.text).not.toContain('memory');
  });

  test('says where API tokens are refused', async () => {
    const { text } = await serve().call('pve_find_api', { path: '/pools/{poolid}', method: 'DELETE' });
    expect(text).toContain('API tokens are refused');
  });

  test('names paths that are near', async () => {
    const { text, isError } = await serve().call('pve_find_api', { path: '/nodes/pve1/qemu/101/confg' });
    expect(isError).toBe(true);
    expect(text).toContain(config);
  });
});

describe('pve_api_get', () => {
  const pools = [
    { poolid: 'web', comment: 'a', members: [{ id: 1 }] },
    { poolid: 'db', comment: 'b' },
    { poolid: 'dev', comment: 'old' },
  ];

  test('shows a list as rows, sorted, with totals; filter, fields and limit choose', async () => {
    const server = serve({ answers: { '/pools': pools } });
    const all = await server.call('pve_api_get', { path: '/pools' });
    expect(all.text.split('\n')).toEqual([
      '3 entries.',
      expect.stringMatching(/^poolid +comment +members/),
      expect.stringMatching(/^db +b/),
      expect.stringMatching(/^dev +old/),
      expect.stringMatching(/^web +a +\[\{"id":1\}\]/),
    ]);
    const some = await server.call('pve_api_get', { path: '/pools', filter: 'OLD', fields: ['comment'] });
    expect(some.text).toBe("3 entries, 1 with the filter's text.\ncomment\nold");
    const first = await server.call('pve_api_get', { path: '/pools', limit: 1 });
    expect(first.text).toMatch(/2 more not shown\. Next page: the same call with cursor "db"/);
    const next = await server.call('pve_api_get', { path: '/pools', limit: 5, cursor: 'db' });
    expect(next.text).not.toMatch(/^db/m);
    expect(next.text).toMatch(/^dev/m);
  });

  test('shows an object as lines, and what is cut whole on request', async () => {
    const server = serve({
      answers: { [`${vm}/config`]: { name: 'web', description: 'x'.repeat(900), cores: 2, boot: '' } },
    });
    const { text } = await server.call('pve_api_get', { path: `${vm}/config` });
    expect(text).toMatch(/^4 fields\.\ncores: +2\ndescription: +x+…\nname: +web\n… marks what was cut/);
    const whole = await server.call('pve_api_get', { path: `${vm}/config`, fields: ['description'] });
    expect(whole.text).toContain('x'.repeat(900));
  });

  test('says what an empty list may mean', async () => {
    const { text } = await serve({ answers: { '/pools': [] } }).call('pve_api_get', { path: '/pools' });
    expect(text).toMatch(/the token may see none/);
  });

  test.each([
    [{ path: '/pools?x=1' }, /parameters are given apart/],
    [{ path: `${vm}/config`, params: { curent: 1 } }, /did you mean current/],
    [{ path: '/nodes/pve1/execute' }, /no path/],
    [{ path: '/pools', params: { a: {} } }, /text, a number, a boolean or a list/],
  ])('%j reads nothing and says why', async (args, why) => {
    const server = serve({ answers: { '/pools': pools } });
    const { text, isError } = await server.call('pve_api_get', args);
    expect(isError).toBe(true);
    expect(text).toMatch(why);
    expect(server.proposals.filter(({ operations }) => operations[0]?.segments[0] !== 'version')).toEqual([]);
  });
});

describe('pve_api_write and pve_api_delete', () => {
  const pending = (memory: object) => ({
    [`${vm}/pending`]: [
      { key: 'memory', ...memory },
      { key: 'name', value: 'web' },
    ],
  });
  const put = { method: 'PUT', path: `${vm}/config`, params: { memory: 4096 }, reason: 'more' };

  test.each([
    ['active', { value: 4096 }, 'memory: 4096 is active, as before'],
    [
      'pending',
      { value: 2048, pending: 4096 },
      'memory: 4096 is pending (takes effect at the next start); in force: 2048',
    ],
    ['not changed', { value: 2048 }, 'memory: NOT changed, still 2048'],
    ['not told', {}, 'memory: is not told by the read of this path'],
  ])('read back what is %s', async (_state, now, line) => {
    const server = serve({ answers: pending(now) });
    const { text } = await server.call('pve_api_write', put);
    expect(text).toContain(line);
    expect(server.writes()).toMatchObject([
      { reason: 'more', operations: [{ method: 'PUT', params: { memory: 4096 } }] },
    ]);
  });

  test('G15: name a secret as null, and a person gives it', async () => {
    const server = serve({ answers: pending({ value: 4096 }) });
    await server.call('pve_api_write', { ...put, params: { memory: 4096, cipassword: null } });
    const [operation] = server.writes().flatMap(({ operations }) => operations);
    expect(operation).toMatchObject({ params: { memory: 4096 }, ask: ['cipassword'] });
    expect(operation?.params).not.toHaveProperty('cipassword');
    const { text } = await server.call('pve_api_get', { path: `${vm}/config`, params: { current: null } });
    expect(text).toContain('is text, a number, a boolean or a list of them');
  });

  test('tell which settings are gone and which stay', async () => {
    const server = serve({ answers: pending({ value: 2048, delete: 1 }) });
    const { text } = await server.call('pve_api_write', { ...put, params: { delete: 'memory,net0,name' } });
    expect(text).toMatch(/memory: goes at the next start; in force: 2048/);
    expect(text).toMatch(/net0: gone/);
    expect(text).toMatch(/name: NOT removed, still web/);
  });

  test('tell what is new in a list', async () => {
    const answers: Record<string, unknown> = { '/version': { version: '9.2.11' }, '/pools': [{ poolid: 'a' }] };
    const server = fakeServer({
      schema,
      answers,
      write: () => {
        answers['/pools'] = [{ poolid: 'a' }, { poolid: 'b' }];
        return { status: 'done', data: null, ms: 1 };
      },
    });
    const { text } = await server.call('pve_api_write', { method: 'POST', path: '/pools', params: { poolid: 'b' } });
    expect(text).toMatch(/OK in .*, this path now lists 2 entries, 1 of them new or changed\n +\{"poolid":"b"\}/);
  });

  test('tell whether what was deleted can still be read', async () => {
    const gone = new PveError({ code: 'not_found', message: 'none', hint: '', reason: [] });
    const there = await serve({ answers: { '/pools/a': { comment: 'x' } } }).call('pve_api_delete', {
      path: '/pools/a',
    });
    expect(there.text).toContain('it can still be read');
    const absent = await serve({ answers: { '/pools/a': gone } }).call('pve_api_delete', { path: '/pools/a' });
    expect(absent.text).toContain('it cannot be read, as before');
  });

  test.each([
    [{ ...put, params: { memry: 1 } }, 'memry: is not a parameter; did you mean memory?'],
    [{ ...put, params: { memory: 1 } }, 'memory: is at least 16'],
    [{ ...put, path: `${vm}/confg` }, 'has no path'],
    [{ ...put, method: 'POST' }, 'has no POST'],
  ])('%j is refused before anybody is asked', async (args, why) => {
    const server = serve();
    const { text, isError } = await server.call('pve_api_write', args);
    expect(isError).toBe(true);
    expect(text).toContain(why);
    expect(server.writes()).toEqual([]);
  });
});

describe('what any tool proposes', () => {
  // A cluster whose API has no parameter for what pve_power_guest sends, nor the path of a shutdown.
  const guests = {
    '/cluster/resources': [{ type: 'qemu', vmid: 101, name: 'web-01', node: 'pve1', status: 'running' }],
  };

  test('is checked against the API of the cluster before anybody is asked', async () => {
    const server = serve({ answers: guests });
    const refused = await server.call('pve_power_guest', { guest: 101, action: 'shutdown' });
    expect(refused.isError).toBe(true);
    expect(refused.text).toContain('has no path /nodes/pve1/qemu/101/status/shutdown');
    expect(server.writes()).toEqual([]);
    await server.call('pve_power_guest', { guest: 101, action: 'stop' });
    expect(server.writes()).toHaveLength(1);
  });

  test('is checked step by step in a plan, which then asks nobody', async () => {
    const server = serve({ answers: guests });
    const step = (params: object) => ({
      tool: 'pve_api_write',
      arguments: { method: 'PUT', path: `${vm}/config`, params },
    });
    const stop = { tool: 'pve_power_guest', arguments: { guest: 101, action: 'shutdown' } };
    const { text } = await server.call('pve_run_plan', {
      title: 'x',
      steps: [step({ memory: 4096 }), step({ memry: 1 }), stop],
    });
    expect(text).toMatch(/Step 1 \(pve_api_write\): not run/);
    expect(text).toMatch(/Step 2 \(pve_api_write\): failed[\s\S]*did you mean memory\?/);
    expect(text).toMatch(/Step 3 \(pve_power_guest\): failed[\s\S]*has no path/);
    expect(server.writes()).toEqual([]);
  });

  test('goes on unchecked where the document of the API cannot be read', async () => {
    const server = fakeServer({ answers: guests });
    await server.call('pve_power_guest', { guest: 101, action: 'shutdown' });
    expect(server.writes()).toHaveLength(1);
  });
});

describe('where the document of the API cannot be read', () => {
  test.each([
    ['pve_find_api', { query: 'x' }],
    ['pve_api_get', { path: '/pools' }],
    ['pve_api_write', { method: 'POST', path: '/pools' }],
    ['pve_api_delete', { path: '/pools/a' }],
  ])('%s refuses and says so', async (name, args) => {
    const server = fakeServer({ answers: { '/pools': [] } });
    const { text, isError } = await server.call(name, args);
    expect(isError).toBe(true);
    expect(text).toContain('serves no document of its API');
    expect(server.proposals).toEqual([]);
  });
});
