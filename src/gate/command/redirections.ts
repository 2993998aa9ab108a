import type { Redirection } from 'unbash';
import { startOf } from './arg.ts';
import { guestsIn } from './guests.ts';
import { obeyed } from './obeyed.ts';
import { placed } from './placed.ts';
import { isDangerousWrite, isSecretPath, mayBeSecretPath, mayMatchSecret } from './secret-paths.ts';
import type { Session } from './session.ts';
import type { CommandPlace, RuleVerdict } from './types.ts';
import { argsOf, strictly, textValue } from './words.ts';

/** A redirection: reading is harmless but for secrets, writing changes at least something. */
export function judgeRedirection(
  redirect: Redirection,
  text: string,
  empties: boolean,
  session: Session,
  place: CommandPlace,
): void {
  session.part();
  if (redirect.type !== 'Redirect') return;
  const { descriptor, operator, target } = redirect;
  if (descriptor?.type === 'FileDescriptorVariable' && obeyed.test(descriptor.name))
    session.add({ text, risk: 'configure', why: `${descriptor.name} changes what programs do.` });
  if (target === undefined) return;
  const turns = Array.from({ length: session.variables.turns }, (_, turn) => turn);
  const sure = new Set(turns.map((turn) => textValue(target, session.variables.sure(turn))));
  const [word] = argsOf(target, strictly);
  const pattern = typeof word === 'object' ? word.pattern : undefined;
  if (pattern !== undefined && word !== undefined) {
    // bash opens the one file that fits.
    const verdict = judgePath(operator, { starts: startOf(word) }, empties);
    note(mayMatchSecret(pattern) ? { ...verdict, sensitive: true } : verdict);
  }
  for (const path of sure) {
    const known = path ?? { starts: startOf(argsOf(target, strictly)[0] ?? '') };
    note(judgePath(operator, known, empties));
  }
  if (!sure.has(undefined)) return;
  for (const path of new Set(turns.map((turn) => textValue(target, session.variables.guess(turn)))))
    if (path !== undefined) session.guess(() => note(judgePath(operator, path, empties)));

  /** One that only reads is no news, but for a secret. */
  function note(found: RuleVerdict): void {
    const verdict = placed(found, session.folders);
    if (verdict.risk === 'read' && verdict.sensitive !== true) return;
    session.add({ text, ...verdict, ...guestsIn(verdict, verdict.writes ?? [], place) });
  }
}

const copies = /^(?:\d+-?|-)$/;
const nowhere = /^\/dev\/(?:null|stdout|stderr)$/;

function judgePath(operator: string, path: string | { readonly starts: string }, empties: boolean): RuleVerdict {
  const start = typeof path === 'string' ? path : path.starts;
  // A word that the run completes may come to any device: a watchdog that is opened restarts the machine.
  if (typeof path !== 'string' && /^\/dev\/[a-z]*$/.test(start)) return writeTo(path);
  if (/^\/dev\/(tcp|udp)\//.test(start))
    return { risk: 'configure', sensitive: true, why: 'It connects to another machine.' };
  const isCopy = operator.endsWith('&') && typeof path === 'string' && copies.test(path);
  if (operator === '<' || isCopy || (operator === '<&' && typeof path === 'string')) {
    if (/^\/dev\/watchdog/.test(start)) return writeTo(path);
    const secret = typeof path === 'string' ? isSecretPath(path) : mayBeSecretPath(start);
    return { risk: 'read', why: secret ? `${start} usually is a secret.` : 'It only reads.', sensitive: secret };
  }
  if (typeof path === 'string' && nowhere.test(path)) return { risk: 'read', why: 'What it prints goes nowhere.' };
  const written = writeTo(path);
  const isEmptied = empties && (operator === '>' || operator === '>|' || operator === '&>');
  return isEmptied ? { ...written, risk: 'destroy', why: `It empties ${start || 'a file'}.` } : written;
}

/** What writing to a file means. @param path the file, or what its path begins with */
export function writeTo(path: string | { readonly starts: string }): RuleVerdict {
  const [start, whole] = typeof path === 'string' ? [path, path] : [path.starts, `${path.starts}…`];
  return isDangerousWrite(start) && start !== '/' && start !== ''
    ? {
        risk: 'destroy',
        why: `It writes ${whole}, which decides how the machine works or holds its data.`,
        writes: [whole],
      }
    : {
        risk: 'configure',
        why: `It writes ${whole === '…' ? 'a file that only the run will tell' : whole}.`,
        writes: [whole],
      };
}
