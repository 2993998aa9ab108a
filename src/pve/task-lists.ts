import { type PveError, toPveError } from './error.ts';
import type { Reader } from './get.ts';
import { readTasks } from './readers.ts';
import type { TaskInfo } from './records.ts';

/** Which tasks of a node's history. */
export interface TaskQuery {
  readonly limit: number;
  readonly vmid?: number | undefined;
  readonly errors?: boolean | undefined;
  /** Only those that run. */
  readonly running?: boolean | undefined;
  readonly type?: string | undefined;
  /** A part of `user@realm`. */
  readonly user?: string | undefined;
  /** Seconds since 1970, both. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

/** What the histories of several nodes hold. */
export interface TaskHistory {
  readonly tasks: readonly TaskInfo[];
  /** How many fit the query in all. */
  readonly total: number;
  /** Nodes that could not be asked, and why. */
  readonly failed: readonly { readonly node: string; readonly error: PveError }[];
}

/**
 * GET `/nodes/{node}/tasks` of each node at the same time; one that does not answer hides nothing of the others.
 * @throws the error of the last one where none answers
 */
export async function taskHistory(reader: Reader, nodes: readonly string[], query: TaskQuery): Promise<TaskHistory> {
  const answers = await Promise.all(
    nodes.map(async (node) => {
      try {
        return { node, ...(await ofNode(reader, node, query)) };
      } catch (error) {
        return { node, error: toPveError(error) };
      }
    }),
  );
  const read = answers.flatMap((answer) => (answer.error === undefined ? [answer] : []));
  const failed = answers.flatMap(({ node, error }) => (error === undefined ? [] : [{ node, error }]));
  const [fault] = failed;
  if (read.length === 0 && fault !== undefined) throw fault.error;
  return {
    tasks: read.flatMap(({ tasks }) => tasks).sort((a, b) => b.startTime - a.startTime),
    total: read.reduce((all, { total }) => all + total, 0),
    failed,
  };
}

async function ofNode(reader: Reader, node: string, query: TaskQuery) {
  const { limit, vmid, errors, running, type, user, since, until } = query;
  const params = Object.entries({ vmid, since, until, typefilter: type, userfilter: user });
  const { data, total } = await reader.send({
    method: 'GET',
    path: ['nodes', node, 'tasks'],
    params: {
      source: running === true ? 'active' : 'all',
      limit,
      ...(errors === true ? { errors: true } : {}),
      ...Object.fromEntries(params.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))),
    },
  });
  const tasks = readTasks(data);
  return { tasks, total: total ?? tasks.length };
}
