// Says whether a gate was allowed to do what it did: written from the rules, without a line of the gate's own code.
import type { Policy } from '../../src/gate/policy.ts';
import type { ProposedApi } from '../../src/gate/types.ts';
import { apiOnly } from './api-only.ts';
import {
  type GuestSnap,
  type Question,
  requestKey,
  type Step,
  type Stored,
  type Time,
  type World,
  type WorldCall,
  type WorldGrant,
} from './gate-world.ts';

/** So many turns may pass between a look at what is stored and the record that follows it. */
const slack = 8;
const minutes = 60_000;

/** Judges one write or sensitive read at the moment when it reaches the cluster. */
export function judge(world: World, call: WorldCall, step: Step | undefined, key: string): void {
  const why = step === undefined ? 'no record before it' : objection(world, call, step, key);
  if (why !== undefined) world.wrong.push(`sent ${key}: ${why}`);
}

/** Judges what is left when everything has ended. */
export function judgeEnd(world: World): void {
  const say = (call: WorldCall, what: string) => world.wrong.push(`call ${world.calls.indexOf(call)}: ${what}`);
  for (const call of world.calls.filter(({ life }) => life.alive)) {
    const { operations, outcomes, records, questions } = call;
    if (outcomes?.length !== operations.length) say(call, `${outcomes?.length} outcomes for ${operations.length}`);
    if (questions.some(({ signal }) => !signal.aborted)) say(call, 'a question is still open');
    for (const { index, ends, endRefused } of records)
      if (ends !== (endRefused ? 0 : 1)) say(call, `step ${index} has ${ends} ends`);
    const statuses = outcomes?.map(({ status }) => status) ?? [];
    const bad = statuses.findIndex((status) => ['failed', 'unknown', 'denied'].includes(status));
    if (bad >= 0 && statuses.slice(bad + 1).some((status) => ['done', 'started', 'unknown'].includes(status)))
      say(call, `went on after a step that did not succeed: ${statuses.join(', ')}`);
    for (const [index, status] of statuses.entries()) {
      const sent = records.find((one) => one.index === index)?.sent ?? 0;
      const isRecorded = riskOf(operations[index]) !== 'read';
      if (isRecorded && ['done', 'started', 'unknown'].includes(status) && sent !== 1)
        say(call, `step ${index} is ${status} and was sent ${sent} times`);
      if (['denied', 'skipped'].includes(status) && sent > 0) say(call, `step ${index} is ${status} and was sent`);
    }
  }
}

/** Judges how many questions are open. */
export function judgeFlood(world: World): void {
  const open = world.questions.filter(({ signal, call }) => call.life.alive && !signal.aborted);
  for (const life of world.lives) {
    const launches = open.flatMap(({ call: { origin, life: its } }) =>
      its === life && origin.who === 'agent' ? [origin.launch] : [],
    );
    const most = Math.max(0, ...launches.map((one) => launches.filter((other) => other === one).length));
    if (launches.length > 16 || most > 4) world.wrong.push(`${launches.length} questions wait, ${most} of one launch`);
  }
}

function objection(world: World, call: WorldCall, step: Step, key: string): string | undefined {
  const operation = call.operations[step.index];
  if (call.abort.signal.aborted) return 'cancelled';
  if (operation === undefined || anyNode(keyOf(operation)) !== anyNode(key)) return 'not what was proposed';
  if (call.records.some((one) => one !== step && one.ends === 0 && !one.endRefused)) return 'overtook an earlier step';
  const question = call.questions.at(-1);
  return question === undefined
    ? unaskedObjection(world, call, step, operation)
    : askedObjection(world, question, step, operation, key);
}

