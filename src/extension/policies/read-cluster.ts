import { sentence } from '../connections/draft.ts';
import type { Session } from '../connections/session.ts';
import type { Live } from '../tree/live.ts';
import type { Cluster } from './preview.ts';

/** A person is waiting; what takes longer is said to be unreadable. */
const patienceMs = 8_000;

/**
 * What the login of a connection sees now (GET /cluster/resources). A connection that the explorer knows to be broken is not
 * tried: it would cost another login, or a code.
 */
export async function readCluster(
  connection: string,
  { session, live }: { readonly session: Pick<Session, 'client'>; readonly live: Pick<Live, 'views'> },
): Promise<Cluster> {
  const known = live.views()?.find(({ profile }) => profile.id === connection);
  if (known?.error !== undefined) return { unread: known.error.message };
  if (known?.state === 'no-secret') return { unread: 'Its secret is not stored on this computer.' };
  try {
    return { resources: await session.client(connection).resources(undefined, { timeoutMs: patienceMs }) };
  } catch (error) {
    return { unread: sentence(error) };
  }
}
