import type { CardSafeguard } from '../protocol.ts';
import { element } from './dom.ts';

/** A box for what can be done first, with what that is: part of what the yes covers, once it is ticked. */
export function safeguardBox(id: string, safeguard: CardSafeguard) {
  const { label, effect, hazards, request } = safeguard;
  const aboutId = `first-${id}`;
  const box = element('input', { type: 'checkbox', 'aria-describedby': aboutId });
  const about = element(
    'div',
    { id: aboutId, class: 'hint about' },
    ...[effect, ...hazards].map((line) => element('p', {}, line)),
    element('code', {}, request),
  );
  return { box, node: element('div', { class: 'safeguard' }, element('label', { class: 'tick' }, box, label), about) };
}
