import type { CloseOptions } from '../../gate/close-unfinished.ts';
import { loginName } from './profile.ts';
import type { Session } from './session.ts';
import type { ConnectionStore } from './store.ts';

/** The way to the cluster of a step that was left open; nothing where it is gone: removed, or a demo cluster that has ended. */
export function wayOfStep(
  store: Pick<ConnectionStore, 'read'>,
  session: Pick<Session, 'client'>,
): CloseOptions['reach'] {
  return async ({ before: { connection } }) => {
    const profile = (await store.read()).find(({ id }) => id === connection?.id);
    if (profile === undefined || profile.kind === 'demo') return undefined;
    const { send } = session.client(profile.id);
    // Whoever has edited the connection since may have given it another login.
    return profile.revision === connection?.revision ? { send, user: loginName(profile.login) } : { send };
  };
}
