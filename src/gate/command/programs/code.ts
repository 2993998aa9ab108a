import { type Arg, startOf, textOf } from '../arg.ts';
import { type Rule, says } from '../rule.ts';
import { isDangerousWrite } from '../secret-paths.ts';
import { worstScript } from './within.ts';

const removes =
  /\b(rmtree|unlink(Sync)?|rmdir(Sync)?|rm_?rf|rmSync|removedirs|os\.remove|File\.delete|FileUtils\.rm\w*|fs\.rm|shutil\.move|truncate(Sync)?|ftruncate|reboot|shutdown|kill\s*\(?\s*-?9?\s*,?\s*-1|dropDatabase|deleteMany|remove_tree|wipe)\b/;

/** A program in another language, given as a word: what it calls and the commands that its strings hold tell the worst. */
export const judgeCode: Rule = ({ name, args, input }) => {
  const texts = args.map((arg: Arg) => textOf(arg) ?? startOf(arg));
  const given = texts.some((word) => /^(-\w*[ecEprR]|--eval|--print|--execute|--command)/.test(word) && word !== '-');
  if (input?.from === 'remote')
    return says('destroy', `${name} runs what comes over the network.`, { sensitive: true });
  if (!given && input?.text === undefined) return undefined;
  const code = [...texts, input?.text ?? ''].join('\n');
  const bare = input?.text?.split('\n').map((line) => line.replace(/^\s*(exec|system)\s+/, '')) ?? [];
  const strings = [
    ...bare,
    ...[
      ...code.matchAll(/"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`([^`]*)`|\bq[qwx]?[({[/]([^)}\]/]{0,300})[)}\]/]/g),
    ].map(([, ...groups]) => groups.find((one) => one !== undefined) ?? ''),
  ];
  if (removes.test(code)) return says('destroy', `The program given to ${name} removes something.`);
  const lists = [strings.join(' '), ...strings.map((_, index) => strings.slice(index).join(' ')).slice(0, 6)];
  if (
    /\b(system|popen|subprocess|exec\w*|spawn\w*|call|run|check_\w+|Popen|shell_exec|passthru|backtick|child_process|os\.)\b|`|%x/.test(
      code,
    ) &&
    worstScript([...strings, ...lists]) === 'destroy'
  )
    return says('destroy', `The program given to ${name} runs something that destroys.`);
  const target =
    strings.find((text) => text.startsWith('/') && isDangerousWrite(text.replace(/^>+\s*/, ''))) ??
    strings
      .map((text) => text.replace(/^[+<>]+\s*/, ''))
      .find((text) => text.startsWith('/') && isDangerousWrite(text));
  if (
    target !== undefined &&
    /\b(open|write\w*|File|Path|fopen|fs|put_contents|copy\w*|rename|replace|symlink|chmod|chown|print)\b|>/.test(
      code,
    ) &&
    !/\bread(FileSync|File|lines)?\b/.test(code)
  )
    return says('destroy', `The program given to ${name} may write ${target}.`, { writes: [target] });
  return says('configure', `What the program given to ${name} does is not known.`);
};
