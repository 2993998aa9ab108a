import * as vscode from 'vscode';
import { type Policy, policyText, type Verdict, verdicts } from '../../gate/policy.ts';
import { inputStep, pickStep, type StepText } from '../connections/steps.view.ts';
import type { Stepped } from '../connections/walk.ts';
import { type Choice, type Cluster, choicesOf } from './preview.ts';
import { type Condition, type Conditions, conditionsFor, policyOf } from './rules.ts';
import { caughtLine, verdictLabel, verdictMeaning } from './text.view.ts';
import { conditionText, parseCondition } from './values.ts';

export interface RuleOptions {
  readonly title: string;
  readonly cluster: Cluster;
  /** The rule to begin with, when one is edited. */
  readonly start: Policy | undefined;
  /** Agrees to the finished rule, in a modal; *Back* there leads to what the rule goes by. */
  readonly confirm: (policy: Policy) => Promise<Stepped<true>>;
}

interface Draft extends RuleOptions {
  verdict: Verdict;
  conditions: Conditions;
}

/** Asks what a rule says and what it goes by, with *Back* on each step. */
export async function askRule(options: RuleOptions): Promise<Stepped<Policy>> {
  const { verdict = verdicts[0], ...conditions } = options.start ?? {};
  const draft: Draft = { ...options, verdict, conditions };
  const steps = [askVerdict, askConditions, ({ confirm }: Draft) => confirm(policy(draft))];
  for (let at = 0; at < steps.length; ) {
    const answer = await steps[at]?.(draft);
    if (answer === 'cancel') return 'cancel';
    at += answer === 'back' ? -1 : 1;
    if (at < 0) return 'back';
  }
  return { value: policy(draft) };
}

function policy({ verdict, conditions }: Draft): Policy {
  return policyOf(verdict, conditions);
}

async function askVerdict(draft: Draft): Promise<Stepped<unknown>> {
  const items = verdicts.map((verdict) => ({ label: verdictLabel(verdict), detail: verdictMeaning(verdict), verdict }));
  const picked = await pickStep({
    ...stepText(draft, 1),
    placeholder: vscode.l10n.t('What is to hold for agents?'),
    items: Promise.resolve(items),
    isActive: ({ verdict }) => verdict === draft.verdict,
  });
  if (typeof picked !== 'string') draft.verdict = picked.value.verdict;
  return picked;
}

/** One condition after the other, until the person is done. */
async function askConditions(draft: Draft): Promise<Stepped<unknown>> {
  for (;;) {
    const picked = await pickStep({
      ...stepText(draft, 2),
      placeholder:
        draft.verdict === 'allow'
          ? vscode.l10n.t('For what? Not by tag or pool: agents can change those.')
          : vscode.l10n.t('For what? Several of these must all fit the same guest.'),
      items: Promise.resolve([
        doneItem(draft),
        ...conditionsFor(draft.verdict).map((one) => conditionItem(one, draft)),
      ]),
    });
    if (typeof picked === 'string') return picked;
    const { condition } = picked.value;
    if (condition === undefined) return picked;
    const answer = await askCondition(condition, draft);
    if (answer === 'cancel') return answer;
    if (answer !== 'back') draft.conditions = { ...without(draft.conditions, condition), ...answer.value };
  }
}

interface ConditionItem extends vscode.QuickPickItem {
  readonly condition?: Condition;
}

function doneItem(draft: Draft): ConditionItem {
  const rule = policy(draft);
  return { label: `$(arrow-right) ${policyText(rule)}`, detail: caughtLine(rule, draft.cluster) };
}

function conditionItem(condition: Condition, { conditions }: Draft): ConditionItem {
  return { label: conditionLabel(condition), description: conditionText(condition, conditions), condition };
}

function conditionLabel(condition: Condition): string {
  const labels: Readonly<Record<Condition, string>> = {
    node: vscode.l10n.t('Node…'),
    vmids: vscode.l10n.t('VMIDs…'),
    pool: vscode.l10n.t('Pool…'),
    tag: vscode.l10n.t('Tag…'),
  };
  return labels[condition];
}

/** @returns the condition; none at all when it is to go by this no more */
async function askCondition(condition: Condition, draft: Draft): Promise<Stepped<Conditions>> {
  const known = knownValues(condition, draft.cluster);
  const isSet = draft.conditions[condition] !== undefined;
  if (known.length === 0 && !isSet) return typeCondition(condition, draft);
  for (;;) {
    const picked = await pickStep({
      ...stepText(draft, 3),
      placeholder: conditionLabel(condition),
      items: Promise.resolve(valueItems(known, isSet)),
      isActive: ({ value }) => value === conditionText(condition, draft.conditions),
    });
    if (typeof picked === 'string') return picked;
    const { value } = picked.value;
    if (value === anything) return { value: {} };
    if (value !== undefined) return { value: { [condition]: value } };
    const typed = await typeCondition(condition, draft);
    if (typed !== 'back') return typed;
  }
}

const anything = Symbol();

/** What the cluster has, as far as a rule can go by it: its answer is foreign text, too. */
function knownValues(condition: Condition, cluster: Cluster): readonly Choice[] {
  if (condition === 'vmids' || 'unread' in cluster) return [];
  return choicesOf(cluster.resources)[condition].filter(({ value }) => parseCondition(condition, value) !== undefined);
}

function valueItems(
  known: readonly Choice[],
  isSet: boolean,
): readonly (vscode.QuickPickItem & { readonly value?: string | symbol })[] {
  const guests = (number: number) => (number === 1 ? vscode.l10n.t('1 guest') : vscode.l10n.t('{0} guests', number));
  return [
    ...known.map((choice) => ({ label: choice.value, description: guests(choice.guests), value: choice.value })),
    { label: `$(edit) ${vscode.l10n.t('Type it…')}` },
    ...(isSet ? [{ label: `$(close) ${vscode.l10n.t('Any: do not go by this')}`, value: anything }] : []),
  ];
}

async function typeCondition(condition: Condition, draft: Draft): Promise<Stepped<Conditions>> {
  const entered = await inputStep({
    ...stepText(draft, 3),
    prompt: typingPrompt(condition),
    placeholder: condition === 'vmids' ? '100-199' : '',
    value: conditionText(condition, draft.conditions),
    validate: (text) => (parseCondition(condition, text) === undefined ? typingPrompt(condition) : undefined),
  });
  if (typeof entered === 'string') return entered;
  return { value: parseCondition(condition, entered.value) ?? {} };
}

function typingPrompt(condition: Condition): string {
  const prompts: Readonly<Record<Condition, string>> = {
    node: vscode.l10n.t('The name of a node: letters, digits and hyphens'),
    vmids: vscode.l10n.t('A VMID from 100, or a range of them: 101 or 100-199'),
    pool: vscode.l10n.t('The name of a pool'),
    tag: vscode.l10n.t('One tag, exactly as the guests have it'),
  };
  return prompts[condition];
}

function without(conditions: Conditions, condition: Condition): Conditions {
  const { [condition]: _gone, ...others } = conditions;
  return others;
}

function stepText({ title }: Draft, step: number): StepText {
  return { title, step, totalSteps: 3 };
}
