import * as vscode from 'vscode';
import { printable } from '../../gate/printable.ts';
import { ticketAuth, tokenAuth } from '../../pve/auth.ts';
import type { PveClient } from '../../pve/client.ts';
import { systemClock } from '../../pve/clock.ts';
import { lookAtCertificate } from '../../pve/trust.ts';
import { endpointsOf, type Look } from './addresses.ts';
import { checkClient, type Realm, readRealms, withClient } from './check.ts';
import { problemOf, sentence, type Wizard } from './draft.ts';
import { type AskCode, signIn } from './login.ts';
import { loginName } from './profile.ts';
import { inputStep, pickStep } from './steps.view.ts';
import { type TrustOffer, trustOffer } from './trust-offer.ts';
import type { Stepped } from './walk.ts';
import { stepText } from './wizard-text.view.ts';

const lookMs = 3_000;

interface SignInItem extends vscode.QuickPickItem {
  /** Absent for an API token. */
  readonly realm?: string;
}

/** A token, or a user of one of the cluster's realms. */
export async function askSignIn(wizard: Wizard): Promise<Stepped<unknown>> {
  const { draft } = wizard;
  const realm = realmOf(wizard);
  const realms = readRealms(endpointsOf(draft.seen ?? []), wizard.proxy(), { timeoutMs: lookMs });
  const picked = await pickStep<SignInItem>({
    ...stepText(wizard, 2),
    placeholder: vscode.l10n.t('How do you sign in?'),
    items: realms.then((all) => signInItems(all)),
    isActive: (item) => item.kind !== vscode.QuickPickItemKind.Separator && item.realm === realm,
  });
  if (typeof picked === 'string') return picked;
  const chosen = picked.value.realm;
  if (chosen !== realm || draft.login === undefined)
    draft.login = chosen === undefined ? { kind: 'token', tokenId: '' } : { kind: 'password', username: `@${chosen}` };
  return picked;
}

function signInItems(realms: readonly Realm[]): readonly SignInItem[] {
  return [
    {
      label: vscode.l10n.t('API token'),
      description: vscode.l10n.t('recommended'),
      detail: vscode.l10n.t('May be given less than its user, is revoked alone, and needs no second factor.'),
    },
    { label: vscode.l10n.t('User and password'), kind: vscode.QuickPickItemKind.Separator },
    ...realms.map(({ realm, comment }) => ({
      label: vscode.l10n.t('User of {0}', printable(realm, 40)),
      description: printable(comment, 80),
      realm,
    })),
  ];
}

/** The id of the token, or the name of the user without the realm that was picked before. */
export function askLoginName(wizard: Wizard): Promise<Stepped<unknown>> {
  const { draft } = wizard;
  const realm = realmOf(wizard);
  if (realm === undefined) {
    return inputStep({
      ...stepText(wizard, 3),
      prompt: vscode.l10n.t('API token id (Datacenter › Permissions › API Tokens)'),
      placeholder: 'editor@pve!vscode',
      value: draft.login === undefined ? '' : loginName(draft.login),
      validate: (tokenId) => problemOf(() => tokenAuth(tokenId, 'x')),
      accept: async (tokenId) => void Object.assign(draft, { login: { kind: 'token', tokenId } }),
    });
  }
  const full = (name: string) => (name.endsWith(`@${realm}`) ? name : `${name}@${realm}`);
  return inputStep({
    ...stepText(wizard, 3),
    prompt: vscode.l10n.t('User name in the realm {0}', printable(realm, 40)),
    placeholder: 'alice',
    value: draft.login === undefined ? '' : loginName(draft.login).slice(0, -realm.length - 1),
    validate: (name) => problemOf(() => ticketAuth({ username: full(name), password: 'x' })),
    accept: async (name) => void Object.assign(draft, { login: { kind: 'password', username: full(name) } }),
  });
}

