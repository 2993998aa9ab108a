import type { CommandAnswer, StreamText } from '../../gate/command-answer.ts';
import { cutLines, roomFor } from '../text/foreign-lines.ts';
import { duration } from '../text/units.ts';

/**
 * What a command has answered: how it ended, which is our own word, then both streams apart.
 * @param title of the place: `VM 101 on pve2`
 * @param budget characters of the whole
 */
export function commandText(answer: CommandAnswer, title: string, budget: number): string {
  const { stdout, stderr } = answer;
  const head = `${endText(answer)} (${title})${advice(answer)}`;
  if (stdout.bytes + stderr.bytes === 0) return `${head}\nNo output.`;
  const room = Math.max(0, budget - head.length - 300);
  // Errors are mostly short and tell most; they give way only to a quarter.
  const forErrors = Math.min(roomFor(stderr.text), Math.max(Math.floor(room / 4), room - roomFor(stdout.text)));
  return [head, ...stream('stdout', stdout, room - forErrors), ...stream('stderr', stderr, forErrors)].join('\n');
}

function endText({ ended, exitCode, exitSignal, ms }: CommandAnswer): string {
  const took = duration(ms / 1000);
  if (ended === 'timeout') return `Not finished: its time was over, and it was killed after ${took}`;
  if (ended === 'cancelled') return `Not finished: it was cancelled, and killed after ${took}`;
  const signal = exitSignal === undefined ? '' : ` (the signal ${exitSignal})`;
  if (exitCode === undefined)
    return exitSignal === undefined
      ? `Ended after ${took}, and how is not known`
      : `Failed: ended by the signal ${exitSignal} after ${took}`;
  return exitCode === 0 ? `Exit code 0 in ${took}` : `Failed with exit code ${exitCode}${signal} after ${took}`;
}

/** What is easily forgotten of a command that did not come to its end. */
function advice({ ended, leftRunning }: CommandAnswer): string {
  const left = leftRunning === true ? '. Something that it started may still run: look for it' : '';
  if (ended === 'exit') return left;
  const more = ended === 'timeout' ? ' What takes longer needs a larger timeout_seconds.' : '';
  return `${left}. What it did until then stays done.${more}`;
}

function stream(name: string, { text, bytes, left, binary }: StreamText, room: number): string[] {
  if (bytes === 0) return [`${name}: nothing`];
  if (binary) return [`${name}: binary output, ${bytes} bytes, not shown`];
  const shown = cutLines(text, room, bytes);
  const isWhole = left === 0 && !shown.isCut;
  return [`${name}, ${bytes} bytes${isWhole ? '' : ', without their middle'}:`, ...shown.lines];
}
