import { createRedactor, type Redactor } from '../../../src/gate/redact.ts';
import type {
  ConnectionInfo,
  Outcome,
  PersonsPart,
  Progress,
  Proposal,
  ProposedApi,
  ProposedCommand,
  ProposedFile,
} from '../../../src/gate/types.ts';
import type { Clock } from '../../../src/pve/clock.ts';
import { PveError } from '../../../src/pve/error.ts';
import { isSchemaRequest } from '../../../src/pve/request.ts';
import type { ApiSchema } from '../../../src/pve/schema.ts';
import { createSchemas } from '../../../src/server/api/schemas.ts';
import type { ToolDefinition } from '../../../src/server/define-tool.ts';
import type { Door } from '../../../src/server/door.ts';
import { callTool } from '../../../src/server/pipeline.ts';
import { toolsOf } from '../../../src/server/tools/all.ts';
import { toolsets } from '../../../src/server/toolsets.ts';
import { apiOnly } from '../../support/api-only.ts';
import { unfenced } from '../../support/fence.ts';

export interface FakeOptions {
  readonly connections?: readonly ConnectionInfo[];
  /** Path (`/cluster/resources`) → what PVE answers under `data`. */
  readonly answers?: Readonly<Record<string, unknown>>;
  /** What becomes of a write. */
  readonly write?: (operation: ProposedApi) => Outcome;
  /** What becomes of a command or a file. */
  readonly carry?: (operation: ProposedCommand | ProposedFile) => Outcome;
  /** What the person who is asked makes of each plan that writes. */
  readonly byPerson?: PersonsPart;
  readonly redactor?: Redactor;
  readonly budget?: number;
  /** The API of the cluster; the server does without it where it is absent. */
  readonly schema?: ApiSchema;
  /** In place of all that there are. */
  readonly tools?: readonly ToolDefinition[];
}

export const home: ConnectionInfo = { id: 'c1', name: 'home', level: 'full', host: true };

/** Time that stands still and sleeps at once. */
const clock: Clock = { now: () => 1_767_225_600_000, monotonic: () => 0, sleep: async () => {} };

/** All that most of these tests look at is requests to the API. */
interface ApiProposal extends Proposal {
  readonly operations: readonly ProposedApi[];
}

/** Calls tools against a door that answers from a table, and keeps what was proposed. */
export function fakeServer(options: FakeOptions = {}) {
  const {
    connections = [home],
    answers = {},
    write = () => ({ status: 'done', data: null, ms: 4100 }) as const,
    carry = ({ kind }) => notReady(`a ${kind}`),
    byPerson,
  } = options;
  const proposals: ApiProposal[] = [];
  const carried: Proposal[] = [];
  const progress: string[] = [];
  const door: Door = {
    connections: () => connections,
    onConnections: () => {},
    perform: async (given) => {
      if (given.operations.some(({ kind }) => kind !== 'api')) {
        carried.push(given);
        const outcomes = given.operations.map((one) => (one.kind === 'api' ? write(one) : carry(one)));
        return { plan: 'p2', outcomes, ...(byPerson === undefined ? {} : { byPerson }) };
      }
      const proposal = { ...given, operations: given.operations.map(apiOnly) };
      // Kept by the server for all calls: of no interest to most tests.
      if (proposal.operations.some(({ method, segments }) => isSchemaRequest({ method, path: segments })))
        return { plan: 'p0', outcomes: [schemaOf(options)] };
      proposals.push(proposal);
      return {
        plan: 'p1',
        outcomes: proposal.operations.map((operation) =>
          operation.method === 'GET' ? read(operation, answers) : write(operation),
        ),
      };
    },
    close: async () => {},
  };
  const deps = {
    tools: options.tools ?? toolsOf(toolsets),
    door,
    redactor: options.redactor ?? createRedactor(),
    clock,
    schemas: createSchemas(clock),
    ...(options.budget === undefined ? {} : { budget: options.budget }),
  };
  return {
    proposals,
    /** Proposals in which there are commands or files. */
    carried,
    /** What the calls said while they ran. */
    progress,
    writes: () => proposals.filter(({ operations }) => operations.some(({ method }) => method !== 'GET')),
    async call(name: string, args: unknown = {}, signal = new AbortController().signal) {
      const report = ({ message }: Progress) => void progress.push(message);
      const call = { name, args, client: 'test 1.0', signal, progress: report };
      const { content, isError } = await callTool(call, deps);
      const raw = content.map((part) => (part.type === 'text' ? part.text : `[${part.type}]`)).join('\n');
      return { raw, text: unfenced(raw), isError: isError === true };
    },
  };
}

function schemaOf({ schema }: FakeOptions): Outcome {
  if (schema !== undefined) return { status: 'done', data: schema, ms: 1 };
  const message = 'The node serves no document of its API';
  return { status: 'failed', error: { code: 'not_proxmox', message, hint: '', reason: [] } };
}

function read({ segments }: ProposedApi, answers: Readonly<Record<string, unknown>>): Outcome {
  const path = `/${segments.join('/')}`;
  const answer = answers[path];
  if (answer instanceof PveError) return { status: 'failed', error: answer.data };
  return answer === undefined ? notReady(path) : { status: 'done', data: answer, ms: 1 };
}

function notReady(what: string): Outcome {
  return {
    status: 'failed',
    error: { code: 'not_implemented', message: `The test has no ${what}`, hint: '', reason: [] },
  };
}

/** Guests as `/cluster/resources` lists them: VMIDs from 100 on, on pve1 to pve3. */
export function manyGuests(amount: number): Record<string, unknown>[] {
  return Array.from({ length: amount }, (_, at) => ({
    id: `qemu/${100 + at}`,
    type: at % 3 === 0 ? 'lxc' : 'qemu',
    vmid: 100 + at,
    name: `service-${at}`,
    node: `pve${(at % 3) + 1}`,
    status: at % 4 === 0 ? 'stopped' : 'running',
    cpu: 0.034,
    maxcpu: 4,
    mem: 2_254_857_830,
    maxmem: 4_294_967_296,
    disk: 0,
    maxdisk: 34_359_738_368,
    uptime: at % 4 === 0 ? 0 : 3_553_200,
    tags: at % 2 === 0 ? 'prod;web' : '',
  }));
}
