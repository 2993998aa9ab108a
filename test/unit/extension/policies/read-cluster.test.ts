import { expect, test } from 'vitest';
import type { Profile } from '../../../../src/extension/connections/profile.ts';
import { readCluster } from '../../../../src/extension/policies/read-cluster.ts';
import type { ConnectionView } from '../../../../src/extension/tree/live.ts';
import { createPveClient } from '../../../../src/pve/client.ts';
import { PveError, type PveErrorData } from '../../../../src/pve/error.ts';

const profile: Profile = { kind: 'demo', id: 'demo', name: 'Demo cluster', revision: 1, level: 'read-only' };
const offline: PveErrorData = { code: 'unreachable', message: 'pve1 is away', reason: [], hint: 'Look at it.' };

/** Reads a cluster that answers, or fails, while the explorer knows this of it. */
async function read(view: Partial<ConnectionView>, fault?: PveErrorData) {
  const asked: string[] = [];
  const client = () =>
    createPveClient(async ({ path }) => {
      asked.push(path.join('/'));
      if (fault !== undefined) throw new PveError(fault);
      return { data: [{ id: 'qemu/101', type: 'qemu', vmid: 101, node: 'pve1', tags: 'prod;web' }] };
    });
  const views = () => [{ profile, state: 'ready' as const, resources: [], ...view }];
  return { cluster: await readCluster('demo', { session: { client }, live: { views } }), asked };
}

test('rules are tried on what the cluster says now', async () => {
  const { cluster, asked } = await read({});
  expect(cluster).toMatchObject({ resources: [{ vmid: 101, tags: ['prod', 'web'] }] });
  expect(asked).toEqual(['cluster/resources']);
});

test('a cluster that does not answer is told of with its reason', async () => {
  expect((await read({}, offline)).cluster).toEqual({ unread: 'pve1 is away. Look at it.' });
});

test('one that is known to be broken, or without its secret, is not tried', async () => {
  expect(await read({ state: 'error', error: offline })).toEqual({ cluster: { unread: 'pve1 is away' }, asked: [] });
  const { cluster, asked } = await read({ state: 'no-secret' });
  expect([cluster, asked]).toEqual([{ unread: 'Its secret is not stored on this computer.' }, []]);
});
