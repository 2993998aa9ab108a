import * as vscode from 'vscode';
import type { Window } from '../window.ts';
import type { CheckedConnection } from './check.ts';
import { changesLogin, type Draft, draftOf, draftProfile, type Wizard } from './draft.ts';
import type { ClusterProfile } from './profile.ts';
import type { SecretPlace } from './secrets.ts';
import { type Step, walk } from './walk.ts';
import { agreeToCertificates, askAddresses, certificatesToAgreeTo } from './wizard-address.view.ts';
import { askLevel, askName, confirmLogin } from './wizard-finish.view.ts';
import { askCode, askLoginName, askSecret, askSignIn } from './wizard-login.view.ts';
import { chooseTrust } from './wizard-trust.view.ts';

export interface Connected {
  readonly profile: ClusterProfile;
  readonly checked: CheckedConnection;
  /** Where its secret is now. */
  readonly place: SecretPlace;
}

const secretSteps: readonly Step<Wizard>[] = [
  { ask: askSecret },
  { ask: askCode, applies: ({ draft }) => draft.needsCode === true },
];
const steps: readonly Step<Wizard>[] = [
  { ask: askAddresses },
  { ask: agreeToCertificates, applies: (wizard) => certificatesToAgreeTo(wizard).length > 0, isModal: true },
  { ask: askSignIn },
  { ask: askLoginName },
  ...secretSteps,
  { ask: confirmLogin, applies: changesLogin, isModal: true },
  { ask: chooseTrust, applies: ({ draft }) => draft.offer !== undefined, isModal: true },
  { ask: askLevel },
  { ask: askName },
];

/**
 * Asks for everything that a connection needs, with *Back* on each step, tries it and stores it. Trust and a level above
 * reading are agreed to in a modal dialog (gate.md G8).
 * @param edited the connection to change; its secret is kept when none is entered
 * @returns nothing when the person left
 */
export async function connectWizard(window: Window, edited?: ClusterProfile): Promise<Connected | undefined> {
  const wizard = begin(window, edited === undefined ? 'connect' : 'edit', edited);
  if (!(await walk(steps, wizard))) return undefined;
  const profile = draftProfile(wizard);
  const { signIn, checked } = wizard.draft;
  if (profile === undefined || signIn === undefined || checked === undefined) return undefined;
  const place = await window.store.updateWithSecret(profile.id, signIn.secret, (profiles) => {
    if (edited === undefined) return [...profiles, profile];
    const isAsItWas = profiles.some(({ id, revision }) => id === edited.id && revision === edited.revision);
    if (!isAsItWas)
      throw new Error(vscode.l10n.t('The connection was changed meanwhile, in another window. Edit it again.'));
    return profiles.map((one) => (one.id === edited.id ? profile : one));
  });
  window.session.adopt(profile.id, signIn);
  return { profile, checked, place };
}

/**
 * Asks for the secret of a connection and keeps it, once it was seen to work.
 * @returns where it is kept; nothing when the person left
 */
export async function secretWizard(window: Window, profile: ClusterProfile): Promise<SecretPlace | undefined> {
  const wizard = begin(window, 'secret', profile);
  if (!(await walk(secretSteps, wizard)) || wizard.draft.signIn === undefined) return undefined;
  const place = await window.store.secrets.set(profile.id, wizard.draft.signIn.secret);
  window.session.adopt(profile.id, wizard.draft.signIn);
  return place;
}

function begin(window: Window, purpose: Wizard['purpose'], edited: ClusterProfile | undefined): Wizard {
  const draft: Draft = edited === undefined ? {} : draftOf(edited);
  return { ...window, purpose, draft, ...(edited === undefined ? {} : { edited }) };
}
