/** Something on the page that shows an item, and follows it. */
export interface View<T> {
  readonly node: HTMLElement;
  update(item: T): void;
}

type Attributes = Readonly<Record<string, string>>;

/** An element. Whatever text it is given stays text. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export function button(className: string, label: string, onPress: () => void): HTMLButtonElement {
  const made = element('button', { type: 'button', class: className }, label);
  made.addEventListener('click', () => {
    if (made.getAttribute('aria-disabled') !== 'true') onPress();
  });
  return made;
}

/** A field with its label above. */
export function textField<T extends HTMLInputElement | HTMLTextAreaElement>(id: string, label: string, input: T) {
  input.id = id;
  return { input, node: element('div', { class: 'field' }, element('label', { for: id }, label), input) };
}

/** Unlike `disabled` it keeps the focus, and is read out. */
export function setInert(control: HTMLButtonElement, inert: boolean): void {
  if (inert) control.setAttribute('aria-disabled', 'true');
  else control.removeAttribute('aria-disabled');
}

/** Writes only what is different, so that a selection in the text stays. */
export function setText(node: HTMLElement, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** Texts as paragraphs or items, only while there are any. */
export function setTexts(parent: HTMLElement, tag: 'p' | 'li', texts: readonly string[]): void {
  parent.hidden = texts.length === 0;
  const shown = [...parent.children].map(({ textContent }) => textContent);
  if (shown.join('\n') !== texts.join('\n')) parent.replaceChildren(...texts.map((text) => element(tag, {}, text)));
}

/**
 * Shows a list in `parent`: what is there already stays as it is, with the focus and what was typed.
 * @param keyOf two items with the same key are the same thing
 */
export function keyed<T>(
  parent: HTMLElement,
  keyOf: (item: T) => string,
  make: (item: T) => View<T>,
): (items: readonly T[]) => void {
  const views = new Map<string, View<T>>();
  return (items) => {
    const present = new Set(items.map(keyOf));
    for (const [key, { node }] of views) {
      if (present.has(key)) continue;
      views.delete(key);
      node.remove();
    }
    for (const [index, item] of items.entries()) {
      const view = views.get(keyOf(item)) ?? make(item);
      views.set(keyOf(item), view);
      view.update(item);
      const at = parent.children[index];
      if (at !== view.node) parent.insertBefore(view.node, at ?? null);
    }
  };
}
