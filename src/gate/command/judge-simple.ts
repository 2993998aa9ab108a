import { type Arg, shown, startOf, textOf } from './arg.ts';
import { judgeVariable } from './assignments.ts';
import { guestsIn } from './guests.ts';
import { judgeScript } from './judge-script.ts';
import { LimitReached, mostGuessed, mostWords } from './limits.ts';
import { isSecretIn, placed } from './placed.ts';
import { worstScript } from './programs/within.ts';
import { judgePve } from './pve.ts';
import { ask, type Call } from './rule.ts';
import { programNames, rules } from './rules.ts';
import { holdsSecrets, isSecretPath, mayBeSecretPath, mayMatchSecret } from './secret-paths.ts';
import { type Input, rank, type Scene, type Session } from './session.ts';
import type { RuleVerdict } from './types.ts';
import { type Inner, type Unwrapped, wrappers } from './wrappers.ts';

/** What comes with the words of a command. */
export interface Around {
  readonly text: string;
  readonly input: Input;
  readonly carried: Input;
}

/** Judges one simple command by its words, and what it runs in turn. */
export function judgeSimple(argv: readonly Arg[], around: Around, scene: Scene, session: Session): void {
  session.command();
  if (argv.length > mostWords) throw new LimitReached(`A command has more than ${mostWords} words.`);
  const [first, ...args] = argv;
  const text = around.text === '' ? shown(argv) : around.text;
  if (first === undefined) return;
  const name = programOf(first);
  if (name === undefined) {
    unknownProgram(first, args, { ...around, text }, scene, session);
    return;
  }
  const input = worseInput(around.input, around.carried);
  const call: Call = { name, args, place: scene.place, input };
  const wrapper = session.defined.has(name) || !Object.hasOwn(wrappers, name) ? undefined : wrappers[name];
  const unwrapped = wrapper?.(call, around);
  if (unwrapped !== undefined) {
    runs(unwrapped, call, { ...around, text }, scene, session);
    return;
  }
  const verdict = session.defined.has(name)
    ? { risk: 'configure' as const, why: `${name} is what the text itself makes of it.` }
    : judgeCall(call, scene);
  if (verdict === undefined) {
    unknownProgram(name, args, { ...around, text }, scene, session);
    return;
  }
  const told = withSecrets(placed(verdict, session.folders), call, session.folders);
  session.add({ text, program: name, ...told, ...guestsIn(told, argv, scene.place) });
}

