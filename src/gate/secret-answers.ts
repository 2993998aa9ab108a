import type { PveMethod } from '../pve/request.ts';
import { isSet, matches } from './risk.ts';
import type { ApiOperation } from './types.ts';

/**
 * Fields that hold a secret in the answers of this path and of those below it, though their names are harmless elsewhere
 * (see `isSecretName`).
 */
const hiddenFields: Readonly<Record<string, readonly string[]>> = {
  '/access/tfa': ['recovery', 'challenge'],
  '/access/users': ['keys'],
  '/access/users/{userid}/token': ['value'],
  '/cluster/acme/plugins': ['data'],
  '/cluster/metrics/server': ['token'],
  '/cluster/notifications': ['token', 'header'],
  '/cluster/sdn/dns': ['key'],
  '/cluster/sdn/ipams': ['token'],
  '/nodes/{node}/lxc/{vmid}': ['env'],
  '/nodes/{node}/subscription': ['key'],
};

/** The names of the fields that are hidden in the answer of this request. */
export function hiddenFieldsOf(segments: readonly string[]): ReadonlySet<string> {
  const places = Object.entries(hiddenFields).filter(([path]) =>
    matches(path, segments.slice(0, path.split('/').length - 1)),
  );
  return new Set(places.flatMap(([, fields]) => fields));
}

/** A secret that the cluster makes and tells once, in the answer. */
export interface NewSecret {
  readonly method: PveMethod;
  readonly path: string;
  /** Where it stands in the answer. */
  readonly field: readonly string[];
  /** For people: "API token secret". */
  readonly what: string;
  /** When not each such request makes one. */
  readonly when?: (operation: ApiOperation) => boolean;
}

const token = '/access/users/{userid}/token/{tokenid}';
const encryptionKey = {
  field: ['config', 'encryption-key'],
  what: 'Encryption key of the backups',
  when: ({ params, ask = [] }: ApiOperation) =>
    params['encryption-key'] !== undefined || ask.includes('encryption-key'),
};

const newSecrets: readonly NewSecret[] = [
  { method: 'POST', path: token, field: ['value'], what: 'API token secret' },
  {
    method: 'PUT',
    path: token,
    field: ['value'],
    what: 'API token secret',
    when: ({ params }) => isSet(params.regenerate),
  },
  {
    method: 'POST',
    path: '/access/tfa/{userid}',
    field: ['recovery'],
    what: 'Recovery codes',
    when: ({ params }) => params.type === 'recovery',
  },
  { method: 'POST', path: '/storage', ...encryptionKey },
  { method: 'PUT', path: '/storage/{storage}', ...encryptionKey },
];

/** The secret that the answer of this operation will hold. */
export function newSecretOf(operation: ApiOperation): NewSecret | undefined {
  return newSecrets.find(
    ({ method, path, when = () => true }) =>
      method === operation.method && matches(path, operation.segments) && when(operation),
  );
}
