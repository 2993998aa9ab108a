import { PveError, type PveErrorCode, type PveErrorData } from './error.ts';
import { describeRequest, isWrite, type PveRequest } from './request.ts';
import { usualStep } from './task-words.ts';

/** An answer that is not a success. */
export interface FailedAnswer {
  readonly status: number;
  /** The reason phrase: the first line of PVE's message. */
  readonly statusText: string;
  /** PVE's envelope; empty for some errors, and without `message` before 2025. */
  readonly body: string;
  readonly request: PveRequest;
  /** The API token that asked, or the user who logged in, for the hint about privileges. */
  readonly tokenId?: string | undefined;
  readonly user?: string | undefined;
}

/** Reads what PVE says of a failed request, in status, reason phrase and body, and tells what it means and what to do. */
export function classify(answer: FailedAnswer): PveError {
  const { status, request } = answer;
  const said = readBody(answer.body);
  const reason = toLines(said?.message ?? answer.statusText);
  const verdict =
    said === undefined || (status >= 300 && status < 400)
      ? foreign(status)
      : judge(answer, reason.join('\n'), said.fields);
  // 595 is a proxied request that never reached its node; after 596 to 599, and from a gateway, nobody knows.
  const isLost = status >= 596 || status === 502 || status === 504 || (status >= 500 && said === undefined);
  const mayHaveRun = isWrite(request) && isLost;
  return new PveError({
    code: verdict.code,
    message: status === 401 ? verdict.message : `${subject(request.path)}: ${verdict.message}`,
    hint: mayHaveRun
      ? `It may have run all the same: look at the task list before trying again. ${verdict.hint}`
      : verdict.hint,
    reason,
    status,
    request: describeRequest(request),
    ...(said?.fields === undefined ? {} : { fields: said.fields }),
    ...(mayHaveRun ? { mayHaveRun } : {}),
  });
}

/** The node's cluster file system is down, so it refuses everything, even a login; other nodes may do better. */
export function isClusterFileSystemDown({ reason }: PveErrorData): boolean {
  return reason.some((line) => pmxcfsDown.test(line));
}

type Verdict = Pick<PveErrorData, 'code' | 'message' | 'hint'>;
type Fields = Readonly<Record<string, string>>;

function judge(answer: FailedAnswer, text: string, fields: Fields | undefined): Verdict {
  const { status } = answer;
  // Of a user who logged in, it is the ticket that is refused.
  if (status === 401) return answer.user === undefined ? verdicts.unauthenticated : verdicts.lostLogin;
  if (status === 403) return refusal(text, answer);
  if (status === 501) return verdicts.not_implemented;
  if (status >= 595 && status <= 599) return verdicts.node_offline;
  if (status === 400) return badParameters(fields);
  const rule = rules.find(([, pattern]) => pattern.test(text));
  if (rule !== undefined) return rule[2] === undefined ? verdicts[rule[0]] : { ...verdicts[rule[0]], hint: rule[2] };
  if (status === 404) return verdicts.not_found;
  return { ...verdicts.server_error, hint: usualStep([text]) ?? verdicts.server_error.hint };
}

/** PVE's "Permission check failed (/vms/101, VM.PowerMgmt)" and its kin. */
function refusal(text: string, { tokenId, user: login }: FailedAnswer): Verdict {
  if (/need proper ticket/.test(text)) return verdicts.ticket_required;
  if (rootOnly.test(text)) return verdicts.root_only;
  const missing = /\((\/[^\s,()]*), ([A-Za-z.|, ]+)\)/.exec(text);
  if (missing === null) return verdicts.forbidden;
  const [, path, privilege] = missing;
  const user = login ?? tokenId?.slice(0, tokenId.lastIndexOf('!')) ?? 'USER@REALM';
  const role = `--roles ROLE_WITH_${privilege?.split(/[|,]/)[0]}`;
  const grant = `pveum acl modify ${path} --users '${user}' ${role}`;
  const ask = `Nothing was changed. If this should be allowed, an administrator can grant a role that holds ${privilege}, on a node's shell`;
  const lines =
    login === undefined
      ? [
          `${ask} (both lines where the token has privilege separation):`,
          grant,
          `pveum acl modify ${path} --tokens '${tokenId ?? `${user}!TOKEN`}' ${role}`,
        ]
      : [`${ask}:`, grant];
  return { code: 'forbidden', message: `the privilege ${privilege} on ${path} is missing`, hint: lines.join('\n') };
}

/** Some "parameter errors" are answers about the cluster: unknown task, VMID already taken. */
function badParameters(fields: Fields | undefined): Verdict {
  const names = Object.keys(fields ?? {});
  const texts = Object.values(fields ?? {});
  if (texts.length === 1 && /^no such /i.test(texts[0] ?? '')) return verdicts.not_found;
  if (texts.length === 1 && /already exists$/.test(texts[0] ?? '')) return verdicts.exists;
  if (texts.some((text) => rootOnly.test(text))) return verdicts.root_only;
  if (names.length === 0) return verdicts.invalid_argument;
  return { ...verdicts.invalid_argument, message: `PVE did not accept ${names.map((name) => `"${name}"`).join(', ')}` };
}

function foreign(status: number): Verdict {
  const what = status < 400 ? `a redirect (status ${status})` : `status ${status} without PVE's envelope`;
  const hint =
    'Check address and port; the API of Proxmox VE listens on port 8006. A proxy in between must pass the API through unchanged.';
  return { code: 'not_proxmox', message: `what answered is not the API of Proxmox VE: ${what}`, hint };
}

