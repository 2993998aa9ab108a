import * as vscode from 'vscode';
import { printable } from '../../gate/printable.ts';
import { systemClock } from '../../pve/clock.ts';
import { createHostKeys, type FirstContact, type HostKeySources } from '../../ssh/host-keys.ts';
import { nodeAddresses } from '../../ssh/places.ts';
import { createSshPool } from '../../ssh/pool.ts';
import type { SshPlace } from '../../ssh/types.ts';
import { editOf, tellDemo } from '../commands/connection.view.ts';
import type { ConnectionParts } from '../commands/connections.view.ts';
import type { Documents } from '../documents.view.ts';
import { unlinked } from '../unlinked.ts';
import type { Window } from '../window.ts';
import type { ClusterProfile, Profile } from './profile.ts';
import { sshSecretOf } from './secrets.ts';
import { sshLogin } from './ssh.ts';
import { checkNodes, type NodeCheck } from './ssh-check.ts';
import {
  changedHosts,
  needsSecret,
  nodesOfEndpoints,
  type SshDraft,
  sshDraft,
  sshSettings,
  withoutHost,
} from './ssh-draft.ts';
import { sshHelp } from './ssh-help.ts';
import { sshText } from './ssh-settings.ts';
import { sshSteps } from './ssh-steps.view.ts';
import { checkLines, firstContactLines, trustedLines } from './ssh-words.view.ts';
import { choiceStep, modalStep } from './steps.view.ts';
import { walk } from './walk.ts';

/** One set-up, from the first question until it is stored. */
interface SetUp {
  readonly window: Window;
  readonly profile: ClusterProfile;
  readonly draft: SshDraft;
  readonly ofCluster: readonly SshPlace[];
  readonly documents: Documents;
}

/**
 * Asks how the nodes are logged in to, tries each, and shows each host key that is met for the first time to the person.
 * What is stored is agreed to in a modal dialog (gate.md G8).
 */
export async function setUpSsh(profile: Profile, parts: ConnectionParts): Promise<void> {
  if (profile.kind === 'demo') return tellDemo();
  const window = await parts.window();
  const ofCluster = await nodesOf(window, profile);
  const draft = sshDraft(profile.ssh, ofCluster);
  const setUp: SetUp = { window, profile, draft, ofCluster, documents: parts.documents };
  const hasSecret = (await window.store.secrets.get(sshSecretOf(profile.id))) !== undefined;
  const stored = hasSecret ? profile.ssh?.auth.kind : undefined;
  while (await walk(sshSteps, { draft, name: profile.name, stored })) {
    const outcome = await tryAndAgree(setUp);
    if (outcome === 'back') continue;
    if (outcome === 'agreed') {
      await store(setUp);
      await parts.live.refresh();
    }
    return;
  }
}

/** @throws PveError when neither the cluster nor the connection says where a node is */
async function nodesOf({ session }: Window, profile: ClusterProfile): Promise<readonly SshPlace[]> {
  const own = nodesOfEndpoints(profile);
  return nodeAddresses(session.client(profile.id)).catch((error: unknown) => {
    if (own.length === 0) throw error;
    return own;
  });
}

/** Tries until the person agrees, goes back or leaves. */
async function tryAndAgree(setUp: SetUp): Promise<'agreed' | 'back' | 'left'> {
  for (;;) {
    const checks = await tryNodes(setUp);
    if (checks === undefined) return 'left';
    const pressed = await agree(setUp, checks);
    if (pressed !== 'forget') return pressed;
    await forgetKeys(setUp.draft, checks);
  }
}

/** @returns nothing when the person cancelled */
async function tryNodes({ window, profile, draft, ofCluster }: SetUp): Promise<readonly NodeCheck[] | undefined> {
  const secret = async () => (draft.secret === '' ? window.store.secrets.get(sshSecretOf(profile.id)) : draft.secret);
  if (draft.secret !== '') window.session.redactor.add(draft.secret);
  const pool = createSshPool({
    login: sshLogin(sshSettings(draft, ofCluster), { env: process.env, secret }),
    hostKeys: createHostKeys(askingSources(window, draft)),
    clock: systemClock,
  });
  const cancel = new AbortController();
  const title = unlinked(vscode.l10n.t('Logging in to the nodes of {0}', printable(profile.name, 64)));
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  try {
    return await vscode.window.withProgress(options, (progress, token) => {
      token.onCancellationRequested(() => cancel.abort());
      return checkNodes(pool, draft.nodes, cancel.signal, (node) => progress.report({ message: printable(node, 64) }));
    });
  } catch (error) {
    if (cancel.signal.aborted) return undefined;
    throw error;
  } finally {
    await pool.close();
  }
}

