import type { Call } from './call.ts';
import type { Denial } from './denial.ts';
import { redacted } from './redact.ts';
import { newSecretOf } from './secret-answers.ts';
import { givenSecrets } from './secret-parameters.ts';
import type { Assessment, Operation } from './types.ts';

/** Why a plan is refused for the secrets in it, whoever would be asked (G15). */
export function secretRefusal(call: Call, steps: readonly Assessment[]): Denial | undefined {
  for (const { operation } of steps) {
    const refused = call.origin.who === 'agent' ? (passed(operation, call) ?? untold(operation, call)) : undefined;
    const denial = refused ?? unasked(operation, call);
    if (denial !== undefined) return denial;
  }
  return undefined;
}

/** An agent passes a secret, one that it must not know, or the gap where one was taken out of an answer. */
function passed(operation: Operation, { redactor }: Call): Denial | undefined {
  const [secret] = operation.kind === 'api' ? givenSecrets(operation) : [];
  if (secret !== undefined) {
    return {
      by: 'policy',
      why: `Agents may not pass ${secret}: it holds a secret. Nothing was sent.`,
      next: `Write null for ${secret}: a person is asked for it.`,
    };
  }
  const values = valuesOf(operation);
  const [where] = values.find(([, value]) => [value].flat().some((one) => holdsSecret(one, redactor))) ?? [];
  if (where === undefined) return undefined;
  return {
    by: 'policy',
    why: `The value of ${where} holds a secret, or the gap where one was taken out of an answer. Nothing was sent.`,
    next: 'Leave it out, or ask the person to do this in Proxmox VE itself.',
  };
}

/** Everything that an agent has written, by what it is. */
function valuesOf(operation: Operation): (readonly [string, string | readonly string[]])[] {
  if (operation.kind === 'api') return [['path', operation.segments], ...Object.entries(operation.params)];
  if (operation.kind === 'file')
    return [
      ['path', [operation.remotePath, operation.localPath ?? '', operation.owner ?? '']],
      ['content', operation.content ?? ''],
    ];
  const { run, cwd = '', user = '' } = operation;
  return [['command', ['script' in run ? run.script : run.argv, cwd, user].flat()]];
}

function holdsSecret(value: string, redactor: Call['redactor']): boolean {
  return value.includes(redacted) || redactor.text(value) !== value;
}

/** The answer would hold a new secret that nobody could be shown. */
function untold(operation: Operation, { approver }: Call): Denial | undefined {
  const secret = operation.kind === 'api' ? newSecretOf(operation) : undefined;
  if (secret === undefined || approver.reveal !== undefined) return undefined;
  return {
    by: 'nobody',
    why: `The answer holds a secret (${secret.what}) that only a person may see, and this client cannot show it to one alone. Nothing was sent.`,
    next: elsewhere,
  };
}

function unasked(operation: Operation, { approver }: Call): Denial | undefined {
  const ask = operation.kind === 'api' ? operation.ask : undefined;
  if (ask === undefined || approver.secret !== undefined) return undefined;
  return {
    by: 'nobody',
    why: `It needs ${ask.join(', ')}, which only a person may give, and this client cannot ask for it safely. Nothing was sent.`,
    next: elsewhere,
  };
}

const elsewhere = 'Ask the person to do it in Proxmox VE itself, or to use the extension for VS Code.';
