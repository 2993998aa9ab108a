import { describe, expect, it } from 'vitest';
import { longestApidoc, parseApidoc } from '../../../src/pve/apidoc.ts';
import { PveError } from '../../../src/pve/error.ts';
import { type ApiSchema, readSchema } from '../../../src/pve/schema.ts';
import { apidocOf, referenceMethods, referenceSchema } from '../../support/apidoc.ts';
import { referenceDir } from '../../support/reference.ts';

const withoutReference = referenceDir() === undefined;

const refusal = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof PveError) return error.code;
    throw error;
  }
  return 'accepted';
};

const find = ({ methods }: ApiSchema, method: string, path: string) =>
  methods.find((one) => one.method === method && one.path === path);

const stop = {
  name: 'vm_stop',
  description: 'brackets ] } in a text, "quoted\\", and \\u005d',
  allowtoken: 1,
  permissions: { check: ['perm', '/vms/{vmid}', ['VM.PowerMgmt']] },
  parameters: {
    additionalProperties: 0,
    properties: {
      vmid: { type: 'integer', format: 'pve-vmid', minimum: '100' },
      timeout: { type: 'integer', optional: 1 },
    },
  },
};
const path = '/nodes/{node}/qemu/{vmid}/status/stop';

describe('the document of the API', () => {
  it.skipIf(withoutReference).each([
    [8, 605],
    [9, 678],
  ] as const)('of Proxmox VE %i is read whole: %i methods', (release, count) => {
    const schema = parseApidoc(apidocOf(referenceMethods(release)));
    expect(schema.methods).toHaveLength(count);
    const key = ({ method, path }: { method: string; path: string }) => `${path} ${method}`;
    const sorted = (methods: ApiSchema['methods']) => [...methods].sort((a, b) => (key(a) < key(b) ? -1 : 1));
    expect(sorted(schema.methods)).toEqual(sorted(referenceSchema(release).methods));
  });

  it.skipIf(withoutReference)('comes through the gate and over the bridge as it was', () => {
    const schema = referenceSchema(9);
    expect(readSchema(JSON.parse(JSON.stringify(schema)))).toEqual(schema);
  });

  it.skipIf(withoutReference)('says what a method takes, and who may call it', () => {
    const schema = referenceSchema(9);
    const update = find(schema, 'PUT', '/nodes/{node}/qemu/{vmid}/config');
    expect(update).toMatchObject({ tokens: true, rootOnly: false });
    expect(update?.permissions).toMatch(/^VM\.Config\.Disk or .* or VM\.Config\.Cloudinit on \/vms\/\{vmid\}$/);
    expect(update?.parameters['net[n]']?.format).toMatchObject({
      model: { default_key: true },
      bridge: { optional: true },
    });
    expect(update?.parameters.vmid).toMatchObject({ type: 'integer', format: 'pve-vmid', minimum: 100 });
    expect(update?.parameters.vmid?.optional).toBeUndefined();
    expect(find(schema, 'PUT', '/access/password')?.tokens).toBe(false);
    expect(find(schema, 'POST', '/nodes/{node}/execute')?.permissions).toBe('root@pam only');
    expect(find(schema, 'POST', '/nodes/{node}/qemu/{vmid}/clone')?.permissions).toMatch(
      /^\(VM\.Clone on \/vms\/\{vmid\}\) and \(/,
    );
  });

  it.skipIf(withoutReference)('puts sets of parameters of which one is to be taken together', () => {
    const rule = find(referenceSchema(9), 'POST', '/cluster/ha/rules');
    expect(rule?.parameters).toMatchObject({
      type: { enum: ['node-affinity', 'resource-affinity'] },
      rule: { type: 'string' },
      nodes: { optional: true },
      affinity: { optional: true },
    });
    expect(rule?.parameters.resources?.optional).toBeUndefined();
    expect(rule?.open).toBeUndefined();
  });

  it('is cut out by its brackets, those in texts aside', () => {
    const schema = parseApidoc(apidocOf({ [path]: { POST: stop } }));
    expect(schema.methods).toEqual([
      {
        method: 'POST',
        path,
        name: 'vm_stop',
        description: stop.description,
        parameters: {
          vmid: { type: 'integer', format: 'pve-vmid', minimum: 100 },
          timeout: { type: 'integer', optional: true },
        },
        permissions: 'VM.PowerMgmt on /vms/{vmid}',
        privileges: ['perm', '/vms/{vmid}', ['VM.PowerMgmt']],
        tokens: true,
        rootOnly: false,
      },
    ]);
  });

  it('is tolerant of what it does not know', () => {
    const odd = {
      ...stop,
      parameters: { properties: { a: null, b: 7, c: { type: ['x'], enum: 5, format: 9, items: 'x', requires: {} } } },
      later: [1],
    };
    const [method] = parseApidoc(
      apidocOf({ [path]: { POST: odd, PATCH: stop, GET: 'x' }, '/a b': { GET: stop } }),
    ).methods;
    expect(method).toMatchObject({ open: true, parameters: { a: {}, b: {}, c: { format: '9' } } });
  });

  it('gives the name of a prototype no meaning', () => {
    const hostile = `const apiSchema = [{"path":"/version","info":{"GET":{"name":"v","allowtoken":1,"parameters":{"properties":
      {"__proto__":{"type":"string"},"constructor":{"type":"integer","optional":1}}},"__proto__":{"tokens":1}}}}];`;
    const [method] = parseApidoc(hostile).methods;
    expect(Object.keys(method?.parameters ?? {})).toEqual(['constructor']);
    expect(Object.getPrototypeOf(method?.parameters)).toBe(Object.prototype);
  });

  const whole = apidocOf({ [path]: { POST: stop } });
  it.each([
    ['a login page', '<html><script>var x = [];</script></html>', 'not_proxmox'],
    ['nothing', '', 'not_proxmox'],
    ['one that is cut off', whole.slice(0, 300), 'not_proxmox'],
    ['one that is cut off within a text', 'const apiSchema = [{"path": "/ver', 'not_proxmox'],
    ['code in place of data', 'const apiSchema = [fetch("/")];', 'not_proxmox'],
    ['a list without methods', 'const apiSchema = [];', 'not_proxmox'],
    ['a list that closes too often', 'const apiSchema = []];', 'not_proxmox'],
    ['an object', 'const apiSchema = {"path": "/version"};', 'not_proxmox'],
    ['one that is nested too deeply', `const apiSchema = ${'['.repeat(100_000)}${']'.repeat(100_000)};`, 'not_proxmox'],
    ['one of 17 MB', `const apiSchema = [${' '.repeat(longestApidoc + 1024 * 1024)}];`, 'too_large'],
  ])('is refused when it is %s', (_name, text, code) => {
    expect(refusal(() => parseApidoc(text))).toBe(code);
  });

  it.each([
    [null],
    [{}],
    [{ methods: {} }],
    [{ methods: ['x'] }],
    [{ methods: [{ method: 'GET', path: '/version' }] }],
  ])('is refused where it arrives as %j', (data) => {
    expect(refusal(() => readSchema(data))).toBe('server_error');
  });
});
