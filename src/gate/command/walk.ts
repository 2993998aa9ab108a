import { type Assignment, type Command, forEachChild, type Redirection, type Script, type SyntaxNode } from 'unbash';
import { type Arg, textOf } from './arg.ts';
import { LimitReached, mostWords } from './limits.ts';
import { given, outputOf, outputOfCommand } from './output.ts';
import type { Input } from './session.ts';
import type { Variables } from './variables.ts';
import { argsOf, type Expand, textValue } from './words.ts';

/** One simple command of a text: its words, and what it is given. */
export interface SimpleCommand {
  readonly text: string;
  /** Its words, as far as they are sure; several where a variable can only be one of several. */
  readonly sure: readonly (readonly Arg[])[];
  /** What its words may be beside. */
  readonly guesses: readonly (readonly Arg[])[];
  readonly input: Input;
  /** What the substitutions in its words give it. */
  readonly carried: Input;
}

/** Who looks at the parts of a text. Every part is shown once, in the order of the text. */
export interface Visitor {
  command(found: SimpleCommand): void;
  /** @param empties nothing is printed that could go there: the file is emptied */
  redirection(redirect: Redirection, text: string, empties: boolean): void;
  /** @param before it stands before a command, and holds for that one alone */
  assignment(assignment: Assignment, before: boolean, text: string): void;
  /** Anything else: loops, tests, arithmetic, expansions, functions. */
  node(node: SyntaxNode, text: string): void;
}

/** Shows every part of a script, those of substitutions and functions too. */
export function walk(script: Script, text: string, input: Input, variables: Variables, visitor: Visitor): void {
  let uncertain = 0;
  variables.anew(() => look(script, script.source ?? text, input));

  function look(node: SyntaxNode, source: string, from: Input): void {
    const written = source.slice(node.pos, node.end);
    const below = (into: Input, own = source) => forEachChild(node, (child) => look(child, own, into));
    switch (node.type) {
      case 'Script':
        below(from, node.source ?? source);
        return;
      case 'Command': {
        const into = redirected(node.redirects, from, variables.guess(0));
        const found = simpleCommand(node, written, into, variables);
        if (found !== undefined) visitor.command(found);
        const before = node.name === undefined ? [] : node.prefix;
        forEachChild(node, (child) => {
          if (child.type === 'Redirect')
            visitor.redirection(child, source.slice(child.pos, child.end), printsNothing(node));
          else if (child.type === 'Assignment' && before.includes(child)) visitor.assignment(child, true, child.text);
          else {
            look(child, source, into);
            return;
          }
          forEachChild(child, (one) => look(one, source, into));
        });
        return;
      }
      case 'Pipeline': {
        let next = from;
        // Each command of several runs in a shell of its own.
        if (node.commands.length > 1) uncertain++;
        for (const command of node.commands) {
          look(command, source, next);
          next = outputFrom(command, next, variables.guess(0));
        }
        if (node.commands.length > 1) uncertain--;
        return;
      }
      case 'Redirected':
        look(node.command, source, redirected(node.redirects, from, variables.guess(0)));
        for (const redirect of node.redirects) look(redirect, source, from);
        return;
      case 'Redirect':
      case 'HereDoc':
      case 'HereString':
        visitor.redirection(node, written, false);
        below(from);
        return;
      case 'Assignment':
        visitor.assignment(node, false, written);
        below(from);
        if (uncertain === 0 && node.append !== true && node.index === undefined) variables.settle(node.name);
        return;
      case 'For': {
        visitor.node(node, written);
        for (const word of node.wordlist ?? []) look(word, source, from);
        const before = variables.settle(node.name.value);
        maybe(() => look(node.body, source, from));
        if (!before) variables.unsettle(node.name.value);
        return;
      }
      case 'AndOr':
        for (const [index, command] of node.commands.entries())
          if (index === 0) look(command, source, from);
          else maybe(() => look(command, source, from));
        return;
      case 'Statement':
        if (node.background === true) maybe(() => below(from));
        else below(from);
        return;
      default:
        visitor.node(node, written);
        if (certain.test(node.type)) below(from);
        else maybe(() => below(from));
        return;
    }
  }

  /** What may not be run at all sets nothing for sure. */
  function maybe(run: () => void): void {
    uncertain++;
    run();
    uncertain--;
  }
}

/** What stands in any other node may not be run, or in a shell of its own. */
const certain = /^(Word|BraceGroup|CompoundList|DoubleQuoted|LocaleString|Test\w*|HereDocBody)$/;

