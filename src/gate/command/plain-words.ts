import { parseScript } from './parse.ts';
import { argsOf, strictly } from './words.ts';

/**
 * The words of a text that is one command with literal words and nothing else: what the program would be given.
 * @returns nothing where a shell would do anything beside: variables, pipes, redirections, patterns, several commands
 */
export function plainWords(text: string): readonly string[] | undefined {
  const parsed = parseScript(text);
  if ('doubt' in parsed) return undefined;
  const [statement, ...others] = parsed.script.commands;
  if (statement === undefined || others.length > 0 || statement.background === true) return undefined;
  const { command } = statement;
  if (command.type !== 'Command' || command.name === undefined) return undefined;
  if (command.redirects.length + command.prefix.length > 0) return undefined;
  const written = [command.name, ...command.args.flatMap((one) => (one.type === 'Word' ? [one] : []))];
  // An assignment behind the name is a word too, but a list in it is not; a tilde is somebody's folder.
  if (written.length !== command.args.length + 1 || written.some((word) => word.text.startsWith('~'))) return undefined;
  const words = written.flatMap((word) => argsOf(word, strictly));
  return words.every((word) => typeof word === 'string') ? words : undefined;
}
