// What may happen in a `gateWorld`, as plain values: a schedule that fails can be read and repeated.
import fc from 'fast-check';
import type { Policy } from '../../src/gate/policy.ts';
import {
  type AccessLevel,
  type ApprovalAnswer,
  accessLevels,
  type Origin,
  type ProposedApi,
} from '../../src/gate/types.ts';
import { call, click, picker, power } from './gate.ts';
import type { Fault, Life, Question, World } from './gate-world.ts';

const answers = [
  'run',
  'grant',
  'grant if offered',
  'wrong name',
  'no name',
  'no',
  'nobody',
  'garbage',
  'throw',
] as const;
export type Event =
  | { readonly propose: readonly ProposedApi[]; readonly from: Origin; readonly wait: boolean }
  /** The same as before; 0 is the newest. */
  | { readonly again: number }
  /** Any question, also one that was answered, withdrawn, or asked by a gate that is gone; 0 is the newest. */
  | { readonly answer: (typeof answers)[number]; readonly question: number }
  | { readonly cancel: number }
  | { readonly breakBridge: string }
  | { readonly clock: 'both' | 'wall' | 'monotonic'; readonly ms: number }
  | { readonly frozen: boolean }
  | { readonly edit: 'revision' | 'in place'; readonly level: AccessLevel; readonly policies: readonly Policy[] }
  | { readonly guest: number; readonly is: Record<string, string>; readonly config: Record<string, unknown> }
  | { readonly fault: Fault | 'none' }
  | { readonly forget: 'grants' | 'denials' }
  | { readonly restart: 'operate' | 'asking' }
  | { readonly recheck: true };

/** The gate that is alive. */
export function living(world: World): Life {
  return world.lives.at(-1) ?? world.start();
}

/** Lets one thing happen. */
export function happen(world: World, event: Event): void {
  const { clock, stored, calls } = world;
  const { profile, freeze } = stored.now();
  const store = (now: Partial<ReturnType<typeof stored.now>>) => stored.set(world.tick(), { profile, freeze, ...now });
  if ('propose' in event) world.propose(living(world), event.propose, event.from, event.wait);
  else if ('again' in event) {
    const before = calls.at(-1 - event.again);
    if (before !== undefined) world.propose(living(world), before.operations, before.origin);
  } else if ('answer' in event) reply(world, event.answer, event.question);
  else if ('cancel' in event) calls.at(-1 - event.cancel)?.abort.abort();
  else if ('breakBridge' in event) {
    for (const { origin, abort } of calls)
      if (origin.who === 'agent' && origin.launch === event.breakBridge) abort.abort();
  } else if ('clock' in event) event.clock === 'both' ? clock.advance(event.ms) : clock.jump(event.clock, event.ms);
  else if ('frozen' in event) {
    const { count, since } = freeze;
    if (!event.frozen) store({ freeze: { count } });
    else if (since === undefined) store({ freeze: { count: count + 1, since: '2027-01-15T08:00:00Z' } });
  } else if ('edit' in event) {
    const revision = profile.revision + (event.edit === 'revision' ? 1 : 0);
    store({ profile: { ...profile, revision, level: event.level, policies: event.policies } });
  } else if ('guest' in event) {
    Object.assign(world.cluster.guests.get(event.guest) ?? {}, event.is);
    Object.assign(world.cluster.guests.get(event.guest)?.config ?? {}, event.config);
  } else if ('fault' in event) {
    if (event.fault === 'none') world.faults.clear();
    else world.faults.add(event.fault);
  } else if ('forget' in event) forget(world, event.forget);
  else if ('restart' in event) {
    living(world).alive = false;
    world.start(event.restart === 'operate' ? 'operate' : undefined);
  } else void living(world).gate.recheck();
  world.sample();
}

function reply({ questions, tick }: World, how: (typeof answers)[number], which: number): void {
  const question = questions[questions.length - 1 - (which % Math.max(1, questions.length))];
  if (question === undefined) return;
  const given = answerTo(question, how);
  if (question.answer === undefined && !question.signal.aborted) question.answer = { given, tick: tick() };
  if (given === undefined) question.reject(new Error('no window'));
  else question.resolve(given);
}

function answerTo({ request }: Question, how: (typeof answers)[number]): ApprovalAnswer | undefined {
  const typed = request.mustType === undefined ? {} : { typed: request.mustType };
  const run: ApprovalAnswer = { kind: 'run', ...typed };
  switch (how) {
    case 'run':
      return run;
    case 'grant':
      return { ...run, grant: true };
    case 'grant if offered':
      return request.offers.includes('grant') ? { ...run, grant: true } : run;
    case 'wrong name':
      return { kind: 'run', typed: 'wrong' };
    case 'no name':
      return { kind: 'run' };
    case 'no':
      return { kind: 'deny', by: 'person', note: 'no' };
    case 'nobody':
      return { kind: 'deny', by: 'nobody' };
    case 'garbage':
      return { kind: 'yes' } as unknown as ApprovalAnswer;
    case 'throw':
      return undefined;
  }
}

function forget(world: World, what: 'grants' | 'denials'): void {
  const memory = living(world).gate[what];
  const ids = memory.list().map(({ id }) => id);
  for (const id of ids) memory.drop(id);
  // One that is recorded and not yet given cannot be seen, and so not be revoked.
  for (const grant of world.grants)
    if (grant.id !== undefined && ids.includes(grant.id)) grant.dropped = Math.min(grant.dropped, world.tick());
}

