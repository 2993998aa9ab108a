import * as vscode from 'vscode';
import { showError } from '../problem.view.ts';
import type { Consoles } from '../terminals/terminals.view.ts';
import type { Live } from '../tree/live.ts';
import type { ConnectionParts } from './connections.view.ts';
import { type Place, placeName, placeOf, placesOf } from './places.ts';
import { type Repair, repairs } from './repair.ts';

export interface PlaceParts extends ConnectionParts {
  readonly consoles: Consoles;
}

/** What is done to a place, and which places a person may pick from. */
interface PlaceCommand {
  run(place: Place, parts: PlaceParts): Promise<void>;
  readonly fits: (place: Place) => boolean;
}

const onPlace: Readonly<Record<string, PlaceCommand>> = {
  'proxmox.openInWebUi': {
    run: async (place, parts) => (await import('./web-ui.view.ts')).openInWebUi(place, parts),
    fits: () => true,
  },
  'proxmox.openTerminal': {
    run: async (place, parts) => (await import('../terminals/open.view.ts')).openTerminal(place, parts),
    fits: ({ node }) => node !== undefined,
  },
  ...Object.fromEntries(
    Object.entries(repairs).map(([which, { fits }]) => [
      which,
      {
        run: async (place, parts) => (await import('./repair.view.ts')).repair(which as Repair, place, parts),
        fits,
      } satisfies PlaceCommand,
    ]),
  ),
};

/** Commands on a cluster, node, guest or storage: that of a live tree item, else the one that is picked (gate.md G13). */
export function registerPlaces(parts: PlaceParts): vscode.Disposable {
  return vscode.Disposable.from(
    ...Object.entries(onPlace).map(([id, command]) =>
      vscode.commands.registerCommand(id, (item: unknown) => withPlace(item, command, parts).catch(showError)),
    ),
  );
}

async function withPlace(item: unknown, { run, fits }: PlaceCommand, parts: PlaceParts): Promise<void> {
  const { live, explorer } = parts;
  if (!explorer.isLive(item)) {
    const picked = await pick(fits, live);
    if (picked !== undefined) await run(picked, parts);
    return;
  }
  const { row } = item;
  const profile = live.views()?.find(({ profile: { id } }) => id === row.connection)?.profile;
  if (profile !== undefined) await run(placeOf(row, profile.name), parts);
}

async function pick(fits: PlaceCommand['fits'], live: Live): Promise<Place | undefined> {
  await live.lookOnce();
  const items = placesOf(live.views() ?? [])
    .filter(fits)
    .map((place) => ({
      label: placeName(place),
      description: kindText(place),
      detail: place.node === undefined ? '' : place.connectionName,
      place,
    }));
  const placeHolder = vscode.l10n.t('Which cluster, node or guest?');
  return (await vscode.window.showQuickPick(items, { placeHolder, matchOnDescription: true }))?.place;
}

function kindText({ node = '', guest }: Place): string {
  if (guest?.type === 'qemu') return vscode.l10n.t('VM on {0}', node);
  if (guest?.type === 'lxc') return vscode.l10n.t('container on {0}', node);
  return node === '' ? vscode.l10n.t('cluster') : vscode.l10n.t('node');
}
