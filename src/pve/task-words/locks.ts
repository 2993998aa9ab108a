import type { WordRow } from '../task-words.ts';

/** Quorum, locks, permissions, and changes by others. */
export const locks: readonly WordRow[] = [
  [
    /no quorum|cluster not ready/i,
    'The cluster has no quorum',
    'Bring nodes back, or repair the network between them. On a node: pvecm status',
  ],
  [
    /can't lock file|got lock (request )?timeout|unable to (acquire|create) .*lock|cfs[- ]lock[^\n]*timeout/i,
    'Another task held its lock',
    'Wait for that task, then try again.',
  ],
  [
    /is locked( \(|$)/im,
    'It was locked',
    'Wait for the task that holds the lock. Where none runs any more, root on its node can unlock it: qm unlock or pct unlock.',
  ],
  [
    /permission check failed/i,
    'The login lacks a privilege for a part of it',
    'Grant the privilege that the words name, or use a connection that has it.',
  ],
  [
    /only root (can|may|is allowed)|only allowed for root/i,
    'Only root may do a part of it',
    'Do it as root on the node or in the web interface.',
  ],
  [
    /detected modified configuration|file change(d)? by other user/i,
    'Somebody else changed the config meanwhile',
    'Read it again, and decide on what it is now.',
  ],
  [
    /configuration file '[^']*' does not exist|unable to find configuration file|unable to find vm/i,
    'There is no such guest on that node',
    'List the guests again: it was moved or removed.',
  ],
  [
    /received interrupt|interrupted by signal|^unexpected status/im,
    'It was stopped before its end',
    'Look at the target first: a part of it may be done. Then run it again, if it is still wanted.',
  ],
];
