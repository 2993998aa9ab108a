import { programs } from './pve/programs.ts';
import { judgePvesh } from './pve/pvesh.ts';
import { unclear } from './pve/request.ts';
import type { Program, Row } from './pve/row.ts';
import { judgeRow } from './pve/verdict.ts';
import type { RuleVerdict, Word } from './types.ts';

/**
 * What the gate's own table says of a command of Proxmox VE's programs: it is mapped to the request of the API that it makes,
 * and judged as that (G5). What is not known or not literal never counts as a read, nor as less than what is.
 * @param argv the program's name without a folder, and its words; undefined where only the run will tell
 * @param node the node that it runs on, where that is known
 * @returns undefined when it is none of these programs
 */
export function judgePve(argv: readonly Word[], node?: string): RuleVerdict | undefined {
  const [name = '', ...words] = argv;
  // A command runs on one certain node, so that it is no guess which one localhost is.
  const here = node ?? 'this-node';
  if (name === 'pvesh') return judgePvesh(words, here);
  const program = Object.hasOwn(programs, name) ? programs[name] : undefined;
  if (program === undefined) return undefined;
  if (printsUsage(program, words)) return { risk: 'read', why: 'It prints how it is used.', guests: [] };
  const found = rowOf(program, words);
  if (found === undefined) return unclear(false, `The gate knows no such command of ${name}.`);
  return judgeRow(found.row, found.rest, here);
}

/** Not every program without commands has `help`: others may take the word for anything. */
function printsUsage(program: Program, words: readonly Word[]): boolean {
  const hasCommands = !Object.hasOwn(program, '');
  if (words.includes(undefined) || !(hasCommands || Object.hasOwn(program, 'help'))) return false;
  const [first = hasCommands ? 'help' : ''] = words;
  return first === 'help' || ((first === '--help' || first === '-h') && words.length === 1);
}

/** The row of the longest subcommand that the words begin with. Abbreviations, which Proxmox VE takes, are not known. */
function rowOf(program: Program, words: readonly Word[]): { row: Row; rest: readonly Word[] } | undefined {
  for (const length of [3, 2, 1, 0]) {
    const command = words.slice(0, length);
    const name = command.join(' ');
    if (command.length < length || !command.every(isCommandWord) || !Object.hasOwn(program, name)) continue;
    const row = program[name];
    const meant = typeof row === 'string' ? program[row] : row;
    if (meant !== undefined && typeof meant !== 'string') return { row: meant, rest: words.slice(length) };
  }
  return undefined;
}

function isCommandWord(word: Word): boolean {
  return word !== undefined && /^[a-z][\w-]*$/.test(word);
}
