import { printable, quoted } from './printable.ts';
import type { ApprovalRequest, Assessment } from './types.ts';

/** A question in words, the same wherever it is asked (G18). */
export interface Question {
  /** Names the act: `Shut down "web-01" (101, VM on pve2) on "home"?` */
  readonly title: string;
  /** Effect, facts (worst first), undo, request, and last the agent's claim. */
  readonly lines: readonly string[];
  /** Title and lines; whole, for what shows one text. */
  readonly text: string;
  /** For a button: `Shut down web-01`. */
  readonly act: string;
  /** Longer than what a dialog can show whole: it may not offer to run it (G18). */
  readonly tooLong: boolean;
}

const longest = { characters: 1200, lines: 20 };

/** Puts a question into words: verb and target; effect; facts, worst first; undo; the request; the agent's claim last. */
export function questionText(request: ApprovalRequest): Question {
  const [first] = request.assessments;
  const single = request.assessments.length === 1 && first !== undefined ? first : undefined;
  const where = `on ${quoted(request.connection.name)}`;
  const title = single
    ? `${single.verb} ${single.facts.label} ${where}?`
    : `Run ${request.assessments.length} steps ${where}?`;
  const lines = [
    ...(request.changed === undefined ? [] : [`Changed since you were asked: ${request.changed}`]),
    ...(single ? about(single) : request.assessments.flatMap((step, index) => numbered(step, index + 1))),
    ...(request.mustType === undefined ? [] : [`To run it, type ${quoted(request.mustType)}.`]),
    ...claim(request),
  ];
  const text = [title, ...lines].join('\n');
  return {
    title,
    lines,
    text,
    act: single
      ? printable(`${single.verb} ${single.facts.guest?.name ?? single.facts.label}`, 80)
      : `Run ${request.assessments.length} steps`,
    tooLong: text.length > longest.characters || lines.length + 1 > longest.lines,
  };
}

/** The request as it will be sent, for people: `POST /nodes/pve2/qemu/101/status/shutdown  timeout=60`. */
export function requestLine({ operation }: Assessment): string {
  // A blank or a quote inside a value must not look like the end of it.
  const params = Object.entries(operation.params).flatMap(([name, values]) =>
    [values].flat().map((value) => `${name}=${/^[\w.,:;=@/+-]+$/.test(value) ? value : quoted(value, 10_000)}`),
  );
  const path = operation.segments.map((segment) => segment.replace(/[\s"%?#]/gu, encodeURIComponent)).join('/');
  return printable([`${operation.method} /${path}`, ...params].join('  '));
}

function about(step: Assessment): string[] {
  const { guest } = step.facts;
  return [
    step.effect,
    ...step.hazards,
    ...(guest === undefined ? [] : [`State now: ${printable(guest.state, 40)}.`]),
    `Risk: ${step.risk}${step.sensitive ? ', sensitive' : ''}.`,
    ...(step.undo === undefined ? [] : [`To undo: ${step.undo}`]),
    `Request: ${requestLine(step)}`,
  ];
}

function numbered(step: Assessment, number: number): string[] {
  return [
    `${number}. ${step.verb} ${step.facts.label}: ${step.effect}`,
    ...step.hazards.map((hazard) => `   ${hazard}`),
    ...(Object.keys(step.operation.params).length === 0 ? [] : [`   Request: ${requestLine(step)}`]),
  ];
}

function claim({ origin, tool, reason }: ApprovalRequest): string[] {
  if (origin.who === 'person') return [];
  const asker = `Asked by an agent that says it is ${quoted(origin.client)}, tool ${quoted(tool)}.`;
  return reason === undefined ? [asker] : [asker, `The agent says: ${printable(reason, 200)}`];
}
