import { forModel } from '../../gate/printable.ts';

const most = 6;

/** `2 nodes are offline: pve1, pve3`; of many only the first, and how many more there are. */
export function some(items: readonly string[], one: string, many: string): string {
  const shown = items.slice(0, most).map((item) => forModel(item.trim(), 80));
  const more = items.length > most ? ` and ${items.length - most} more` : '';
  return `${items.length} ${items.length === 1 ? one : many}: ${shown.join(', ')}${more}`;
}
