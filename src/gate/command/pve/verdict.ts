import { isVmid } from '../../../pve/guest.ts';
import { isDangerousWrite } from '../secret-paths.ts';
import type { RuleVerdict, Word } from '../types.ts';
import { type Given, judgeRequest, unclear, worse } from './request.ts';
import type { Row } from './row.ts';
import { type Reading, readings } from './words.ts';

/** The verdict on the words behind a subcommand: the worst of all the ways in which they can be read. */
export function judgeRow(row: Row, words: readonly Word[], here: string): RuleVerdict {
  const all = readings(words);
  const fitting = all?.filter(({ operands }) => fits(row, operands.length)) ?? [];
  if (fitting.length > 0) return fitting.map((reading) => judgeBound(row, bound(row, reading), here)).reduce(worse);
  // Where the words do not fit, Proxmox VE refuses them; but that is its own list of operands, not ours.
  const near = all ?? [{ operands: [], options: [] }];
  const doubt = unclear(reads(row), 'How it reads its arguments cannot be told.');
  return near.map((reading) => judgeBound(row, bound(row, reading), here)).reduce(worse, doubt);
}

type Values = readonly (readonly [name: string, value: Word])[];

function fits({ operands }: Row, count: number): boolean {
  const needed = operands.filter((operand) => !/[?*]$/.test(operand)).length;
  return count >= needed && (count <= operands.length || operands.some((operand) => operand.endsWith('*')));
}

/** Operands and options by their names. */
function bound(row: Row, { operands, options }: Reading): Values {
  const last = row.operands.at(-1) ?? '';
  const named = operands.flatMap((word, at): Values => {
    const operand = row.operands[at] ?? (last.endsWith('*') ? last : undefined);
    return operand === undefined ? [] : [[operand.replace(/[?*]$/, ''), word]];
  });
  return [...named, ...options];
}

function judgeBound(row: Row, values: Values, here: string): RuleVerdict {
  const shown = withoutPrinting(values);
  const { params, isLiteral } = given(shown);
  const other = isLiteral ? caseOf(row, params, shown) : undefined;
  if (other !== undefined) return judgeBound(other.row, other.values, here);
  const verdict = row.kind === 'own' ? ownVerdict(row, params) : requestVerdict(row, params, here);
  const isSensitive = row.sensitive || Object.keys(params).some((name) => namesFile(row, name));
  const told = isTold(row, shown)
    ? verdict
    : worse(verdict, unclear(reads(row), 'Not all that it is given can be told.'));
  return isSensitive ? { ...told, sensitive: true } : told;
}

/** Only where all the rest can be told: the beginning of the same option's name, behind it, would take it back. */
function caseOf(row: Row, params: Given, values: Values): { readonly row: Row; readonly values: Values } | undefined {
  const found = row.cases.find(({ param, values: of }) => of.some((value) => params[param] === value));
  if (found === undefined) return undefined;
  const left = values.filter(([name]) => name !== found.param || isOperand(found.row, name));
  return isTold(found.row, left) ? { row: found.row, values: left } : undefined;
}

function ownVerdict(row: Extract<Row, { kind: 'own' }>, params: Given): RuleVerdict {
  const files = row.writes === undefined ? [] : [params[row.writes] ?? []].flat();
  const dangerous = files.find(isDangerousWrite);
  const risk = dangerous === undefined ? row.risk : 'destroy';
  const named = [params.vmid ?? []].flat().filter(isVmid).map(Number);
  return {
    risk,
    why: dangerous === undefined ? row.why : `It writes ${dangerous}, which decides how the machine works.`,
    guests: risk === 'destroy' && named.length === 0 ? 'all' : named,
    ...(files.length === 0 ? {} : { writes: files }),
    ...(row.refused === undefined ? {} : { refused: row.refused }),
  };
}

function requestVerdict(row: Extract<Row, { kind: 'request' }>, params: Given, here: string): RuleVerdict {
  const inPath: string[] = [];
  const fill = (text: string) =>
    text.replace(/\{([\w-]+)\}/g, (whole, name: string) => {
      inPath.push(name);
      return [params[name] ?? (name === 'node' ? here : whole)].flat().join();
    });
  const segments = row.path.slice(1).split('/').map(fill);
  const fixed = Object.fromEntries(Object.entries(row.fixed).map(([name, value]) => [name, fill(value)]));
  const sent = Object.entries(params).filter(([name]) => !inPath.includes(name) && !row.local.includes(name));
  return judgeRequest(row.method, segments, { ...Object.fromEntries(sent), ...fixed });
}

/** A guest that only the run tells may be read; nothing else that is not literal is. */
function isTold(row: Row, values: Values): boolean {
  return values.every(([name, value]) => {
    if (value === undefined) return reads(row) && name === 'vmid' && isOperand(row, name);
    // The risk table looks at what a write is given.
    return isOperand(row, name) || row.options.includes(name) || (row.kind === 'request' && row.method !== 'GET');
  });
}

/** Proxmox VE takes the beginning of a name for the name, in whatever case. */
function namesFile(row: Row, name: string): boolean {
  return row.files.some((file) => file.startsWith(name.toLowerCase()));
}

function isOperand(row: Row, name: string): boolean {
  return row.operands.some((operand) => operand.replace(/[?*]$/, '') === name);
}

function reads(row: Row): boolean {
  return row.kind === 'own' ? row.risk === 'read' : row.method === 'GET';
}

/** Values by name. What is not literal stands as `?`. */
export function given(values: Values): { readonly params: Given; readonly isLiteral: boolean } {
  const lists = new Map<string, string[]>();
  for (const [name, value] of values) lists.set(name, [...(lists.get(name) ?? []), value ?? '?']);
  const params = Object.fromEntries(
    [...lists].map(([name, list]) => [name, list.length === 1 ? (list[0] ?? '?') : list] as const),
  );
  return { params, isLiteral: values.every(([, value]) => value !== undefined) };
}

/** How the answer is printed, and by which way it is fetched, changes nothing. */
export function isPrinting(name: string): boolean {
  return printing.includes(name);
}

export function withoutPrinting(values: Values): Values {
  return values.filter(([name, value]) => value === undefined || !isPrinting(name));
}

const printing = ['human-readable', 'noborder', 'noheader', 'noproxy', 'output-format', 'quiet'];