function askedObjection(
  world: World,
  question: Question,
  step: Step,
  operation: ProposedApi,
  key: string,
): string | undefined {
  const { answer, request, call } = question;
  if (answer === undefined) return 'nobody answered';
  const { given, tick } = answer;
  if (given?.kind !== 'run') return 'it was denied';
  if (request.mustType !== undefined && given.typed !== request.mustType) return 'the name was not typed';
  if (given.grant !== undefined && !request.offers.includes('grant')) return 'a grant was not offered';
  if (riskOf(operation) === 'destroy' && request.mustType === undefined) return 'no name was asked for';
  const shown = request.assessments[step.index]?.operation;
  if (shown === undefined || keyOf(apiOnly(shown)) !== key) return 'not what was asked about';
  const answered = world.times.during(tick, tick + slack);
  if (!within(world.times.during(question.tick, question.tick), answered, 5 * minutes)) return 'answered too late';
  const now = world.times.during(step.tick - slack, step.tick);
  if (step.index === 0 && !within(answered, now, minutes / 2)) return 'begun too late';
  const counts = world.stored.during(question.tick - slack, question.tick).map(({ freeze }) => freeze.count);
  const same = world.stored
    .during(step.tick - slack, step.tick)
    .filter((now) => sameProfile(now.profile, request.connection) && counts.includes(now.freeze.count));
  if (same.length === 0) return 'the connection was edited or frozen since';
  const previous = call.questions.at(-2)?.tick ?? call.begun;
  const target = targetObjection(world, call, step, [previous, question.tick], tick);
  if (target !== undefined || call.origin.who === 'person') return target;
  return same.some((now) => isPermitted(world, call, step, operation, now)) ? undefined : 'agents may not';
}

/** Whether the target is still what was shown; one that an earlier step has changed may differ in state and config. */
function targetObjection(
  world: World,
  call: WorldCall,
  step: Step,
  shown: readonly [number, number],
  answered: number,
): string | undefined {
  const vmid = vmidOf(step.key);
  const guest = world.guests.get(vmid);
  if (guest === undefined) return undefined;
  const earlier = call.records.filter((one) => one !== step);
  const touched = earlier.some(({ key }) => vmidOf(key) === vmid && !key.startsWith('GET'));
  const since = Math.max(answered, ...earlier.map(({ endTick }) => endTick));
  const isThere = guest
    .during(...shown)
    .some((was) => guest.during(since, step.tick).some((is) => sameGuest(was, is, !touched)));
  return isThere ? undefined : 'the target changed';
}

function unaskedObjection(world: World, call: WorldCall, step: Step, operation: ProposedApi): string | undefined {
  const { origin, operations } = call;
  const allRead = operations.every((one) => ['read', 'sensitive'].includes(riskOf(one)));
  if (origin.who === 'person') {
    const isClick = origin.by === 'click' && operations.length === 1 && riskOf(operation) === 'operate';
    return allRead || (isClick && !step.key.includes('/stop')) ? undefined : 'a person was not asked';
  }
  if (operations.some((one) => !['read', 'operate'].includes(riskOf(one)))) return 'nobody was asked';
  const may = world.stored
    .during(step.tick - slack, step.tick)
    .some(
      (now) =>
        isPermitted(world, call, step, operation, now) &&
        !policyFits(world, call, step, now, 'ask') &&
        (call.life.approve === 'operate' ||
          policyFits(world, call, step, now, 'allow') ||
          world.grants.some((grant) => covers(world, grant, call, step, now))),
    );
  return may ? undefined : 'nobody was asked, and nothing allowed it';
}

/** Level, freeze and the rules that forbid. */
function isPermitted(world: World, call: WorldCall, step: Step, operation: ProposedApi, now: Stored): boolean {
  const risk = riskOf(operation);
  const { level } = now.profile;
  if (now.freeze.since !== undefined) return false;
  if (risk === 'destroy' && level !== 'full') return false;
  if (risk === 'operate' && level === 'read-only') return false;
  if (risk === 'sensitive') return true;
  if (policyFits(world, call, step, now, 'read-only')) return false;
  return risk !== 'destroy' || !policyFits(world, call, step, now, 'never-destroy');
}

