import type * as z from 'zod';
import { printable } from '../gate/printable.ts';
import { PveError } from '../pve/error.ts';
import { nearest } from './text/nearest.ts';

/**
 * Checks the raw arguments of a call, which a person or a model may have made up freely.
 * @throws PveError `invalid_argument` that names what is wrong and what would be right.
 */
export function checkArguments<S extends z.ZodObject>(input: S, raw: unknown, tool: string): z.output<S> {
  const parsed = input.safeParse(raw ?? {});
  if (parsed.success) return parsed.data;
  const known = Object.keys(input.shape);
  throw new PveError({
    code: 'invalid_argument',
    message: `The arguments of ${tool} are not valid`,
    reason: [],
    fields: Object.fromEntries(parsed.error.issues.slice(0, maxIssues).flatMap((issue) => problems(issue, known))),
    hint: `Correct them and call again. ${known.length === 0 ? `${tool} takes no arguments.` : `${tool} takes: ${known.join(', ')}.`}`,
  });
}

const maxIssues = 8;

function problems(issue: z.core.$ZodIssue, known: readonly string[]): [name: string, text: string][] {
  const where = issue.path.map(String).join('.');
  if (issue.code !== 'unrecognized_keys') return [[where === '' ? 'arguments' : where, printable(issue.message, 200)]];
  return issue.keys.slice(0, maxIssues).map((key) => {
    const meant = nearest(key, known);
    return [key, meant === undefined ? 'is not an argument' : `is not an argument; did you mean ${meant}?`];
  });
}
