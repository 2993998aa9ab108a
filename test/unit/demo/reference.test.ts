import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { routeNames } from '../../../src/demo/api.ts';
import { root } from '../../../src/demo/permissions.ts';
import { referenceDir } from '../../support/reference.ts';
import { createTestWorld } from './world.ts';

// The demo's answers beside those of a real 9.2.11 cluster: same envelope, same keys, same JSON types.

interface Fixture {
  readonly template: string;
  readonly path: string;
  readonly status: number;
  readonly reason: string;
  readonly response: { readonly data: unknown; readonly errors?: unknown; readonly total?: unknown };
}
type Entry = Readonly<Record<string, unknown>>;
type Schema = Readonly<Record<string, Readonly<Record<string, Method>>>>;
interface Method {
  readonly returns?: { readonly properties?: Entry; readonly items?: { readonly properties?: Entry } };
  readonly parameters?: { readonly properties?: Entry };
}

const reference = referenceDir();
const fixtures = reference === undefined ? '' : join(reference, 'fixtures/real-9.2.11');
const read = <T>(file: string): T => JSON.parse(readFileSync(file, 'utf8')) as T;
const schema = reference === undefined ? {} : read<Schema>(join(reference, 'schema-9.json'));
const recorded =
  reference === undefined
    ? []
    : readdirSync(join(fixtures, 'get')).map((name) => read<Fixture>(join(fixtures, 'get', name)));
const isShared = ({ template, status, response }: Fixture): boolean =>
  status === 200 && typeof response === 'object' && routeNames.includes(`GET ${template}`);
/** Keys that PVE has, though the recorded cluster showed none of them and the schema does not tell. */
const beyond: Readonly<Record<string, readonly string[]>> = {
  '/nodes/{node}/disks/list': ['by_id_link', 'rpm', 'type', 'wearout'],
  '/nodes/{node}/qemu/{vmid}/rrddata': ['diskread', 'diskwrite'],
  '/nodes/{node}/lxc/{vmid}/firewall/aliases': ['ipversion'],
  '/cluster/sdn/ipams/{ipam}/status': ['gateway', 'ip', 'subnet', 'vnet', 'zone'],
};
/** Lists whose entries differ in kind: what two recorded ones share, others may lack. */
const varied = /\/firewall\/(.*\/)?(rules|groups\/\{group\})$/;
const shared = recorded.filter(isShared);

describe.skipIf(reference === undefined)('answers of the demo beside real ones', () => {
  const demo = createTestWorld();
  const upid = String(demo.list('/nodes/pve1/tasks')[0]?.upid);

  it('are compared for every GET of the demo that was recorded', () => {
    const own = routeNames.filter((name) => name.startsWith('GET '));
    const known = new Set(recorded.map(({ template }) => `GET ${template}`));
    expect(own.filter((name) => !known.has(name))).toEqual([]);
    const lacking = recorded.filter(
      ({ status, template }) => status === 200 && !routeNames.includes(`GET ${template}`),
    );
    const names = lacking.map(({ template }) => template).sort();
    process.stdout.write(
      `\nThe demo has ${shared.length} of ${shared.length + names.length} recorded GETs; it lacks:\n${compact(names)}\n`,
    );
  });

  it.each(shared.map((fixture) => [fixture.template, fixture] as const))('GET %s', (template, fixture) => {
    const answered = demo.request('GET', own(template, upid), query(fixture.path), root);
    expect(`${answered.status} ${answered.reason}`).toBe(`${fixture.status} OK`);
    expect(typeof answered.total).toBe(typeof fixture.response.total);
    const { data } = fixture.response;
    expect(jsonType(answered.data)).toBe(jsonType(data));
    const real = byKind(template, data);
    for (const [kind, entries] of byKind(template, answered.data)) {
      const alike = real.get(kind) ?? [];
      const known = alike.length > 0 ? alike : [...real.values()].flat();
      for (const entry of entries) {
        expect(unlike(template, entry, known)).toEqual([]);
        if (!varied.test(template)) expect(always(alike).filter((key) => !(key in entry))).toEqual([]);
      }
    }
  });
});

