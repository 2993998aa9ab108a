import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { Profile } from '../../../src/extension/connections/profile.ts';
import type { SecretPlace } from '../../../src/extension/connections/secrets.ts';
import type { Reach } from '../../../src/extension/connections/ways.ts';
import { createLive, type Live } from '../../../src/extension/tree/live.ts';
import { createPveClient } from '../../../src/pve/client.ts';
import { PveError, type PveErrorCode } from '../../../src/pve/error.ts';
import { type FakeClock, fakeClock } from '../../support/clock.ts';

const profile: Profile = { kind: 'demo', id: randomUUID(), name: 'Demo cluster', revision: 1, level: 'read-only' };
const running = { id: 'qemu/101', type: 'qemu', vmid: 101, node: 'pve1', name: 'web-01', status: 'running' };

/** A cluster whose answers a test sets; the poll interval is long enough for the fake clock to hold it. */
function bench(options: { profiles?: () => Promise<readonly Profile[]>; secret?: SecretPlace; frozen?: boolean } = {}) {
  const clock = fakeClock();
  const asked: string[] = [];
  const cluster: { fault?: PveErrorCode; reach?: Reach } = {};
  const live = createLive({
    profiles: options.profiles ?? (async () => [profile]),
    frozen: async () => options.frozen === true,
    secretPlace: async () => options.secret ?? 'stored',
    reach: async () => cluster.reach,
    client: async () =>
      createPveClient(async ({ path }) => {
        asked.push(path.join('/'));
        if (cluster.fault !== undefined)
          throw new PveError({ code: cluster.fault, message: 'It broke', reason: [], hint: 'Mend it.' });
        return { data: [running] };
      }),
    clock,
    intervalMs: () => 20_000,
  });
  onTestFinished(() => live.dispose());
  return { live, clock, asked, cluster };
}

/** Waits until the first connection is as wanted. */
function until(live: Live, wanted: (view: ReturnType<typeof first>) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (wanted(first(live))) resolve();
    };
    live.onChange(look);
    look();
  });
}
/** Lets everything that is due happen, then moves the clock, and lets what that woke happen. */
async function pass(clock: FakeClock, ms: number): Promise<void> {
  await setImmediate();
  clock.advance(ms);
  await setImmediate();
}
const first = (live: Live) => live.views()?.[0];

test('while it is hidden nothing is asked', async () => {
  const { live, asked } = bench();
  await live.refresh();
  expect(first(live)?.state).toBe('loading');
  expect(asked).toEqual([]);
});

test('what a list to pick from needs is read once, also while the tree is hidden', async () => {
  const { live, asked } = bench();
  await live.lookOnce();
  expect(first(live)).toMatchObject({ state: 'ready', resources: [{ vmid: 101, status: 'running' }] });
  expect(asked).toEqual(['cluster/resources']);
});

test('a visible view asks once for each poll, and stops when it is hidden', async () => {
  const { live, clock, asked } = bench();
  live.setVisible(true);
  await until(live, (view) => view?.state === 'ready');
  expect(asked).toEqual(['cluster/resources']);
  await pass(clock, 20_000);
  expect(asked.length).toBe(2);
  live.setVisible(false);
  await pass(clock, 60_000);
  expect(asked.length).toBe(2);
});

test.each<PveErrorCode>([
  'unauthenticated',
  'certificate',
])('after "%s" nothing is asked until a person reconnects: not by time, refreshing, hiding and showing', async (fault) => {
  const { live, clock, asked, cluster } = bench();
  cluster.fault = fault;
  live.setVisible(true);
  await until(live, (view) => view?.state === 'error');
  await pass(clock, 600_000);
  await live.refresh();
  live.setVisible(false);
  live.setVisible(true);
  await pass(clock, 600_000);
  expect(asked.length).toBe(1);
  expect(first(live)?.error?.code).toBe(fault);
  delete cluster.fault;
  await live.reconnect(profile.id);
  await until(live, (view) => view?.state === 'ready');
});

test('an edited connection is tried again by itself', async () => {
  let revision = 1;
  const { live, asked, cluster } = bench({ profiles: async () => [{ ...profile, revision }] });
  cluster.fault = 'unauthenticated';
  live.setVisible(true);
  await until(live, (view) => view?.state === 'error');
  delete cluster.fault;
  revision = 2;
  await live.refresh();
  await until(live, (view) => view?.state === 'ready');
  expect(asked.length).toBe(2);
});

test('which endpoint answers, and where the secret is, is known with the answer', async () => {
  const { live, cluster } = bench({ secret: 'session' });
  cluster.reach = { serving: 'https://pve2:8006', faults: [] };
  live.setVisible(true);
  await until(live, (view) => view?.state === 'ready');
  expect(first(live)).toMatchObject({ reach: { serving: 'https://pve2:8006' }, sessionOnly: true });
});

test('an unreachable cluster is asked again, ever more slowly, and keeps what was seen last', async () => {
  const { live, clock, asked, cluster } = bench();
  live.setVisible(true);
  await until(live, (view) => view?.state === 'ready');
  cluster.fault = 'unreachable';
  await pass(clock, 20_000);
  await until(live, (view) => view?.state === 'error');
  expect(first(live)?.resources.length).toBe(1);
  await pass(clock, 30_000);
  expect(asked.length).toBe(2);
  await pass(clock, 10_000);
  expect(asked.length).toBe(3);
});

test('a state that is known to be newer outlasts the lag of the overview, and no more', async () => {
  const { live, clock } = bench();
  live.setVisible(true);
  await until(live, (view) => view?.state === 'ready');
  live.note(profile.id, 101, 'stopped');
  expect(first(live)?.resources[0]?.status).toBe('stopped');
  await pass(clock, 20_000);
  await until(live, (view) => view?.resources[0]?.status === 'running');
});

test('a connection without its secret asks for it instead of the cluster', async () => {
  const { live, asked } = bench({ secret: 'missing' });
  live.setVisible(true);
  await until(live, (view) => view?.state === 'no-secret');
  expect(asked).toEqual([]);
});

test('stored connections that cannot be read are said, not hidden', async () => {
  const { live } = bench({ profiles: () => Promise.reject(new Error('The stored connections are damaged')) });
  await live.refresh();
  expect(live.broken()).toBe('The stored connections are damaged');
});

test('G8: every view tells of a freeze, from one look to the next', async () => {
  const { live, cluster } = bench({ frozen: true });
  await live.lookOnce();
  expect(live.views()).toMatchObject([{ state: 'ready', frozen: true }]);
  cluster.fault = 'unreachable';
  await live.lookOnce();
  expect(live.views()).toMatchObject([{ state: 'error', frozen: true }]);
});
