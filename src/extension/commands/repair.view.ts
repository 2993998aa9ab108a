import type { ConnectionParts } from './connections.view.ts';
import { performWithProgress, tellOutcome } from './perform.view.ts';
import { type Place, placeName } from './places.ts';
import { type Repair, repairOperation, repairs } from './repair.ts';

/** Unlocks a guest, or takes a node into maintenance mode and out of it: a command on the node that is asked about. */
export async function repair(which: Repair, place: Place, { window, live }: ConnectionParts): Promise<void> {
  const operation = repairOperation(which, place);
  if (operation === undefined) return;
  const { session } = await window();
  const proposal = { connection: place.connection, operations: [operation], tool: which, wait: true };
  const name = placeName(place);
  const [outcome] = await performWithProgress(session.gate, proposal, `${repairs[which].doing} ${name}`);
  tellOutcome(name, outcome);
  await live.refresh();
}