/** The secret of the token or the password; on an edit, nothing entered is the one that is stored. */
export async function askSecret(wizard: Wizard): Promise<Stepped<unknown>> {
  const { draft, edited, store } = wizard;
  const { login } = draft;
  if (login === undefined) return 'back';
  const stored = edited === undefined ? undefined : await store.secrets.get(edited.id);
  const secretOf = (typed: string) => {
    const secret = login.kind === 'token' ? typed.trim() : typed;
    return secret === '' ? (stored ?? '') : secret;
  };
  const name = loginName(login);
  const what = login.kind === 'token' ? vscode.l10n.t('Secret of {0}', name) : vscode.l10n.t('Password of {0}', name);
  const whereTo = vscode.l10n.t('It goes to the secret storage of the editor and nowhere else.');
  const keep = vscode.l10n.t('Leave it empty to keep the one that is stored.');
  return inputStep({
    ...stepText(wizard, 4),
    prompt: `${what}. ${stored === undefined ? whereTo : keep}`,
    placeholder: login.kind === 'token' ? '00000000-0000-0000-0000-000000000000' : '',
    password: true,
    validate: (typed) => problemOf(() => signIn(login, secretOf(typed), systemClock, nobody)),
    accept: async (typed, signal) => {
      draft.needsCode = false;
      const noteNeed: AskCode = async () => {
        draft.needsCode = true;
        return undefined;
      };
      const problem = await attempt(wizard, secretOf(typed), noteNeed, signal);
      return draft.needsCode ? undefined : problem;
    },
  });
}

/** The code of the second factor, asked for when the login turned out to need one. */
export function askCode(wizard: Wizard): Promise<Stepped<unknown>> {
  const { draft } = wizard;
  return inputStep({
    ...stepText(wizard, 4),
    prompt: vscode.l10n.t('Code of your authenticator app. It is asked for at each login and never stored.'),
    placeholder: '123456',
    password: true,
    validate: (code) => (/^\d{6,8}$/.test(code.trim()) ? undefined : vscode.l10n.t('A code has 6 digits.')),
    accept: (code, signal) => attempt(wizard, draft.signIn?.secret ?? '', async () => code.trim(), signal),
  });
}

/** Logs in, reads what the login may do, and what there is to choose for the cluster's certificates. */
async function attempt(wizard: Wizard, secret: string, ask: AskCode, signal: AbortSignal): Promise<string | undefined> {
  const { draft, session, proxy } = wizard;
  const { login, seen = [] } = draft;
  if (login === undefined) return undefined;
  session.redactor.add(secret);
  const signedIn = signIn(login, secret, systemClock, ask);
  Object.assign(draft, { signIn: signedIn, checked: undefined, offer: undefined, chosen: undefined });
  try {
    await withClient({ endpoints: endpointsOf(seen), auth: signedIn.auth, proxy: proxy() }, async (client) => {
      draft.checked = await checkClient(client, login, { signal });
      draft.offer = await offerOf(wizard, client, signal);
    });
    return undefined;
  } catch (error) {
    return sentence(error);
  }
}

/** Where certificates are pinned, the cluster's CA and the pins of other nodes are worth a question. */
async function offerOf(
  { draft: { seen = [] }, purpose, proxy, log }: Wizard,
  client: PveClient,
  signal: AbortSignal,
): Promise<TrustOffer | undefined> {
  if (purpose === 'secret' || !endpointsOf(seen).some(({ trust }) => trust.kind === 'pin')) return undefined;
  const look: Look = (url, { ca }) =>
    lookAtCertificate(url, { signal, timeoutMs: lookMs, proxy: proxy(), ...(ca === undefined ? {} : { ca }) });
  try {
    return await trustOffer(client, seen, look, { signal });
  } catch (error) {
    // The connection works without it; what was agreed to stays.
    log.error(`The certificates of the cluster cannot be read: ${sentence(error)}`);
    return undefined;
  }
}

const nobody: AskCode = async () => undefined;

function realmOf({ draft: { login } }: Wizard): string | undefined {
  return login?.kind === 'password' ? login.username.slice(login.username.lastIndexOf('@') + 1) : undefined;
}
