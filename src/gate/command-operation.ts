import { judgeCommand } from './command/judge-command.ts';
import type { CommandPlace, CommandVerdict } from './command/types.ts';
import { shellWords } from './command-words.ts';
import { hazards } from './hazards.ts';
import { operationDigest } from './operation.ts';
import type { Policy } from './policy.ts';
import { printable, quoted } from './printable.ts';
import { type Assessment, type CommandOperation, risks, type TargetFacts } from './types.ts';

/** The gate's own judgement of a command: the guard's verdict on its text, and where it runs. Pure. */
export function assessCommand(
  operation: CommandOperation,
  facts: TargetFacts,
  policies: readonly Policy[] = [],
): Assessment {
  const verdict = verdictOn(operation, facts);
  const { risk, sensitive, refused, reasons } = verdict;
  return {
    operation,
    digest: operationDigest(operation),
    risk,
    sensitive,
    ...(refused === undefined ? {} : { refused }),
    verb: 'Run a command on',
    effect: effectOf(operation, verdict, facts),
    facts,
    hazards: [...dangers(verdict), ...hazards(facts, risk, policies)],
    notes: notesOn(verdict),
    changes: [],
    reasons,
    stopTask: false,
    abrupt: false,
  };
}

/** What the guard makes of it. @param facts of the guest; without them it counts as one that is not Windows */
export function verdictOn({ run, target, cwd }: CommandOperation, facts?: TargetFacts): CommandVerdict {
  const place: CommandPlace = facts?.guest?.windows === true ? 'windows' : target.at;
  return judgeCommand(run, place, target.node, cwd);
}

/**
 * The command as it is run, for people; nothing of it is cut. Words that a shell would read otherwise stand in quotes. A
 * text of several lines stands on lines of its own behind a bar, so that none of them looks like a line of the question.
 */
export function commandText({ run }: Pick<CommandOperation, 'run'>): string {
  if ('script' in run) {
    const lines = run.script.replace(/\n+$/, '').split('\n');
    return lines.length === 1 ? printable(run.script) : lines.map((line) => `\n│ ${printable(line)}`).join('');
  }
  return printable(shellWords(run.argv));
}

function effectOf(
  { user, cwd, target, timeoutSeconds }: CommandOperation,
  { risk }: CommandVerdict,
  { guest, login = 'root' }: TargetFacts,
): string {
  const who = user ?? (guest?.windows === true ? 'the account of the guest agent' : login);
  const where =
    target.at === 'host' ? 'on the node itself' : target.at === 'container' ? 'inside the container' : 'inside the VM';
  const what = risk === 'read' ? 'It only reads, as far as its text tells.' : `What it does counts as ${risk}.`;
  const folder = cwd === undefined ? '' : ` in ${quoted(cwd, Number.POSITIVE_INFINITY)}`;
  return `It runs as ${printable(who)}${folder} ${where}, for ${timeoutSeconds} seconds at most. ${what}`;
}

/** What speaks against it, worst first: which part does more than read, and why. */
function dangers({ risk, sensitive, parts, reasons }: CommandVerdict): string[] {
  if (risk === 'read' && !sensitive) return [];
  const more = parts
    .filter((part) => part.risk !== 'read')
    .sort((a, b) => risks.indexOf(b.risk) - risks.indexOf(a.risk));
  const told = more.map(({ text, why }) => (parts.length === 1 ? why : `${printable(text, 80)}: ${why}`));
  const rest = reasons.filter((reason) => !more.some(({ why }) => why === reason));
  return [...new Set([...told, ...rest])];
}

/** What the text names: programs, files that it writes, services and guests. */
function notesOn({ programs, writes, services, guests }: CommandVerdict): string[] {
  const list = (what: string, names: readonly (string | number)[]) =>
    names.length === 0 ? [] : [`${what}: ${printable(names.join(', '), 300)}.`];
  return [
    ...list('Programs', programs),
    ...list('Files written', writes),
    ...list('Services', services),
    ...(guests === 'all' ? ['Guests: whichever it reaches.'] : list('Guests', guests)),
  ];
}