const rootOnly = /only (allowed )?((for|by) )?root|user != root@pam/i;
const pmxcfsDown = /RPCEnvironment init request failed/;
const pmxcfsHint = "The node's cluster file system is not running. On the node: systemctl status pve-cluster";
const disabledHint = 'Enable the storage, or use another one.';

/** What PVE's texts mean; the first that fits counts. A third element replaces the usual hint. */
const rules: readonly (readonly [Exclude<keyof typeof verdicts, 'lostLogin'>, RegExp, string?])[] = [
  ['server_error', pmxcfsDown, pmxcfsHint],
  ['no_quorum', /no quorum|cluster not ready/],
  ['root_only', rootOnly],
  ['changed', /detected modified configuration|file change(d)? by other user/],
  ['agent_unavailable', /guest agent|'guest-[a-z-]+' failed/i],
  [
    'locked',
    /is locked|can't lock file|unable to (acquire|create) .*lock|got lock (request )?timeout|cfs lock .* timeout/,
  ],
  ['wrong_state', /storage '.*' is (disabled|not (available|online))/, disabledHint],
  [
    'wrong_state',
    /already running|not running|is running|is (already )?(suspended|stopped|paused)|protection mode|is a template/,
  ],
  ['exists', /already (exists|defined|in use)/],
  ['not_implemented', /not implemented|not installed|have been migrated to rules/],
  ['not_found', /does not exist|no such |hostname lookup .* failed|not found|not defined|no rule at position/i],
  ['node_offline', /no route to host|connection refused|connection timed out/i],
];

const verdicts = {
  unauthenticated: verdict(
    'unauthenticated',
    'PVE did not accept the credentials',
    'Check token id (user@realm!name) and secret; an expired token or a disabled user is refused the same way.',
  ),
  lostLogin: verdict(
    'unauthenticated',
    'PVE no longer accepts the login',
    'Connect again with user and password; a disabled or expired user is refused the same way.',
  ),
  ticket_required: verdict(
    'ticket_required',
    'PVE does not let API tokens do this',
    'Use a connection with user and password for it, or do it in the web interface.',
  ),
  root_only: verdict(
    'root_only',
    'PVE lets only root@pam do this, never an API token',
    'Do it as root on the node or in the web interface.',
  ),
  forbidden: verdict(
    'forbidden',
    'a privilege is missing',
    "Nothing was changed. Look at the token's privileges: pveum user token permissions USER@REALM TOKEN",
  ),
  invalid_argument: verdict(
    'invalid_argument',
    'PVE did not accept the parameters',
    'Correct what PVE names and try again. Nothing was changed.',
  ),
  not_found: verdict(
    'not_found',
    'not found',
    'Look it up in the list again; it may have been removed, renamed or moved to another node.',
  ),
  exists: verdict('exists', 'it exists already', 'Choose another name or id, or use what is there.'),
  locked: verdict(
    'locked',
    'another operation holds a lock',
    'Wait for the running task and try again. If none is running, see whether the cluster has quorum and whether an old lock is left (qm unlock or pct unlock, as root on the node).',
  ),
  wrong_state: verdict(
    'wrong_state',
    'the present state does not allow it',
    'Read the present state first, then decide.',
  ),
  changed: verdict('changed', 'somebody else changed it meanwhile', 'Read it again, and decide on what it is now.'),
  no_quorum: verdict(
    'no_quorum',
    'the cluster has no quorum',
    'More than half of the nodes must be up and connected. On a node: pvecm status',
  ),
  node_offline: verdict(
    'node_offline',
    'its node cannot be reached by the cluster',
    'Check whether the node is up; another node answered in its place.',
  ),
  agent_unavailable: verdict(
    'agent_unavailable',
    'the guest agent does not answer',
    "It must be installed and running in the guest, enabled in the VM's options, and the VM restarted once after that.",
  ),
  not_implemented: verdict(
    'not_implemented',
    'this PVE does not offer that',
    'See whether its version and installed packages have it.',
  ),
  server_error: verdict(
    'server_error',
    'PVE reported an error',
    "Read PVE's reason; the node's system log may tell more.",
  ),
} as const satisfies Partial<Record<PveErrorCode | 'lostLogin', Verdict>>;

function verdict(code: PveErrorCode, message: string, hint: string): Verdict {
  return { code, message, hint };
}

/** What a request is about, for people: "VM 101 on pve1". */
function subject([first, node, kind, id]: readonly string[]): string {
  if (first !== 'nodes' || node === undefined)
    return `/${[first, node, kind, id].filter((part) => part !== undefined).join('/')}`;
  if (kind === undefined || id === undefined) return `Node ${node}`;
  if (kind === 'qemu') return `VM ${id} on ${node}`;
  if (kind === 'lxc') return `Container ${id} on ${node}`;
  if (kind === 'storage') return `Storage ${id} on ${node}`;
  return kind === 'tasks' ? `Task ${id}` : `Node ${node}`;
}

/** @returns what the envelope says; `undefined` when there is a body that is no envelope */
function readBody(body: string): { readonly message?: string; readonly fields?: Fields } | undefined {
  if (body.trim() === '') return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const { message, errors }: { readonly message?: unknown; readonly errors?: unknown } = parsed;
  const fields = typeof errors === 'object' && errors !== null ? Object.entries(errors) : [];
  return {
    ...(typeof message === 'string' && message.trim() !== '' ? { message } : {}),
    ...(fields.length === 0
      ? {}
      : { fields: Object.fromEntries(fields.map(([name, text]) => [name, String(text).trim()])) }),
  };
}

function toLines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
