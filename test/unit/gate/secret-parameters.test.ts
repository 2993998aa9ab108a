import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { toRequest } from '../../../src/gate/operation.ts';
import { givenSecrets, hideSecrets, secretParameters } from '../../../src/gate/secret-parameters.ts';
import type { ProposedApi } from '../../../src/gate/types.ts';
import { call, home } from '../../support/gate.ts';
import { referenceDir } from '../../support/reference.ts';

/** Parameters whose name or format sounds like a secret, and why they hold none. */
const reviewed: Readonly<Record<string, string>> = {
  certkey: 'a path on the node',
  'config-keys': 'names of settings of Ceph',
  efidisk0: 'a volume; its flag says whether public keys are enrolled',
  'exit-action': 'a setting of a route map',
  features: 'flags of a container',
  'generate-password': 'a flag',
  keyboard: 'a layout',
  'lock-token': 'a handle that orders changes of the SDN, no credential',
  'master-pubkey': 'a public key',
  'ssh-public-keys': 'public keys',
  sshkeys: 'public keys',
  'token-coefficient': 'a time of Corosync',
  tokenid: 'the name of a token',
  tokens: 'names of tokens',
};
/** The same of one request only. */
const reviewedAt: Readonly<Record<string, string>> = {
  'PUT /nodes/{node}/qemu/{vmid}/sendkey key': 'a key of the keyboard',
};
const suspicious = /pass|secret|key|token|ticket|hmac|header|\btotp?\b|\botp\b/i;

interface Parameter {
  readonly format?: string | Readonly<Record<string, unknown>>;
}
type Schema = Readonly<
  Record<
    string,
    Readonly<Record<string, { readonly parameters?: { readonly properties?: Record<string, Parameter> } }>>
  >
>;

const dir = referenceDir();
const schema: Schema = dir === undefined ? {} : JSON.parse(readFileSync(join(dir, 'schema-9.json'), 'utf8'));
const requests = Object.entries(schema).flatMap(([path, verbs]) =>
  Object.entries(verbs).map(([verb, { parameters }]) => ({
    name: `${verb} ${path}`,
    parameters: Object.entries(parameters?.properties ?? {}),
  })),
);

/** The names that the table has for a request of the schema. */
function named(request: string): readonly string[] {
  const [method, path = ''] = request.split(' ');
  const general = path.replace(
    /\/(qemu|lxc)\/\{vmid\}\/(mtunnelwebsocket|vncwebsocket|remote_migrate)$/,
    '/{guest}/{vmid}/$2',
  );
  return secretParameters[request] ?? secretParameters[`${method} ${general}`] ?? [];
}

function sounds([name, { format }]: [string, Parameter]): boolean {
  const formats = typeof format === 'object' ? Object.keys(format) : [format ?? ''];
  return suspicious.test(name) || formats.some((one) => suspicious.test(one));
}

describe.skipIf(dir === undefined)('the table and the schema of Proxmox VE', () => {
  test('G15: every parameter that sounds like a secret is in the table or was reviewed', () => {
    const missing = requests.flatMap(({ name: request, parameters }) =>
      parameters
        .filter(sounds)
        .map(([name]) => name)
        .filter((name) => !named(request).includes(name))
        .filter((name) => reviewed[name] === undefined && reviewedAt[`${request} ${name}`] === undefined)
        .map((name) => `${request} ${name}`),
    );
    expect(requests.length).toBeGreaterThan(600);
    expect(missing).toEqual([]);
  });

  test('G15: every line of the table is a parameter of the schema', () => {
    const known = new Set(
      requests.flatMap(({ name: request, parameters }) =>
        parameters.map(([name]) => `${request.replace(/\/(qemu|lxc)\/\{vmid\}/, '/{guest}/{vmid}')} ${name}`),
      ),
    );
    const unknown = Object.entries(secretParameters).flatMap(([request, names]) =>
      names
        .map((name) => `${request.replace(/\/(qemu|lxc)\/\{vmid\}/, '/{guest}/{vmid}')} ${name}`)
        .filter((line) => !known.has(line)),
    );
    expect(unknown).toEqual([]);
  });

  test('every exception is needed', () => {
    const sounding = new Set(requests.flatMap(({ parameters }) => parameters.filter(sounds).map(([name]) => name)));
    expect(Object.keys(reviewed).filter((name) => !sounding.has(name))).toEqual([]);
  });
});

const config = '/nodes/pve2/qemu/101/config';

test.each<[string, ProposedApi, readonly string[]]>([
  ['one of the table', call('PUT', config, { cipassword: 'x', ciuser: 'a' }), ['cipassword']],
  ['an empty one', call('PUT', config, { cipassword: '' }), ['cipassword']],
  ['one with a harmless name elsewhere', call('POST', '/cluster/acme/plugins', { data: 'x', id: 'a' }), ['data']],
  ['that name elsewhere', call('POST', '/nodes/pve1/hosts', { data: 'x' }), []],
  ['one of a request that the table does not know', call('POST', '/new/thing', { password: 'x' }), ['password']],
  [
    'one of a guest of either kind',
    call('POST', '/nodes/a/lxc/100/remote_migrate', { 'target-endpoint': 'x' }),
    ['target-endpoint'],
  ],
  ['a key that the cluster is to make', call('POST', '/storage', { 'encryption-key': 'autogen' }), []],
  ['a key', call('POST', '/storage', { 'encryption-key': '{}' }), ['encryption-key']],
  ['public keys', call('PUT', config, { sshkeys: 'ssh-ed25519 AAAA' }), []],
])('G15: of what is given, %s is found', (_what, operation, expected) => {
  expect(givenSecrets(operation)).toEqual(expected);
});

test('G15: what is hidden has the same place whether it was given or is to be asked for', () => {
  const given = toRequest(call('PUT', config, { cipassword: 'x', cores: 2 }), home);
  const asked = toRequest({ ...call('PUT', config, { cores: 2 }), ask: ['cipassword'] }, home);
  expect(hideSecrets(given, '?').params).toEqual({ cipassword: '?', cores: '2' });
  expect(hideSecrets(asked, '?')).toEqual(hideSecrets(given, '?'));
});
