import { printable } from '../../gate/printable.ts';
import { nodeRow, targetOf } from './branches.ts';
import type { ConnectionView } from './live.ts';
import { count, type GuestTarget, order, type Row } from './row.ts';

/** The rows of all connections, with the guests and storage of each node below it. */
export function explorerRows(views: readonly ConnectionView[]): readonly Row[] {
  return views.map(connectionRow);
}

/** The guests of all connections that can be acted on, for pickers. */
export function guestTargets(views: readonly ConnectionView[]): readonly GuestTarget[] {
  return views.flatMap(({ profile, resources }) => resources.flatMap((resource) => targetOf(resource, profile) ?? []));
}

/** Ids of the rows of `after` that do not look as they did, and of those whose children are others. */
export function changedRows(before: readonly Row[], after: readonly Row[]): readonly string[] {
  const known = new Map(flatten(before).map((row) => [row.id, row]));
  return flatten(after).flatMap((row) => {
    const old = known.get(row.id);
    return old !== undefined && !looksAlike(old, row) ? [row.id] : [];
  });
}

export function flatten(rows: readonly Row[]): readonly Row[] {
  return rows.flatMap((row) => [row, ...flatten(row.children)]);
}

function looksAlike(a: Row, b: Row): boolean {
  const look = ({ label, description, icon, context, tooltip, command, children }: Row) =>
    JSON.stringify([label, description, icon, context, tooltip, command, children.map(({ id }) => id)]);
  return look(a) === look(b);
}

function connectionRow(view: ConnectionView): Row {
  const { profile, state, resources } = view;
  const nodes = resources.filter(({ type }) => type === 'node').sort((a, b) => order(a.node, b.node));
  return {
    id: profile.id,
    label: profile.name,
    description: connectionDescription(view, nodes.length),
    icon: state === 'error' ? { id: 'warning', color: 'list.warningForeground' } : { id: 'server-environment' },
    context: `;connection;${profile.kind};${state};`,
    tooltip: connectionTooltip(view),
    expanded: true,
    connection: profile.id,
    children: [...notes(view), ...nodes.map((node) => nodeRow(view, node))],
  };
}

function connectionDescription({ profile, state }: ConnectionView, nodes: number): string {
  const what = profile.kind === 'demo' ? 'demo' : new URL(profile.endpoints[0]?.url ?? 'https://unknown').host;
  if (state === 'loading') return `${what} · connecting…`;
  if (state === 'error') return `${what} · ${nodes === 0 ? 'offline' : 'offline, last known state'}`;
  if (state === 'no-secret') return `${what} · no token`;
  return `${what} · ${count(nodes, 'node')}`;
}

function connectionTooltip({ profile, error }: ConnectionView): string {
  const lines = [profile.name, `Agents: ${profile.level}`];
  if (profile.kind === 'cluster') lines.push(`Token: ${profile.tokenId}`, ...profile.endpoints.map(({ url }) => url));
  if (error !== undefined) lines.push('', [error.message, ...error.reason].join(': '), error.hint);
  return lines.join('\n');
}

/** What is going on, or went wrong, is a row of its own: a connection is never an empty branch. */
function notes({ profile, state, error }: ConnectionView): Row[] {
  const row = { description: '', connection: profile.id, children: [] };
  if (state === 'loading') {
    const label = 'Connecting…';
    return [
      {
        ...row,
        id: `${profile.id}/loading`,
        label,
        icon: { id: 'loading~spin' },
        context: ';loading;',
        tooltip: label,
      },
    ];
  }
  if (state === 'no-secret') {
    const label = 'Enter token…';
    const tooltip = 'The token secret is not stored on this computer. Select to enter it.';
    return [
      {
        ...row,
        id: `${profile.id}/token`,
        label,
        icon: { id: 'key' },
        context: ';token;',
        tooltip,
        command: 'proxmox.enterToken',
      },
    ];
  }
  if (error === undefined) return [];
  const label = printable([error.message, ...error.reason].join(': '), 200);
  const color = 'list.errorForeground';
  return [
    {
      ...row,
      id: `${profile.id}/error`,
      label,
      icon: { id: 'error', color },
      context: `;error;${error.code};`,
      tooltip: `${label}\n${error.hint}`,
    },
    {
      ...row,
      id: `${profile.id}/retry`,
      label: 'Retry',
      icon: { id: 'refresh' },
      context: ';retry;',
      tooltip: error.hint,
      command: 'proxmox.refresh',
    },
  ];
}
