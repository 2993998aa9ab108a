import type { CommandPlace, CommandVerdict } from '../../gate/command/types.ts';
import { printable } from '../../gate/printable.ts';

/** The gate's judgement of a command as a text for people. */
export function verdictText(command: string, place: CommandPlace, verdict: CommandVerdict): string {
  const { risk, sensitive, reasons, refused, parts, programs, writes, services, guests } = verdict;
  return [
    `${meanings[risk]}${sensitive ? ' It is also sensitive: secrets, or something that leaves the machine. It is asked at every level.' : ''}`,
    ...(refused === undefined ? [] : [`Agents may not do it by any way: ${printable(refused)}`]),
    '',
    `Risk: ${risk}${sensitive ? ', sensitive' : ''}`,
    `Runs on: ${places[place]}`,
    'Command:',
    ...lines(command).map((line) => `  ${line}`),
    '',
    'Why:',
    ...reasons.map((reason) => `  ${printable(reason)}`),
    ...(parts.length === 0 ? [] : ['', 'Parts:']),
    ...parts.flatMap((part) => [
      `  ${part.risk.padEnd(9)} ${printable(part.text)}`,
      `            ${printable(part.why)}`,
    ]),
    '',
    ...field('Programs', programs),
    ...field('Writes', writes),
    ...field('Services', services),
    ...field('Guests', guests === 'all' ? ['any of them'] : guests.map(String)),
    'Nothing was run.',
    '',
  ].join('\n');
}

const meanings = {
  read: 'It only reads.',
  operate: 'It operates: something runs, stops or moves, and nothing is reconfigured.',
  configure: 'It changes what is stored or how things are set.',
  destroy: 'It may lose data, or take a node or guests away; or it is not understood, which counts as the same.',
} as const;

const places: Readonly<Record<CommandPlace, string>> = {
  host: 'a node',
  container: 'a container',
  vm: 'a VM',
  windows: 'a Windows VM, where no command counts as reading',
};

function lines(text: string): readonly string[] {
  return text.split(/\r\n|[\n\r]/).map((line) => printable(line));
}

function field(name: string, values: readonly string[]): readonly string[] {
  return values.length === 0 ? [] : [`${name}: ${values.map((value) => printable(value)).join(', ')}`];
}
