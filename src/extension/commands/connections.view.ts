import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type { AccessLevel } from '../../gate/types.ts';
import { smallerToken, type TokenReach } from '../connections/privileges.ts';
import type { Profile } from '../connections/profile.ts';
import type { Live } from '../tree/live.ts';
import type { Explorer } from '../tree/tree.view.ts';
import type { Window } from '../window.ts';

interface Parts {
  readonly window: () => Promise<Window>;
  readonly live: Live;
  readonly explorer: Explorer;
}

/** Adding, changing and removing connections. */
export function registerConnections(parts: Parts): vscode.Disposable {
  const commands: Readonly<Record<string, (item: unknown) => Promise<void>>> = {
    'proxmox.connect': () => connect(parts),
    'proxmox.openDemo': () => openDemo(parts),
    'proxmox.refresh': () => parts.live.refresh(),
    'proxmox.enterToken': (item) => withConnection(item, parts, enterToken),
    'proxmox.setAccessLevel': (item) => withConnection(item, parts, setAccessLevel),
    'proxmox.removeConnection': (item) => withConnection(item, parts, remove),
  };
  return vscode.Disposable.from(
    ...Object.entries(commands).map(([id, run]) =>
      vscode.commands.registerCommand(id, (item: unknown) =>
        run(item).catch(
          (error: unknown) =>
            void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error)),
        ),
      ),
    ),
  );
}

async function connect({ window, live }: Parts): Promise<void> {
  const { connectWizard } = await import('../connections/wizard.view.ts');
  const { store } = await window();
  const added = await connectWizard(store);
  if (added === undefined) return;
  await live.refresh();
  if (isWider(added.checked.reach.level, added.profile.level)) await tellWider(added.profile, added.checked.reach);
}

function isWider(reach: AccessLevel, level: AccessLevel): boolean {
  return level !== 'full' && reach !== level && !(reach === 'read-only' && level === 'read-execute');
}

/** The smallest token is the limit that holds when all else fails, so the lines for one are offered. */
async function tellWider({ level }: Profile, reach: TokenReach): Promise<void> {
  if (level === 'full') return;
  const show = vscode.l10n.t('Show commands for a smaller token');
  const message = vscode.l10n.t(
    'The token may do more than the access level {0} ({1}). The level holds back agents; only a smaller token holds back everything.',
    level,
    reach.beyondReading.slice(0, 4).join(', ') + (reach.beyondReading.length > 4 ? ', …' : ''),
  );
  void vscode.window.showInformationMessage(message, show).then(async (pressed) => {
    if (pressed !== show) return;
    const document = await vscode.workspace.openTextDocument({ language: 'shellscript', content: smallerToken(level) });
    await vscode.window.showTextDocument(document);
  });
}

/** The demo cluster runs on this computer and holds nothing of value, so agents may ask for power operations at once. */
async function openDemo({ window, live }: Parts): Promise<void> {
  const { store } = await window();
  await store.update((profiles) =>
    profiles.some(({ kind }) => kind === 'demo')
      ? profiles
      : [...profiles, { kind: 'demo', id: randomUUID(), name: 'Demo cluster', revision: 1, level: 'read-execute' }],
  );
  await live.refresh();
}

/** The connection of a live tree item, else of the one that is picked; an argument of another kind names nothing (G13). */
async function withConnection(
  item: unknown,
  parts: Parts,
  run: (profile: Profile, parts: Parts) => Promise<void>,
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

async function enterToken(profile: Profile, { window, live }: Parts): Promise<void> {
  if (profile.kind === 'demo') return;
  const [{ inputStep }, { checkConnection }, { sentence }] = await Promise.all([
    import('../connections/steps.view.ts'),
    import('../connections/check.ts'),
    import('../connections/wizard.view.ts'),
  ]);
  const [endpoint] = profile.endpoints;
  const { store } = await window();
  const entered = await inputStep({
    title: profile.name,
    step: 1,
    totalSteps: 1,
    prompt: vscode.l10n.t(
      'Secret of {0}. It goes to the secret storage of the editor and nowhere else.',
      profile.tokenId,
    ),
    password: true,
    validate: (secret) => (secret === '' ? vscode.l10n.t('Paste the secret of the token.') : undefined),
    accept: async (secret, signal) => {
      try {
        if (endpoint !== undefined) await checkConnection(endpoint, profile.tokenId, secret, signal);
        await store.setSecret(profile.id, secret);
        return undefined;
      } catch (error) {
        return sentence(error);
      }
    },
  });
  if (typeof entered !== 'string') await live.refresh();
}

async function setAccessLevel(profile: Profile, { window, live }: Parts): Promise<void> {
  const { confirmLevel, levelMeaning } = await import('../connections/wizard.view.ts');
  const { accessLevels } = await import('../../gate/types.ts');
  const items = accessLevels.map((level) => ({
    label: level,
    description: level === profile.level ? vscode.l10n.t('now') : '',
    detail: levelMeaning(level),
    level,
  }));
  const placeHolder = vscode.l10n.t('What may agents ask for on {0}?', profile.name);
  const level = (await vscode.window.showQuickPick(items, { placeHolder }))?.level;
  if (level === undefined || level === profile.level) return;
  const raised = accessLevels.indexOf(level) > accessLevels.indexOf(profile.level);
  if (raised && typeof (await confirmLevel(level)) === 'string') return;
  const { store } = await window();
  await store.update((profiles) =>
    profiles.map((one) => (one.id === profile.id ? { ...one, level, revision: one.revision + 1 } : one)),
  );
  await live.refresh();
}

async function remove(profile: Profile, { window, live }: Parts): Promise<void> {
  const yes = vscode.l10n.t('Remove');
  const pressed = await vscode.window.showWarningMessage(
    vscode.l10n.t('Remove the connection {0}?', profile.name),
    {
      modal: true,
      detail: vscode.l10n.t('Its token secret is deleted from this computer. Nothing changes on the cluster.'),
    },
    { title: vscode.l10n.t('Keep') },
    { title: yes },
    { title: vscode.l10n.t('Cancel'), isCloseAffordance: true },
  );
  if (pressed?.title !== yes) return;
  await (await window()).store.remove(profile.id);
  await live.refresh();
}