function simpleCommand(node: Command, text: string, input: Input, variables: Variables): SimpleCommand | undefined {
  if (node.name === undefined) return undefined;
  const words = (expand: Expand) => {
    const argv: Arg[] = [];
    for (const word of [node.name, ...node.args]) {
      if (word !== undefined) argv.push(...argOf(word, expand));
      if (argv.length > mostWords) throw new LimitReached(`A command has more than ${mostWords} words.`);
    }
    return argv;
  };
  const turns = Array.from({ length: variables.turns }, (_, turn) => turn);
  const sure = distinct(turns.map((turn) => words(variables.sure(turn))));
  const isSure = sure.every((argv) => argv.every((arg) => typeof arg === 'string'));
  const guesses = isSure ? [] : distinct(turns.map((turn) => words(variables.guess(turn))));
  return { text, sure, guesses, input, carried: carriedBy(node, variables.guess(0)) };
}

/** A command that only is there for its redirection, as in `: > file`. */
function printsNothing({ name, args }: Command): boolean {
  const words = [name, ...args].map((word) => (word?.type === 'Word' ? word.value : ''));
  return /^(|:|true|false|cat \/dev\/null|echo|echo -n|echo -n |printf )$/.test(words.join(' '));
}

function argOf(word: Command['args'][number], expand: Expand): Arg[] {
  if (word.type === 'Word') return argsOf(word, expand);
  const value = word.value.type === 'Word' ? textValue(word.value, expand) : undefined;
  const name = word.text.slice(0, Math.max(0, word.text.indexOf('=') + 1));
  return [value === undefined ? { starts: name, splits: false } : name + value];
}

function distinct(argvs: readonly (readonly Arg[])[]): readonly (readonly Arg[])[] {
  if (argvs.length < 2) return argvs;
  return [...new Map(argvs.map((argv) => [JSON.stringify(argv), argv])).values()];
}

/** What a command reads when its redirections have been done. */
function redirected(redirects: readonly Redirection[], from: Input, expand: Expand): Input {
  const text = given({ redirects }, expand);
  if (text !== undefined) return { text, from: 'local' };
  if (redirects.some((one) => one.type === 'Redirect' && /^\/dev\/(tcp|udp)\//.test(one.target?.value ?? '')))
    return { from: 'remote' };
  const file = redirects.find(
    ({ type, ...one }) => type === 'HereString' || ('operator' in one && one.operator === '<'),
  );
  if (file === undefined) return from;
  const carried = 'target' in file && file.target !== undefined ? carriedBy(file.target, expand) : undefined;
  return carried === undefined || carried.from === 'nothing' ? { from: 'local' } : carried;
}

/** What the next command of a pipeline is given. */
function outputFrom(command: SyntaxNode, input: Input, expand: Expand): Input {
  const carried = carriedBy(command, expand);
  const text = command.type === 'Command' ? outputOfCommand(command, input.text ?? '', expand) : undefined;
  const origin = worse(worse(input.from, carried.from), originOf(command, expand));
  if (text !== undefined) return { text, from: origin };
  const hints = command.type === 'Command' ? command.args.map((word) => (word.type === 'Word' ? word.value : '')) : [];
  return { from: origin, hints: [...(input.hints ?? []), ...hints].slice(-20) };
}

/** What the substitutions below a node bring: the text of the only one, where it is known, and from where. */
function carriedBy(node: SyntaxNode, expand: Expand): Input {
  const texts: string[] = [];
  let from: Input['from'] = 'nothing';
  const look = (child: SyntaxNode): void => {
    if (child.type === 'Command') from = worse(from, originOf(child, expand));
    if (child.type === 'CommandExpansion' || child.type === 'ProcessSubstitution') {
      from = worse(from, 'local');
      const text = outputOf(child.script, expand);
      if (text !== undefined) texts.push(text);
    }
    forEachChild(child, look);
  };
  forEachChild(node, look);
  const [text, ...hints] = texts;
  return text === undefined ? { from } : { from, text, hints };
}

const remote =
  /^(curl|wget|nc|ncat|netcat|socat|telnet|ftp|tftp|ssh|scp|sftp|aria2c|lynx|w3m|http|https|fetch|axel|rsync|openssl)$/;
const encoding =
  /^(base32|base64|basenc|rev|tr|xxd|gunzip|zcat|gzip|bzcat|bunzip2|xzcat|unxz|zstdcat|gpg|uudecode|perl|python\d?|od|hexdump|dd)$/;

function originOf(command: SyntaxNode, expand: Expand): Input['from'] {
  if (command.type !== 'Command') return 'local';
  const names = [command.name, ...command.args.slice(0, 9)].map((word) => baseName(word, expand));
  if (names.some((name) => remote.test(name))) return 'remote';
  return names.some((name) => encoding.test(name)) ? 'encoded' : 'local';
}

function baseName(word: SyntaxNode | undefined, expand: Expand): string {
  if (word?.type !== 'Word') return '';
  return (textOf(argsOf(word, expand)[0]) ?? '').replace(/^.*\//, '');
}

const origins: readonly Input['from'][] = ['nothing', 'local', 'encoded', 'remote'];

function worse(a: Input['from'], b: Input['from']): Input['from'] {
  return origins.indexOf(a) > origins.indexOf(b) ? a : b;
}
