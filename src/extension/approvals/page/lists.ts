import { fill } from '../fill.ts';
import type { Kept, Line, Words } from '../protocol.ts';
import { button, element, keyed, setText, type View } from './dom.ts';

/** A section that is there only while it has something to show. */
export function section<T extends { readonly id: string }>(
  name: string,
  title: string,
  make: (item: T) => View<T>,
): { readonly node: HTMLElement; update(items: readonly T[]): void } {
  const headingId = `section-${name}`;
  const list = element('ul', { class: 'lines' });
  const node = element('section', { 'aria-labelledby': headingId }, element('h2', { id: headingId }, title), list);
  const show = keyed<T>(list, ({ id }) => id, make);
  return {
    node,
    update(items) {
      node.hidden = items.length === 0;
      show(items);
    },
  };
}

/** What was granted or denied for a while, with a button to take that back. */
export function keptView(first: Kept, words: Words, label: string, takeBack: (id: string) => void): View<Kept> {
  const { id, title, note, until } = first;
  const back = button('link', label, () => takeBack(id));
  back.setAttribute('aria-label', `${label}: ${title}`);
  const details = [fill(words.until, clockTime(until)), ...(note === undefined ? [] : [note])].join(' · ');
  const about = element(
    'div',
    {},
    element('span', { class: 'act' }, title),
    element('span', { class: 'end' }, details),
  );
  return { node: element('li', {}, about, back), update: () => undefined };
}

/** A question that has ended, among the cards or later among the recent ones. */
export function lineView(tag: 'div' | 'li', first: Line): View<Line> {
  const act = element('span', { class: 'act' }, first.act);
  const end = element('span', { class: 'end' });
  const time = element('time', { datetime: new Date(first.at).toISOString() }, clockTime(first.at));
  const node = element(tag, { class: `line ${first.end}`, 'data-line': first.id, tabindex: '-1' }, act, time, end);
  return { node, update: ({ text }) => setText(end, text) };
}

export function clockTime(at: number): string {
  return new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}
