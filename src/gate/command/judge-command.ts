import type { Risk } from '../types.ts';
import { judgeScript } from './judge-script.ts';
import { judgeSimple } from './judge-simple.ts';
import { LimitReached } from './limits.ts';
import { type Finding, rank, type Scene, Session, worstOf } from './session.ts';
import type { CommandPlace, CommandRun, CommandVerdict } from './types.ts';
import { Variables } from './variables.ts';
import { judgeWindows } from './windows.ts';

/**
 * The risk of a command, and why (G4, G5, G6): the highest of its parts, of which each must be understood for a read. What
 * cannot be understood at all, or goes beyond what is looked into, destroys. Never throws.
 * @param place where it runs
 * @param node the node that it runs on, or that holds the guest; absent when nobody knows yet
 * @param folder in which it begins, where one is named
 */
export function judgeCommand(run: CommandRun, place: CommandPlace, node?: string, folder?: string): CommandVerdict {
  const session = new Session(new Variables(node));
  // Without one it begins at the root, as in guests, or where a login does; `cd` may come there again.
  for (const begin of ['/', '/root', ...(folder === undefined ? [] : [folder])]) session.folders.add(begin);
  const scene: Scene = { place, ...(node === undefined ? {} : { node }), depth: 0, input: { from: 'nothing' } };
  const text = 'script' in run ? run.script : run.argv.join(' ');
  try {
    look(run, scene, session);
    if (session.findings.length === 0) session.add({ text, risk: 'configure', why: 'There is no command in it.' });
  } catch (error) {
    const why = error instanceof LimitReached ? error.message : 'It cannot be looked into.';
    session.add({ text, risk: 'destroy', sensitive: true, why: `${why} So it counts as destroying.`, guests: 'all' });
  }
  return verdictOf(session.findings);
}

function look(run: CommandRun, scene: Scene, session: Session): void {
  if (scene.place === 'windows') judgeWindows('script' in run ? run.script : run.argv.join(' '), session);
  else if ('script' in run) judgeScript(run.script, scene, session);
  else judgeSimple(run.argv, { text: '', input: { from: 'nothing' }, carried: { from: 'nothing' } }, scene, session);
}

function verdictOf(findings: readonly Finding[]): CommandVerdict {
  const sorted = findings.toSorted((a, b) => rank(b.risk) - rank(a.risk));
  const each = <T>(pick: (finding: Finding) => readonly T[]) => [...new Set(findings.flatMap(pick))];
  const risk: Risk = worstOf(findings);
  const telling = risk === 'read' ? sorted.slice(0, 1) : sorted.filter((one) => one.risk !== 'read' || one.sensitive);
  const refused = findings.find((one) => one.refused !== undefined)?.refused;
  const named = findings.map(({ guests }) => guests ?? []);
  return {
    risk,
    sensitive: findings.some(({ sensitive }) => sensitive === true),
    reasons: [...new Set([...telling, ...sorted.filter(({ sensitive }) => sensitive)].map(({ why }) => why))].slice(
      0,
      12,
    ),
    programs: each(({ program }) => (program === undefined ? [] : [program])),
    writes: each(({ writes }) => writes ?? []),
    services: each(({ services }) => services ?? []),
    guests: named.includes('all') ? 'all' : [...new Set(named.flatMap((some) => (some === 'all' ? [] : some)))],
    ...(refused === undefined ? {} : { refused }),
    parts: findings.map(({ text, risk, why }) => ({ text, risk, why })),
  };
}
