import { assessCommand } from './command-operation.ts';
import { assessFile } from './file-operation.ts';
import { hazards } from './hazards.ts';
import { judge } from './judge.ts';
import { operationDigest } from './operation.ts';
import type { Policy } from './policy.ts';
import { isSensitive, type RiskRule, refusedToAgents } from './risk.ts';
import type { ApiOperation, Assessment, Change, Operation, TargetFacts } from './types.ts';
import { fileHazards, leavesText } from './upload-operation.ts';

/** The gate's own judgement of one operation. Pure: everything it says comes from the operation, the table and the facts. */
export function assess(operation: Operation, facts: TargetFacts, policies: readonly Policy[] = []): Assessment {
  if (operation.kind === 'command') return assessCommand(operation, facts, policies);
  if (operation.kind === 'file') return assessFile(operation, facts, policies);
  return assessRequest(operation, facts, policies);
}

function assessRequest(operation: ApiOperation, facts: TargetFacts, policies: readonly Policy[]): Assessment {
  const { risk, reasons, rule } = judge(operation, policies, facts);
  const refused = refusal(operation);
  const isRaised = rule !== undefined && rule.risk !== risk;
  return {
    operation,
    digest: operationDigest(operation),
    risk,
    sensitive: isSensitive(operation),
    ...(refused === undefined ? {} : { refused }),
    verb: rule?.verb ?? verbs[operation.method],
    effect: `${rule?.effect(facts, operation.params) ?? unknownEffect(operation)}${leavesText(operation)}${askedFor(operation)}`,
    facts,
    // Whoever is asked reads why it is more than its verb says.
    hazards: [...(isRaised ? reasons : []), ...fileHazards(operation), ...hazards(facts, risk, policies)],
    notes: [],
    changes: changes(facts, rule),
    ...(rule?.undo === undefined ? {} : { undo: rule.undo }),
    reasons,
    stopTask: rule?.stopTask === true,
    abrupt: rule?.abrupt === true,
  };
}

/** What steps do, on one line: `Stop "web-01" (101, VM on pve2), Start "db-01" (102, VM on pve1)`. */
export function stepsText(steps: readonly Assessment[]): string {
  return steps.map(({ verb, facts }) => `${verb} ${facts.label}`).join(', ');
}

/** Why agents are refused this whatever the level (G5). */
export function refusal({ method, segments }: ApiOperation): string | undefined {
  const last = segments.at(-1) ?? '';
  if (refusedToAgents.includes(last)) return `Agents may not use ${last}, at any access level.`;
  if (signIn.test(segments.join('/'))) return 'Agents may not sign in.';
  // Which node that is may change between the question and the request.
  if (method !== 'GET' && segments[0] === 'nodes' && segments[1] === 'localhost')
    return 'Agents must name the node that they change: localhost is whichever one answers.';
  // These run or carry something of their own kind, which is judged as a command or a file (G5), never as a plain request.
  if (segments.includes('agent') && guestAgentDoors.includes(last))
    return `${method} agent/${last} is not offered to agents.`;
  return undefined;
}

const signIn = /^access\/(ticket|openid\/(login|auth-url))$/;
const guestAgentDoors = ['agent', 'exec', 'exec-status', 'file-read', 'file-write', 'set-user-password'];

function changes({ guest }: TargetFacts, rule: RiskRule | undefined): Change[] {
  if (guest === undefined || rule?.becomes === undefined) return [];
  return [{ what: 'state', before: guest.state, after: rule.becomes }];
}

/** The person should know before the yes that something is to be typed. */
function askedFor({ ask }: ApiOperation): string {
  return ask === undefined ? '' : ` You will be asked for: ${ask.join(', ')}.`;
}

const verbs = { GET: 'Read', POST: 'Send', PUT: 'Change', DELETE: 'Delete' } as const;

function unknownEffect({ method }: ApiOperation): string {
  return method === 'GET' ? 'Nothing is changed.' : 'Its effect is not known to the gate; it may destroy data.';
}
