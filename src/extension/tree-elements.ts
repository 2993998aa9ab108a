import { randomBytes } from 'node:crypto';

interface IdentifiedRow {
  /** Stable while the thing it stands for exists. */
  readonly id: string;
}

/** An element of a tree: the same object for the same thing, so that VS Code refreshes just what changed. */
export class TreeElement<R extends IdentifiedRow> {
  row: R;
  constructor(row: R) {
    this.row = row;
  }
}

/** The elements of one tree. */
export interface TreeElements<R extends IdentifiedRow> {
  /** The element of a row. */
  of(row: R): TreeElement<R>;
  /** Gives the elements their newest rows, and forgets all others. @param rows those below others too */
  show(rows: readonly R[]): void;
  /** What VS Code knows an element by. */
  idOf(element: TreeElement<R>): string;
  /** Whether this is an element that the tree shows now; whatever else comes as an argument names nothing (gate.md G13). */
  isLive(value: unknown): value is TreeElement<R>;
}

/** @returns the elements of a tree that shows nothing yet */
export function createTreeElements<R extends IdentifiedRow>(): TreeElements<R> {
  // VS Code finds an element by "view and id" in the arguments of a command, so an id that can be guessed could forge a
  // click. This part of it is new in each window.
  const salt = randomBytes(12).toString('hex');
  const elements = new Map<string, TreeElement<R>>();
  const of = (row: R): TreeElement<R> => {
    const element = elements.get(row.id) ?? new TreeElement(row);
    elements.set(row.id, element);
    return element;
  };
  return {
    of,
    show(rows) {
      for (const row of rows) of(row).row = row;
      const present = new Set(rows.map(({ id }) => id));
      for (const id of elements.keys()) if (!present.has(id)) elements.delete(id);
    },
    idOf: ({ row }) => `${salt}/${row.id}`,
    isLive: (value): value is TreeElement<R> => value instanceof TreeElement && elements.get(value.row.id) === value,
  };
}
