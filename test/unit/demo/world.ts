import { answer } from '../../../src/demo/api.ts';
import type { DemoClock } from '../../../src/demo/clock.ts';
import { type AclEntry, grant, newUser } from '../../../src/demo/directory.ts';
import { ApiError } from '../../../src/demo/errors.ts';
import { report } from '../../../src/demo/guests.ts';
import type { RawParameters } from '../../../src/demo/parameters.ts';
import type { Principal } from '../../../src/demo/permissions.ts';
import { seedCluster } from '../../../src/demo/seed.ts';
import { createSecrets, fullToken } from '../../../src/demo/seed-access.ts';
import type { World } from '../../../src/demo/state.ts';
import { createTicketOffice } from '../../../src/demo/tickets.ts';

export interface TestClock extends DemoClock {
  /** Moves time on and runs what falls due, in order. */
  advance(ms: number): void;
}

export function createTestClock(): TestClock {
  let now = Date.UTC(2026, 10, 20, 12);
  const waiting = new Set<{ readonly at: number; readonly action: () => void }>();
  return {
    now: () => now,
    after: (ms, action) => {
      const entry = { at: now + ms, action };
      waiting.add(entry);
      return () => waiting.delete(entry);
    },
    advance: (ms) => {
      const end = now + ms;
      for (;;) {
        const [next] = [...waiting].filter((entry) => entry.at <= end).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        waiting.delete(next);
        now = next.at;
        next.action();
      }
      now = end;
    },
  };
}

export interface TestAnswer {
  readonly status: number;
  /** The first line of the message, as the status line has it. */
  readonly reason: string;
  readonly data: unknown;
  readonly total: number | undefined;
  readonly errors: Readonly<Record<string, string>> | undefined;
}

export interface TestWorld {
  readonly world: World;
  readonly clock: TestClock;
  request(method: string, path: string, parameters?: RawParameters, who?: Principal): TestAnswer;
  /** The `data` of a GET, as an object. */
  get(path: string, parameters?: RawParameters): Record<string, unknown>;
  /** The `data` of a GET, as a list of objects. */
  list(path: string, parameters?: RawParameters, who?: Principal): Record<string, unknown>[];
  /** Sends a write that answers a UPID. */
  begin(method: string, path: string, parameters?: RawParameters): string;
  /** The exit status of a task, or `running`. */
  exit(upid: string): string;
}

/** A user whom tests give roles; its token `t` is not separated from it. */
export const bob: Principal = { user: 'bob@pve', token: 't' };

/** A role of bob's own at a path. */
export interface Grant {
  readonly path: string;
  readonly privileges: readonly string[];
  readonly propagate?: boolean;
}

/** A seeded cluster with time that only tests move. */
export function createTestWorld({ bobs = [] as readonly Grant[], guests = 24, local = 'pve1' } = {}): TestWorld {
  const clock = createTestClock();
  const cluster = seedCluster({ nodes: 3, guests, seed: 1, secrets: createSecrets() }, clock);
  const world: World = { clock, cluster, local, tickets: createTicketOffice(clock, 7200) };
  const token = { secret: 'x', comment: undefined, expire: 0, privsep: false };
  cluster.directory.users.set(bob.user, newUser({ tokens: new Map([['t', token]]) }));
  for (const [index, { path, privileges, propagate = true }] of bobs.entries()) {
    const entry: AclEntry = { kind: 'user', subject: bob.user, role: `Test${index}`, propagate };
    cluster.directory.roles.set(entry.role, { privileges: new Set(privileges), special: false });
    grant(cluster.directory, path, entry);
  }
  report(world);

  const request: TestWorld['request'] = (method, path, parameters = {}, who = fullToken) => {
    try {
      const { data, total } = answer(world, { method, path, parameters, who });
      return { status: 200, reason: 'OK', data, total, errors: undefined };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const [reason = ''] = error.message.split('\n');
      return { status: error.status, reason, data: null, total: undefined, errors: error.fields };
    }
  };
  const ok = (answered: TestAnswer): unknown => {
    if (answered.status !== 200) throw new Error(`${answered.status} ${answered.reason}`);
    return answered.data;
  };
  const get: TestWorld['get'] = (path, parameters) => ok(request('GET', path, parameters)) as Record<string, unknown>;
  return {
    world,
    clock,
    request,
    get,
    list: (path, parameters, who) => ok(request('GET', path, parameters, who)) as Record<string, unknown>[],
    begin: (method, path, parameters) => String(ok(request(method, path, parameters))),
    exit: (upid) => {
      const status = get(`/nodes/${upid.split(':')[1]}/tasks/${upid}/status`);
      return String(status.exitstatus ?? status.status);
    },
  };
}
