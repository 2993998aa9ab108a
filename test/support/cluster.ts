import { PveError, type PveErrorCode, type PveErrorData } from '../../src/pve/error.ts';
import type { PveReply, PveRequest, Send, SendOptions } from '../../src/pve/request.ts';

export interface FakeGuest {
  type: 'qemu' | 'lxc';
  node: string;
  name: string;
  status: string;
  /** QEMU's own word, where it is another one. */
  qmpstatus?: string;
  /** HA's word for it, when HA manages it. */
  ha?: string;
  pool?: string;
  /** Kept from whoever asks for the overview, though it is there. */
  hidden?: boolean;
  /** Beside the name. */
  config: Record<string, unknown>;
}
type Handler = (request: PveRequest, options: SendOptions) => unknown;

/** How the tasks of a `FakeCluster` go. */
export interface TaskPlan {
  /** How often a task is seen running before it has ended. */
  running: number;
  exit: string;
  log: readonly string[];
}

/** A small cluster in memory that keeps what it was sent. */
export interface FakeCluster {
  readonly send: Send;
  readonly guests: Map<number, FakeGuest>;
  readonly task: TaskPlan;
  /** Everything that came: `POST /nodes/pve2/qemu/101/status/stop`. */
  readonly sent: string[];
  /** What came and was no read. */
  writes(): string[];
  /** Answers this request (`METHOD /path`) from now on; what it returns is `data`, what it throws is thrown. */
  on(request: string, handler: Handler): void;
  /** Called with each request before it is answered. */
  onRequest: (request: string) => void;
}

/** Three guests: `web-01` (101, VM on pve2), `mail-01` (102, container on pve1), `db-01` (103, VM on pve3, HA). */
export function fakeCluster(): FakeCluster {
  const guests = new Map<number, FakeGuest>([
    [101, { type: 'qemu', node: 'pve2', name: 'web-01', status: 'running', config: { cores: 2, memory: '2048' } }],
    [102, { type: 'lxc', node: 'pve1', name: 'mail-01', status: 'running', config: { cores: 1 } }],
    [103, { type: 'qemu', node: 'pve3', name: 'db-01', status: 'running', ha: 'started', config: { cores: 4 } }],
  ]);
  const task: TaskPlan = { running: 1, exit: 'OK', log: ['starting', 'TASK OK'] };
  const handlers = new Map<string, Handler>();
  const seen = new Map<string, number>();
  const sent: string[] = [];
  let tasks = 0;

  const answer = (name: string, request: PveRequest, options: SendOptions): unknown => {
    const handler = handlers.get(name);
    if (handler !== undefined) return handler(request, options);
    const { method, path } = request;
    if (path[2] === 'tasks') return taskAnswer(path[3] ?? '', path[4], request.params?.start);
    if (name === 'GET /cluster/resources') return [...guests].filter(([, { hidden }]) => hidden !== true).map(resource);
    if (name === 'GET /cluster/nextid') return nextId(Number(request.params?.vmid));
    const guest = guests.get(Number(path[3]));
    if (guest === undefined || guest.node !== path[1] || guest.type !== path[2]) throw pveError('not_found');
    if (name.endsWith('/status/current')) return current(guest);
    if (name.endsWith('/config')) return method === 'GET' ? config(guest) : null;
    if (method === 'GET') return {};
    if (path[5] === 'stop' || path[5] === 'shutdown') guest.status = 'stopped';
    if (path[5] === 'start') guest.status = 'running';
    tasks += 1;
    return upid(guest.node, tasks);
  };
  const nextId = (vmid: number): string => {
    if (guests.has(vmid)) throw pveError('invalid_argument', { reason: [`VM ${vmid} already exists`] });
    return String(vmid);
  };
  const taskAnswer = (id: string, what: string | undefined, start: unknown = 0): unknown => {
    if (what === undefined) return null;
    const count = (seen.get(id) ?? 0) + 1;
    if (what === 'log') return task.log.map((t, n) => ({ n: n + 1, t })).slice(Number(start));
    seen.set(id, count);
    return count <= task.running
      ? { upid: id, status: 'running' }
      : { upid: id, status: 'stopped', exitstatus: task.exit };
  };

  const cluster: FakeCluster = {
    guests,
    task,
    sent,
    writes: () => sent.filter((request) => !request.startsWith('GET ')),
    on: (request, handler) => handlers.set(request, handler),
    onRequest: () => {},
    async send(request, options = {}): Promise<PveReply> {
      if (options.signal?.aborted) throw pveError('cancelled');
      const name = `${request.method} /${request.path.join('/')}`;
      sent.push(name);
      cluster.onRequest(name);
      return { data: await answer(name, request, options) };
    },
  };
  return cluster;
}

/** A task id of the demo user's token. */
export function upid(node: string, number: number): string {
  return `UPID:${node}:0000${(4096 + number).toString(16).toUpperCase()}:00ABCDEF:6A000000:qmtest:101:demo@pve!test:`;
}

export function pveError(code: PveErrorCode, more: Partial<PveErrorData> = {}): PveError {
  return new PveError({ code, message: `It is ${code}`, hint: 'Look at it.', reason: [], ...more });
}

function resource([vmid, { type, node, name, status, pool, config }]: [number, FakeGuest]): object {
  return { id: `${type}/${vmid}`, vmid, type, node, name, status, pool, tags: config.tags };
}

function current({ name, status, qmpstatus = status, ha }: FakeGuest): object {
  return {
    name,
    status,
    qmpstatus,
    uptime: status === 'running' ? 7200 : 0,
    ha: { managed: ha === undefined ? 0 : 1, state: ha },
  };
}

function config({ type, name, config: rest }: FakeGuest): object {
  return { [type === 'qemu' ? 'name' : 'hostname']: name, digest: 'd'.repeat(40), ...rest };
}
