import type { Desk } from './desk.ts';
import { type FactPlace, type PageMessage, pageMessageSchema } from './protocol.ts';

/** What the page can reach: nothing else than this (gate.md G13). */
export interface PageReach {
  readonly desk: Pick<Desk, 'answer'>;
  readonly ready: () => void;
  readonly shown: (ids: readonly string[]) => void;
  readonly showRequest: (id: string) => void;
  readonly showSource: (id: string, place: FactPlace) => void;
  readonly revoke: (grant: string) => void;
  readonly askAgain: (denial: string) => void;
  readonly freeze: () => void;
  /** Leads to a modal dialog. */
  readonly lift: () => void;
  /** Told of anything that is no message of the page. */
  readonly refused: () => void;
}

/** Does what the page says. Whatever is not exactly one of its messages does nothing. */
export function takeMessage(received: unknown, reach: PageReach): void {
  const { data } = pageMessageSchema.safeParse(received);
  if (data === undefined) reach.refused();
  else obey(data, reach);
}

function obey(message: PageMessage, reach: PageReach): void {
  switch (message.type) {
    case 'ready':
      reach.ready();
      break;
    case 'run': {
      const { type: kind, ids, ...yes } = message;
      reach.desk.answer(ids, { kind, ...yes });
      break;
    }
    case 'deny':
      reach.desk.answer(message.ids, { kind: 'deny', note: message.note });
      break;
    case 'show':
      reach.showRequest(message.id);
      break;
    case 'source': {
      const { type: _type, id, ...place } = message;
      reach.showSource(id, place);
      break;
    }
    case 'shown':
      reach.shown(message.ids);
      break;
    case 'revoke':
      reach.revoke(message.id);
      break;
    case 'askAgain':
      reach.askAgain(message.id);
      break;
    case 'freeze':
      reach.freeze();
      break;
    case 'lift':
      reach.lift();
      break;
  }
}
