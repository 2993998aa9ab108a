import { forModel, printable } from '../../gate/printable.ts';
import type { Foreseen, Outcome } from '../../gate/types.ts';
import { count } from './units.ts';

export type Planned = Extract<Outcome, { status: 'planned' }>;

/**
 * What would happen, for a model: what would be decided, then each step as a person would see it.
 * @param goesOn whether more would follow that depends on what becomes of these steps
 */
export function planText(steps: readonly Planned[], goesOn: boolean): string {
  const [first] = steps;
  return [
    `Dry run of ${count(steps.length, 'step')}: nothing was sent, nobody was asked.`,
    ...(first === undefined ? [] : decisionLines(first.decision)),
    ...steps.flatMap(({ step }, at) => stepLines(step, at + 1)),
    ...(goesOn ? ['More would follow; what, depends on what becomes of this.'] : []),
  ].join('\n');
}

function decisionLines(decision: Foreseen): string[] {
  switch (decision.kind) {
    case 'run':
      return [`It would run without a question: ${forModel(decision.because)}.`];
    case 'ask':
      return ['A person would be asked.'];
    case 'deny':
      return [
        `It would be denied by ${printable(decision.by)}: ${forModel(decision.why)}`,
        ...(decision.note === undefined ? [] : [`Note: ${printable(decision.note, 500)}`]),
        ...(decision.next === undefined ? [] : [`Next: ${forModel(decision.next)}`]),
      ];
  }
}

function stepLines(
  { what, effect, hazards, notes, state, risk, undo, request }: Planned['step'],
  number: number,
): string[] {
  return [
    `${number}. ${forModel(what)}`,
    ...[
      `Risk: ${risk}.`,
      effect,
      ...hazards.map((hazard) => `Against it: ${hazard}`),
      ...notes,
      ...state,
      ...undo.map((how) => `To undo: ${how}`),
      ...request.split('\n').map((line, at) => (at === 0 ? `Request: ${line}` : line)),
    ].map((line) => `   ${forModel(line)}`),
  ];
}
