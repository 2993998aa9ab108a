import { forModel } from '../../gate/printable.ts';
import type { PveReply } from '../../pve/request.ts';
import { page } from '../text/page.ts';
import { type Column, facts } from '../text/rows.ts';
import { count } from '../text/units.ts';

export interface AnswerOptions {
  readonly limit: number;
  readonly cursor?: string | undefined;
  /** Only what holds this text, whatever its case. */
  readonly filter?: string | undefined;
  /** Only these fields. */
  readonly fields?: readonly string[] | undefined;
  readonly budget: number;
}

/** Any answer of the API as text: rows for lists, `name: value` for objects; what was left out is said. */
export function answerText({ data, total }: PveReply, options: AnswerOptions): string {
  if (Array.isArray(data)) return listText(data, total, options);
  if (isRecord(data)) return recordText(data, options);
  if (data === null || data === undefined || data === '') return 'The answer is empty.';
  return forModel(String(data), options.budget);
}

type Item = Readonly<Record<string, unknown>>;

function listText(data: readonly unknown[], total: number | undefined, options: AnswerOptions): string {
  const { filter, limit, cursor, budget } = options;
  const items = data.map((item): Item => (isRecord(item) ? item : { value: item }));
  const keyed = withKeys(items);
  const fitting = keyed.filter(({ item }) => holds(item, filter));
  const more = total !== undefined && total > data.length ? ` of ${total} that there are` : '';
  const filtered = filter === undefined ? '' : `, ${fitting.length} with the filter's text`;
  const head = `${count(data.length, 'entry', 'entries')}${more}${filtered}.`;
  if (data.length === 0)
    return `${head} Either there are none, or the token may see none: pve_find_api shows the privileges that this path needs.`;
  if (fitting.length === 0) return head;
  const { columns, left } = columnsOf(
    fitting.map(({ item }) => item),
    options.fields,
  );
  const note = left.length === 0 ? '' : ` More fields: ${forModel(left.join(', '), 300)} (choose with fields).`;
  const table = columns.map(
    ({ head, cell, whole }): Column<Keyed> => ({ head, whole: whole === true, cell: ({ item }) => cell(item) }),
  );
  const { lines } = page(fitting, table, {
    limit,
    cursor,
    key: ({ key }) => key,
    budget: budget - head.length - note.length,
  });
  return [`${head}${note}`, ...lines].join('\n');
}

interface Keyed {
  readonly key: string;
  readonly item: Item;
}

/** What names an entry, where something does; lists that have it come sorted by it. */
const identities = [
  'vmid',
  'id',
  'volid',
  'userid',
  'tokenid',
  'name',
  'node',
  'storage',
  'sid',
  'iface',
  'poolid',
  'groupid',
  'roleid',
  'realm',
  'subdir',
  'key',
];

function withKeys(items: readonly Item[]): readonly Keyed[] {
  const numbered = items.map((item, at) => ({ key: `#${at}`, item }));
  // Lines of logs, rules and tasks have an order of their own.
  if (items.some((item) => 'n' in item || 'pos' in item || 'upid' in item)) return numbered;
  const name = identities.find((one) => new Set(items.map((item) => plain(item[one]))).size === items.length);
  if (name === undefined || items.some((item) => item[name] === undefined)) return numbered;
  return items
    .map((item) => ({ key: plain(item[name]), item }))
    .sort((a, b) => a.key.localeCompare(b.key, 'en', { numeric: true }));
}

/** Columns on their own; the rest is named. */
const usualColumns = 10;

function columnsOf(items: readonly Item[], fields: readonly string[] | undefined) {
  const known = [...new Set(items.flatMap((item) => Object.keys(item)))];
  const wanted = fields ?? [...known].sort((a, b) => rank(a) - rank(b));
  const chosen = fields === undefined ? wanted.slice(0, usualColumns) : wanted;
  const whole = chosen.length <= 3;
  const columns = chosen.map((name) => ({ head: name, whole, cell: (item: Item) => plain(item[name]) }));
  return { columns, left: fields === undefined ? wanted.slice(usualColumns) : [] };
}

function rank(name: string): number {
  const at = ['n', 'pos', ...identities].indexOf(name);
  return at < 0 ? identities.length + 2 : at;
}

function recordText(data: Item, { fields, filter, budget }: AnswerOptions): string {
  const all = Object.entries(data).sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }));
  const chosen = all.filter(
    ([name, value]) => (fields === undefined || fields.includes(name)) && holds({ [name]: value, name }, filter),
  );
  if (all.length === 0) return 'The answer is an empty object.';
  const head = `${count(all.length, 'field')}${chosen.length < all.length ? `, ${chosen.length} chosen` : ''}.`;
  const longest = chosen.length <= 3 ? budget : 300;
  const lines = facts(chosen.map(([name, value]) => [forModel(name, 64), forModel(plain(value), longest)]));
  const fitting = within(lines, budget - head.length - 120);
  const left = lines.length - fitting.length;
  const note = left === 0 ? [] : [`${left} more not shown. Choose with fields or filter.`];
  const cut = fitting.some((line) => line.endsWith('…'))
    ? ['… marks what was cut; fields with its name shows the whole.']
    : [];
  return [head, ...fitting, ...note, ...cut].join('\n');
}

function within(lines: readonly string[], budget: number): readonly string[] {
  let used = 0;
  const end = lines.findIndex((line) => {
    used += line.length + 1;
    return used > budget;
  });
  return end < 0 ? lines : lines.slice(0, Math.max(1, end));
}

function holds(item: Item, filter: string | undefined): boolean {
  if (filter === undefined) return true;
  return Object.values(item).some((value) => plain(value).toLowerCase().includes(filter.toLowerCase()));
}

/** A value on one line; what is nested as JSON. */
export function plain(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export function isRecord(value: unknown): value is Item {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
