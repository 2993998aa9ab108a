import type { PveClient } from '../../pve/client.ts';
import type { Clock } from '../../pve/clock.ts';
import { messageOf, PveError, type PveErrorData } from '../../pve/error.ts';
import type { Resource } from '../../pve/records.ts';
import type { Profile } from '../connections/profile.ts';
import type { SecretPlace } from '../connections/secrets.ts';
import type { Reach } from '../connections/ways.ts';

/** What the explorer knows of one connection. An error keeps the resources seen last. */
export interface ConnectionView {
  readonly profile: Profile;
  readonly state: 'loading' | 'ready' | 'error' | 'no-secret';
  readonly resources: readonly Resource[];
  readonly error?: PveErrorData;
  /** Which of its nodes answers, and which do not. */
  readonly reach?: Reach;
  /** The secret is in the memory of this window alone. */
  readonly sessionOnly?: true;
  /** A person has frozen everything that agents do. */
  readonly frozen?: true;
}

export interface LiveOptions {
  readonly profiles: () => Promise<readonly Profile[]>;
  readonly frozen: () => Promise<boolean>;
  readonly secretPlace: (profile: Profile) => Promise<SecretPlace>;
  readonly client: (connection: string) => Promise<PveClient>;
  readonly reach: (connection: string) => Promise<Reach | undefined>;
  readonly clock: Clock;
  /** Milliseconds between two looks at a cluster. */
  readonly intervalMs: () => number;
}

/** The state behind the explorer: one request a poll and connection, and none while nobody looks. */
export interface Live {
  /** `undefined` until the connections were read for the first time. */
  readonly views: () => readonly ConnectionView[] | undefined;
  /** Why the stored connections cannot be read, when that is so. */
  readonly broken: () => string | undefined;
  /** Reads the stored connections, when that was not done yet. */
  load(): Promise<void>;
  onChange(listener: () => void): void;
  setVisible(visible: boolean): void;
  /**
   * Reads the connections and their clusters again, but for those whose login or certificate was refused: these wait for
   * `reconnect`, or for an edit.
   */
  refresh(): Promise<void>;
  /** Reads every cluster once while nobody looks, for who needs their guests then; a visible tree is up to date anyway. */
  lookOnce(): Promise<void>;
  /** Reads one cluster again, whatever was wrong with it. */
  reconnect(connection: string): Promise<void>;
  /** A state that is known to be newer than what the cluster's overview says for the next seconds. */
  note(connection: string, vmid: number, status: string): void;
  dispose(): void;
}

/** PVE's overview follows a guest's state after up to 10 s (`pvestatd`); a newer state is kept a little longer than that. */
const overviewLagMs = 15_000;
const slowestMs = 60_000;

/** The refresh interval in milliseconds. The editor hands out what stands in its settings, whatever the limits say. */
export function refreshMs(seconds: unknown): number {
  return typeof seconds === 'number' ? Math.min(Math.max(seconds, 2), 300) * 1000 : 5000;
}

