import { PveError } from '../pve/error.ts';
import type { PveParams } from '../pve/request.ts';
import { matches } from './risk.ts';
import type { ApiOperation, ProposedApi } from './types.ts';

/** Parameters that hold a secret, by method and path (G15). A test compares it with the schema of Proxmox VE 9.2. */
export const secretParameters: Readonly<Record<string, readonly string[]>> = {
  'POST /access/domains': ['password', 'client-key'],
  'PUT /access/domains/{realm}': ['password', 'client-key'],
  'POST /access/openid/login': ['code'],
  'PUT /access/password': ['password', 'confirmation-password'],
  'POST /access/tfa/{userid}': ['password', 'totp', 'value'],
  'PUT /access/tfa/{userid}/{id}': ['password'],
  'DELETE /access/tfa/{userid}/{id}': ['password'],
  'POST /access/ticket': ['password', 'otp', 'tfa-challenge'],
  'POST /access/users': ['password', 'keys'],
  'PUT /access/users/{userid}': ['keys'],
  'POST /access/vncticket': ['vncticket'],
  'POST /cluster/acme/account': ['eab-hmac-key'],
  'POST /cluster/acme/plugins': ['data'],
  'PUT /cluster/acme/plugins/{id}': ['data'],
  'POST /cluster/config/join': ['password'],
  'POST /cluster/metrics/server/{id}': ['token', 'otel-headers'],
  'PUT /cluster/metrics/server/{id}': ['token', 'otel-headers'],
  'POST /cluster/notifications/endpoints/gotify': ['token'],
  'PUT /cluster/notifications/endpoints/gotify/{name}': ['token'],
  'POST /cluster/notifications/endpoints/smtp': ['password'],
  'PUT /cluster/notifications/endpoints/smtp/{name}': ['password'],
  'POST /cluster/notifications/endpoints/webhook': ['secret', 'header'],
  'PUT /cluster/notifications/endpoints/webhook/{name}': ['secret', 'header'],
  'POST /cluster/sdn/dns': ['key'],
  'PUT /cluster/sdn/dns/{dns}': ['key'],
  'POST /cluster/sdn/ipams': ['token'],
  'PUT /cluster/sdn/ipams/{ipam}': ['token'],
  'POST /nodes/{node}/certificates/custom': ['key'],
  'POST /nodes/{node}/lxc': ['password'],
  'POST /nodes/{node}/qemu': ['cipassword'],
  'POST /nodes/{node}/qemu/{vmid}/agent/set-user-password': ['password'],
  'POST /nodes/{node}/qemu/{vmid}/config': ['cipassword'],
  'PUT /nodes/{node}/qemu/{vmid}/config': ['cipassword'],
  'GET /nodes/{node}/{guest}/{vmid}/mtunnelwebsocket': ['ticket'],
  'POST /nodes/{node}/{guest}/{vmid}/remote_migrate': ['target-endpoint'],
  'GET /nodes/{node}/{guest}/{vmid}/vncwebsocket': ['vncticket'],
  'GET /nodes/{node}/scan/cifs': ['password'],
  'GET /nodes/{node}/scan/pbs': ['password'],
  'PUT /nodes/{node}/subscription': ['key'],
  'GET /nodes/{node}/vncwebsocket': ['vncticket'],
  'POST /storage': ['password', 'keyring', 'encryption-key'],
  'PUT /storage/{storage}': ['password', 'keyring', 'encryption-key'],
};

/** Whether what stands under this name is a secret wherever it stands (names from the API schema). */
export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

const secretName =
  /^(password|cipassword|new-password|confirmation-password|secret|client-key|private-?key|token-?secret|ticket|vncticket|csrfpreventiontoken|otp|encryption-key|otel-headers|keyring|eab-hmac-key|corosync_authkey|target-endpoint)$/i;

/** The names of the parameters whose given values are secrets. `autogen` is a word that asks the cluster for a key. */
export function givenSecrets({ params = {}, ...request }: Pick<ProposedApi, 'method' | 'segments' | 'params'>) {
  const names = namesFor(request);
  return Object.keys(params).filter(
    (name) =>
      (names.includes(name) || isSecretName(name)) && !(name === 'encryption-key' && params[name] === 'autogen'),
  );
}

/** The operation with a mark in place of each secret, those that a person is yet to fill in among them. */
export function hideSecrets({ ask = [], ...operation }: ApiOperation, mark: string): ApiOperation {
  const hidden = [...givenSecrets(operation), ...ask].map((name) => [name, mark]);
  return { ...operation, params: { ...operation.params, ...Object.fromEntries(hidden) } };
}

/**
 * The names in `ask`: secrets of this very operation that are not given.
 * @throws PveError `invalid_argument` for any other name.
 */
export function checkedAsk(proposed: ProposedApi): Pick<ApiOperation, 'ask'> {
  const { ask, params = {} } = proposed;
  if (ask === undefined) return {};
  const names = namesFor(proposed);
  const wrong = ask.find((name) => !names.includes(name) || (params as PveParams)[name] !== undefined);
  if (wrong === undefined) return { ask: [...ask] };
  throw new PveError({
    code: 'invalid_argument',
    message: `A person cannot be asked for ${JSON.stringify(wrong)} of ${proposed.method} /${proposed.segments.join('/')}`,
    hint: names.length === 0 ? 'It has no secret parameter.' : `Its secrets are: ${names.join(', ')}.`,
    reason: [],
  });
}

function namesFor({ method, segments }: Pick<ProposedApi, 'method' | 'segments'>): readonly string[] {
  const found = Object.entries(secretParameters).find(([request]) => {
    const [verb, path = ''] = request.split(' ');
    return verb === method && matches(path, segments);
  });
  return found?.[1] ?? [];
}
