import { answerMinutesOf } from '../../gate/answer-time.ts';
import { printable } from '../../gate/printable.ts';
import type { ChangedCertificate, PveErrorData } from '../../pve/error.ts';
import { loginName, type Profile, type StoredEndpoint } from '../connections/profile.ts';
import { renewedCertificates } from '../connections/renewal.ts';
import { sshText } from '../connections/ssh-settings.ts';
import type { Reach } from '../connections/ways.ts';
import { nodeRow } from './branches.ts';
import type { ConnectionView } from './live.ts';
import { count, order, type Row } from './row.ts';

/** The row of a connection. What is going on, or went wrong, is a row of its own: it is never an empty branch. */
export function connectionRow(view: ConnectionView): Row {
  const { profile, state, resources } = view;
  const nodes = resources.filter(({ type }) => type === 'node').sort((a, b) => order(a.node, b.node));
  return {
    id: profile.id,
    label: profile.name,
    description: description(view, nodes.length),
    icon: state === 'error' ? { id: 'warning', color: 'list.warningForeground' } : { id: 'server-environment' },
    context: `;connection;${profile.kind};${state};${flags(profile)}`,
    tooltip: tooltip(view),
    expanded: true,
    connection: profile.id,
    children: [...notes(view), ...nodes.map((node) => nodeRow(view, node))],
  };
}

/** What is set up and switched on: menus offer the other. */
function flags(profile: Profile): string {
  const { commands } = profile;
  return [
    ...(profile.kind === 'cluster' && profile.ssh !== undefined ? ['ssh;'] : []),
    ...(commands?.host ? ['hostCommands;'] : []),
    ...(commands?.quietReads ? ['quietReads;'] : []),
  ].join('');
}

function description({ profile, state, error, reach }: ConnectionView, nodes: number): string {
  const what = endpointName(profile, reach?.serving);
  if (state === 'loading') return `${what} · connecting…`;
  if (state === 'error') {
    const isRefused = error?.code === 'unauthenticated' || error?.code === 'certificate';
    return `${what} · ${isRefused ? 'not connected' : 'offline'}${nodes === 0 ? '' : ', last known state'}`;
  }
  if (state === 'no-secret') return `${what} · ${missingSecret(profile)}`;
  return `${what} · ${count(nodes, 'node')}`;
}

/** Which node answers, where there are several; else where the connection leads. */
function endpointName(profile: Profile, serving: string | undefined): string {
  if (profile.kind === 'demo') return 'demo';
  const endpoint = profile.endpoints.find(({ url }) => url === serving) ?? profile.endpoints[0];
  if (profile.endpoints.length > 1 && endpoint?.node !== undefined) return printable(endpoint.node, 64);
  return new URL(endpoint?.url ?? 'https://unknown').host;
}

function tooltip({ profile, error, reach, sessionOnly, frozen }: ConnectionView): string {
  const lines = [profile.name, ...agentLines(profile, frozen)];
  if (profile.kind === 'cluster') {
    lines.push(`${profile.login.kind === 'token' ? 'Token' : 'User'}: ${loginName(profile.login)}`);
    if (profile.ssh !== undefined) lines.push(`SSH: ${printable(sshText(profile.ssh), 200)}`);
    lines.push(...profile.endpoints.map((endpoint) => endpointLine(endpoint, profile.endpoints.length > 1, reach)));
  }
  if (sessionOnly) {
    const what = isByPassword(profile) ? 'password' : 'token secret';
    lines.push('', `The editor could not keep the ${what}: it is known until this window closes.`);
  }
  if (error !== undefined) lines.push('', [error.message, ...error.reason].join(': '), error.hint);
  return lines.join('\n');
}

/** What holds agents back here. */
function agentLines(profile: Profile, frozen: true | undefined): readonly string[] {
  const { level, policies = [], commands } = profile;
  const rules = policies.length === 0 ? [] : [`Policies: ${count(policies.length, 'rule')}`];
  return [
    ...(frozen ? ['Frozen: agents change nothing until you lift it'] : []),
    `Agents: ${level}`,
    ...(commands?.host ? ['Commands on nodes: agents may ask'] : []),
    ...(commands?.quietReads ? ['Reading commands: run without asking'] : []),
    ...rules,
    `Time to answer: ${count(answerMinutesOf(profile), 'minute')}`,
  ];
}

