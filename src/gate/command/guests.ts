import { ownersIn } from '../owners.ts';
import { type Arg, startOf } from './arg.ts';
import type { CommandPlace, RuleVerdict } from './types.ts';

const config = /(?:^|[/=])(?:qemu-server|lxc)\/(\d+)\.conf/g;
const folder = /(?:^|[/=])(?:images|private|rootfs|root)\/(\d+)(?:\/|$)/g;

/** Which guests a command on a node reaches: those that its words name as owners; whichever, where it destroys and names none. */
export function guestsIn(verdict: RuleVerdict, argv: readonly Arg[], place: CommandPlace): Pick<RuleVerdict, 'guests'> {
  if (verdict.guests !== undefined || place !== 'host' || verdict.risk === 'read') return {};
  const named = argv.map(startOf).flatMap(guestsNamed);
  if (named.length > 0) return { guests: [...new Set(named)] };
  return verdict.risk === 'destroy' ? { guests: 'all' } : {};
}

/** The VMIDs that one word names as owners of a disk, a backup or a config. */
export function guestsNamed(word: string): readonly number[] {
  const paths = [config, folder].flatMap((pattern) => [...word.matchAll(pattern)].map(([, vmid = '']) => vmid));
  return [...ownersIn(word), ...paths].map(Number);
}