/** The same thing in the demo: its own names in the place of those of the recorded cluster. */
function own(template: string, upid: string): string {
  const isContainer = template.includes('/lxc/');
  const values: Readonly<Record<string, string>> = {
    node: template.includes('/qemu/') ? (template.includes('snapname') ? 'pve1' : 'pve2') : 'pve1',
    vmid: isContainer ? '102' : template.includes('snapname') ? '104' : '101',
    storage: 'local',
    upid,
    realm: 'pve',
    groupid: 'operators',
    roleid: 'PVEVMUser',
    userid: 'demo@pve',
    tokenid: 'vscode',
    poolid: 'production',
    id: template.startsWith('/cluster/backup')
      ? 'backup-nightly'
      : template.startsWith('/cluster/metrics')
        ? 'influx'
        : 'share',
    snapname: 'before-update',
    volume: 'local:iso/debian-13.1.0-amd64-netinst.iso',
    iface: 'vmbr0',
    service: 'pveproxy',
    sid: 'vm:103',
    rule: 'db-on-pve3',
    name: template.includes('alias') ? 'office' : 'management',
    group: 'webserver',
    pos: '0',
    cidr: '10.20.0.0/16',
    zone: 'lab',
    vnet: 'lab1',
    subnet: 'lab-10.30.0.0-24',
    ipam: 'pve',
  };
  return template.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
}

function query(path: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(path.split('?')[1] ?? ''));
}

/** Paths in one line for each of their first two parts. */
function compact(paths: readonly string[]): string {
  const groups = new Map<string, string[]>();
  for (const path of paths) {
    const [, first = '', second = '', third = '', ...rest] = path.split('/');
    const head = first === 'nodes' ? `/nodes/*/${third}` : `/${first}/${second}`;
    const tail = (first === 'nodes' ? rest : [third, ...rest]).join('/');
    groups.set(head, [...(groups.get(head) ?? []), tail]);
  }
  return [...groups].map(([head, tails]) => `  ${head}: ${tails.map((tail) => tail || '.').join(' ')}`).join('\n');
}