function endpointLine({ url, node }: StoredEndpoint, isOneOfMany: boolean, reach: Reach | undefined): string {
  const name = node === undefined ? url : `${printable(node, 64)}: ${url}`;
  const fault = reach?.faults.find((one) => one.url === url)?.fault;
  if (isOneOfMany && fault !== undefined) return `${name} (passed over: ${printable(fault.message, 200)})`;
  return isOneOfMany && reach?.serving === url ? `${name} (answers now)` : name;
}

function missingSecret(profile: Profile): string {
  return isByPassword(profile) ? 'no password' : 'no token';
}

function isByPassword(profile: Profile): boolean {
  return profile.kind === 'cluster' && profile.login.kind === 'password';
}

/** What is going on, or went wrong, as rows. */
function notes(view: ConnectionView): Row[] {
  const { profile, state, error } = view;
  if (state === 'loading') {
    const label = 'Connecting…';
    return [note(profile, 'loading', { label, icon: { id: 'loading~spin' }, tooltip: label })];
  }
  if (state === 'no-secret') {
    const what = isByPassword(profile) ? 'The password' : 'The token secret';
    const label = isByPassword(profile) ? 'Enter password…' : 'Enter token…';
    const tooltip = `${what} is not stored on this computer. Select to enter it.`;
    return [note(profile, 'secret', { label, icon: { id: 'key' }, tooltip, command: 'proxmox.enterSecret' })];
  }
  if (state === 'error' && error !== undefined) {
    return [
      problem(profile, 'error', error),
      ...renewal(view, error),
      ...(isAlarming(error)
        ? []
        : [
            note(profile, 'retry', {
              label: 'Retry',
              icon: { id: 'refresh' },
              tooltip: error.hint,
              command: 'proxmox.reconnect',
            }),
          ]),
    ];
  }
  // A node whose certificate has changed is told even while another one serves.
  const changed = (view.reach?.faults ?? []).filter(({ fault }) => fault.certificate !== undefined);
  const [first] = changed;
  return [
    ...changed.map(({ url, fault }) => problem(profile, `error/${url}`, fault)),
    ...(first === undefined ? [] : renewal(view, first.fault)),
  ];
}

function problem(profile: Profile, name: string, error: PveErrorData): Row {
  const whole = printable([error.message, ...error.reason].join(': '), 200);
  return note(profile, name, {
    label: error.certificate === undefined ? whole : changes[error.certificate.change],
    icon: { id: isAlarming(error) ? 'shield' : 'error', color: 'list.errorForeground' },
    context: `;error;${error.code};`,
    tooltip: `${whole}\n${error.hint}`,
  });
}

/** Short, for a narrow side bar cuts the fingerprints off; they stand in the tooltip. */
const changes: Readonly<Record<ChangedCertificate['change'], string>> = {
  'same-ca': 'Certificate renewed, same CA',
  'other-issuer': 'Somebody else may answer',
  unknown: 'Certificate has changed',
};

/** Offered only while every changed certificate comes from the cluster's own CA. */
function renewal({ profile, reach }: ConnectionView, { hint }: PveErrorData): Row[] {
  if (renewedCertificates(reach).length === 0) return [];
  const icon = { id: 'shield' };
  const label = 'Trust the new certificate…';
  return [note(profile, 'renewed', { label, icon, tooltip: hint, command: 'proxmox.trustNewCertificate' })];
}

/** Nothing is offered then that one click would do: what is left is to edit the connection. */
function isAlarming({ certificate }: PveErrorData): boolean {
  return certificate?.change === 'other-issuer';
}

function note({ id }: Profile, name: string, fields: Pick<Row, 'label' | 'icon' | 'tooltip'> & Partial<Row>): Row {
  return { id: `${id}/${name}`, description: '', context: `;${name};`, connection: id, children: [], ...fields };
}
