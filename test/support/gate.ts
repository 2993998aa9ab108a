import type { Audit, AuditChange, AuditEntry } from '../../src/gate/audit.ts';
import { createGate } from '../../src/gate/gate.ts';
import type { LocalFiles } from '../../src/gate/local-files.ts';
import { createRedactor } from '../../src/gate/redact.ts';
import type {
  Freeze,
  GateProfile,
  Origin,
  Outcome,
  PerformOptions,
  PersonsPart,
  Progress,
  ProposedApi,
  ProposedOperation,
} from '../../src/gate/types.ts';
import type { UndoStore } from '../../src/gate/undo-store.ts';
import type { Send } from '../../src/pve/request.ts';
import type { NodeShell } from '../../src/ssh/types.ts';
import { type Answer, type Answering, type ScriptedApprover, scriptedApprover, yes } from './approver.ts';
import { type FakeClock, fakeClock } from './clock.ts';
import { fakeCluster } from './cluster.ts';

export const home: GateProfile = { id: 'c-home', name: 'home', revision: 3, level: 'full' };
export const agent: Origin = { who: 'agent', client: 'a test', launch: 'launch-1' };
export const click: Origin = { who: 'person', by: 'click' };
export const picker: Origin = { who: 'person', by: 'picker' };

/** POST …/status/{action} of one of the guests of `fakeCluster`. */
export function power(vmid: 101 | 102 | 103, action: string, params?: ProposedApi['params']): ProposedApi {
  const place = { 101: ['pve2', 'qemu'], 102: ['pve1', 'lxc'], 103: ['pve3', 'qemu'] }[vmid];
  const segments = ['nodes', ...place, String(vmid), 'status', action];
  return { kind: 'api', method: 'POST', segments, ...(params === undefined ? {} : { params }) };
}

/** Any operation by method and path. */
export function call(method: ProposedApi['method'], path: string, params?: ProposedApi['params']): ProposedApi {
  const segments = path.slice(1).split('/');
  return { kind: 'api', method, segments, ...(params === undefined ? {} : { params }) };
}

export interface BenchOptions {
  /** One for each question; a single yes when absent. */
  readonly answers?: readonly Answer[];
  readonly profile?: Partial<GateProfile>;
  readonly origin?: Origin;
  /** In place of one that keeps its entries in memory. */
  readonly audit?: Pick<Audit, 'append' | 'change'>;
  readonly approve?: 'operate';
  /** The shell of every node, and the files of this machine. */
  readonly shell?: NodeShell;
  readonly files?: LocalFiles;
  /** Whether who is asked can offer a safeguard, and to edit commands. */
  readonly offersMore?: true;
  /** Where values before changes of configs are kept; nowhere when absent. */
  readonly undo?: UndoStore;
  /** What stands between the gate and the cluster. */
  readonly through?: (send: Send, clock: FakeClock) => Send;
}
export type CallOptions = Partial<
  PerformOptions & { readonly wait: boolean; readonly reason: string; readonly title: string; readonly from: Origin }
>;
export type Bench = ReturnType<typeof gateBench>;

/** A gate over a cluster in memory. `events` tells what happened in which order. */
export function gateBench({
  answers = [yes],
  profile,
  origin = agent,
  audit,
  approve,
  through = (send) => send,
  shell,
  files,
  offersMore,
  undo,
}: BenchOptions = {}) {
  const clock = fakeClock();
  const cluster = fakeCluster();
  const reach = through(cluster.send, clock);
  const redactor = createRedactor();
  const events: string[] = [];
  const entries: AuditEntry[] = [];
  const changes: AuditChange[] = [];
  let byPerson: PersonsPart | undefined;
  const progress: Progress[] = [];
  const scripted = scriptedApprover(...answers);
  const approver: ScriptedApprover = {
    ...scripted,
    ...(offersMore === undefined ? {} : { offersMore }),
    ask(request, signal) {
      events.push('asked');
      return scripted.ask(request, signal);
    },
  };
  cluster.onRequest = (request) => events.push(request);
  const memory: Pick<Audit, 'append' | 'change'> = {
    async append(entry) {
      entries.push(entry);
      events.push(entry.phase);
    },
    async change(change) {
      changes.push(change);
    },
  };
  const cancel = new AbortController();
  const bench = {
    clock,
    cluster,
    redactor,
    approver,
    asked: approver.asked,
    events,
    /** What the gate wrote into the audit, in order. */
    entries,
    /** What it wrote there of grants. */
    changes,
    progress,
    /** What the person made of the last call. */
    byPerson: () => byPerson,
    cancel: () => cancel.abort(),
    /** What is stored of connections now; tests replace it. */
    profiles: async (): Promise<readonly GateProfile[]> => [{ ...home, ...profile }],
    freeze: { count: 0 } as Freeze,
    async perform(operations: readonly ProposedOperation[], options: CallOptions = {}): Promise<readonly Outcome[]> {
      const { wait = true, reason, title, from = origin, ...rest } = options;
      const claims = { ...(reason === undefined ? {} : { reason }), ...(title === undefined ? {} : { title }) };
      const result = await gate.perform({ connection: home.id, operations, tool: 'pve_test', wait, ...claims }, from, {
        signal: cancel.signal,
        onProgress: (it) => progress.push(it),
        ...rest,
      });
      byPerson = result.byPerson;
      return result.outcomes;
    },
    /** The same with one operation. */
    async one(operation: ProposedOperation, options: CallOptions = {}): Promise<Outcome> {
      const [outcome, ...others] = await bench.perform([operation], options);
      if (outcome === undefined || others.length > 0) throw new Error('Not one outcome for one operation');
      return outcome;
    },
  };
  const gate = createGate({
    standing: async () => ({ profiles: await bench.profiles(), freeze: bench.freeze }),
    connect: async () => reach,
    ...(shell === undefined ? {} : { shell: async () => shell }),
    ...(files === undefined ? {} : { files }),
    ...(undo === undefined ? {} : { undo }),
    approver,
    audit: audit ?? memory,
    redactor,
    clock,
    approve,
  });
  return Object.assign(bench, { gate });
}

/** A bench whose person says yes to the first question after `meanwhile` has happened; what follows is in `then`. */
export function meanwhile(change: (bench: Bench) => void, ...then: readonly Answer[]): Bench {
  const during: Answering = () => {
    change(bench);
    return yes;
  };
  const bench: Bench = gateBench({ answers: [during, ...then] });
  return bench;
}
