import { PveError } from '../pve/error.ts';
import { plainWords } from './command/plain-words.ts';
import { proposedCommandSchema, toOperation } from './operation.ts';
import {
  type Assessment,
  type CommandEdit,
  type CommandOperation,
  type CommandRun,
  type GateProfile,
  type Operation,
  type Origin,
  risks,
} from './types.ts';

/** The commands of a plan that a person may run in other words: those that an agent has written. */
export function editableSteps(steps: readonly Assessment[], origin: Origin): readonly number[] {
  if (origin.who !== 'agent') return [];
  return steps.flatMap(({ operation }, index) => (operation.kind === 'command' ? [index] : []));
}

/**
 * The operations of a plan with the words that a person has put in place of the agent's: same place, user, folder and time.
 * @throws PveError `invalid_argument` for what can be no command
 */
export function withEdits(
  steps: readonly Assessment[],
  edits: readonly CommandEdit[],
  profile: GateProfile,
): readonly Operation[] {
  return steps.map(({ operation }, index) => {
    const edit = edits.find(({ step }) => step === index);
    if (edit === undefined || operation.kind !== 'command') return operation;
    const { connection: _connection, revision: _revision, ...proposed } = operation;
    const checked = proposedCommandSchema.safeParse({ ...proposed, run: runOf(operation, edit.text) });
    if (checked.success) return toOperation(checked.data, profile);
    throw new PveError({
      code: 'invalid_argument',
      message: 'What was edited can be no command',
      reason: checked.error.issues.map(({ message }) => message),
      hint: 'It has to be text of at most 64 KiB.',
    });
  });
}

/** Words stay words where no shell would do more with them; anything else is a text for the shell. */
function runOf({ run }: CommandOperation, text: string): CommandRun {
  const argv = 'argv' in run ? plainWords(text) : undefined;
  return argv === undefined ? { script: text } : { argv };
}

/** Which steps do more as they were edited than as they were shown, in words for the next question. */
export function risen(
  edits: readonly CommandEdit[],
  shown: readonly Assessment[],
  now: readonly Assessment[],
): readonly string[] {
  return now.flatMap(({ risk, sensitive }, index) => {
    const before = shown[index];
    if (before === undefined || edits.every(({ step }) => step !== index)) return [];
    const what = now.length === 1 ? 'the command' : `the command of step ${index + 1}`;
    if (risks.indexOf(risk) > risks.indexOf(before.risk))
      return [`You edited ${what}: it counts as ${risk} now, and did as ${before.risk}.`];
    return sensitive && !before.sensitive ? [`You edited ${what}: it is sensitive now.`] : [];
  });
}

/** What is to run in place of what an agent has written. */
export function editedCommands(proposed: readonly Assessment[], now: readonly Assessment[]): readonly CommandEdit[] {
  return now.flatMap(({ operation }, step) => {
    const before = proposed[step]?.operation;
    if (operation.kind !== 'command' || before?.kind !== 'command') return [];
    if (JSON.stringify(operation.run) === JSON.stringify(before.run)) return [];
    return [{ step, text: wordsOf(operation.run) }];
  });
}

/** Exactly what is run: the text of a script, the words as JSON, so that nobody has to guess where one ends. */
function wordsOf(run: CommandRun): string {
  return 'script' in run ? run.script : JSON.stringify(run.argv);
}
