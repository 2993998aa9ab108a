import { type AuditRecord, type ReadOptions, readAudit, requestOf } from './audit-read.ts';
import { printable } from './printable.ts';

export const exportFormats = ['jsonl', 'csv'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export interface ExportOptions extends Pick<ReadOptions, 'onProblem'> {
  readonly format: ExportFormat;
  /** Records from this moment on, and before that one; milliseconds since 1970. */
  readonly since?: number;
  readonly until?: number;
}

/**
 * The records of a folder as text, oldest first, line by line with their ends. JSON lines hold everything that a record has
 * and the name of its file; CSV is for people and spreadsheets.
 * @throws when the folder cannot be read.
 */
export async function* exportAudit(dir: string, { format, onProblem, ...span }: ExportOptions): AsyncGenerator<string> {
  const { since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY } = span;
  if (format === 'csv') yield csvLine(columns.map(([name]) => name));
  for await (const record of readAudit(dir, { order: 'oldest', ...(onProblem === undefined ? {} : { onProblem }) })) {
    const at = Date.parse(record.at);
    if (record.phase === 'header' || at < since || at >= until) continue;
    yield format === 'csv' ? csvLine(columns.map(([, read]) => read(record))) : jsonLine(record);
  }
}

function jsonLine({ file, raw }: AuditRecord): string {
  // A damaged record may name another file.
  const text = JSON.stringify(Object.assign({ file }, raw, { file }));
  return `${text.replace(unseen, (character) => escaped(character))}\n`;
}

/** What JSON leaves as it is and a terminal may obey or not show: C1 controls, format characters, line separators. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, at) => {
    return `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
  }).join('');
}

type Cell = string | number | undefined;

const columns: readonly (readonly [name: string, read: (record: AuditRecord) => Cell])[] = [
  ['time', ({ at }) => at],
  ['phase', ({ phase }) => phase],
  ['plan', ({ plan }) => plan],
  ['step', ({ index }) => (index === undefined ? undefined : index + 1)],
  ['who', ({ origin }) => origin?.who],
  ['client', ({ origin }) => origin?.client],
  ['tool', ({ tool }) => tool],
  ['connection', ({ connection }) => connection?.name],
  ['target', ({ target }) => target],
  ['request', ({ operation }) => (operation === undefined ? undefined : requestOf(operation))],
  ['parameters', ({ operation }) => (operation === undefined ? undefined : JSON.stringify(operation.params))],
  ['risk', ({ risk }) => risk],
  ['decision', ({ decision }) => decision],
  ['note', ({ note }) => note],
  ['title', ({ title }) => title],
  ['reason', ({ reason }) => reason],
  ['outcome', ({ outcome }) => outcome],
  ['detail', ({ detail }) => detail],
  ['next', ({ next }) => next],
  ['task', ({ upid }) => upid],
  ['milliseconds', ({ ms }) => ms],
  ['changes', ({ changes }) => changes?.join('; ')],
  ['file', ({ file }) => file],
  ['number', ({ seq }) => seq],
];

/** RFC 4180, every cell in quotes. A spreadsheet takes what begins like a formula for text, because of the apostrophe. */
function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(cell: Cell): string {
  if (typeof cell === 'number') return String(cell);
  const text = printable(cell ?? '');
  const safe = /^\s*[=+\-@＝＋－＠]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}
