import fc from 'fast-check';
import { expect, test } from 'vitest';
import { call, home } from '../../support/gate.ts';
import { happen, living, schedule } from '../../support/gate-events.ts';
import { judge, judgeEnd, judgeFlood } from '../../support/gate-judge.ts';
import { gateWorld, type World } from '../../support/gate-world.ts';

// So many random schedules. A failure prints its seed; INTERLEAVINGS_SEED repeats it.
const numRuns = Number(process.env.INTERLEAVINGS ?? 150);
const seed = process.env.INTERLEAVINGS_SEED;

test('G2 G3 G7 G11: whatever happens in whichever order, nothing runs without a yes, a grant or a rule that stands', async () => {
  const seen = { sent: 0, unasked: 0, granted: 0, asked: 0, denied: 0 };
  const property = fc.asyncProperty(schedule, async (events) => {
    const world = gateWorld(judge);
    world.start();
    for (const [event, turns] of events) {
      happen(world, event);
      await world.turns(turns);
      judgeFlood(world);
    }
    await settle(world);
    await asksAgain(world);
    judgeEnd(world);
    for (const { records, questions, outcomes = [] } of world.calls) {
      const sent = records.filter((one) => one.sent > 0).length;
      seen.sent += sent;
      if (questions.length === 0) seen.unasked += sent;
      seen.asked += questions.length;
      seen.denied += outcomes.filter(({ status }) => status === 'denied').length;
    }
    seen.granted += world.grants.length;
    expect(world.wrong).toEqual([]);
  });
  await fc.assert(property, { numRuns, ...(seed === undefined ? {} : { seed: Number(seed) }) });
  // Schedules in which little happens would prove little.
  for (const [what, times] of Object.entries(seen))
    expect({ what, often: times > numRuns / 20 }).toMatchObject({ often: true });
}, 600_000);

/** Ends everything that is under way, however it must. */
async function settle(world: World): Promise<void> {
  world.faults.clear();
  for (const { abort } of world.calls) abort.abort();
  const isOpen = () => world.calls.some(({ life, outcomes }) => life.alive && outcomes === undefined);
  for (let round = 0; round < 40 && isOpen(); round += 1) {
    world.clock.advance(31 * 60_000);
    await world.turns(50);
  }
}

/** After all of it the gate asks as ever: no place is kept by what has ended. */
async function asksAgain(world: World): Promise<void> {
  const { freeze } = world.stored.now();
  world.stored.set(world.tick(), { profile: { ...home, revision: 1000 }, freeze: { count: freeze.count } });
  const before = world.questions.length;
  for (let count = 0; count < 4; count += 1)
    world.propose(living(world), [call('PUT', '/cluster/odd', { count })], { who: 'agent', client: 'x', launch: '1' });
  await world.turns(100);
  if (world.questions.length !== before + 4)
    world.wrong.push(`${world.questions.length - before} of 4 questions after it all`);
  await settle(world);
}
