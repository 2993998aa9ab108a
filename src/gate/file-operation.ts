import { isDangerousWrite, isSecretPath } from './command/secret-paths.ts';
import { hazards } from './hazards.ts';
import { localHazards } from './local-path.ts';
import { operationDigest } from './operation.ts';
import type { Policy } from './policy.ts';
import { printable, quoted } from './printable.ts';
import type { Assessment, FileOperation, Risk, TargetFacts } from './types.ts';

/** The gate's own judgement of a transfer. What guests hold is theirs, so each is sensitive (G6). Pure. */
export function assessFile(operation: FileOperation, facts: TargetFacts, policies: readonly Policy[] = []): Assessment {
  const { direction } = operation;
  const [risk, reason] = riskOf(operation);
  return {
    operation,
    digest: operationDigest(operation),
    risk,
    sensitive: true,
    verb: verbs[direction],
    effect: effectOf(operation),
    facts,
    hazards: [
      ...(risk === 'destroy' ? [reason] : []),
      ...(direction !== 'upload' && isSecretPath(operation.remotePath) ? ['This file usually holds secrets.'] : []),
      ...(operation.localPath === undefined ? [] : localHazards(operation.localPath, direction)),
      ...hazards(facts, risk, policies),
    ],
    notes: [],
    changes: [],
    reasons: [reason],
    stopTask: false,
    abrupt: false,
  };
}

/** What of the path on this machine is not as it was when it was asked about: a folder on the way may be a link by now. */
export function leadsElsewhere({ operation: was }: Assessment, { operation: is }: Assessment): string | undefined {
  if (was.kind !== 'file' || is.kind !== 'file' || was.localPath === is.localPath) return undefined;
  return `${quoted(was.localPath ?? '', 4096)} on this machine leads to ${quoted(is.localPath ?? '', 4096)} now.`;
}

const verbs = { upload: 'Write a file on', download: 'Download a file from', read: 'Read a file of' } as const;

function riskOf({ direction, target, remotePath, overwrite }: FileOperation): [Risk, string] {
  if (direction !== 'upload') return ['read', 'Nothing is changed there; the content of a file leaves it.'];
  if (isDangerousWrite(remotePath))
    return [
      'destroy',
      `Whoever writes ${quoted(remotePath, 200)} decides how the ${target.at === 'host' ? 'node' : 'guest'} works.`,
    ];
  if (overwrite) return ['destroy', 'A file that is there already is replaced, and its content is lost.'];
  return ['configure', 'A new file is written; one that is there already is left as it is.'];
}

function effectOf({ direction, remotePath, localPath, content, size, maxBytes, mode, owner }: FileOperation): string {
  const remote = quoted(remotePath, 1024);
  if (direction === 'read')
    return `The text of ${remote} goes into the answer to whoever asked, at most ${maxBytes} bytes.`;
  if (direction === 'download')
    return `${remote} is written to ${quoted(localPath ?? '', 1024)} on this machine, at most ${maxBytes} bytes.`;
  const as = [
    ...(mode === undefined ? [] : [`mode ${mode.toString(8).padStart(4, '0')}`]),
    ...(owner === undefined ? [] : [`owner ${printable(owner, 80)}`]),
  ];
  const what = content === undefined ? `${quoted(localPath ?? '', 1024)} of this machine` : 'The text below';
  return `${what}${size === undefined ? '' : ` (${size} bytes)`} is written to ${remote}${as.length === 0 ? '' : `, ${as.join(', ')}`}.`;
}

/** What is transferred, for people; nothing of it is cut. */
export function fileText({
  direction,
  target,
  remotePath,
  localPath,
  content,
  sha256,
  overwrite,
}: FileOperation): string {
  const where = target.at === 'host' ? target.node : `${target.at} ${target.vmid}`;
  const remote = `${where}:${quoted(remotePath, Number.POSITIVE_INFINITY)}`;
  const local = localPath === undefined ? undefined : quoted(localPath, Number.POSITIVE_INFINITY);
  if (direction === 'read') return `read ${remote}`;
  if (direction === 'download') return `${remote} → ${local ?? ''}`;
  const sum = sha256 === undefined ? '' : `  SHA-256 ${sha256}`;
  const text = content === undefined ? '' : `  ${printable(content)}`;
  return `${local ?? 'text'} → ${remote}${overwrite ? ' (overwrite)' : ''}${sum}${text}`;
}
