import { foreignMark, forModel, printable } from '../../gate/printable.ts';
import type { Outcome } from '../../gate/types.ts';
import { messageOf, PveError, type PveErrorData } from '../../pve/error.ts';

/** Outcomes that did not do what was asked. */
export type Refusal = Extract<Outcome, { status: 'failed' | 'unknown' | 'denied' | 'skipped' | 'planned' }>;

const refused: readonly Outcome['status'][] = ['failed', 'unknown', 'denied', 'skipped', 'planned'];

export function isRefusal(outcome: Outcome): outcome is Refusal {
  return refused.includes(outcome.status);
}

/** What a tool threw, as an error that says what to do. @param name the tool's name. */
export function problemOf(
  error: unknown,
  { signal, name }: { readonly signal: AbortSignal; readonly name: string },
): PveError {
  if (error instanceof PveError) return error;
  if (signal.aborted)
    return new PveError(
      { code: 'cancelled', message: 'The call was cancelled', hint: '', reason: [] },
      { cause: error },
    );
  const reason = [messageOf(error)];
  const hint = 'This is a fault of the server, not of the call. Tell the user; another call may work.';
  return new PveError(
    { code: 'server_error', message: `${printable(name, 64)} failed inside the server`, hint, reason },
    { cause: error },
  );
}

/** An error as the model reads it: code, what happened, PVE's own words, the next step. */
export function errorText(error: PveErrorData): string {
  return [
    `Error (${error.code}): ${sentence(forModel(error.message, 2000))}`,
    ...(error.reason.length > 0
      ? [`Proxmox VE says: ${error.reason.map((line) => forModel(line, 500)).join(' / ')}`]
      : []),
    ...Object.entries(error.fields ?? {}).map(([name, text]) => `  ${forModel(name, 64)}: ${forModel(text, 300)}`),
    ...(error.upid === undefined ? [] : [`Task: ${forModel(error.upid)}`]),
    ...(error.mayHaveRun === true
      ? ['It was sent and may have run. Do not send it again; look at the state first.']
      : []),
    ...(error.hint === '' ? [] : [`Next: ${error.hint.split('\n').map(hintLine).join('\n')}`]),
  ].join('\n');
}

/** The same for a person's terminal. */
export function errorTextForPeople(error: PveErrorData): string {
  return errorText(error).replaceAll(foreignMark, '');
}

/** Hints are ours; the names that they hold stand in quotes, and are the cluster's. */
function hintLine(line: string): string {
  return line.includes('"') ? forModel(line) : printable(line);
}

/** What became of an operation that did not run through, as the model reads it. */
export function refusalText(outcome: Refusal): string {
  switch (outcome.status) {
    case 'failed':
      return errorText(outcome.error);
    case 'unknown':
      return `Unknown: this was sent, and its answer was lost. Do not send it again.\n${errorText(outcome.error)}\nHow to look: ${outcome.howToLook}`;
    case 'skipped':
      return `Not run: ${sentence(outcome.why)}`;
    case 'denied':
      return denialText(outcome);
    case 'planned':
      return 'Not run: it was only to be told what would happen.';
  }
}

/** A denial ends the matter: the text says so, because models try again otherwise. */
function denialText({ by, why, note, next }: Extract<Outcome, { status: 'denied' }>): string {
  if (by === 'person') {
    const words = note === undefined || note === '' ? '.' : `: ${printable(note, 500)}`;
    return `The user denied this${sentence(words)} ${nothingSent} Do not try another way; ask what they want.`;
  }
  // What changed is told in the cluster's names and in the words of its errors; all else is our own.
  const shown = by === 'changed' ? forModel(why) : printable(why);
  return [
    `Denied: ${sentence(shown)}${why.includes(nothingSent) ? '' : ` ${nothingSent}`}`,
    ...(note === undefined || note === '' ? [] : [`Note: ${printable(note, 500)}`]),
    next === undefined
      ? 'Do not try another way; tell the user.'
      : `Next: ${next
          .split('\n')
          .map((line) => printable(line))
          .join('\n')}`,
  ].join('\n');
}

const nothingSent = 'Nothing was sent.';

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
