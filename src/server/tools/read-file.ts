import * as z from 'zod';
import { type FileAnswer, isFileAnswer } from '../../gate/file-answer.ts';
import { largestRead, remotePath } from '../../gate/operation.ts';
import { quoted } from '../../gate/printable.ts';
import { defineTool } from '../define-tool.ts';
import { fitting, foreignLine, linesOf } from '../text/foreign-lines.ts';
import { refusalText } from '../text/problem.ts';
import { count } from '../text/units.ts';
import { unfit } from './on-guest.ts';
import { maxBytesArgument, placeArguments, placeOf } from './target.ts';

export const readFile = defineTool({
  name: 'pve_read_file',
  title: 'Read a file',
  toolset: 'exec',
  risk: 'read',
  guestText: true,
  description: 'Text of a file in a guest or on a node.',
  input: z.strictObject({
    ...placeArguments,
    path: remotePath,
    from_line: z.int().min(1).default(1),
    to_line: z.int().min(1).optional(),
    max_bytes: maxBytesArgument(largestRead),
  }),
  async handle(
    { path, from_line: from, to_line: to = Number.POSITIVE_INFINITY, max_bytes: maxBytes, ...where },
    context,
  ) {
    if (to < from) throw unfit('to_line is before from_line', 'Give the first and the last line that are wanted.');
    const { target, title } = await placeOf(context.pve, where);
    const {
      outcomes: [outcome],
    } = await context.perform(
      [{ kind: 'file', direction: 'read', target, remotePath: path, overwrite: false, maxBytes }],
      { wait: true },
    );
    const name = `${quoted(path, 1024)} (${title})`;
    if (outcome?.status === 'done' && isFileAnswer(outcome.data))
      return { text: contentText(name, outcome.data, { from, to }, context.budget) };
    if (outcome === undefined || outcome.status === 'done' || outcome.status === 'started')
      return { text: `${name}: its content did not come.`, failed: true };
    return { text: refusalText(outcome), failed: true };
  },
});

/** Lines, from 1 on, both included. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** What fits, in whole lines from the first that is wanted, and how to go on. */
function contentText(name: string, { size, text, sha256 }: FileAnswer, { from, to }: Range, budget: number): string {
  if (text === undefined)
    return `${name}: binary, ${size} bytes, not shown. pve_download_file saves it on this machine. SHA-256 ${sha256}`;
  if (size === 0) return `${name}: empty.`;
  const all = linesOf(text);
  const whole = `${name}: ${size} bytes, ${count(all.length, 'line')}`;
  if (from > all.length) return `${whole}; there is no line ${from}.`;
  const wanted = all.slice(from - 1, to);
  const room = Math.max(0, budget - whole.length - 300);
  const shown = fitting(wanted, (line) => line.slice(0, room), room);
  const last = from + shown.length - 1;
  const range = shown.length === all.length ? '' : `; lines ${from} to ${last}`;
  const [first = ''] = wanted;
  const notes = [
    ...(shown[0] === first ? [] : [`[Line ${from} is cut: it has ${first.length} characters.]`]),
    ...(shown.length < wanted.length ? [`[More does not fit: go on with from_line ${last + 1}.]`] : []),
    ...(last === all.length && !text.endsWith('\n') ? ['[It ends without a line end.]'] : []),
  ];
  return [`${whole}${range}.`, ...shown.map(foreignLine), ...notes].join('\n');
}
