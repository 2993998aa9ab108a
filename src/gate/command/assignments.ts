import type { Assignment } from 'unbash';
import { judgeScript } from './judge-script.ts';
import { obeyed } from './obeyed.ts';
import type { Scene, Session } from './session.ts';
import { textValue } from './words.ts';

/** Variables that change no more than how something is shown. */
const harmless = /^(LC_\w+|LANG|LANGUAGE|TZ|COLUMNS|LINES|NO_COLOR|CLICOLOR|TERM)$/;

/** Their value is run as a command. */
const run =
  /PAGER|EDITOR|VISUAL|BROWSER|COMMAND|SSH$|RSH|EXTERNAL|ASKPASS|LESSOPEN|LESSCLOSE|^PS\d$|^ENV$|TRAP|SHELL|_DIFF|_TEXTCONV/i;

/** An assignment: before a command it changes how that runs; alone it only names something. */
export function judgeAssignment(
  assignment: Assignment,
  before: boolean,
  text: string,
  scene: Scene,
  session: Session,
): void {
  const { name, index, value } = assignment;
  if (index !== undefined && !/^(\d+|\w+)$/.test(index.value)) {
    session.add({ text, risk: 'configure', why: 'What stands in brackets is worked out, and may run something.' });
  }
  const literal = value.type === 'Word' ? textValue(value, session.variables.guess(0)) : undefined;
  judgeVariable(name, literal, before, text, scene, session);
}

/** A variable that a command gets. @param exported programs after it get it, whatever its name */
export function judgeVariable(
  name: string,
  value: string | undefined,
  exported: boolean,
  text: string,
  scene: Scene,
  session: Session,
): void {
  session.part();
  if (harmless.test(name) || (exported && name === 'IFS') || (!exported && !obeyed.test(name))) return;
  session.add({ text, risk: 'configure', why: `${name} changes what programs do.` });
  // A function that is handed on: its body runs in place of a program.
  if (value?.startsWith('()')) session.guess(() => judgeScript(`handed ${value}`, session.within(scene), session));
  if (value !== undefined && run.test(name))
    session.guess(() =>
      judgeScript(value.replace(/^\|/, ''), session.within(scene, { input: { from: 'nothing' } }), session),
    );
}