/** What a person agrees to is kept in the draft until all of it is stored. */
function askingSources({ session }: Window, draft: SshDraft): HostKeySources {
  return {
    trusted: async () => draft.hostKeys,
    knownHosts: session.knownHosts,
    firstContact: askTrust,
    store: async (key) => {
      draft.hostKeys = [...draft.hostKeys, key];
    },
  };
}

async function askTrust(contact: FirstContact): Promise<boolean> {
  const title =
    contact.role === 'jump'
      ? vscode.l10n.t('Trust the host key of the host in between, {0}?', printable(contact.name, 64))
      : vscode.l10n.t('Trust the host key of {0}?', printable(contact.name, 64));
  const detail = firstContactLines(contact).join('\n');
  return typeof (await modalStep(title, detail, vscode.l10n.t('Trust'))) !== 'string';
}

async function agree(
  { profile, draft, ofCluster, documents }: SetUp,
  checks: readonly NodeCheck[],
): Promise<'agreed' | 'back' | 'left' | 'forget'> {
  const failed = checks.filter(({ error }) => error !== undefined);
  const isKeyChanged = changedHosts(draft.hostKeys, failed).length > 0;
  const [back, yes, help, forget] = [
    vscode.l10n.t('Back'),
    vscode.l10n.t('Set up'),
    vscode.l10n.t('Show set-up help'),
    vscode.l10n.t('Forget the trusted key…'),
  ];
  const buttons = [
    back,
    ...(failed.length < checks.length ? [yes] : []),
    ...(failed.length > 0 ? [help] : []),
    ...(isKeyChanged ? [forget] : []),
  ];
  const title = vscode.l10n.t('Use SSH on {0} like this?', printable(profile.name, 64));
  const settings = sshSettings(draft, ofCluster);
  const lines = [printable(sshText(settings), 400), '', ...checkLines(checks)];
  const answer = await choiceStep(title, lines.join('\n'), buttons);
  if (answer === 'cancel') return 'left';
  if (answer.value === yes) return 'agreed';
  if (answer.value === forget) return 'forget';
  if (answer.value === help) {
    await documents.show(vscode.l10n.t('SSH set-up'), sshHelp(profile.name, settings, checks));
    return 'left';
  }
  return 'back';
}

/** A changed key is never trusted by one click: it is forgotten here, shown anew at the next try, and agreed to there. */
async function forgetKeys(draft: SshDraft, checks: readonly NodeCheck[]): Promise<void> {
  for (const name of changedHosts(draft.hostKeys, checks)) {
    const shown = checks.flatMap(({ error }) => error?.reason ?? []).filter((line) => line.startsWith('shown: '));
    const lines = [
      ...trustedLines(draft.hostKeys, name),
      ...new Set(shown.map((line) => printable(line, 300))),
      '',
      vscode.l10n.t(
        'Only a node that was installed anew, or was given new keys, shows another key. Else somebody in between may be answering.',
      ),
    ];
    const title = vscode.l10n.t('Forget the trusted host key of {0}?', printable(name, 64));
    const agreed = await modalStep(title, lines.join('\n'), vscode.l10n.t('Forget'));
    if (typeof agreed !== 'string') draft.hostKeys = withoutHost(draft.hostKeys, name);
  }
}

async function store({ window: { store }, profile, draft, ofCluster }: SetUp): Promise<void> {
  const ssh = sshSettings(draft, ofCluster);
  const change = editOf(profile, (one) => (one.kind === 'demo' ? one : { ...one, ssh }));
  const key = sshSecretOf(profile.id);
  if (draft.secret !== '') tellPlace(await store.updateWithSecret(key, draft.secret, change), profile);
  else {
    await store.update(change);
    const isKept = needsSecret(draft) && profile.ssh?.auth.kind === draft.auth.kind;
    if (!isKept) await store.secrets.delete(key);
  }
  void vscode.window.showInformationMessage(
    unlinked(vscode.l10n.t('SSH is set up for {0}.', printable(profile.name, 64))),
  );
}

function tellPlace(place: 'stored' | 'session' | 'missing', { name }: ClusterProfile): void {
  if (place === 'stored') return;
  void vscode.window.showWarningMessage(
    vscode.l10n.t(
      'The editor could not keep the SSH password or passphrase of {0}. It is known until this window closes, and written to no file. Check that the keyring of this computer works.',
      name,
    ),
  );
}
