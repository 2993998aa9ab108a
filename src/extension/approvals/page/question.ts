import { fill } from '../fill.ts';
import type { CardFact, CardQuestion, CardStep, PageMessage, Words } from '../protocol.ts';
import { button, element, setTexts, type View } from './dom.ts';
import { type Edit, editView } from './edit.ts';

export interface QuestionParts {
  readonly words: Words;
  readonly send: (message: PageMessage) => void;
  readonly onPick: (isPicked: boolean) => void;
  /** @param edit absent while the command is as the agent wrote it */
  readonly onEdit: (step: number, edit: Edit | undefined) => void;
}

/** One question: effect, facts worst first, undo, request, and last what the agent claims (gate.md G18). */
export function questionView(question: CardQuestion, parts: QuestionParts): View<CardQuestion> {
  const { words, send, onPick } = parts;
  const { id, title, steps, changed, claims } = question;
  const box = element('input', { type: 'checkbox' });
  box.checked = true;
  box.addEventListener('change', () => onPick(box.checked));
  const mustOpen = element('p', { class: 'changed' }, words.mustOpen);
  const [single] = steps.length === 1 ? steps : [];
  const node = element(
    'div',
    { class: 'question' },
    element('label', { class: 'tick pick' }, box, element('strong', {}, title)),
    texts('changed', changed),
    ...(single === undefined ? [stepList(question, parts)] : about(single, question, parts)),
    mustOpen,
    element(
      'div',
      { class: 'request' },
      button('link', words.showRequest, () => send({ type: 'show', id })),
    ),
    texts('claims', claims),
  );
  return {
    node,
    update(next) {
      mustOpen.hidden = !next.mustOpen;
    },
  };
}

function about(step: CardStep, question: CardQuestion, parts: QuestionParts): Node[] {
  const { effect, state, undo, request } = step;
  return [
    element('p', { class: 'effect' }, effect),
    facts('hazards', 0, question, parts),
    facts('notes', 0, question, parts),
    texts('state', state),
    texts(
      'undo',
      undo.map((how) => fill(parts.words.undo, how)),
    ),
    element('code', {}, request),
    ...edits(0, question, parts),
  ];
}

function stepList(question: CardQuestion, parts: QuestionParts): HTMLElement {
  return element(
    'ol',
    { class: 'steps' },
    ...question.steps.map(({ what, change, effect, request }, index) =>
      element(
        'li',
        {},
        element('strong', {}, `${what}${change}`),
        element('p', { class: 'effect' }, effect),
        facts('hazards', index, question, parts),
        facts('notes', index, question, parts),
        // Two steps on one target may differ in their parameters alone.
        element('code', {}, request),
        ...edits(index, question, parts),
      ),
    ),
  );
}

/** What to know of a step; where it comes from is one press away. */
function facts(
  list: 'hazards' | 'notes',
  step: number,
  { id, steps }: CardQuestion,
  { words, send }: QuestionParts,
): HTMLElement {
  const found = steps[step]?.[list] ?? [];
  const [parent, item] = list === 'hazards' ? (['ul', 'li'] as const) : (['div', 'p'] as const);
  const link = ({ source }: CardFact, at: number): (Node | string)[] => {
    if (source === undefined) return [];
    const made = button('link source', source, () => send({ type: 'source', id, step, list, at }));
    made.setAttribute('aria-label', fill(words.showSource, source));
    return [' ', made];
  };
  const node = element(
    parent,
    { class: list },
    ...found.map((fact, at) => element(item, {}, fact.text, ...link(fact, at))),
  );
  node.hidden = found.length === 0;
  return node;
}

function edits(step: number, { id, steps }: CardQuestion, { words, onEdit }: QuestionParts): Node[] {
  const text = steps[step]?.editable;
  if (text === undefined) return [];
  const labels =
    steps.length === 1
      ? { open: words.edit, field: words.editedCommand }
      : { open: fill(words.editStep, step + 1), field: fill(words.editedStep, step + 1) };
  return [editView(text, { id: `edit-${id}-${step}`, labels, words, onEdit: (edit) => onEdit(step, edit) })];
}

function texts(className: string, lines: readonly string[]): HTMLElement {
  const node = element('div', { class: className });
  setTexts(node, 'p', lines);
  return node;
}
