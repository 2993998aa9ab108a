import { forModel, printable } from '../../gate/printable.ts';
import type { PersonsPart } from '../../gate/types.ts';
import { isRefusal, refusalText } from './problem.ts';
import { duration } from './units.ts';

/** What the person who was asked has made of a plan of so many operations, before the rest of the answer: a model must not take it for its own. */
export function personsPart({ edited = [], safeguard }: PersonsPart, operations: number): readonly string[] {
  const which = (step: number) => (operations === 1 ? 'the command' : `the command of operation ${step + 1}`);
  return [
    ...(safeguard === undefined ? [] : safeguardLines(safeguard)),
    ...edited.flatMap(({ step, text }) => [
      `The person edited ${which(step)} before it ran. Run in place of what you wrote, exactly:`,
      ...text.split('\n').map((line) => `  ${printable(line)}`),
    ]),
  ];
}

function safeguardLines({ what, outcome }: NonNullable<PersonsPart['safeguard']>): readonly string[] {
  const head = `The person had this done first: ${forModel(what)}`;
  if (outcome.status === 'done')
    return [`${head}: OK in ${duration(outcome.ms / 1000)}. It stays until it is removed.`];
  return isRefusal(outcome) ? [`${head}. It did not succeed, so nothing else was sent.`, refusalText(outcome)] : [head];
}
