import type { PveMethod } from '../../../pve/request.ts';
import type { Risk } from '../../types.ts';

/** What one subcommand of a program of Proxmox VE is to the gate: a request of the API, or something of its own. */
export type Row = RequestRow | OwnRow;

interface Common {
  /** The words behind the subcommand, in order: `name?` may be left out, `name*` is all the rest as one list. */
  readonly operands: readonly string[];
  /** For what only reads: the options that it has. Any other one may be the beginning of another name, and is not a read. */
  readonly options: readonly string[];
  /** Options that name a file of the node, whose text goes into the cluster (G6). */
  readonly files: readonly string[];
  readonly sensitive: boolean;
  /** Another row where an operand or an option is exactly one of these. */
  readonly cases: readonly Case[];
}
interface RequestRow extends Common {
  readonly kind: 'request';
  readonly method: PveMethod;
  /** As in the risk table; `{node}` is the node that it runs on, unless an operand names one. */
  readonly path: string;
  /** Parameters that the program sets by itself; `{name}` in one is filled in from what is given. */
  readonly fixed: Readonly<Record<string, string>>;
  /** What only the program knows, and what changes nothing about the request. */
  readonly local: readonly string[];
}
interface OwnRow extends Common {
  readonly kind: 'own';
  readonly risk: Risk;
  /** One sentence. */
  readonly why: string;
  readonly refused?: string;
  /** The operand that names the file which it writes. */
  readonly writes?: string;
}
interface Case {
  readonly param: string;
  readonly values: readonly string[];
  readonly row: Row;
}

/** A program: subcommand, of one to three words, to its row, or to the name that stands for the same. */
export type Program = Readonly<Record<string, Row | string>>;

interface More {
  readonly options?: string;
  readonly files?: string;
  readonly local?: string;
  readonly fixed?: Readonly<Record<string, string>>;
  readonly sensitive?: true;
  readonly cases?: readonly Case[];
  readonly refused?: string;
  readonly writes?: string;
}

/** Lines of one method: path, operands, and for what reads its options; names with blanks between. */
function request(method: PveMethod) {
  return (path: `/${string}`, operands = '', options = '', more: More = {}): Row => ({
    kind: 'request',
    method,
    path,
    fixed: more.fixed ?? {},
    local: names(more.local),
    ...common(operands, options, more),
  });
}

export const get = request('GET');
export const post = request('POST');
export const put = request('PUT');
export const del = request('DELETE');

/** A line for what no method of the API does. */
export function own(risk: Risk, operands: string, options: string, why: string, more: More = {}): Row {
  return {
    kind: 'own',
    risk,
    why,
    ...(more.refused === undefined ? {} : { refused: more.refused }),
    ...(more.writes === undefined ? {} : { writes: more.writes }),
    ...common(operands, options, more),
  };
}

/** A line for what gives whoever has it a console, or carries a guest away: agents have neither by any way (G5). */
export function withheld(operands: string, what: string): Row {
  return own('destroy', operands, '', `Whoever has ${what} can do anything there.`, {
    sensitive: true,
    refused: `Agents may not use ${what}, at any access level.`,
  });
}

/** The same without doing it: where the option is exactly on, `row` is what counts. */
export function rehearsal(param: string, row: Row): Pick<More, 'cases'> {
  return { cases: [{ param, values: ['1'], row }] };
}

function common(operands: string, options: string, { files, sensitive, cases = [] }: More): Common {
  return {
    operands: names(operands),
    options: names(options),
    files: names(files),
    sensitive: sensitive === true,
    cases,
  };
}

function names(text = ''): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
