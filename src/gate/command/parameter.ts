import type { ParameterExpansionPart, Word } from 'unbash';

/** What `${x:-y}`, `${x:0:2}`, `${x/a/b}` and their kin make of the words of a variable, for guesses; undefined: not known. */
export function changed(
  words: readonly string[],
  { operation }: ParameterExpansionPart,
  text: (word: Word) => string | undefined,
): readonly string[] | undefined {
  if (operation === undefined) return words;
  const isEmpty = words.every((word) => word === '');
  switch (operation.type) {
    case 'Default': {
      const other = text(operation.operand);
      const replaces = operation.operator.endsWith('+') ? !isEmpty : isEmpty;
      return replaces ? (other === undefined ? undefined : [other]) : words;
    }
    case 'Slice': {
      const [from, length] = [text(operation.offset), operation.length && text(operation.length)];
      if (from === undefined || !/^ *-?\d+ *$/.test(from) || (length !== undefined && !/^ *-?\d+ *$/.test(length)))
        return undefined;
      return words.map((word) => slice(word, Number(from), length === undefined ? undefined : Number(length)));
    }
    case 'Replace': {
      const [from, to] = [text(operation.pattern), text(operation.replacement)];
      if (from === undefined || to === undefined || from === '' || /[*?[]/.test(from)) return undefined;
      return words.map((word) =>
        operation.operator === '//' ? word.replaceAll(from, () => to) : word.replace(from, () => to),
      );
    }
    case 'CaseModification':
      return words.map((word) => recased(word, operation.operator));
    case 'Remove':
      return removed(words, operation.operator.startsWith('#'), text(operation.operand));
    case 'Transform':
      return words;
    default:
      return undefined;
  }
}

function slice(word: string, from: number, length: number | undefined): string {
  const start = from < 0 ? word.length + from : from;
  if (length === undefined) return word.slice(start);
  return length < 0 ? word.slice(start, length) : word.slice(start, start + length);
}

function recased(word: string, operator: '^' | '^^' | ',' | ',,'): string {
  const turn = (text: string) => (operator.startsWith('^') ? text.toUpperCase() : text.toLowerCase());
  return operator.length === 2 ? turn(word) : turn(word.slice(0, 1)) + word.slice(1);
}

function removed(words: readonly string[], atStart: boolean, what: string | undefined): readonly string[] | undefined {
  if (what === undefined || /[*?[]/.test(what)) return undefined;
  return words.map((word) => {
    if (atStart) return word.startsWith(what) ? word.slice(what.length) : word;
    return word.endsWith(what) ? word.slice(0, word.length - what.length) : word;
  });
}