describe.skipIf(reference === undefined)('errors of the demo beside real ones', () => {
  const get = (path: string, parameters = {}) => ['GET', path, parameters] as const;
  // Fixture → the same mistake in the demo; VMIDs that differ are put into the real text.
  const mistakes: Readonly<Record<string, readonly [string, string, Record<string, string>]>> = {
    err_400_nextid_taken: [...get('/cluster/nextid', { vmid: '100' })],
    err_400_param_missing: ['POST', '/nodes/pve1/qemu', {}],
    err_400_param_type: ['PUT', '/nodes/pve1/qemu/105/config', { memory: 'lots', cores: '-1' }],
    err_400_param_unknown: ['POST', '/nodes/pve1/qemu/105/status/start', { nonsense: '1' }],
    err_400_upid_bad: [...get('/nodes/pve1/tasks/UPID:garbage/status')],
    err_400_vmid_bad: [...get('/nodes/pve1/qemu/abc/config')],
    err_400_vmid_low: [...get('/nodes/pve1/qemu/5/config')],
    err_403_rootonly_args: ['PUT', '/nodes/pve1/qemu/105/config', { args: '-foo' }],
    err_500_already_running_ct: ['POST', '/nodes/pve1/lxc/102/status/start', {}],
    err_500_delete_protected: ['DELETE', '/nodes/pve1/qemu/104', {}],
    err_500_delete_running: ['DELETE', '/nodes/pve2/qemu/101', {}],
    err_500_locked_config: ['PUT', '/nodes/pve2/qemu/109/config', { memory: '300' }],
    err_500_locked_start: ['POST', '/nodes/pve2/qemu/109/status/start', {}],
    err_500_no_such_node: [...get('/nodes/nonode/status')],
    err_500_no_such_storage: [...get('/nodes/pve1/storage/nope/content')],
    err_500_no_such_vm: [...get('/nodes/pve1/qemu/999/config')],
    err_500_template_start: ['POST', '/nodes/pve1/qemu/100/status/start', {}],
    err_500_upid_unknown: [
      ...get('/nodes/pve1/tasks/UPID:pve1:00000C36:00049BBF:6B003425:qmstart:999:root@pam:/status'),
    ],
    err_500_vm_exists: ['POST', '/nodes/pve1/qemu', { vmid: '105' }],
    err_501_no_such_path: [...get('/nope/nope')],
    err_501_wrong_verb: ['POST', '/version', {}],
  };

  it.each(Object.entries(mistakes))('%s', (name, [method, path, parameters]) => {
    const real = read<Fixture>(join(fixtures, `${name}.json`));
    const answered = createTestWorld().request(method, path, parameters);
    const own = /\b(?:vmid|qemu|lxc)\D*(\d{3})/.exec(`${path} vmid ${parameters.vmid ?? ''}`)?.[1] ?? '';
    const theirs = /(?:qemu|lxc)\/(\d{3})/.exec(real.path)?.[1] ?? '100';
    expect(answered.status).toBe(real.status);
    expect(answered.reason).toBe(real.reason.replace(new RegExp(`\\b${theirs}\\b`, 'g'), own));
    expect(answered.errors).toEqual(real.response.errors);
  });

  it('wrong node, wrong kind and no such guest are one and the same', () => {
    const { request } = createTestWorld();
    for (const path of ['/nodes/pve1/qemu/101/config', '/nodes/pve2/lxc/101/config', '/nodes/pve2/qemu/999/config']) {
      expect(request('GET', path)).toMatchObject({
        status: 500,
        reason: expect.stringMatching(/^Configuration file '.*' does not exist$/),
      });
    }
  });
});

/** The objects of an answer; lists that mix kinds of things are grouped by their `type`. */
function byKind(template: string, data: unknown): Map<string, Entry[]> {
  const mixed = ['/cluster/resources', '/cluster/status', '/cluster/ha/status/current', '/storage'].includes(template);
  const groups = new Map<string, Entry[]>();
  for (const entry of (Array.isArray(data) ? data : [data]).filter(isEntry)) {
    const kind = mixed ? String(entry.type) : '';
    groups.set(kind, [...(groups.get(kind) ?? []), entry]);
  }
  return groups;
}

/** Keys that PVE does not have, or has with another type. */
function unlike(template: string, entry: Entry, real: readonly Entry[]): string[] {
  return Object.entries(entry).flatMap(([key, value]) => {
    const types = real.flatMap((one) => (key in one ? [jsonType(one[key])] : []));
    if (types.length === 0) return documented(template, key) ? [] : [`${key} is not known`];
    return types.includes(jsonType(value)) ? [] : [`${key} is ${jsonType(value)}, not ${types[0]}`];
  });
}

/** Keys that all of several real objects have. */
function always(real: readonly Entry[]): string[] {
  const [first, ...others] = real;
  if (first === undefined || others.length === 0) return [];
  return Object.keys(first).filter((key) => others.every((one) => key in one));
}

// Optional keys that the recorded cluster happened not to have stand in the schema; paths are the keys of permissions.
function documented(template: string, key: string): boolean {
  const { GET, POST, PUT } = schema[template] ?? {};
  const kind = /^\/nodes\/\{node\}\/(?:qemu|lxc)(?=\/.*config$)/.exec(template)?.[0] ?? '';
  const properties = {
    ...GET?.returns?.properties,
    ...GET?.returns?.items?.properties,
    ...POST?.parameters?.properties,
    ...PUT?.parameters?.properties,
    ...schema[kind]?.POST?.parameters?.properties,
  };
  return key in properties || key.startsWith('/') || beyond[template]?.includes(key) === true;
}

function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function jsonType(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
