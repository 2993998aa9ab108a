import type { Words } from '../protocol.ts';
import { button, element, setText, textField } from './dom.ts';

/** Other words for a command, as they are being typed. */
export interface Edit {
  readonly text: string;
  readonly mayRun: boolean;
}

export interface EditParts {
  readonly id: string;
  /** For the button that opens the field, and for the field. */
  readonly labels: { readonly open: string; readonly field: string };
  readonly words: Words;
  /** @param edit absent while the text is the original */
  readonly onEdit: (edit: Edit | undefined) => void;
}

const mostBytes = 64 * 1024;

/** A field with the text of a command, behind a button. Nothing outside changes what is typed there. */
export function editView(text: string, { id, labels, words, onEdit }: EditParts): HTMLElement {
  const hintId = `${id}-hint`;
  const { node: field, input } = textField(
    id,
    labels.field,
    element('textarea', { class: 'command', spellcheck: 'false', autocomplete: 'off', 'aria-describedby': hintId }),
  );
  const hint = element('p', { class: 'hint', id: hintId }, words.editHint);
  const tell = (): void => {
    const edit = editOf(input.value, text);
    const isBad = edit?.mayRun === false;
    input.setAttribute('aria-invalid', String(isBad));
    setText(hint, isBad ? words.editBad : words.editHint);
    onEdit(edit);
  };
  const show = (isOpen: boolean): void => {
    input.value = text;
    field.hidden = !isOpen;
    open.hidden = isOpen;
    (isOpen ? input : open).focus();
    tell();
  };
  const open = button('secondary', labels.open, () => show(true));
  field.append(
    hint,
    button('link', words.discardEdit, () => show(false)),
  );
  field.hidden = true;
  input.addEventListener('input', tell);
  return element('div', { class: 'edit' }, open, field);
}

function editOf(typed: string, original: string): Edit | undefined {
  if (typed === original) return undefined;
  const mayRun = typed.trim() !== '' && new TextEncoder().encode(typed).length <= mostBytes;
  return { text: typed, mayRun };
}
