import { count } from '../text/units.ts';
import * as cluster from './cluster-rules.ts';
import type { Collected } from './collect.ts';
import * as guest from './guest-rules.ts';
import * as storage from './storage-rules.ts';
import type { Finding, HealthData } from './types.ts';

const rules: readonly ((data: HealthData) => Finding[])[] = [
  cluster.quorum,
  cluster.haErrors,
  cluster.disks,
  cluster.replication,
  cluster.certificates,
  cluster.clockSkew,
  storage.fullStorages,
  storage.overCommit,
  guest.storageElsewhere,
  guest.backups,
  cluster.memoryWithoutOne,
  guest.staleLocks,
  guest.oldSnapshots,
  storage.orphanedDisks,
  cluster.accounts,
  guest.pendingChanges,
  guest.unusedDisks,
];
const weights = ['critical', 'warning', 'note'] as const;

/** Everything that the rules find, worst first. */
export function findingsOf(data: HealthData): Finding[] {
  const all = rules.flatMap((rule) => rule(data));
  return weights.flatMap((weight) => all.filter((one) => one.weight === weight));
}

/** The report as the model reads it: totals, findings, what could not be looked at. */
export function reportText({ data, unread }: Collected): string {
  const findings = findingsOf(data);
  const hidden = guest.hiddenBackups(data);
  const gaps = [
    ...unread,
    ...(hidden === 0
      ? []
      : [
          `backups of ${count(hidden, 'guest')} are not visible to this token (it needs Datastore.AllocateSpace and VM.Backup), which does not mean that there are none`,
        ]),
    ...(data.contents.length === 0 ? ['orphaned disks and over-commit: no storage with disks could be listed'] : []),
  ];
  return [
    head(data, findings),
    ...findings.map(({ weight, text, todo }) => `${weight.toUpperCase()} ${text}. ${todo}`),
    ...(gaps.length === 0 ? [] : ['', 'Could not be looked at:', ...gaps.map((gap) => `- ${gap}`)]),
  ].join('\n');
}

function head({ status, guests, nodes }: HealthData, findings: readonly Finding[]): string {
  const counts = weights.map((weight) => `${findings.filter((one) => one.weight === weight).length} ${weight}`);
  const looked = `${count(nodes.length, 'node')} and ${count(guests.length, 'guest')} looked at`;
  return `${findings.length === 0 ? 'Nothing found' : `${count(findings.length, 'finding')} (${counts.join(', ')}), worst first`}; ${looked}${quorumText(status)}.`;
}

function quorumText(status: HealthData['status']): string {
  if (status?.quorate !== true) return '';
  const online = status.nodes.filter((it) => it.online).length;
  const { margin } = cluster.quorumMargin(status.nodes.length, online);
  return `; quorum: ${online} of ${count(status.nodes.length, 'node')}, ${margin <= 0 ? 'none' : margin} more may fail`;
}
