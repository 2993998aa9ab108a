import type { Command, Script, SyntaxNode } from 'unbash';
import { textOf } from './arg.ts';
import { argsOf, type Expand, textValue } from './words.ts';

/** What a script surely prints, as far as it only says, decodes or turns around literal text; undefined: not known. */
export function outputOf(script: Script | undefined, expand: Expand): string | undefined {
  const texts = script?.commands.map(({ command }) => {
    let text: string | undefined = '';
    for (const one of command.type === 'Pipeline' ? command.commands : [command])
      text = text === undefined ? undefined : outputOfCommand(one, text, expand);
    return text;
  });
  return texts === undefined || texts.length === 0 || texts.includes(undefined) ? undefined : texts.join('');
}

/** What one command prints when it is given this text. */
export function outputOfCommand(command: SyntaxNode, input: string, expand: Expand): string | undefined {
  if (command.type !== 'Command') return undefined;
  const words = [command.name, ...command.args].flatMap((word) => (word?.type === 'Word' ? argsOf(word, expand) : []));
  // A wrapper before it, as `sudo`, prints nothing of its own.
  const start = words.slice(0, 10).findIndex((word) => Object.hasOwn(printers, baseName(textOf(word))));
  const isAlone =
    start === 0 ||
    /^(sudo|doas|env|command|builtin|nice|ionice|nohup|timeout|time|stdbuf|setsid|chroot|unshare|nsenter|flock|strace|systemd-run|find|xargs|parallel|busybox|chrt|taskset|setpriv)$/.test(
      baseName(textOf(words[0])),
    );
  const args = words.slice(start + 1).map(textOf);
  if (start < 0 || !isAlone || args.includes(undefined)) return undefined;
  return printers[baseName(textOf(words[start]))]?.(
    args.filter((arg) => arg !== undefined),
    given(command, expand) ?? input,
  );
}

function baseName(text: string | undefined): string {
  return text?.replace(/^.*\//, '') ?? '';
}

/** The text of a here-document or a here-string. */
export function given({ redirects }: Pick<Command, 'redirects'>, expand: Expand): string | undefined {
  for (const redirect of redirects.toReversed()) {
    if (redirect.type === 'HereDoc') return redirect.body.text;
    if (redirect.type === 'HereString' && redirect.target !== undefined) {
      const text = textValue(redirect.target, expand);
      return text === undefined ? undefined : `${text}\n`;
    }
  }
  return undefined;
}

const printers: Readonly<Record<string, (args: readonly string[], input: string) => string | undefined>> = {
  echo: (args) => {
    const flags = args.findIndex((arg) => !/^-[neE]+$/.test(arg));
    const words = flags < 0 ? [] : args.slice(flags);
    const text = words.join(' ');
    return args.slice(0, words.length === 0 ? undefined : flags).some((arg) => arg.includes('e'))
      ? unescaped(text)
      : text;
  },
  printf: ([format = '', ...args]) => {
    let next = 0;
    const text = unescaped(format).replace(/%(%|[-\d]*[sbdx])/g, (_, kind) =>
      kind === '%' ? '%' : (args[next++] ?? ''),
    );
    return args.length > next && next > 0 ? undefined : unescaped(text);
  },
  cat: (args, input) => (args.every((arg) => arg === '-') ? input : undefined),
  tee: (_, input) => input,
  rev: (_, input) =>
    input
      .split('\n')
      .map((line) => [...line].reverse().join(''))
      .join('\n'),
  base64: (args, input) =>
    args.some((arg) => /^(-\w*[dD]\w*|--d\w*)$/.test(arg)) ? Buffer.from(input, 'base64').toString('utf8') : undefined,
  xxd: (args, input) =>
    args.join('').includes('r') ? Buffer.from(input.replace(/\s/g, ''), 'hex').toString('utf8') : undefined,
  tr: (args, input) => {
    const [from = '', to = ''] = args.filter((arg) => !/^-\w+$/.test(arg)).map(ranges);
    if (args[0]?.startsWith('-d')) return [...input].filter((char) => !from.includes(char)).join('');
    return [...input]
      .map((char) => (from.includes(char) ? (to[Math.min(from.indexOf(char), to.length - 1)] ?? char) : char))
      .join('');
  },
};

function ranges(set: string): string {
  return unescaped(set).replace(/([\s\S])-([\s\S])/g, (_, from: string, to: string) => {
    const [start, end] = [from.charCodeAt(0), to.charCodeAt(0)];
    return end < start || end - start > 255
      ? ''
      : String.fromCharCode(...Array.from({ length: end - start + 1 }, (_, index) => start + index));
  });
}

function unescaped(text: string): string {
  return text.replace(
    /\\(?:x([\da-fA-F]{1,2})|0?([0-7]{1,3})|([nt\\]))/g,
    (_, hex?: string, octal?: string, plain?: string) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      return plain === 'n' ? '\n' : plain === 't' ? '\t' : '\\';
    },
  );
}
