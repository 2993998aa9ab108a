import { judgeAssignment } from './assignments.ts';
import { collect } from './collect.ts';
import { judgeSimple } from './judge-simple.ts';
import { judgeNode } from './nodes.ts';
import { parseScript } from './parse.ts';
import { judgeRedirection } from './redirections.ts';
import type { Scene, Session } from './session.ts';
import { walk } from './walk.ts';

/**
 * Judges every part of a text for bash: each simple command, redirection and assignment, wherever it stands.
 * A text that cannot be read for sure counts as destroying.
 */
export function judgeScript(text: string, scene: Scene, session: Session): void {
  session.read(text);
  const parsed = parseScript(text);
  if ('doubt' in parsed) {
    const why = `${parsed.doubt} What bash would run is not sure, so it counts as destroying.`;
    session.add({ text, risk: 'destroy', sensitive: true, why, ...(scene.place === 'host' ? { guests: 'all' } : {}) });
    return;
  }
  const { script } = parsed;
  walk(script, text, scene.input, session.variables, collect(session));
  walk(script, text, scene.input, session.variables, {
    command(found) {
      for (const argv of found.sure) judgeSimple(argv, found, scene, session);
      for (const argv of found.guesses) session.guess(() => judgeSimple(argv, found, scene, session));
    },
    redirection: (redirect, written, empties) => judgeRedirection(redirect, written, empties, session, scene.place),
    assignment: (assignment, before, written) => judgeAssignment(assignment, before, written, scene, session),
    node: (node, written) => judgeNode(node, written, scene, session),
  });
}
