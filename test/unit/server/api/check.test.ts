import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PveError } from '../../../../src/pve/error.ts';
import type { PveMethod, PveParams } from '../../../../src/pve/request.ts';
import { splitPath } from '../../../../src/pve/request.ts';
import type { ApiSchema } from '../../../../src/pve/schema.ts';
import { checkRequest } from '../../../../src/server/api/check.ts';
import { referenceSchema } from '../../../support/apidoc.ts';
import { referenceDir } from '../../../support/reference.ts';
import { requests } from './requests.ts';

const reference = referenceDir();
const schema9 = referenceSchema(9);
const schema8 = referenceSchema(8);

function problem(schema: ApiSchema, request: string, params: PveParams = {}): PveError | undefined {
  const [method = '', path = ''] = request.split(' ');
  try {
    checkRequest(schema, { method: method as PveMethod, segments: splitPath(path), params });
    return undefined;
  } catch (error) {
    if (error instanceof PveError) return error;
    throw error;
  }
}

const vm = '/nodes/pve1/qemu/101';

describe.skipIf(reference === undefined)('a request is checked against the API of the cluster', () => {
  it.each<[string, PveParams]>([
    [`PUT ${vm}/config`, { memory: 4096, cores: 2, net0: 'virtio,bridge=vmbr0,firewall=1' }],
    [`PUT ${vm}/config`, { net1: 'virtio=BC:24:11:22:33:44,bridge=vmbr0,tag=20', delete: 'net2,net3' }],
    [`PUT ${vm}/config`, { scsi1: 'local-lvm:32,iothread=1,discard=on', boot: 'order=scsi0;net0', onboot: true }],
    [`PUT ${vm}/config`, { ipconfig0: 'ip=10.0.0.5/24,gw=10.0.0.1', tags: 'prod;web', agent: '1' }],
    [`PUT ${vm}/resize`, { disk: 'scsi0', size: '+10G' }],
    [`POST ${vm}/status/shutdown`, { timeout: 60, forceStop: 0 }],
    [`POST ${vm}/snapshot`, { snapname: 'before', vmstate: 1, description: 'a\nb' }],
    [`POST ${vm}/clone`, { newid: 150, name: 'copy', full: 1, target: 'pve2' }],
    [`POST ${vm}/agent/exec`, { command: ['ls', '-l'] }],
    ['POST /nodes/pve1/vzdump', { vmid: '101,102', storage: 'local', mode: 'snapshot', remove: 0 }],
    ['DELETE /nodes/pve1/storage/local/content/local:iso/debian.iso', {}],
    ['POST /cluster/firewall/ipset/lan', { cidr: '10.0.0.0/8' }],
    ['DELETE /cluster/firewall/ipset/lan/10.0.0.0/8', {}],
    ['POST /cluster/ha/resources', { sid: 'vm:101', state: 'started' }],
    ['PUT /access/acl', { path: '/vms/101', roles: 'PVEVMUser', users: 'a@pve', propagate: 1 }],
    ['PUT /nodes/pve1/lxc/201/config', { rootfs: 'local-lvm:vm-201-disk-0,size=8G', mp0: 'local-lvm:4,mp=/data' }],
    ['PUT /nodes/pve1/lxc/201/config', { net0: 'name=eth0,bridge=vmbr0,ip=dhcp', features: 'nesting=1' }],
  ])('%s with %j would be accepted', (request, params) => {
    expect(problem(schema9, request, params)).toBeUndefined();
    expect(problem(schema8, request, params)).toBeUndefined();
  });

  it.each<[string, PveParams, Record<string, string>]>([
    [`PUT ${vm}/config`, { memry: 4096 }, { memry: 'is not a parameter; did you mean memory?' }],
    [`PUT ${vm}/config`, { cores: 'two' }, { cores: 'is a whole number' }],
    [`PUT ${vm}/config`, { cores: 0 }, { cores: 'is at least 1' }],
    [`PUT ${vm}/config`, { onboot: 'yes' }, { onboot: 'is 1 or 0' }],
    [`PUT ${vm}/config`, { ostype: 'lin26' }, { ostype: expect.stringContaining('did you mean l26?') }],
    [`PUT ${vm}/config`, { net0: 'bridge=vmbr0' }, { net0: 'needs model=…' }],
    [`PUT ${vm}/config`, { net0: 'virtio,brigde=vmbr0' }, { net0: 'has no key "brigde"; did you mean bridge?' }],
    [`PUT ${vm}/config`, { net0: 'virtio,tag=5000' }, { net0: 'has "tag", which is at most 4094' }],
    [`PUT ${vm}/config`, { net0: 'virtio,virtio,bridge=vmbr0' }, { net0: 'has "model" twice' }],
    [`PUT ${vm}/config`, { net0: 'virtio=12,bridge=vmbr0' }, { net0: expect.stringContaining('MAC address') }],
    [`PUT ${vm}/config`, { memory: ['1024', '2048'] }, { memory: expect.stringContaining('not a list') }],
    [`PUT ${vm}/config`, { vmid: 102 }, { vmid: 'stands in the path already' }],
    [`PUT ${vm}/resize`, { disk: 'scsi0' }, { size: 'is required' }],
    [`PUT ${vm}/resize`, { disk: 'scsi31', size: 'big' }, { disk: expect.any(String), size: expect.any(String) }],
    [`POST ${vm}/snapshot`, { snapname: 'x'.repeat(41) }, { snapname: 'has at most 40 characters' }],
    [`POST ${vm}/status/start`, { nonsense: 1 }, { nonsense: expect.stringContaining('is not a parameter') }],
    [`POST ${vm}/clone`, { newid: 7 }, { newid: expect.any(String) }],
    ['PUT /nodes/pve1/qemu/web/config', {}, { vmid: 'is a whole number' }],
    ['PUT /nodes/pve_1/qemu/101/config', {}, { node: 'is not a name of a node' }],
    ['POST /nodes/pve1/vzdump', { vmid: '101,x' }, { vmid: expect.stringContaining('has "x", which is not a VMID') }],
    ['POST /cluster/ha/rules', { rule: 'r1', type: 'node-affinity' }, { resources: 'is required' }],
    ['POST /pools', {}, { poolid: 'is required' }],
  ])('%s with %j is told what is wrong', (request, params, fields) => {
    const error = problem(schema9, request, params);
    expect(error?.data).toMatchObject({ code: 'invalid_argument', fields });
    expect(Object.keys(error?.data.fields ?? {})).toEqual(Object.keys(fields));
  });

  it.each([
    [`GET ${vm}/confg`, '/nodes/{node}/qemu/{vmid}/config'],
    ['GET /nodes/pve1/vms/101/config', '/nodes/{node}/qemu/{vmid}/config'],
    ['GET /nodes/pve1/task', '/nodes/{node}/tasks'],
    [`POST ${vm}/start`, '/nodes/{node}/qemu/{vmid}/status/start'],
    [`POST ${vm}/config/memory`, '/nodes/{node}/qemu/{vmid}/config'],
  ])('%s names near paths', (request, near) => {
    const error = problem(schema9, request);
    expect(error?.code).toBe('not_found');
    expect(error?.data.hint).toContain(near);
  });

  it('a path without the verb names those that it has', () => {
    expect(problem(schema9, `DELETE ${vm}/config`)?.data).toMatchObject({
      code: 'not_found',
      hint: expect.stringContaining('GET, POST, PUT'),
    });
  });

  it('what a person is to fill in counts as given', () => {
    const request = { method: 'PUT', segments: ['access', 'password'], params: { userid: 'a@pve' } } as const;
    expect(() => checkRequest(schema9, request)).toThrow(/would not be accepted/);
    expect(checkRequest(schema9, { ...request, ask: ['password'] }).method.path).toBe('/access/password');
  });

  it('every write that a real cluster has accepted would be accepted', () => {
    const folder = join(reference ?? '', 'fixtures', 'real-9.2.11');
    const writes = readdirSync(folder)
      .filter((file) => file.endsWith('.json'))
      .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')))
      .filter(({ method, status }) => method !== undefined && method !== 'GET' && status === 200)
      .filter(({ response }) => response?.success !== 0);
    expect(writes.length).toBeGreaterThan(20);
    for (const { method, path, params = {} } of writes)
      expect([method, path, params, problem(schema9, `${method} ${path}`, params)?.data]).toEqual([
        method,
        path,
        params,
        undefined,
      ]);
  });

  it('what a real cluster has refused for its parameters would be refused, field by field', () => {
    const folder = join(reference ?? '', 'fixtures', 'real-9.2.11');
    for (const name of ['err_400_param_missing', 'err_400_param_type', 'err_400_param_unknown']) {
      const { method, path, params, response } = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
      const fields = problem(schema9, `${method} ${path}`, params)?.data.fields ?? {};
      expect(Object.keys(fields).sort()).toEqual(Object.keys(response.errors).sort());
    }
  });

  it.each([
    ['8', schema8],
    ['9', schema9],
  ])(
    'a request that is made by the API of release %s is never refused',
    (_release, schema) => {
      fc.assert(
        fc.property(requests(schema), (request) => {
          expect(() => checkRequest(schema, request)).not.toThrow();
        }),
        { numRuns: 150 },
      );
    },
    30_000,
  );

  it('no request whatever ends in anything but a PveError', () => {
    const values = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.string(), { maxLength: 3 }));
    const methods = fc.constantFrom(...schema9.methods);
    fc.assert(
      fc.property(methods, fc.dictionary(fc.string(), values), fc.array(fc.string()), (method, extra, texts) => {
        let at = 0;
        const next = () => texts[at++ % Math.max(1, texts.length)] ?? 'x';
        const segments = method.path
          .slice(1)
          .split('/')
          .map((part) => (part.startsWith('{') ? next() : part));
        const own = Object.keys(method.parameters).map((name) => [name.replace('[n]', '0'), next()]);
        const request = { method: method.method, segments, params: { ...Object.fromEntries(own), ...extra } };
        try {
          checkRequest(schema9, request);
        } catch (error) {
          expect(error).toBeInstanceOf(PveError);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('a hostile API', () => {
  const method = (parameters: ApiSchema['methods'][number]['parameters']): ApiSchema => ({
    methods: [
      { method: 'PUT', path: '/x', description: '', parameters, permissions: '', tokens: true, rootOnly: false },
    ],
  });

  it.each([
    ['(a+)+$'],
    ['(a|a)*b'],
    ['a*a*a*a*a*b'],
    ['(?:a{0,200}){0,200}b'],
    ['('],
    ['[[:alpha:]]+'],
  ])('cannot keep the server busy with the pattern %s', (pattern) => {
    const started = performance.now();
    const request = { method: 'PUT', segments: ['x'], params: { a: 'a'.repeat(5000) } } as const;
    const short = { ...request, params: { a: 'a'.repeat(199) } };
    for (const one of [request, short])
      expect(() => checkRequest(method({ a: { type: 'string', pattern } }), one)).not.toThrow();
    expect(performance.now() - started).toBeLessThan(500);
  });

  it('is not reached by names of prototypes', () => {
    const request = { method: 'PUT', segments: ['x'], params: { constructor: '1', toString: '1' } } as const;
    expect(() => checkRequest(method({ a: { type: 'string', optional: true } }), request)).toThrow(PveError);
  });
});
