import { fill } from '../fill.ts';
import type { CardQuestion, CardStep, PageMessage, Words } from '../protocol.ts';
import { button, element, setTexts, type View } from './dom.ts';

export interface QuestionParts {
  readonly words: Words;
  readonly send: (message: PageMessage) => void;
  readonly onPick: (isPicked: boolean) => void;
}

/** One question: effect, facts worst first, undo, request, and last what the agent claims (gate.md G18). */
export function questionView(question: CardQuestion, { words, send, onPick }: QuestionParts): View<CardQuestion> {
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
    ...(single === undefined ? [stepList(steps)] : about(single, words)),
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

function about({ effect, hazards, notes, state, undo, request }: CardStep, words: Words): Node[] {
  return [
    element('p', { class: 'effect' }, effect),
    facts(hazards),
    texts('notes', notes),
    texts('state', state),
    texts(
      'undo',
      undo.map((how) => fill(words.undo, how)),
    ),
    element('code', {}, request),
  ];
}

function stepList(steps: readonly CardStep[]): HTMLElement {
  return element(
    'ol',
    { class: 'steps' },
    ...steps.map(({ what, change, effect, hazards, notes, request }) =>
      element(
        'li',
        {},
        element('strong', {}, `${what}${change}`),
        element('p', { class: 'effect' }, effect),
        facts(hazards),
        texts('notes', notes),
        // Two steps on one target may differ in their parameters alone.
        element('code', {}, request),
      ),
    ),
  );
}

function facts(hazards: readonly string[]): HTMLElement {
  const list = element('ul', { class: 'hazards' });
  setTexts(list, 'li', hazards);
  return list;
}

function texts(className: string, lines: readonly string[]): HTMLElement {
  const node = element('div', { class: className });
  setTexts(node, 'p', lines);
  return node;
}
