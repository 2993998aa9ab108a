import { randomUUID } from 'node:crypto';
import type { AccessLevel } from '../../gate/types.ts';
import { messageOf, PveError } from '../../pve/error.ts';
import type { Window } from '../window.ts';
import { endpointsOf, type Seen } from './addresses.ts';
import type { CheckedConnection } from './check.ts';
import type { SignIn } from './login.ts';
import type { ClusterProfile, Login, StoredEndpoint } from './profile.ts';
import type { TrustOffer } from './trust-offer.ts';

/** What the steps have gathered so far; kept when a person goes back. */
export interface Draft {
  /** As typed. */
  addresses?: string;
  seen?: readonly Seen[];
  login?: Login;
  /** Its login asks for the code of a second factor. */
  needsCode?: boolean;
  signIn?: SignIn;
  checked?: CheckedConnection | undefined;
  offer?: TrustOffer | undefined;
  /** As chosen from the offer. */
  chosen?: readonly StoredEndpoint[] | undefined;
  level?: AccessLevel;
  name?: string;
}

/** What the steps work with. */
export interface Wizard extends Pick<Window, 'store' | 'session' | 'proxy' | 'log'> {
  /** `secret`: only that is asked for. */
  readonly purpose: 'connect' | 'edit' | 'secret';
  readonly draft: Draft;
  /** The connection that is changed; absent for a new one. */
  readonly edited?: ClusterProfile;
}

/** A draft that says what a connection says. */
export function draftOf({ endpoints, login, level, name }: ClusterProfile): Draft {
  const addresses = endpoints.map(({ url }) => url.replace('https://', '')).join(', ');
  return { addresses, seen: endpoints.map((kept) => ({ url: kept.url, kept })), login, level, name };
}

/**
 * The connection as it is to be stored. What the wizard does not ask stays as it was, first of all the rules for agents.
 * @returns nothing while an answer is missing
 */
export function draftProfile({ draft, edited }: Pick<Wizard, 'draft' | 'edited'>): ClusterProfile | undefined {
  const { login, level, name } = draft;
  if (login === undefined || level === undefined || name === undefined) return undefined;
  const kept = edited ?? ({ kind: 'cluster', id: randomUUID(), revision: 0 } as const);
  const endpoints = [...(draft.chosen ?? endpointsOf(draft.seen ?? []))];
  return { ...kept, revision: kept.revision + 1, name, level, login, endpoints };
}

/** Whether an edited connection would log in as somebody else than before. */
export function changesLogin({ draft, edited }: Wizard): boolean {
  return edited !== undefined && JSON.stringify(draft.login) !== JSON.stringify(edited.login);
}

/** What happened, PVE's reason and the next step, for the line below an input. */
export function sentence(error: unknown): string {
  if (!(error instanceof PveError)) return messageOf(error);
  const { message, reason, hint } = error.data;
  return `${[message, ...reason].join(': ').replace(/[.!]+$/, '')}. ${hint}`;
}

/** Why an attempt fails, as a sentence; nothing when it does not. */
export function problemOf(attempt: () => unknown): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    return sentence(error);
  }
}