/** Reads nothing until it is asked to, or can be seen. */
export function createLive(options: LiveOptions): Live {
  const { clock } = options;
  const listeners = new Set<() => void>();
  const polls = new Map<string, AbortController>();
  const newer = new Map<string, { readonly status: string; readonly until: number }>();
  let views: readonly ConnectionView[] | undefined;
  let broken: string | undefined;
  let frozen = false;
  let visible = false;
  let first: Promise<void> | undefined;

  const changed = () => {
    for (const listener of listeners) listener();
  };
  const set = (id: string, next: (view: ConnectionView) => ConnectionView) => {
    views = views?.map((view) => (view.profile.id === id ? next(view) : view));
    changed();
  };
  const stop = (id: string) => {
    polls.get(id)?.abort();
    polls.delete(id);
  };

  const look = async (profile: Profile, signal: AbortSignal): Promise<'go-on' | 'slow' | 'stop'> => {
    try {
      const place = await options.secretPlace(profile);
      if (signal.aborted) return 'stop';
      if (place === 'missing') {
        set(profile.id, ({ resources }) => ({ profile, state: 'no-secret', resources }));
        return 'stop';
      }
      const resources = await (await options.client(profile.id)).resources(undefined, { signal });
      const reach = await reachOf(profile);
      if (signal.aborted) return 'stop';
      set(profile.id, () => ({
        profile,
        state: 'ready',
        resources: overlay(profile.id, resources),
        ...reach,
        ...(place === 'session' ? { sessionOnly: true } : {}),
      }));
      return 'go-on';
    } catch (error) {
      if (signal.aborted) return 'stop';
      const data = error instanceof PveError ? error.data : unexpected(error);
      const reach = await reachOf(profile);
      if (signal.aborted) return 'stop';
      set(profile.id, (view) => ({ ...view, state: 'error', error: data, ...reach }));
      return waitsForPerson(data) ? 'stop' : 'slow';
    }
  };
  const reachOf = async ({ id }: Profile): Promise<Pick<ConnectionView, 'reach'>> => {
    const reach = await options.reach(id).catch(() => undefined);
    return reach === undefined ? {} : { reach };
  };
  const overlay = (id: string, resources: readonly Resource[]) =>
    resources.map((resource) => {
      const known = newer.get(`${id} ${resource.vmid}`);
      return resource.vmid === undefined || known === undefined || known.until < clock.monotonic()
        ? resource
        : { ...resource, status: known.status };
    });
  const poll = async (profile: Profile, { signal }: AbortController): Promise<void> => {
    let pause = options.intervalMs();
    while (!signal.aborted) {
      const next = await look(profile, signal);
      if (next === 'stop' || signal.aborted) return;
      pause = next === 'slow' ? Math.min(pause * 2, slowestMs) : options.intervalMs();
      await clock.sleep(pause, signal).catch(() => {});
    }
  };
  const start = (profile: Profile) => {
    stop(profile.id);
    const controller = new AbortController();
    polls.set(profile.id, controller);
    void poll(profile, controller);
  };

  const refresh = (): Promise<void> => {
    const reading = readAll();
    first ??= reading;
    return reading;
  };
  const readAll = async (): Promise<void> => {
    try {
      const profiles = await options.profiles();
      frozen = await options.frozen();
      broken = undefined;
      const known = new Map(views?.map((view) => [view.profile.id, view]));
      views = profiles.map((profile) => {
        const before = known.get(profile.id);
        if (before !== undefined && keeps(before, profile)) return { ...before, profile };
        const isEdited = before?.profile.revision !== profile.revision;
        return { profile, state: 'loading', resources: isEdited ? [] : before.resources };
      });
    } catch (error) {
      broken = messageOf(error);
      views = [];
    }
    for (const id of [...polls.keys()]) stop(id);
    changed();
    if (visible) for (const view of views) if (!isStopped(view)) start(view.profile);
  };
  const lookOnce = async (): Promise<void> => {
    if (visible && views !== undefined) return;
    await refresh();
    const { signal } = new AbortController();
    await Promise.all((views ?? []).filter((view) => !isStopped(view)).map(({ profile }) => look(profile, signal)));
  };
  const reconnect = async (id: string): Promise<void> => {
    set(id, ({ profile, resources }) => ({ profile, resources, state: 'loading' }));
    await refresh();
  };

  return {
    views: () => (frozen ? views?.map((view) => ({ ...view, frozen: true })) : views),
    broken: () => broken,
    load: () => first ?? refresh(),
    onChange: (listener) => void listeners.add(listener),
    setVisible(now) {
      if (now === visible) return;
      visible = now;
      if (visible) void refresh();
      else for (const id of [...polls.keys()]) stop(id);
    },
    refresh,
    lookOnce,
    reconnect,
    note(connection, vmid, status) {
      newer.set(`${connection} ${vmid}`, { status, until: clock.monotonic() + overviewLagMs });
      set(connection, (view) => ({ ...view, resources: overlay(connection, view.resources) }));
    },
    dispose() {
      for (const id of [...polls.keys()]) stop(id);
      listeners.clear();
    },
  };
}

/** Each refused login costs the node 3 s, and a strange certificate is nothing to insist on: they wait for a person. */
function waitsForPerson({ code }: PveErrorData): boolean {
  return code === 'unauthenticated' || code === 'certificate';
}

function isStopped({ state, error }: ConnectionView): boolean {
  return state === 'error' && error !== undefined && waitsForPerson(error);
}

/** What is known of a connection stays while it is read again; what stopped it stays until the connection is edited. */
function keeps(before: ConnectionView, { revision }: Profile): boolean {
  return before.state === 'ready' || (isStopped(before) && before.profile.revision === revision);
}

function unexpected(error: unknown): PveErrorData {
  const reason = [messageOf(error)];
  return { code: 'server_error', message: 'The cluster cannot be read', reason, hint: 'Refresh to try again.' };
}
