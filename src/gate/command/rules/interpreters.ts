import { startOf } from '../arg.ts';
import { mostGuessed } from '../limits.ts';
import { judgeCode } from '../programs/code.ts';
import { worstScript } from '../programs/within.ts';
import { always, each, type Rule, type Rules, readsOnly, says } from '../rule.ts';
import { isDangerousWrite } from '../secret-paths.ts';

/** An interpreter: the program that it is given, a script, or what it reads. */
const interpreter: Rule = (call) => {
  const words = call.args.map(startOf);
  // Some go on and run what they read.
  const tells = /^python/.test(call.name) ? /^(-V|--version)$/ : /^(-V|--version|-v)$/;
  if (words.length === 1 && tells.test(words[0] ?? '') && call.name !== 'tclsh') return readsOnly;
  if (/^python3?$/.test(call.name) && /^-m json\.tool( --[a-z-]+)*( [^ -]\S*)?$/.test(words.join(' ')))
    return readsOnly;
  return judgeCode(call) ?? says('configure', `It runs a program of ${call.name}, which is not looked into.`);
};

/** Editors take commands of their own, and can run any program. */
const editor: Rule = ({ name, args, input }) => {
  const dangerous = args.map(startOf).find((path) => isDangerousWrite(path));
  if (dangerous !== undefined) return says('destroy', `It edits ${dangerous}.`, { writes: [dangerous] });
  const texts = [...args.map(startOf), ...(input?.text ?? '').split('\n')]
    .flatMap((word) => [word, ...word.split(/[|!]/)])
    .map((word) => word.replace(/^[-+:!]+(c\b)?|^silent /g, ''));
  return worstScript(texts.slice(0, 12)) === 'destroy'
    ? says('destroy', `${name} is told to run something that destroys.`)
    : says('configure', `${name} can run and write anything.`);
};

/** Programs that run others by a file of their own. */
const runner: Rule = ({ name, args, input }) => {
  const words = [...args.slice(0, mostGuessed).map(startOf), ...(input?.text === undefined ? [] : [input.text])];
  if (input?.from === 'remote')
    return says('destroy', `${name} runs what comes over the network.`, { sensitive: true });
  const texts = words.flatMap((word) => [
    word,
    word.replace(/^[^=]*=/, ''),
    word.replace(/^--?[\w-]+=?/, ''),
    ...[...word.matchAll(/\$\(shell ([^)]*)\)/g)].map(([, text = '']) => text),
    ...word.split(/[\n;]/).map((one) => one.replace(/^[^:]*:\s*/, '')),
  ]);
  return worstScript(texts) === 'destroy'
    ? says('destroy', `${name} is told to run something that destroys.`)
    : says('configure', `${name} runs what a file says.`);
};

/** Other languages, editors and what runs programs by a plan. */
export const interpreters: Rules = {
  ...each(
    'python python2 python3 python3.11 python3.12 python3.13 perl ruby php node nodejs deno bun lua lua5.4 tclsh expect osascript Rscript java gdb guile pwsh powershell',
    interpreter,
  ),
  ...each('vim vi nvim ex ed emacs nano', editor),
  ...each('make gmake ninja cmake ansible ansible-playbook terraform just task rake', runner),
  'ansible-inventory': always('configure', 'It may run plugins.'),
};
