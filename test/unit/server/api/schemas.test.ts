import { describe, expect, it } from 'vitest';
import { createPveClient } from '../../../../src/pve/client.ts';
import { PveError } from '../../../../src/pve/error.ts';
import { isSchemaRequest, type Send } from '../../../../src/pve/request.ts';
import { createSchemas } from '../../../../src/server/api/schemas.ts';

/** A cluster that counts what is read of it. */
function setUp() {
  let now = 0;
  const cluster = { version: '9.2.4', broken: false, documents: 0, versions: 0 };
  const send: Send = async (request) => {
    if (cluster.broken) throw new PveError({ code: 'unreachable', message: 'gone', hint: '', reason: [] });
    if (!isSchemaRequest(request)) {
      cluster.versions += 1;
      return { data: { version: cluster.version } };
    }
    cluster.documents += 1;
    const method = { method: 'GET', path: '/version', description: cluster.version, parameters: {} };
    return { data: { methods: [method] } };
  };
  const schemas = createSchemas({ now: () => now, monotonic: () => now, sleep: async () => {} });
  const read = async (connection = 'c1') =>
    (await schemas.of(connection, createPveClient(send))).methods[0]?.description;
  return { cluster, schemas, read, pass: (minutes: number) => (now += minutes * 60_000) };
}

describe('the document of the API', () => {
  it('is read once for all who ask at the same time and later', async () => {
    const { cluster, read } = setUp();
    await Promise.all([read(), read(), read()]);
    await read();
    expect(cluster.documents).toBe(1);
  });

  it('is one for each connection', async () => {
    const { cluster, read } = setUp();
    await Promise.all([read('c1'), read('c2')]);
    expect(cluster.documents).toBe(2);
  });

  it('is read again after an upgrade, which is noticed within ten minutes', async () => {
    const { cluster, read, pass } = setUp();
    await read();
    pass(11);
    expect(await read()).toBe('9.2.4');
    expect(cluster.documents).toBe(1);
    cluster.version = '9.3.1';
    expect(await read()).toBe('9.2.4');
    pass(11);
    expect(await read()).toBe('9.3.1');
    expect(cluster.documents).toBe(2);
  });

  it('stays when the version cannot be read, and is read again when it could not be read itself', async () => {
    const { cluster, read, pass } = setUp();
    cluster.broken = true;
    await expect(read()).rejects.toThrow('gone');
    cluster.broken = false;
    expect(await read()).toBe('9.2.4');
    cluster.broken = true;
    pass(11);
    expect(await read()).toBe('9.2.4');
  });

  it('is forgotten when the connections change', async () => {
    const { cluster, read, schemas } = setUp();
    await read();
    schemas.forget();
    await read();
    expect(cluster.documents).toBe(2);
  });
});
