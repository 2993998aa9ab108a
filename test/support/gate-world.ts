// A gate in a small world where everything may happen at any moment; keeps what a judge of the gate needs to know.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Audit, AuditEntry } from '../../src/gate/audit.ts';
import { createGate, type GateKeeper } from '../../src/gate/gate.ts';
import { createRedactor } from '../../src/gate/redact.ts';
import type {
  ApprovalAnswer,
  ApprovalRequest,
  Freeze,
  GateProfile,
  Origin,
  Outcome,
  ProposedApi,
} from '../../src/gate/types.ts';
import type { PveRequest, Send } from '../../src/pve/request.ts';
import { apiOnly } from './api-only.ts';
import { fakeClock } from './clock.ts';
import { fakeCluster, pveError } from './cluster.ts';
import { home } from './gate.ts';

/** What was so from a moment on. */
export interface History<T> {
  now(): T;
  set(tick: number, value: T): void;
  /** Everything that was so between two moments, both included. */
  during(from: number, to: number): readonly T[];
}

export interface GuestSnap {
  readonly type: string;
  readonly node: string;
  readonly name: string;
  readonly state: string;
  readonly cores: unknown;
  readonly tags: unknown;
  readonly mark: unknown;
}
export interface Stored {
  readonly profile: GateProfile;
  readonly freeze: Freeze;
}
export interface Time {
  readonly wall: number;
  readonly monotonic: number;
}

/** One gate from its start to its end. */
export interface Life {
  readonly gate: GateKeeper;
  readonly approve: 'operate' | undefined;
  alive: boolean;
}
export interface WorldCall {
  readonly life: Life;
  readonly operations: readonly ProposedApi[];
  readonly origin: Origin;
  readonly abort: AbortController;
  readonly begun: number;
  readonly questions: Question[];
  readonly records: Step[];
  /** The tasks that it has started: it may stop them without a yes of their own. */
  readonly tasks: Set<string>;
  outcomes?: readonly Outcome[];
}
export interface Question {
  readonly call: WorldCall;
  readonly request: ApprovalRequest;
  readonly signal: AbortSignal;
  readonly tick: number;
  readonly resolve: (answer: ApprovalAnswer) => void;
  readonly reject: (error: unknown) => void;
  /** The first answer, when it came before the question was withdrawn. */
  answer?: { readonly given: ApprovalAnswer | undefined; readonly tick: number };
}
/** What was recorded of one step, and sent for it. */
export interface Step {
  readonly index: number;
  readonly tick: number;
  readonly key: string;
  sent: number;
  ends: number;
  endRefused: boolean;
  endTick: number;
}
export interface WorldGrant {
  readonly call: WorldCall;
  readonly tick: number;
  /** Set once the gate holds it, which is a moment after it was recorded. */
  id?: string;
  dropped: number;
}
export type Fault = 'audit' | 'connect' | 'standing' | 'reads' | 'lost';
export type World = ReturnType<typeof gateWorld>;