/** Programs of Proxmox VE are judged as the requests that they make; they are there on nodes alone (G5). */
function judgeCall(call: Call, { place, node }: Scene): RuleVerdict | undefined {
  if (call.args.some((arg) => mayBeWatchdog(arg)) && !/^(ls|echo|printf|stat|du|test|\[|find|lsblk)$/.test(call.name))
    return { risk: 'destroy', why: 'Whoever opens a watchdog and lets it go restarts the machine.' };
  const told = place === 'host' ? judgePve([call.name, ...call.args.map(textOf)], node) : undefined;
  if (told !== undefined) return told;
  const rule = Object.hasOwn(rules, call.name) ? rules[call.name] : undefined;
  return rule === undefined ? undefined : ask(rule, call);
}

function mayBeWatchdog(arg: Arg): boolean {
  if (typeof arg === 'string') return /^(if=)?\/dev\/watchdog/.test(arg);
  const start = arg.starts.replace(/^if=/, '');
  return start.length > 4 && ('/dev/watchdog'.startsWith(start) || start.startsWith('/dev/watchdog'));
}

/** What a program may read its own program from: the more doubtful of the two. */
function worseInput(input: Input, carried: Input): Input {
  if (carried.from === 'nothing' || input.from === 'remote') return input;
  return input.text === undefined || carried.from === 'remote' ? carried : input;
}

/** A bare name, or a path in the folders of the system's programs; anything else could be any program. */
function programOf(word: Arg): string | undefined {
  const text = textOf(word);
  return /^(?:\/(?:usr\/(?:local\/)?)?s?bin\/)?([\w.+:[\]{}!-]+)$/.exec(text ?? '')?.[1];
}

/** A program that no rule knows may do anything ordinary. Where its words name a program that destroys, it may run that. */
function unknownProgram(word: Arg, args: readonly Arg[], around: Around, scene: Scene, session: Session): void {
  const text = textOf(word);
  const why = text === undefined ? 'Only the run will tell which program this is.' : `No rule knows ${text}.`;
  session.add({ text: around.text, risk: 'configure', why, ...(text === undefined ? {} : { program: text }) });
  const likely = text === undefined ? matching(word) : [baseName(text)];
  session.guess(() => {
    for (const name of likely)
      if (name !== text && programNames.has(name)) judgeSimple([name, ...args], around, session.within(scene), session);
    tails(args, around, scene, session);
  });
}

function baseName(text: string): string {
  return text.replace(/^.*\//, '');
}

/** Programs that a pattern in place of a name, as `/bin/r?`, may come to. */
function matching(word: Arg): string[] {
  const pattern = (typeof word === 'string' ? '' : (word.pattern ?? '')).replace(/^.*\//, '');
  if (!/^[\w.?*[\]+-]+$/.test(pattern) || pattern.replace(/[?*[\]]/g, '') === '') return [];
  const source = pattern.replaceAll(/[.+]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.');
  try {
    const expression = new RegExp(`^${source}$`);
    return [...programNames].filter((name) => expression.test(name)).slice(0, 20);
  } catch {
    return [];
  }
}

/** The first words could be what some wrapper runs: each that names a program is tried. */
function tails(args: readonly Arg[], around: Around, scene: Scene, session: Session): void {
  for (const [index, arg] of args.slice(0, 12).entries()) {
    const name = programOf(arg);
    if (name !== undefined && programNames.has(name))
      judgeSimple(args.slice(index, index + mostGuessed), around, session.within(scene), session);
  }
}

/** A program that runs others: what it does itself, and each thing that it runs. */
function runs({ own, inner }: Unwrapped, call: Call, around: Around, scene: Scene, session: Session): void {
  const verdict = withSecrets(own, call, session.folders);
  const argv = [call.name, ...call.args];
  session.add({ text: around.text, program: call.name, ...verdict, ...guestsIn(verdict, argv, scene.place) });
  for (const one of inner) {
    const below = session.within(scene, { ...(one.place === undefined ? {} : { place: one.place }) });
    const look = () => runOne(one, around, below, session);
    if (one.guess === true) session.guess(look);
    else look();
  }
  if (rank(own.risk) > 0 && inner.length === 0) session.guess(() => tails(call.args, around, scene, session));
}

function runOne(one: Inner, around: Around, scene: Scene, session: Session): void {
  for (const { name, value } of one.variables ?? []) judgeVariable(name, value, true, around.text, scene, session);
  if ('argv' in one) {
    judgeSimple(one.argv, { ...around, text: '' }, scene, session);
    return;
  }
  const literal = textOf(one.script);
  if (literal !== undefined) {
    judgeScript(literal, { ...scene, input: around.input }, session);
    return;
  }
  const { input } = one;
  const known = input.text;
  if (input.from === 'remote' || input.from === 'encoded') {
    const why =
      input.from === 'remote' ? 'It runs what comes over the network.' : 'It runs a text that was made unreadable.';
    session.add({ text: around.text, risk: 'destroy', sensitive: true, why });
  } else session.add({ text: around.text, risk: 'configure', why: 'It runs a script that only the run will tell.' });
  if (worstScript(spelt(input.hints ?? [])) === 'destroy')
    session.add({ text: around.text, risk: 'destroy', why: 'It runs a text that is put together to destroy.' });
  if (known !== undefined) session.guess(() => judgeScript(known, { ...scene, input: { from: 'nothing' } }, session));
}

/** What words may spell for a shell: themselves, their strings, the parts of a replacement. */
function spelt(hints: readonly string[]): readonly string[] {
  return hints.flatMap((hint) => [
    hint,
    ...[...hint.matchAll(/"([^"]*)"/g)].map(([, inner = '']) => inner),
    ...hint.split(/[/|#]/),
  ]);
}

/** Programs that show what stands in a file, and the disks and images whose bytes belong to guests. */
const readers = new Set(
  (
    'cat tac head tail dd strings xxd hexdump hd od base64 base32 grep egrep fgrep zgrep cmp diff comm join paste awk gawk mawk sed ' +
    'less more cut tr nl pr fold fmt sort uniq rev column zcat bzcat xzcat zstdcat jq yq cksum b2sum md5sum sha1sum sha256sum sha512sum'
  ).split(' '),
);
const disk =
  /^(if=)?(\/dev\/(sd|vd|hd|xvd|nvme|md|dm-|loop|rbd|nbd|mmcblk|zd|mapper\/|pve\/|zvol\/|disk\/|vg\w*\/)|\/var\/lib\/vz\/(images|dump|private)\/)/;

/** Programs that read whatever is below a folder. */
function recurses(name: string, args: readonly Arg[]): boolean {
  const has = (pattern: RegExp) => args.some((arg) => pattern.test(startOf(arg)));
  if (/^(rg|ag|ack)$/.test(name)) return true;
  if (/^([efz]?grep|diff)$/.test(name)) return has(/^-[A-Za-z]*[rR]|^--(rec|dereference-rec|directories=rec)/);
  return /^(bsd|g)?tar$/.test(name) && has(/^-?[A-Za-z]*c|^--create/);
}

function inside(path: string, folders: ReadonlySet<string>): string[] {
  return /^[/~]/.test(path) || folders.size === 0 ? [path] : [...folders].map((folder) => `${folder}/${path}`);
}

/** Words that name a secret make it sensitive, whichever program they are for. */
function withSecrets(verdict: RuleVerdict, { name, args }: Call, folders: ReadonlySet<string>): RuleVerdict {
  if (name === 'echo' || name === 'printf' || verdict.sensitive === true) return verdict;
  const all = recurses(name, args);
  const secret = args.find((arg) => {
    const text = startOf(arg).replace(/^--?[\w-]+=|^[a-z]+=|^-[A-Za-z]+(?=[/~])|^@/, '');
    if (all && typeof arg === 'string' && !text.startsWith('-') && inside(text, folders).some(holdsSecrets))
      return true;
    if (typeof arg !== 'string')
      return (
        mayBeSecretPath(text) ||
        // Of a file that only the run will tell nobody knows that it is no secret.
        (readers.has(name) && (arg.pattern === undefined || inside(arg.pattern, folders).some(mayMatchSecret)))
      );
    return (
      (/[/.~]/.test(text) && isSecretPath(text)) || isSecretIn(text, folders) || (readers.has(name) && disk.test(text))
    );
  });
  const bare = all && name !== 'tar' && args.filter((arg) => !startOf(arg).startsWith('-')).length < 2;
  if (secret === undefined && !(bare && inside('.', folders).some(holdsSecrets))) return verdict;
  const why = verdict.risk === 'read' ? `${shown([secret ?? name])} usually is a secret.` : verdict.why;
  return { ...verdict, sensitive: true, why };
}
