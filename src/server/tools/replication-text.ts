import { forModel } from '../../gate/printable.ts';
import type { PveClient } from '../../pve/client.ts';
import {
  type ReplicationJob,
  type ReplicationState,
  replicationJobs,
  replicationStates,
} from '../../pve/replication.ts';
import { rows } from '../text/rows.ts';
import { unreadable } from '../text/sections.ts';
import { count, duration, utc } from '../text/units.ts';

/** The replication jobs with how they go, which only the node of each knows. @param nodes those that are online */
export async function replicationLines(pve: PveClient, nodes: readonly string[]): Promise<string[]> {
  const jobs = await replicationJobs(pve);
  if (jobs.length === 0) return ['Replication: no jobs that the token may see (VM.Audit)'];
  const read = await Promise.all(
    nodes.map(async (node) => {
      try {
        return { states: await replicationStates(pve, node), fault: [] };
      } catch (error) {
        return { states: [], fault: [unreadable(`The replication of ${node}`, error)] };
      }
    }),
  );
  const states = new Map(read.flatMap((one) => one.states.map((state) => [state.id, state] as const)));
  const failing = [...states.values()].filter(({ failures, error }) => failures > 0 || error !== undefined);
  return [
    `Replication: ${count(jobs.length, 'job')}, ${failing.length === 0 ? 'none failing' : `${failing.length} failing`}`,
    ...rows(columns(states), jobs),
    ...failing.map(({ id, failures, error = 'no reason told' }) =>
      forModel(`${id} failed ${count(failures, 'time')}: ${error}`, 400),
    ),
    ...read.flatMap(({ fault }) => fault),
  ];
}

function columns(states: ReadonlyMap<string, ReplicationState>) {
  const of = ({ id }: ReplicationJob) => states.get(id);
  const when = (seconds: number | undefined) => (seconds === undefined ? '' : utc(seconds));
  return [
    { head: 'JOB', cell: ({ id }: ReplicationJob) => id },
    { head: 'TO', cell: ({ target = '' }: ReplicationJob) => target },
    { head: 'SCHEDULE', cell: ({ schedule = '' }: ReplicationJob) => schedule },
    {
      head: 'STATE',
      cell: (job: ReplicationJob) => {
        if (job.disabled) return 'off';
        const state = of(job);
        if (state === undefined) return 'not known';
        return state.failures > 0 || state.error !== undefined ? 'failing' : 'ok';
      },
    },
    { head: 'LAST (UTC)', cell: (job: ReplicationJob) => when(of(job)?.lastSync) },
    {
      head: 'TOOK',
      cell: (job: ReplicationJob) => (of(job)?.duration === undefined ? '' : duration(of(job)?.duration ?? 0)),
    },
    { head: 'NEXT (UTC)', cell: (job: ReplicationJob) => when(of(job)?.nextSync) },
  ];
}
