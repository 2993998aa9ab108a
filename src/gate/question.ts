import { commandText } from './command-operation.ts';
import { fileText } from './file-operation.ts';
import { printable, quoted } from './printable.ts';
import { riskRule } from './risk.ts';
import { hideSecrets } from './secret-parameters.ts';
import type { ApprovalRequest, Assessment, Change, Fact, TargetFacts } from './types.ts';

/** A question in words, the same wherever it is asked (G18). */
export interface Question {
  /** Names the act: `Shut down "web-01" (101, VM on pve2) on "home"?` */
  readonly title: string;
  /** What is different since the same was asked before. */
  readonly changed: readonly string[];
  readonly steps: readonly StepText[];
  /** What the agent says of itself, its plan and its reason: claims, last of all. */
  readonly claims: readonly string[];
  /** Effect, facts (worst first), undo, request, and last the agent's claims, for what shows one text. */
  readonly lines: readonly string[];
  /** Title and lines. */
  readonly text: string;
  /** For a button: `Shut down web-01`. */
  readonly act: string;
  /** Longer than what a dialog can show whole: it may not offer to run it (G18). */
  readonly tooLong: boolean;
}

/** One step in words. */
export interface StepText {
  /** `Shut down "web-01" (101, VM on pve2)` */
  readonly what: string;
  /** `State: running → stopped.` */
  readonly state: readonly string[];
  /** The same within a line: `, running → stopped`. */
  readonly change: string;
  readonly effect: string;
  /** Worst first. */
  readonly hazards: readonly string[];
  /** What does not speak against it. */
  readonly notes: readonly string[];
  readonly risk: string;
  readonly undo: readonly string[];
  /** As it will be sent. */
  readonly request: string;
}

const longest = { characters: 1200, lines: 20 };

/** Puts a question into words: verb and target; effect; facts, worst first; undo; the request; the agent's claims last. */
export function questionText(request: ApprovalRequest): Question {
  const steps = request.assessments.map(stepText);
  const [step] = steps;
  const [assessment] = request.assessments;
  const single =
    steps.length === 1 && step !== undefined && assessment !== undefined ? { step, assessment } : undefined;
  const where = `on ${quoted(request.connection.name)}`;
  const title = single ? `${single.step.what} ${where}?` : `Run ${steps.length} steps ${where}?`;
  const changed = request.changed === undefined ? [] : [`Changed since you were asked: ${request.changed}`];
  const claims = claimsOf(request);
  const lines = [
    ...changed,
    ...(single ? about(single.step) : request.assessments.flatMap((one, index) => numbered(one, index + 1))),
    ...(request.mustType === undefined ? [] : [`To run it, type ${quoted(request.mustType)}.`]),
    ...claims,
  ];
  const text = [title, ...lines].join('\n');
  return {
    title,
    changed,
    steps,
    claims,
    lines,
    text,
    act: single ? actOf(single.assessment) : `Run ${steps.length} steps`,
    tooLong: text.length > longest.characters || text.split('\n').length > longest.lines,
  };
}

/** The request as it will be sent, for people: `POST /nodes/pve2/qemu/101/status/shutdown  timeout=60`. */
export function requestLine({ operation: approved }: Assessment): string {
  if (approved.kind === 'command') return commandText(approved);
  if (approved.kind === 'file') return fileText(approved);
  const operation = hideSecrets(approved, 'hidden');
  // A blank or a quote inside a value must not look like the end of it; nothing of it is cut, for this is all that a person can see.
  const params = Object.entries(operation.params).flatMap(([name, values]) =>
    [values]
      .flat()
      .map((value) => `${name}=${/^[\w.,:;=@/+-]+$/.test(value) ? value : quoted(value, Number.POSITIVE_INFINITY)}`),
  );
  const path = operation.segments.map((segment) => segment.replace(/[\s"%?#]/gu, encodeURIComponent)).join('/');
  const { localFile } = operation;
  const file = localFile === undefined ? [] : [`file=${quoted(localFile.path, Number.POSITIVE_INFINITY)}`];
  return printable([`${operation.method} /${path}`, ...params, ...file].join('  '));
}

/** The words of a fact. */
export function factText(fact: Fact): string {
  return typeof fact === 'string' ? fact : fact.text;
}

function actOf({ verb, facts }: Assessment): string {
  const { guest, part, label } = facts;
  return printable(`${verb} ${[...(part === undefined ? [] : [part]), guest?.name ?? label].join(' of ')}`, 80);
}

/** One step in words. */
export function stepText(assessment: Assessment): StepText {
  const { verb, facts, effect, hazards, notes, risk, sensitive, undo } = assessment;
  const changes = assessment.changes.filter(({ before, after }) => before !== after);
  return {
    what: `${verb} ${facts.label}`,
    state: stateOf(changes, facts),
    change: changes.map((change) => `, ${changeText(change)}`).join(''),
    effect,
    hazards: hazards.map(factText),
    notes: notes.map(factText),
    risk: `${risk}${sensitive ? ', sensitive' : ''}`,
    undo: undo === undefined ? [] : [undo],
    request: requestLine(assessment),
  };
}

function stateOf(changes: readonly Change[], { guest }: TargetFacts): string[] {
  if (changes.length === 0) return guest === undefined ? [] : [`State now: ${printable(guest.state, 40)}.`];
  return changes.map((change) => `${capital(change.what)}: ${changeText(change)}.`);
}

function changeText({ before, after }: Change): string {
  return `${before === undefined ? '' : `${printable(before, 40)} → `}${printable(after, 40)}`;
}

function about({ effect, hazards, notes, state, risk, undo, request }: StepText): string[] {
  return [
    effect,
    ...hazards,
    ...notes,
    ...state,
    `Risk: ${risk}.`,
    ...undo.map((how) => `To undo: ${how}`),
    `Request: ${request}`,
  ];
}

function numbered(assessment: Assessment, number: number): string[] {
  const { what, change, effect, hazards, request } = stepText(assessment);
  return [
    `${number}. ${what}${change}: ${effect}`,
    ...hazards.map((hazard) => `   ${hazard}`),
    ...(isSaidInWords(assessment) ? [] : [`   Request: ${request}`]),
  ];
}

/** A verb of the risk table and its target say everything of a request without parameters; nothing else does. */
function isSaidInWords({ operation, facts: { guest, part }, risk }: Assessment): boolean {
  if (operation.kind !== 'api') return false;
  const { params, ask = [] } = operation;
  const rule = riskRule(operation);
  const isNamed = guest !== undefined && rule !== undefined && (rule.target === '' || part !== undefined);
  return isNamed && risk !== 'destroy' && Object.keys(params).length + ask.length === 0;
}

function claimsOf({ origin, tool, title, reason }: ApprovalRequest): string[] {
  if (origin.who === 'person') return [];
  return [
    `Asked by an agent that says it is ${quoted(origin.client)}, tool ${quoted(tool)}.`,
    ...(title === undefined ? [] : [`The agent calls this: ${quoted(title, 100)}`]),
    ...(reason === undefined ? [] : [`The agent says: ${printable(reason, 200)}`]),
  ];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
