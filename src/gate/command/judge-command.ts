import type { CommandPlace, CommandRun, CommandVerdict } from './types.ts';

/**
 * The risk of a command, and why (G4, G5, G6). What is not understood is never a read. Never throws.
 * @param place where it runs
 * @param node the node that it runs on, or that holds the guest; absent when nobody knows yet
 */
export function judgeCommand(_run: CommandRun, _place: CommandPlace, _node?: string): CommandVerdict {
  const reasons = ['No rule knows this command, so it counts as destroying.'];
  return {
    risk: 'destroy',
    sensitive: true,
    reasons,
    programs: [],
    writes: [],
    services: [],
    guests: 'all',
    parts: [],
  };
}
