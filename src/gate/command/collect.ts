import type { Assignment, For, Select } from 'unbash';
import { type Arg, textOf } from './arg.ts';
import { LimitReached, mostFolders } from './limits.ts';
import type { Session } from './session.ts';
import type { Visitor } from './walk.ts';
import { argsOf, type Expand, strictly, textValue } from './words.ts';

/** Notes what a text gives its variables, and which names it gives to functions and aliases. */
export function collect({ variables, defined, folders }: Session): Visitor {
  return {
    command({ sure, guesses, input }) {
      for (const argv of [...sure, ...guesses]) command(argv, input.text);
    },
    redirection(redirect) {
      if (redirect.descriptor?.type === 'FileDescriptorVariable') variables.doubt(redirect.descriptor.name);
    },
    assignment,
    node(node) {
      if (node.type === 'Function') defined.add(node.name.value);
      if (node.type === 'For' || node.type === 'Select') loop(node);
      const isDefault = node.type === 'ParameterExpansion' && node.operation?.type === 'Default';
      if (isDefault && node.operation?.type === 'Default' && node.operation.operator.endsWith('=')) {
        const value = textValue(node.operation.operand, variables.guess(0));
        if (value !== undefined) variables.set(node.parameter, [value]);
        variables.doubt(node.parameter);
      }
    },
  };

  function assignment({ name, value, append, index }: Assignment, before: boolean): void {
    // Before a command it splits nothing but what `read` reads.
    if (before && name === 'IFS') return;
    const elements = value.type === 'Word' ? undefined : value.elements;
    const words = (expand: Expand) =>
      elements === undefined
        ? [value.type === 'Word' ? textValue(value, expand) : undefined]
        : elements.flatMap((word) => argsOf(word, expand)).map(textOf);
    const sure = words((part, quoted) =>
      part.type === 'CommandExpansion' ? variables.sure(0)(part, quoted) : undefined,
    );
    const isSure = append !== true && index === undefined && elements === undefined && known(sure);
    const guess = known(sure) ? sure : words(variables.guess(0));
    const isCount =
      value.type === 'Word' && value.parts?.length === 1 && value.parts[0]?.type === 'ArithmeticExpansion';
    if (!isSure) variables.doubt(name, undefined, isCount);
    if (!known(guess)) return;
    const last = variables.last(name);
    if (append !== true) {
      variables.set(name, guess);
      return;
    }
    variables.set(name, elements === undefined ? [last.join(' ') + guess.join('')] : [...last, ...guess]);
  }

  function loop({ name, wordlist = [] }: For | Select): void {
    for (const word of wordlist) {
      const sure = argsOf(word, strictly);
      for (const arg of sure) {
        const text = textOf(arg);
        if (text !== undefined) variables.set(name.value, [text]);
        else variables.doubt(name.value, beginning(arg));
      }
      const guess = sure.every((arg) => typeof arg === 'string') ? [] : argsOf(word, variables.guess(0));
      for (const text of guess.map(textOf)) if (text !== undefined) variables.set(name.value, [text]);
    }
    if (wordlist.length === 0) variables.doubt(name.value);
  }

  function command(argv: readonly Arg[], input: string | undefined): void {
    const [name = '', ...args] = argv.map(textOf);
    const words = args.filter((arg) => arg !== undefined);
    switch (name) {
      case 'read':
      case 'mapfile':
      case 'readarray': {
        const names = words.filter((word) => /^[A-Za-z_]\w*$/.test(word));
        const values = (input ?? '').trim().split(/\s+/);
        for (const [index, one] of [...names, 'REPLY', 'MAPFILE'].entries()) {
          variables.doubt(one, index < names.length - 1 ? '' : undefined);
          const value =
            index < names.length - 1
              ? values.slice(index, index + 1)
              : values.slice(Math.max(0, index - names.length + 1));
          if (input !== undefined) variables.set(one, name === 'read' ? [value.join(' ')] : values);
        }
        return;
      }
      case 'printf': {
        if (words[0] !== '-v' || words[1] === undefined) return;
        variables.doubt(words[1]);
        const [format = '', ...rest] = words.slice(2);
        variables.set(words[1], [format.replace(/%[sbdq]/g, () => rest.shift() ?? '')]);
        return;
      }
      case 'set':
        positional(words.slice(words.indexOf('--') + 1));
        return;
      case 'unset':
      case 'getopts':
      case 'wait':
      case 'let':
        for (const word of words) variables.doubt(word.replace(/\W.*$/, ''));
        return;
      case 'declare':
      case 'local':
      case 'typeset':
        // A reference to another name makes every value unsure.
        for (const word of words) if (!word.includes('=')) variables.doubt(word);
        return;
      case 'cd':
      case 'pushd':
        for (const word of words) if (!word.startsWith('-')) goTo(word);
        return;
      case 'alias':
        for (const word of words) defined.add(word.replace(/=.*$/, ''));
        return;
      default:
        if (defined.has(name)) positional(words);
    }
  }

  /** From wherever it may be by now. */
  function goTo(folder: string): void {
    const from = folder.startsWith('/') ? [] : [...folders].filter((one) => one.startsWith('/'));
    for (const one of [folder, ...from.map((before) => `${before}/${folder}`)]) folders.add(one);
    if (folders.size > mostFolders) throw new LimitReached('It goes to more folders than are looked into.');
  }

  function positional(words: readonly string[]): void {
    variables.set('@', words);
    for (const [index, word] of words.entries()) variables.set(`${index + 1}`, [word]);
    for (const name of ['@', ...words.keys()]) variables.doubt(typeof name === 'string' ? name : `${name + 1}`);
  }
}

/** What an expansion without quotes becomes has been split at blanks; the names of files hold some, but for those of the system. */
function beginning(arg: Arg): string | undefined {
  if (typeof arg === 'string') return arg;
  return arg.splits || /^\/(dev|sys|proc|etc)\//.test(arg.starts) ? (arg.splits ? '' : arg.starts) : undefined;
}

function known(words: readonly (string | undefined)[]): words is readonly string[] {
  return !words.includes(undefined);
}
