import * as vscode from 'vscode';
import type { ConnectionParts } from './connections.view.ts';
import type { Place } from './places.ts';
import { webAddress } from './web-ui.ts';

/** Opens a place in Proxmox VE's own web interface, on the node that answers. */
export async function openInWebUi(place: Place, { window }: Pick<ConnectionParts, 'window'>): Promise<void> {
  const { store, session } = await window();
  const profile = (await store.read()).find(({ id }) => id === place.connection);
  if (profile === undefined) return;
  if (profile.kind === 'demo')
    return void vscode.window.showInformationMessage(vscode.l10n.t('The demo cluster has no web interface.'));
  const base = session.reach(profile.id)?.serving ?? profile.endpoints[0]?.url;
  if (base === undefined) return;
  // As text, which VS Code hands on as it is: it would encode more of a Uri than the web interface can read.
  await vscode.env.openExternal(webAddress(base, place) as unknown as vscode.Uri);
}
