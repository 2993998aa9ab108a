import { type Policy, raisedByPolicies } from './policy.ts';
import { covers, listed } from './risk/rule.ts';
import { isSet, type RiskRule, riskRule, variables } from './risk.ts';
import type { ApiOperation, Risk, TargetFacts } from './types.ts';

/** What the table says of an operation, and why. */
export interface Judgement {
  readonly risk: Risk;
  readonly reasons: readonly string[];
  readonly rule?: RiskRule;
}

/**
 * The risk of an operation, and why (G4).
 * @param facts what the gate has read of the target; without them the operation alone decides
 */
export function judge(operation: ApiOperation, policies: readonly Policy[] = [], facts?: TargetFacts): Judgement {
  if (operation.method === 'GET') return { risk: 'read', reasons: ['A read changes nothing.'] };
  const rule = riskRule(operation);
  if (rule === undefined)
    return { risk: 'destroy', reasons: ['No rule knows this write, so it counts as destroying.'] };
  const raised = [
    ...raises(operation, rule),
    ...raisedByPolicies(operation, policies),
    ...(facts === undefined ? [] : [...replaces(operation, rule, facts), ...overwrites(operation, facts)]),
  ];
  return raised.length > 0
    ? { risk: 'destroy', reasons: raised, rule }
    : { risk: rule.risk, reasons: [`${rule.verb}: ${rule.risk}.`], rule };
}

/** Parameters that make any write destroying, those that make this one so, and those that the rule does not cover. */
function raises({ params: sent, ask = [], segments }: ApiOperation, rule: RiskRule): string[] {
  // Of what a person is yet to fill in, nothing is known but that it will be there.
  const params: ApiOperation['params'] = { ...Object.fromEntries(ask.map((name) => [name, '?'])), ...sent };
  return [
    ...Object.entries(params).flatMap(([name, value]) => {
      if (overriding.includes(name)) return isSet(value) ? [`${name} overrides a safety of Proxmox VE.`] : [];
      return rule.risk === 'destroy' || covers(rule.params, name) ? [] : [uncovered(name)];
    }),
    ...deletesUncovered(params, rule),
    ...raisedByRule({ ...params, ...variables(rule.path, segments) }, rule),
  ];
}

const overriding = ['force', 'skiplock', 'purge'];

function uncovered(name: string): string {
  return `No rule covers the parameter ${name}, so it counts as destroying.`;
}

/** What is set back must be what may be set. Where `delete` is a flag, it is a number. */
function deletesUncovered(params: ApiOperation['params'], rule: RiskRule): string[] {
  if (rule.risk === 'destroy' || !rule.params.includes('delete')) return [];
  const hasReason = (name: string) => rule.raises.some(({ param, when }) => param === 'delete' && when(name, params));
  const named = listed(params.delete).filter((name) => !/^\d+$/.test(name) && !covers(rule.params, name));
  return named
    .filter((name) => !hasReason(name))
    .map((name) => `It deletes ${name}, which no rule covers, so it counts as destroying.`);
}

function raisedByRule(params: ApiOperation['params'], rule: RiskRule): string[] {
  return rule.raises.flatMap(({ param, when, why }) => {
    const present = Object.keys(params).filter((name) => covers([param], name));
    const which = present.length === 0 ? [param] : present;
    return which.filter((name) => when(params[name], params)).map((name) => `${name}: ${why}`);
  });
}

/** Who makes a guest replaces the one that has its VMID already (G4, G14); not to know counts as that. */
function replaces({ params }: ApiOperation, rule: RiskRule, { vmid }: TargetFacts): string[] {
  if (rule.creates !== true || vmid === 'free') return [];
  const which = `VMID ${[params.vmid ?? '?'].flat().join()}`;
  return vmid === 'taken'
    ? [`${which} is in use: the guest that has it would be replaced.`]
    : [`Whether ${which} is in use could not be read, so it counts as destroying.`];
}

/** An upload under a name that is taken replaces what is there; not to know counts as that. */
function overwrites({ localFile }: ApiOperation, { replaces: there }: TargetFacts): string[] {
  if (localFile === undefined || there === '') return [];
  return there === undefined
    ? ['Whether the storage has a file of this name could not be read, so it counts as destroying.']
    : [`${there} is there already: it would be replaced, and what it holds is lost.`];
}
