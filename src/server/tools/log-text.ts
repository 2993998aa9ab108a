import type { ClusterLogEntry, LogLine } from '../../pve/logs.ts';
import { logLines } from '../text/log-lines.ts';
import { utc } from '../text/units.ts';

/** Entries of the cluster log as lines, oldest first; times are UTC. */
export function clusterLogLines(entries: readonly ClusterLogEntry[]): string[] {
  return entries.length === 0
    ? ['No entries that the token may see (Sys.Syslog on /).']
    : logLines(entries.map(asLine));
}

/** Writer and node together, the person in the message; errors are marked as such. */
export function asLine({ time, node, user, service, priority = 6, message }: ClusterLogEntry): LogLine {
  const [day, clock] = utc(time).split(' ');
  const who = message.includes(user) ? '' : `${user} `;
  return {
    day,
    time: clock,
    service: `${node}/${service}`,
    message: `${priority <= 3 ? 'ERROR ' : ''}${who}${message}`,
  };
}
