import * as vscode from 'vscode';
import { accessLevels } from '../../gate/types.ts';
import type { Profile } from '../connections/profile.ts';
import { renewedCertificates, trustRenewed } from '../connections/renewal.ts';
import { askInModal } from '../modal.view.ts';
import { unlinked } from '../unlinked.ts';
import type { ConnectionParts } from './connections.view.ts';
import { tellWhereSecretIs } from './secret-place.view.ts';

const wizard = () => import('../connections/wizard.view.ts');
const finish = () => import('../connections/wizard-finish.view.ts');
const steps = () => import('../connections/steps.view.ts');

/** Asks for another name. It loosens nothing, so no modal follows. */
export async function rename(profile: Profile, { window, live }: ConnectionParts): Promise<void> {
  const { store } = await window();
  const [{ namePrompt, nameProblem }, { inputStep }] = await Promise.all([finish(), steps()]);
  const others = (await store.read()).filter(({ id }) => id !== profile.id);
  const entered = await inputStep({
    title: vscode.l10n.t('Rename {0}', profile.name),
    step: 1,
    totalSteps: 1,
    prompt: namePrompt(),
    value: profile.name,
    validate: (name) => nameProblem(name, others),
  });
  if (typeof entered === 'string' || entered.value === profile.name) return;
  await change(profile, (one) => ({ ...one, name: entered.value }), { window, live });
}

/** Forgets login and ways, and looks again; a user with a second factor is asked for a code. */
export async function reconnect(profile: Profile, { window, live }: ConnectionParts): Promise<void> {
  (await window()).session.reconnect(profile.id);
  await live.reconnect(profile.id);
}

/** Says what answers, and what the login may do there. */
export async function test(profile: Profile, { window }: ConnectionParts): Promise<void> {
  const { session } = await window();
  const { version, reach, serving, faults } = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Testing {0}', profile.name),
      cancellable: true,
    },
    (_progress, token) => {
      const cancel = new AbortController();
      token.onCancellationRequested(() => cancel.abort());
      return session.check(profile.id, cancel.signal);
    },
  );
  const may =
    reach.level === 'read-only'
      ? vscode.l10n.t('It may read.')
      : vscode.l10n.t('It may do {0} operations.', reach.level);
  const host = new URL(serving ?? 'https://unknown').host;
  const answered = vscode.l10n.t('{0}: Proxmox VE {1} answered at {2}.', profile.name, version, host);
  const silent = faults.map(({ url }) => new URL(url).host).join(', ');
  const others = silent === '' ? [] : [vscode.l10n.t('No good answer from {0}.', silent)];
  void vscode.window.showInformationMessage(unlinked([answered, may, ...others].join(' ')));
}

/** Asks for the password or token secret, tries it and keeps it. */
export async function enterSecret(profile: Profile, { window, live }: ConnectionParts): Promise<void> {
  if (profile.kind === 'demo') return tellDemo();
  const { secretWizard } = await wizard();
  const place = await secretWizard(await window(), profile);
  if (place === undefined) return;
  tellWhereSecretIs(place, profile);
  await live.reconnect(profile.id);
}

/** Only for certificates that the cluster's own CA has renewed, and only behind a modal that shows both (gate.md G17). */
export async function trustNewCertificate(profile: Profile, parts: ConnectionParts): Promise<void> {
  if (profile.kind === 'demo') return tellDemo();
  const { session } = await parts.window();
  const renewed = renewedCertificates(session.reach(profile.id));
  if (renewed.length === 0) {
    const message = vscode.l10n.t('No certificate of {0} was renewed by the CA of its cluster.', profile.name);
    return void vscode.window.showInformationMessage(message);
  }
  const { modalStep } = await steps();
  const lines = renewed.flatMap(({ url, shown, trusted }) => [
    new URL(url).host,
    vscode.l10n.t('Trusted until now: {0}', trusted.join(', ')),
    vscode.l10n.t('Now: {0}', shown),
    '',
  ]);
  lines.push(
    vscode.l10n.t(
      'The CA of the cluster has signed the new one. "pvenode cert info" on the node prints its fingerprint.',
    ),
  );
  const title = vscode.l10n.t('Trust the new certificate of {0}?', profile.name);
  const agreed = await modalStep(title, lines.join('\n'), vscode.l10n.t('Trust'));
  if (typeof agreed !== 'string')
    await change(profile, (one) => (one.kind === 'demo' ? one : trustRenewed(one, renewed)), parts);
}

/** Asks for a level; a modal agrees to a higher one (gate.md G8). */
export async function setAccessLevel(profile: Profile, parts: ConnectionParts): Promise<void> {
  const { confirmLevel, isRaised, levelMeaning } = await finish();
  const items = accessLevels.map((level) => ({
    label: level,
    description: level === profile.level ? vscode.l10n.t('now') : '',
    detail: levelMeaning(level),
    level,
  }));
  const placeHolder = vscode.l10n.t('What may agents ask for on {0}?', profile.name);
  const level = (await vscode.window.showQuickPick(items, { placeHolder }))?.level;
  if (level === undefined || level === profile.level) return;
  if (isRaised(level, profile.level) && typeof (await confirmLevel(level, profile.name)) === 'string') return;
  await change(profile, (one) => ({ ...one, level }), parts);
}

/** Removes a connection with its secret, after a modal. */
export async function remove(profile: Profile, { window, live }: ConnectionParts): Promise<void> {
  const yes = vscode.l10n.t('Remove');
  const pressed = await askInModal(
    vscode.l10n.t('Remove the connection {0}?', profile.name),
    vscode.l10n.t('Its secret is deleted from this computer. Nothing changes on the cluster.'),
    [vscode.l10n.t('Keep'), yes],
    vscode.l10n.t('Cancel'),
  );
  if (pressed !== yes) return;
  const { store, session } = await window();
  await store.remove(profile.id);
  session.reconnect(profile.id);
  await live.refresh();
}

/** Says why the demo connection cannot be edited. */
export function tellDemo(): void {
  void vscode.window.showInformationMessage(
    vscode.l10n.t('The demo cluster runs inside this editor; its address and its token are new at each start.'),
  );
}

/** Stores an edit under the next revision, unless the connection was edited meanwhile. */
export async function change(
  profile: Profile,
  edit: (profile: Profile) => Profile,
  { window, live }: Pick<ConnectionParts, 'window' | 'live'>,
): Promise<void> {
  const { store } = await window();
  await store.update(editOf(profile, edit));
  await live.refresh();
}

/** The same as a change of what is stored. It throws when the connection was edited meanwhile. */
export function editOf(
  { id, revision }: Profile,
  edit: (profile: Profile) => Profile,
): (profiles: readonly Profile[]) => readonly Profile[] {
  return (profiles) => {
    if (!profiles.some((one) => one.id === id && one.revision === revision))
      throw new Error(vscode.l10n.t('The connection was changed meanwhile, in another window. Try again.'));
    return profiles.map((one) => (one.id === id ? { ...edit(one), revision: revision + 1 } : one));
  };
}
