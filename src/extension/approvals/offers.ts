import { editableText } from '../../gate/command-words.ts';
import type { ApprovalRequest, FactSource } from '../../gate/types.ts';
import type { CardAnswer } from './entry.ts';
import type { FactPlace } from './protocol.ts';

/** Whether a yes takes only what the question has offered beside it. */
export function isOffered(request: ApprovalRequest, { grant, first, edits }: CardAnswer & { kind: 'run' }): boolean {
  const commands = edits === undefined ? undefined : editableCommands(request);
  return (
    (grant === undefined || request.offers.includes('grant')) &&
    (first === undefined || request.safeguard !== undefined) &&
    (edits ?? []).every(({ step, text }) => commands?.has(step) === true && text.trim() !== '') &&
    new Set(edits?.map(({ step }) => step)).size === (edits?.length ?? 0)
  );
}

/** The commands of which a person may run other words: number of the step, and its text as it is. */
export function editableCommands({ assessments, editable = [] }: ApprovalRequest): ReadonlyMap<number, string> {
  return new Map(
    editable.flatMap((step): [number, string][] => {
      const operation = assessments[step]?.operation;
      const text = operation?.kind === 'command' ? editableText(operation) : undefined;
      return text === undefined ? [] : [[step, text]];
    }),
  );
}

/** Where a fact of a question comes from; nothing for a place that has none. */
export function sourceAt({ assessments }: ApprovalRequest, { step, list, at }: FactPlace): FactSource | undefined {
  const fact = assessments[step]?.[list][at];
  return typeof fact === 'object' ? fact.source : undefined;
}