const minute = 60_000;
const vmid = fc.constantFrom<101 | 102 | 103>(101, 101, 101, 102, 103);
const launch = fc.constantFrom('1', '1', '2', '3');
const operation: fc.Arbitrary<ProposedApi> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.tuple(vmid, fc.constantFrom('shutdown', 'reboot', 'stop')).map(([id, what]) => power(id, what)),
  },
  { weight: 1, arbitrary: vmid.map((id) => power(id, 'start', { timeout: 30 })) },
  { weight: 1, arbitrary: vmid.map((id) => power(id, 'stop', { skiplock: 1 })) },
  { weight: 1, arbitrary: fc.constant(call('DELETE', '/nodes/pve2/qemu/101')) },
  { weight: 1, arbitrary: fc.constant(call('GET', '/nodes/pve1/report')) },
  { weight: 1, arbitrary: fc.constant(call('GET', '/version')) },
);
const operations = fc.oneof(
  { weight: 2, arbitrary: operation.map((one) => [one]) },
  { weight: 1, arbitrary: fc.array(operation, { minLength: 2, maxLength: 3 }) },
);
const origin: fc.Arbitrary<Origin> = fc.oneof(
  { weight: 6, arbitrary: launch.map((id): Origin => ({ who: 'agent', client: 'x', launch: id })) },
  { weight: 1, arbitrary: fc.constantFrom(click, picker) },
);
const policies: readonly (readonly Policy[])[] = [
  [],
  [],
  [],
  [],
  [{ verdict: 'allow', vmids: [101, 101] }],
  [{ verdict: 'ask', tag: 'prod' }, { verdict: 'allow' }],
  [{ verdict: 'never-destroy' }, { verdict: 'ask', vmids: [102, 102] }],
  [{ verdict: 'read-only', tag: 'prod' }],
  [{ verdict: 'read-only', vmids: [102, 102] }],
];
const guestChanges: readonly Omit<Extract<Event, { readonly guest: number }>, 'guest'>[] = [
  { is: { node: 'pve1' }, config: {} },
  { is: { node: 'pve3' }, config: {} },
  { is: { name: 'other' }, config: {} },
  { is: { status: 'running' }, config: {} },
  { is: { status: 'paused' }, config: {} },
  { is: {}, config: { cores: 8 } },
  { is: {}, config: { tags: 'prod' } },
  { is: {}, config: { tags: '' } },
  { is: {}, config: { meta: 'ctime=9' } },
];
const index = fc.constantFrom(0, 0, 0, 1, 2, 3);
const jumps = [1000, 20_000, 31_000, 31_000, 31_000, 4 * minute, 6 * minute, 16 * minute];
const usual = fc.constantFrom<(typeof answers)[number]>('run', 'run', 'run', 'grant if offered', 'grant if offered');

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ again: index }) },
  { weight: 14, arbitrary: fc.record({ propose: operations, from: origin, wait: fc.boolean() }) },
  { weight: 26, arbitrary: fc.record({ answer: usual, question: index }) },
  { weight: 6, arbitrary: fc.record({ answer: fc.constantFrom(...answers), question: index }) },
  { weight: 3, arbitrary: fc.record({ cancel: index }) },
  { weight: 1, arbitrary: fc.record({ breakBridge: launch }) },
  {
    weight: 8,
    arbitrary: fc.record({ clock: fc.constantFrom('both', 'wall', 'monotonic'), ms: fc.constantFrom(...jumps) }),
  },
  { weight: 1, arbitrary: fc.record({ clock: fc.constant('wall'), ms: fc.constantFrom(-60 * minute, -minute) }) },
  { weight: 3, arbitrary: fc.record({ frozen: fc.constantFrom(true, false, false, false) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      edit: fc.constantFrom('revision', 'in place'),
      level: fc.constantFrom('full', 'full', 'full', 'full', 'full', ...accessLevels),
      policies: fc.constantFrom(...policies),
    }),
  },
  {
    weight: 7,
    arbitrary: fc.tuple(vmid, fc.constantFrom(...guestChanges)).map(([guest, change]) => ({ guest, ...change })),
  },
  { weight: 2, arbitrary: fc.record({ fault: fc.constantFrom('audit', 'connect', 'standing', 'reads', 'lost') }) },
  { weight: 6, arbitrary: fc.record({ fault: fc.constant('none') }) },
  { weight: 2, arbitrary: fc.record({ forget: fc.constantFrom('grants', 'denials') }) },
  { weight: 1, arbitrary: fc.record({ restart: fc.constantFrom('asking', 'asking', 'operate') }) },
  { weight: 3, arbitrary: fc.constant({ recheck: true }) },
) as fc.Arbitrary<Event>;
/** Short pauses fall into the middle of a call, long ones let it come to its question or its end. */
const pause = fc.oneof(
  { weight: 1, arbitrary: fc.nat({ max: 8 }) },
  { weight: 2, arbitrary: fc.nat({ max: 40 }) },
  { weight: 3, arbitrary: fc.integer({ min: 40, max: 150 }) },
);

/** Between an answer and what follows from it. */
const soon = fc.tuple(fc.record({ answer: usual, question: index }), fc.integer({ min: 8, max: 40 }));

/** Events, each with the number of turns after it. */
export const schedule = fc.array(
  fc.oneof({ weight: 5, arbitrary: fc.tuple(event, pause) }, { weight: 1, arbitrary: soon }),
  { minLength: 5, maxLength: 40, size: 'max' },
);
