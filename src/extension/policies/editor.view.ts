import * as vscode from 'vscode';
import { type Policy, policyText } from '../../gate/policy.ts';
import { change } from '../commands/connection.view.ts';
import type { ConnectionParts } from '../commands/connections.view.ts';
import type { Profile } from '../connections/profile.ts';
import { choiceStep, modalStep, pickStep } from '../connections/steps.view.ts';
import type { Left } from '../connections/walk.ts';
import type { Cluster } from './preview.ts';
import { readCluster } from './read-cluster.ts';
import { askRule } from './rule.view.ts';
import { hasPolicy, isLoosening, mostPolicies, type PolicyEdit, policyEdit, storable } from './rules.ts';
import { caughtLine, changeLines, titleOf } from './text.view.ts';

type Choice = { readonly do: 'add' } | { readonly do: 'open' | 'edit' | 'remove'; readonly policy: Policy };

/**
 * Shows the rules of a connection and changes them: each change is agreed to in a modal that shows it, and only then stored
 * under the next revision (gate.md G8, G14). What is picked here is no yes.
 */
export async function editPolicies({ id, name }: Profile, parts: ConnectionParts): Promise<void> {
  const { store, session } = await parts.window();
  // Before anything is shown: a login may ask for a code, which would close a list that is open.
  const cluster = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Reading {0}', name) },
    () => readCluster(id, { session, live: parts.live }),
  );
  for (;;) {
    const profile = (await store.read()).find((one) => one.id === id);
    if (profile === undefined) return;
    const choice = await chooseRule(profile, cluster);
    if (choice === undefined || (await carryOut(choice, profile, cluster, parts)) === 'cancel') return;
  }
}

async function carryOut(
  choice: Choice,
  profile: Profile,
  cluster: Cluster,
  parts: ConnectionParts,
): Promise<Left | undefined> {
  const policies = profile.policies ?? [];
  if (choice.do === 'open') {
    const opened = await openRule(choice.policy, profile, cluster);
    return typeof opened === 'string' ? opened : carryOut(opened, profile, cluster, parts);
  }
  const old = choice.do === 'add' ? undefined : choice.policy;
  const confirm = (added: Policy | undefined) => confirmEdit(policyEdit(policies, old, added), profile, cluster);
  if (choice.do === 'remove') {
    const agreed = await confirm(undefined);
    if (typeof agreed === 'string') return agreed;
    return store(policyEdit(policies, old, undefined), profile, parts);
  }
  const asked = await askRule({ title: titleOf(profile.name), cluster, start: old, confirm });
  if (typeof asked === 'string') return asked;
  return store(policyEdit(policies, old, asked.value), profile, parts);
}

async function store(edit: PolicyEdit, profile: Profile, parts: ConnectionParts): Promise<undefined> {
  const policies = storable(edit);
  await change(profile, (one) => ({ ...one, policies }), parts);
}

function confirmEdit(edit: PolicyEdit, profile: Profile, cluster: Cluster) {
  const { added, removed } = edit;
  const detail = changeLines(edit, cluster, profile.level).join('\n');
  const loosens = isLoosening(edit);
  if (added !== undefined && hasPolicy(edit.before, added)) return tellKnown(added);
  if (added === undefined)
    return modalStep(
      vscode.l10n.t('Remove a rule for agents on {0}?', profile.name),
      detail,
      vscode.l10n.t('Remove rule'),
    );
  const title =
    removed === undefined
      ? vscode.l10n.t('Add a rule for agents on {0}?', profile.name)
      : vscode.l10n.t('Change a rule for agents on {0}?', profile.name);
  return modalStep(title, detail, loosens ? vscode.l10n.t('Loosen') : vscode.l10n.t('Store rule'));
}

async function tellKnown(policy: Policy): Promise<Left> {
  const back = vscode.l10n.t('Back');
  const pressed = await choiceStep(vscode.l10n.t('There is this rule already.'), policyText(policy), [back]);
  return typeof pressed === 'string' ? pressed : 'back';
}

interface RuleItem extends vscode.QuickPickItem {
  readonly choice?: Choice;
}

/** The list of rules. @returns nothing when the person left */
function chooseRule({ name, policies = [] }: Profile, cluster: Cluster): Promise<Choice | undefined> {
  const edit = { iconPath: new vscode.ThemeIcon('edit'), tooltip: vscode.l10n.t('Edit rule') };
  const remove = { iconPath: new vscode.ThemeIcon('trash'), tooltip: vscode.l10n.t('Remove rule') };
  const rules = policies.map(
    (policy): RuleItem => ({
      label: policyText(policy),
      detail: caughtLine(policy, cluster),
      buttons: [edit, remove],
      choice: { do: 'open', policy },
    }),
  );
  const add: RuleItem = { label: `$(add) ${vscode.l10n.t('Add a rule…')}`, choice: { do: 'add' } };
  const pick = vscode.window.createQuickPick<RuleItem>();
  pick.title = titleOf(name);
  pick.placeholder =
    policies.length === 0
      ? vscode.l10n.t('No rules yet: the access level alone holds agents back.')
      : vscode.l10n.t('The strictest rule that fits holds. Select one to edit or remove it.');
  pick.ignoreFocusOut = true;
  pick.items = policies.length < mostPolicies ? [...rules, add] : rules;
  return new Promise<Choice | undefined>((resolve) => {
    pick.onDidAccept(() => resolve(pick.selectedItems[0]?.choice));
    pick.onDidTriggerItemButton(({ item, button }) => {
      if (item.choice?.do === 'open') resolve({ ...item.choice, do: button === edit ? 'edit' : 'remove' });
    });
    pick.onDidHide(() => resolve(undefined));
    pick.show();
  }).finally(() => pick.dispose());
}

/** For who has no mouse for the buttons of a row. */
async function openRule(policy: Policy, { name }: Profile, cluster: Cluster): Promise<Choice | Left> {
  const items = [
    { label: `$(edit) ${vscode.l10n.t('Edit rule…')}`, choice: { do: 'edit', policy } as const },
    { label: `$(trash) ${vscode.l10n.t('Remove rule…')}`, choice: { do: 'remove', policy } as const },
  ];
  const placeholder = `${policyText(policy)} ${caughtLine(policy, cluster)}`;
  const picked = await pickStep({
    ...{ title: titleOf(name), step: 1, totalSteps: 1, placeholder },
    items: Promise.resolve(items),
  });
  return typeof picked === 'string' ? picked : picked.value.choice;
}
