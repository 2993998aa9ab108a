import { fill } from '../fill.ts';
import type { Card, CardQuestion, PageMessage, Words } from '../protocol.ts';
import { button, element, keyed, setInert, setText, textField, type View } from './dom.ts';
import type { Edit } from './edit.ts';
import { questionView } from './question.ts';
import { safeguardBox } from './safeguard.ts';

export interface CardParts {
  readonly words: Words;
  readonly send: (message: PageMessage) => void;
  /** Where it tells that its buttons came into sight, or left it. */
  readonly sight: IntersectionObserver;
}

/** The card of one question, or of several that came together. */
export function cardView(first: Card, { words, send, sight }: CardParts): View<Card> {
  let card = first;
  const picked = new Map<string, boolean>();
  const chosen = (): readonly CardQuestion[] =>
    card.questions.length === 1 ? card.questions : card.questions.filter(({ id }) => picked.get(id) !== false);
  const edits = new Map<number, Edit>();
  const mustType = first.questions[0]?.mustType;

  const headingId = `title-${first.id}`;
  const heading = element('h2', { id: headingId, tabindex: '-1' });
  const hint = element('p', { class: 'hint' }, words.severalHint);
  const list = element('div', { class: 'questions' });
  const name = textField(
    `name-${first.id}`,
    fill(words.typeName, mustType ?? ''),
    element('input', { type: 'text', autocomplete: 'off', spellcheck: 'false' }),
  );
  const note = textField(`note-${first.id}`, words.note, element('textarea', { rows: '1', maxlength: '500' }));
  const grantBox = element('input', { type: 'checkbox' });
  const grant = element('label', { class: 'tick' }, grantBox, words.grant);
  /** Made when the card has one question only; others of its stack may have gone before. */
  let safeguard: ReturnType<typeof safeguardBox> | undefined;
  const time = element('span', { class: 'time', role: 'timer' });
  const freeze = element(
    'div',
    { class: 'offer' },
    element('p', {}, words.freezeOffer),
    button('secondary', words.freeze, () => send({ type: 'freeze' })),
  );

  const run = button('primary', '', () => {
    heading.focus();
    send({
      type: 'run',
      ids: chosen().map(({ id }) => id),
      ...(mustType === undefined ? {} : { typed: name.input.value }),
      ...(!grant.hidden && grantBox.checked ? { grant: true as const } : {}),
      ...(safeguard?.box.checked === true ? { first: true as const } : {}),
      ...(edits.size === 0 ? {} : { edits: [...edits].map(([step, { text }]) => ({ step, text })) }),
    });
  });
  const deny = button('secondary', '', () => {
    heading.focus();
    const said = note.input.value.trim();
    send({ type: 'deny', ids: card.questions.map(({ id }) => id), ...(said === '' ? {} : { note: said }) });
  });
  const actions = element('div', { class: 'actions' }, run, deny);
  const node = element(
    'article',
    { class: 'card', 'data-card': first.id, 'aria-labelledby': headingId },
    ...[heading, hint, list, freeze],
    ...(mustType === undefined ? [] : [name.node]),
    ...[grant, note.node, time, actions],
  );
  // The other buttons may lie below it.
  sight.observe(run);

  const mayRun = (): boolean =>
    chosen().length > 0 &&
    chosen().every(({ armed, mustOpen }) => armed && !mustOpen) &&
    (mustType === undefined || name.input.value === mustType) &&
    [...edits.values()].every((edit) => edit.mayRun);
  const showActions = (): void => {
    const [only] = card.questions.length === 1 ? card.questions : [];
    const act = edits.size === 0 ? only?.act : only?.actEdited;
    setText(run, act ?? fill(words.runSome, chosen().length, card.questions.length));
    setText(deny, only === undefined ? words.denyAll : only.own ? words.callOff : words.deny);
    setInert(run, !mayRun());
  };
  name.input.addEventListener('input', showActions);
  const showQuestions = keyed<CardQuestion>(
    list,
    ({ id }) => id,
    (question) =>
      questionView(question, {
        words,
        send,
        onPick(isPicked) {
          picked.set(question.id, isPicked);
          showActions();
        },
        onEdit(step, edit) {
          if (edit === undefined) edits.delete(step);
          else edits.set(step, edit);
          showActions();
        },
      }),
  );

  return {
    node,
    update(next) {
      card = next;
      const { questions } = next;
      const [only] = questions.length === 1 ? questions : [];
      node.classList.toggle('several', only === undefined);
      node.dataset.questions = questions.map(({ id }) => id).join(' ');
      setText(heading, only?.title ?? fill(words.several, questions.length));
      hint.hidden = only !== undefined;
      grant.hidden = only?.offersGrant !== true;
      if (safeguard === undefined && only?.safeguard !== undefined) {
        safeguard = safeguardBox(first.id, only.safeguard);
        grant.after(safeguard.node);
      }
      freeze.hidden = !questions.some(({ offersFreeze }) => offersFreeze);
      note.node.hidden = questions.some(({ own }) => own);
      time.dataset.until = String(performance.now() + Math.min(...questions.map(({ remaining }) => remaining)));
      showQuestions(questions);
      showActions();
    },
  };
}
