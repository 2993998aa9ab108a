// The approvals page. It shows what the window tells it, and tells the window what the person answers; it decides nothing.
import { fill } from '../fill.ts';
import type { Card, Kept, Line, PageMessage, PageState } from '../protocol.ts';
import { type CardParts, cardView } from './card.ts';
import { button, element, keyed, setText, type View } from './dom.ts';
import { clockTime, keptView, lineView, section } from './lists.ts';

declare function acquireVsCodeApi(): { postMessage(message: PageMessage): void };

const editor = acquireVsCodeApi();
const send = (message: PageMessage): void => editor.postMessage(message);
let page: ReturnType<typeof createPage> | undefined;

window.addEventListener('message', ({ data }: MessageEvent<PageState>) => {
  const isFirst = page === undefined;
  page ??= createPage(data);
  page.update(data);
  if (isFirst && document.hasFocus()) page.begin();
});
send({ type: 'ready' });

function createPage({ words }: PageState) {
  const news = element('div', { class: 'unseen', role: 'status', 'aria-live': 'polite' });
  const heading = element('h1', { class: 'unseen', tabindex: '-1' }, words.approvals);
  const frozen = element('p', {});
  const banner = element(
    'div',
    { class: 'banner' },
    frozen,
    button('secondary', words.lift, () => send({ type: 'lift' })),
  );
  const items = element('div', { class: 'items' });
  const empty = element('p', { class: 'empty' }, words.empty);
  const granted = section<Kept>('granted', words.granted, (one) =>
    keptView(one, words, words.revoke, (id) => send({ type: 'revoke', id })),
  );
  const denied = section<Kept>('denied', words.deniedAgain, (one) =>
    keptView(one, words, words.askAgain, (id) => send({ type: 'askAgain', id })),
  );
  const recent = section<Line>('recent', words.recent, (line) => lineView('li', line));
  document.body.append(
    element('main', {}, heading, banner, items, empty, granted.node, denied.node, recent.node),
    news,
  );

  const parts = { words, send, sight: watchSight() };
  const showItems = keyed<Card | Line>(
    items,
    ({ kind, id }) => `${kind} ${id}`,
    (item) => itemView(item, parts),
  );
  const announce = announcer(news);
  const showTimeLeft = () => {
    for (const time of items.querySelectorAll<HTMLElement>('.time'))
      setText(time, fill(words.timeLeft, minutesAndSeconds(Number(time.dataset.until) - performance.now())));
  };
  setInterval(showTimeLeft, 1000);
  // Whoever comes by the keyboard begins at the first question, not at a button.
  const begin = () => {
    if (document.activeElement === document.body) (firstTitle(items) ?? heading).focus({ preventScroll: true });
  };
  window.addEventListener('focus', begin);

  return {
    begin,
    update(state: PageState) {
      const before = document.activeElement;
      const card = before?.closest<HTMLElement>('[data-card]')?.dataset.card;
      banner.hidden = state.frozenSince === undefined;
      if (state.frozenSince !== undefined) setText(frozen, fill(words.frozen, clockTime(state.frozenSince)));
      showItems(state.items);
      showTimeLeft();
      empty.hidden = state.items.some(({ kind }) => kind === 'card');
      granted.update(state.granted);
      denied.update(state.denied);
      recent.update(state.recent);
      announce(state);
      // Where the focus was is gone: what became of that card is read next.
      if (before?.isConnected === false) (lineOf(items, card) ?? firstTitle(items) ?? heading).focus();
    },
  };
}

function itemView(first: Card | Line, parts: CardParts): View<Card | Line> {
  if (first.kind === 'card') {
    const { node, update } = cardView(first, parts);
    return { node, update: (item) => item.kind === 'card' && update(item) };
  }
  const { node, update } = lineView('div', first);
  return { node, update: (item) => item.kind === 'line' && update(item) };
}

function firstTitle(items: HTMLElement): HTMLElement | null {
  return items.querySelector<HTMLElement>('[data-card] h2');
}

function lineOf(items: HTMLElement, card = ''): HTMLElement | null {
  return items.querySelector<HTMLElement>(`[data-line="${CSS.escape(card)}"]`);
}

/** Tells the window which buttons can be seen: a yes counts only a moment later. */
function watchSight(): IntersectionObserver {
  const visible = new Set<Element>();
  const report = () => {
    const cards = [...visible].flatMap((actions) => actions.closest<HTMLElement>('[data-card]') ?? []);
    const ids = cards.flatMap(({ dataset }) => dataset.questions?.split(' ') ?? []);
    send({ type: 'shown', ids: document.hidden ? [] : ids });
  };
  document.addEventListener('visibilitychange', report);
  return new IntersectionObserver(
    (changes) => {
      for (const { target, intersectionRatio } of changes) {
        if (intersectionRatio >= wholly) visible.add(target);
        else visible.delete(target);
      }
      report();
    },
    { threshold: [0, wholly] },
  );
}

/** Borders may fall on fractions of pixels. */
const wholly = 0.95;

/** Reads out what is new: questions that came, and how others ended. */
function announcer(news: HTMLElement): (state: PageState) => void {
  const told = new Set<string>();
  return ({ words, items, frozenSince }) => {
    const all = items.flatMap((item): [key: string, sentence: string][] =>
      item.kind === 'line'
        ? [[`${item.id} ${item.text}`, fill(words.ended, item.act, item.text)]]
        : item.questions.map(({ id, title }) => [id, fill(words.newQuestion, title)]),
    );
    if (frozenSince !== undefined) all.push([`frozen ${frozenSince}`, fill(words.frozen, clockTime(frozenSince))]);
    const fresh = all.filter(([key]) => !told.has(key));
    for (const [key] of fresh) told.add(key);
    if (fresh.length > 0) news.replaceChildren(...fresh.map(([, sentence]) => element('p', {}, sentence)));
  };
}

function minutesAndSeconds(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
