import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type { AccessLevel } from '../../gate/types.ts';
import { smallerToken, type TokenReach } from '../connections/privileges.ts';
import type { Profile } from '../connections/profile.ts';
import type { Connected } from '../connections/wizard.view.ts';
import type { Documents } from '../documents.view.ts';
import { showError } from '../problem.view.ts';
import type { Live } from '../tree/live.ts';
import type { Explorer } from '../tree/tree.view.ts';
import { unlinked } from '../unlinked.ts';
import type { Window } from '../window.ts';
import * as connection from './connection.view.ts';
import { tellWhereSecretIs } from './secret-place.view.ts';

export interface ConnectionParts {
  readonly window: () => Promise<Window>;
  readonly live: Live;
  readonly explorer: Explorer;
  readonly documents: Documents;
}

const switches = () => import('../connections/command-switches.view.ts');

/** What is done to one connection: that of a live tree item, else the one that is picked (gate.md G13). */
const onConnection: Readonly<Record<string, (profile: Profile, parts: ConnectionParts) => Promise<void>>> = {
  'proxmox.editConnection': (profile, parts) => edit(profile, parts),
  'proxmox.renameConnection': connection.rename,
  'proxmox.testConnection': connection.test,
  'proxmox.reconnect': connection.reconnect,
  'proxmox.enterSecret': connection.enterSecret,
  'proxmox.trustNewCertificate': connection.trustNewCertificate,
  'proxmox.setAccessLevel': connection.setAccessLevel,
  'proxmox.editPolicies': async (...call) => (await import('../policies/editor.view.ts')).editPolicies(...call),
  'proxmox.setAnswerTime': async (...call) => (await import('../policies/answer-time.view.ts')).setAnswerTime(...call),
  'proxmox.setUpSsh': async (...call) => (await import('../connections/ssh-wizard.view.ts')).setUpSsh(...call),
  'proxmox.removeSsh': async (...call) => (await import('../connections/ssh-remove.view.ts')).removeSsh(...call),
  'proxmox.switchOnHostCommands': async (...call) => (await switches()).switchOn('host', ...call),
  'proxmox.switchOffHostCommands': async (...call) => (await switches()).switchOff('host', ...call),
  'proxmox.switchOnQuietReads': async (...call) => (await switches()).switchOn('quietReads', ...call),
  'proxmox.switchOffQuietReads': async (...call) => (await switches()).switchOff('quietReads', ...call),
  'proxmox.removeConnection': connection.remove,
};

/** Adding, changing and removing connections. */
export function registerConnections(parts: ConnectionParts): vscode.Disposable {
  const commands: Readonly<Record<string, (item: unknown) => Promise<void>>> = {
    'proxmox.connect': () => connect(parts),
    'proxmox.openDemo': () => openDemo(parts),
    'proxmox.refresh': () => parts.live.refresh(),
    'proxmox.generateSshKey': async () => (await import('../connections/ssh-key.view.ts')).generateKey(parts.documents),
    ...Object.fromEntries(
      Object.entries(onConnection).map(([id, run]) => [id, (item: unknown) => withConnection(item, parts, run)]),
    ),
  };
  return vscode.Disposable.from(
    ...Object.entries(commands).map(([id, run]) =>
      vscode.commands.registerCommand(id, (item: unknown) => run(item).catch(showError)),
    ),
  );
}

async function connect({ window, live }: ConnectionParts): Promise<void> {
  const { connectWizard } = await import('../connections/wizard.view.ts');
  const added = await connectWizard(await window());
  if (added === undefined) return;
  await live.refresh();
  await tellConnected(added);
}

async function edit(profile: Profile, { window, live }: ConnectionParts): Promise<void> {
  if (profile.kind === 'demo') return connection.tellDemo();
  const { connectWizard } = await import('../connections/wizard.view.ts');
  const edited = await connectWizard(await window(), profile);
  if (edited === undefined) return;
  await live.reconnect(profile.id);
  const { level, login } = edited.profile;
  const isSameReach = level === profile.level && JSON.stringify(login) === JSON.stringify(profile.login);
  if (isSameReach) tellWhereSecretIs(edited.place, edited.profile);
  else await tellConnected(edited);
}

async function tellConnected({ profile, checked: { reach }, place }: Connected): Promise<void> {
  tellWhereSecretIs(place, profile);
  if (isWider(reach.level, profile.level)) await tellWider(profile, reach);
}

function isWider(reach: AccessLevel, level: AccessLevel): boolean {
  return level !== 'full' && reach !== level && !(reach === 'read-only' && level === 'read-execute');
}

/** The smallest token is the limit that holds when all else fails, so the lines for one are offered. */
async function tellWider({ level, login }: Connected['profile'], reach: TokenReach): Promise<void> {
  if (level === 'full') return;
  const show = vscode.l10n.t('Show commands for a smaller token');
  const privileges = reach.beyondReading.slice(0, 4).join(', ') + (reach.beyondReading.length > 4 ? ', …' : '');
  const message =
    login.kind === 'token'
      ? vscode.l10n.t(
          'The token may do more than the access level {0} ({1}). The level holds back agents; only a smaller token holds back everything.',
          level,
          privileges,
        )
      : vscode.l10n.t(
          'The user may do more than the access level {0} ({1}). The level holds back agents; only a token that may do less holds back everything.',
          level,
          privileges,
        );
  void vscode.window.showInformationMessage(unlinked(message), show).then(async (pressed) => {
    if (pressed !== show) return;
    const document = await vscode.workspace.openTextDocument({ language: 'shellscript', content: smallerToken(level) });
    await vscode.window.showTextDocument(document);
  });
}

/** The demo cluster runs on this computer and holds nothing of value, so agents may ask for power operations at once. */
async function openDemo({ window, live }: ConnectionParts): Promise<void> {
  const { store } = await window();
  await store.update((profiles) =>
    profiles.some(({ kind }) => kind === 'demo')
      ? profiles
      : [...profiles, { kind: 'demo', id: randomUUID(), name: 'Demo cluster', revision: 1, level: 'read-execute' }],
  );
  await live.refresh();
}

/** An argument that is no live tree item names nothing (G13). */
async function withConnection(
  item: unknown,
  parts: ConnectionParts,
  run: (profile: Profile, parts: ConnectionParts) => Promise<void>,
): Promise<void> {
  const profiles = await (await parts.window()).store.read();
  const id = parts.explorer.isLive(item) ? item.row.connection : await pickConnection(profiles);
  const profile = profiles.find((one) => one.id === id);
  if (profile !== undefined) await run(profile, parts);
}

async function pickConnection(profiles: readonly Profile[]): Promise<string | undefined> {
  const items = profiles.map(({ id, name, level }) => ({ label: name, description: level, id }));
  return (await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Which connection?') }))?.id;
}