/** @param onSend judges each write and sensitive read at the moment when it reaches the cluster */
export function gateWorld(onSend: (world: World, call: WorldCall, step: Step | undefined, key: string) => void) {
  const clock = fakeClock();
  const cluster = fakeCluster();
  const context = new AsyncLocalStorage<WorldCall>();
  const guests = new Map([...cluster.guests.keys()].map((vmid) => [vmid, history(snap(vmid))]));
  for (const [vmid, guest] of cluster.guests) if (guest.type === 'qemu') guest.config.meta = `ctime=${vmid}`;
  cluster.on('GET /nodes/pve1/report', () => 'all of it');
  cluster.on('GET /version', () => ({ version: '9.2' }));
  cluster.on('GET /cluster/backup-info/not-backed-up', () => []);
  let tick = 0;

  const world = {
    clock,
    cluster,
    guests,
    stored: history<Stored>({ profile: home, freeze: { count: 0 } }),
    times: history<Time>({ wall: clock.now(), monotonic: clock.monotonic() }),
    faults: new Set<Fault>(),
    calls: [] as WorldCall[],
    questions: [] as Question[],
    grants: [] as WorldGrant[],
    lives: [] as Life[],
    wrong: [] as string[],
    tick: () => tick,
    /** Lets everything go on by so many turns. */
    async turns(count: number) {
      for (let turn = 0; turn < count; turn += 1) {
        await Promise.resolve();
        tick += 1;
        sampleTime();
      }
    },
    /** Notes how everything is now; to be called after whatever changes a guest. */
    sample,
    start(approve?: 'operate'): Life {
      const life: Life = { gate: createGate(hooks(() => life, approve)), approve, alive: true };
      world.lives.push(life);
      life.gate.grants.onChange(() => {
        const known = world.grants.map(({ id }) => id);
        const given = life.gate.grants.list().find(({ id }) => !known.includes(id));
        const recorded = world.grants.find((grant) => grant.id === undefined && grant.call.life === life);
        if (given !== undefined && recorded !== undefined) recorded.id = given.id;
      });
      return life;
    },
    propose(life: Life, operations: readonly ProposedApi[], origin: Origin, wait = true): WorldCall {
      const abort = new AbortController();
      const call: WorldCall = {
        life,
        operations,
        origin,
        abort,
        begun: tick,
        questions: [],
        records: [],
        tasks: new Set(),
      };
      world.calls.push(call);
      const proposal = { connection: home.id, operations, tool: 'pve_test', wait };
      const options = { signal: abort.signal, onProgress: () => {} };
      void context
        .run(call, () => life.gate.perform(proposal, origin, options))
        .then(
          ({ outcomes }) => {
            call.outcomes = outcomes;
          },
          (error: unknown) => world.wrong.push(`the gate threw ${String(error)}`),
        );
      return call;
    },
  };

  function snap(vmid: number): GuestSnap | undefined {
    const guest = cluster.guests.get(vmid);
    if (guest === undefined) return undefined;
    const { type, node, name, status, config } = guest;
    return { type, node, name, state: status, cores: config.cores, tags: config.tags, mark: config.meta };
  }

  function sampleTime(): void {
    const before = world.times.now();
    const now = { wall: clock.now(), monotonic: clock.monotonic() };
    if (now.wall !== before.wall || now.monotonic !== before.monotonic) world.times.set(tick, now);
  }

  function sample(): void {
    sampleTime();
    for (const [vmid, one] of guests) {
      const is = snap(vmid);
      if (JSON.stringify(is) !== JSON.stringify(one.now())) one.set(tick, is);
    }
  }

  /** What the gate of one life is given. After its end nothing of it goes on. */
  function hooks(of: () => Life, approve: 'operate' | undefined): Parameters<typeof createGate>[0] {
    const living = async (fault: Fault | undefined, delay: number): Promise<WorldCall | undefined> => {
      for (let turn = 0; turn < delay; turn += 1) await Promise.resolve();
      if (!of().alive) await new Promise(() => {});
      if (fault !== undefined && world.faults.has(fault)) throw pveError('unreachable', { message: `No ${fault}` });
      return context.getStore();
    };
    const send: Send = async (request, options) => {
      const key = requestKey(request);
      const call = context.getStore();
      const isOwnTask = request.method === 'DELETE' && call?.tasks.has(request.path[3] ?? '') === true;
      const mustRecord = !isOwnTask && (request.method !== 'GET' || request.path.at(-1) === 'report');
      if (mustRecord && call !== undefined && of().alive) {
        const step = call.records.findLast((one) => one.key === key && one.sent === 0 && one.ends === 0);
        sample();
        onSend(world, call, step, key);
        if (step !== undefined) step.sent += 1;
      }
      await living(request.method === 'GET' && !mustRecord ? 'reads' : undefined, 2);
      const reply = await cluster.send(request, options);
      if (mustRecord) sample();
      if (mustRecord && typeof reply.data === 'string') call?.tasks.add(reply.data);
      if (mustRecord && world.faults.has('lost')) throw pveError('timeout', { mayHaveRun: true });
      return reply;
    };
    const record = async (entry: AuditEntry) => {
      const call = context.getStore();
      const step = call?.records.findLast(({ index }) => index === entry.index);
      const begun = tick;
      await living('audit', 1).catch((error: unknown) => {
        if (entry.phase === 'after' && step !== undefined) step.endRefused = true;
        throw error;
      });
      if (entry.phase === 'decided') return;
      if (call === undefined) return void world.wrong.push('a record of no call');
      if (entry.phase === 'before') {
        if (step !== undefined) world.wrong.push(`step ${entry.index} was begun twice`);
        const { method, segments: path, params } = apiOnly(entry.operation);
        const key = requestKey({ method, path, params });
        call.records.push({ index: entry.index, tick: begun, key, sent: 0, ends: 0, endRefused: false, endTick: 0 });
      } else if (step === undefined) world.wrong.push(`step ${entry.index} has an end and was never begun`);
      else {
        step.ends += 1;
        step.endTick = tick;
      }
    };
    const audit: Pick<Audit, 'append' | 'change'> = {
      append: record,
      async change() {
        const call = await living('audit', 1);
        if (call !== undefined) world.grants.push({ call, tick, dropped: Number.POSITIVE_INFINITY });
      },
    };
    return {
      audit,
      approve,
      clock,
      redactor: createRedactor(),
      async standing() {
        await living('standing', 0);
        const { profile, freeze } = world.stored.now();
        return { profiles: [profile], freeze };
      },
      async connect() {
        await living('connect', 0);
        return send;
      },
      approver: {
        name: 'editor',
        ask: (request, signal) =>
          new Promise((resolve, reject) => {
            const call = context.getStore();
            if (call === undefined || !of().alive) return;
            const question: Question = { call, request, signal, tick, resolve, reject };
            call.questions.push(question);
            world.questions.push(question);
          }),
      },
    };
  }
  return world;
}

/** Method, path and parameters in one order. */
export function requestKey({ method, path, params = {} }: PveRequest): string {
  const sorted = Object.entries(params)
    .map(([name, value]) => `${name}=${String(value)}`)
    .sort();
  return [method, path.join('/'), ...sorted].join(' ');
}

function history<T>(first: T): History<T> {
  const entries: { readonly tick: number; readonly value: T }[] = [{ tick: 0, value: first }];
  return {
    now: () => (entries.at(-1) ?? { value: first }).value,
    set: (tick, value) => void entries.push({ tick, value }),
    during(from, to) {
      const since = entries.findLastIndex(({ tick }) => tick < from);
      return entries.filter(({ tick }, index) => index >= since && tick <= to).map(({ value }) => value);
    },
  };
}