/** Whether a rule of this verdict fits the guest at every moment since the step could have looked at it. */
function policyFits(world: World, call: WorldCall, step: Step, now: Stored, verdict: Policy['verdict']): boolean {
  const vmid = vmidOf(step.key);
  const since = Math.max(call.begun, ...call.records.filter((one) => one !== step).map(({ endTick }) => endTick));
  const snaps = world.guests.get(vmid)?.during(since, step.tick) ?? [];
  const fits = ({ vmids, tag }: Policy, snap: GuestSnap | undefined) =>
    (vmids === undefined || (vmids[0] <= vmid && vmid <= vmids[1])) && (tag === undefined || snap?.tags === tag);
  const rules = (now.profile.policies ?? []).filter((rule) => rule.verdict === verdict);
  const found = snaps.map((snap) => rules.some((rule) => fits(rule, snap)));
  return verdict === 'allow' ? found.some(Boolean) : found.every(Boolean);
}

function covers(world: World, grant: WorldGrant, call: WorldCall, step: Step, now: Stored): boolean {
  const { call: given, tick, dropped } = grant;
  const question = given.questions.at(-1);
  if (question?.answer?.given?.kind !== 'run' || question.answer.given.grant !== true) return false;
  if (!question.request.offers.includes('grant') || given.life !== call.life) return false;
  if (given.origin.who !== 'agent' || call.origin.who !== 'agent' || given.origin.launch !== call.origin.launch)
    return false;
  if (dropped < step.tick - slack || !sameProfile(now.profile, question.request.connection)) return false;
  const counts = world.stored.during(question.tick - slack, question.tick).map(({ freeze }) => freeze.count);
  if (!counts.includes(now.freeze.count)) return false;
  const times = world.times.during(step.tick - slack, step.tick);
  if (!within(world.times.during(tick, tick + slack), times, 15 * minutes)) return false;
  if (!given.operations.some((one) => anyNode(keyOf(one)) === anyNode(step.key))) return false;
  const guest = world.guests.get(vmidOf(step.key));
  const marks = guest?.during(given.begun, tick).map((snap) => snap?.mark);
  return guest?.during(call.begun, step.tick).some((snap) => snap?.mark && marks?.includes(snap.mark)) === true;
}

/** The risk of what the test proposes. */
export function riskOf(operation: ProposedApi | undefined): 'read' | 'sensitive' | 'operate' | 'destroy' {
  if (operation?.method === 'GET') return operation.segments.at(-1) === 'report' ? 'sensitive' : 'read';
  return operation?.segments.includes('status') && operation.params?.skiplock === undefined ? 'operate' : 'destroy';
}

function within(starts: readonly Time[], ends: readonly Time[], ms: number): boolean {
  return starts.some((start) =>
    ends.some((end) => end.wall - start.wall <= ms && end.monotonic - start.monotonic <= ms),
  );
}

function sameProfile(a: Stored['profile'], b: Stored['profile']): boolean {
  const held = ({ revision, level, policies }: Stored['profile']) => JSON.stringify([revision, level, policies]);
  return held(a) === held(b);
}

function sameGuest(a: GuestSnap | undefined, b: GuestSnap | undefined, whole: boolean): boolean {
  const identity = (one: GuestSnap | undefined) =>
    JSON.stringify([one?.type, one?.node, one?.name, ...(whole ? [one?.state, one?.cores, one?.tags] : [])]);
  return identity(a) === identity(b);
}

function keyOf({ method, segments: path, params = {} }: Pick<ProposedApi, 'method' | 'segments' | 'params'>): string {
  return requestKey({ method, path, params });
}

function anyNode(key: string): string {
  return key.replace(/ nodes\/[^/ ]+/, ' nodes/*');
}

function vmidOf(key: string): number {
  return Number(/\/(\d{3})[/ ]/.exec(`${key} `)?.[1]);
}
