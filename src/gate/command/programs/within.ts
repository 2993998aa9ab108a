import type { Risk } from '../../types.ts';
import { judgeScript } from '../judge-script.ts';
import { Session, worstOf } from '../session.ts';
import { Variables } from '../variables.ts';

/** The most that texts found in a program of another language would do as commands. Only `destroy` says much. */
export function worstScript(texts: readonly string[]): Risk {
  const session = new Session(new Variables(), 200);
  for (const text of texts.slice(0, 20)) {
    try {
      if (text.length < 2000) judgeScript(text, { place: 'host', depth: 4, input: { from: 'nothing' } }, session);
    } catch {
      return 'destroy';
    }
  }
  // A text that is no command at all is no sign of one.
  return worstOf(session.findings.filter(({ why }) => !why.includes('What bash would run is not sure')));
}
