import * as vscode from 'vscode';
import { printable } from '../../gate/printable.ts';
import type { ConnectionParts } from '../commands/connections.view.ts';
import type { Place } from '../commands/places.ts';
import type { Profile } from '../connections/profile.ts';
import { modalStep } from '../connections/steps.view.ts';
import { connectTo } from './connect.ts';
import {
  type ConsoleRoute,
  type ConsoleTarget,
  consoleName,
  consoleRoute,
  consoleTarget,
  routeText,
  shortName,
} from './target.ts';
import type { Consoles } from './terminals.view.ts';

/**
 * Opens a terminal on a node, container or VM, after a modal: a live item of the tree may also stand for "the row that has
 * the focus", and whoever runs commands could then type there (gate.md G13).
 */
export async function openTerminal(
  place: Place,
  { window, consoles }: Pick<ConnectionParts, 'window'> & { readonly consoles: Consoles },
): Promise<void> {
  const target = consoleTarget(place);
  if (target === undefined) return;
  const { store, session, audit } = await window();
  const profile = (await store.read()).find(({ id }) => id === place.connection);
  if (profile === undefined) return;
  const route = consoleRoute(profile);
  if (route === undefined) return offerSetUp(profile);
  if (!(await confirm(target, profile, route))) return;
  const connect = connectTo(target, {
    profiles: store.read,
    client: session.client,
    record: audit.console,
    ways: {
      ssh: (found, { id, name, revision }, size, events, signal) =>
        session.shells.terminal({ id, name, revision }, found, size, events, signal),
      api: (found, { id, name, revision }, size, events, signal) =>
        session.openConsole({ id, name, revision }, found, size, events, signal),
    },
  });
  consoles.open(consoleName(target), connect);
}

async function confirm(target: ConsoleTarget, profile: Profile, route: ConsoleRoute): Promise<boolean> {
  const name = shortName(target.node, target.guest);
  const title = vscode.l10n.t('Open a direct console on {0}?', name);
  const detail = [
    vscode.l10n.t('Connection: {0}, {1}', printable(profile.name, 64), routeText(route, target)),
    vscode.l10n.t(
      'What is typed there runs at once. It is neither checked nor recorded; only that the console was opened is.',
    ),
    vscode.l10n.t('Whatever can type into terminals of this window, agents among them, can use it while it is open.'),
  ];
  return typeof (await modalStep(title, detail.join('\n\n'), vscode.l10n.t('Open console'))) !== 'string';
}

async function offerSetUp({ kind }: Profile): Promise<void> {
  if (kind === 'demo')
    return void vscode.window.showInformationMessage(vscode.l10n.t('The demo cluster has no consoles.'));
  const setUp = vscode.l10n.t('Set up SSH…');
  const message = vscode.l10n.t(
    'Consoles go by SSH, which is not set up for this connection. Without it they need a user with password: Proxmox VE opens none for tokens.',
  );
  if ((await vscode.window.showInformationMessage(message, setUp)) === setUp)
    await vscode.commands.executeCommand('proxmox.setUpSsh');
}
