import { printable } from '../../gate/printable.ts';
import type { NodeCheck } from './ssh-check.ts';
import type { SshSettings } from './ssh-settings.ts';
import { sshText } from './ssh-settings.ts';

/** What went wrong at each node, and what to do about it, as a text for people: one block for nodes with the same trouble. */
export function sshHelp(connection: string, settings: SshSettings, checks: readonly NodeCheck[]): string {
  const troubles = new Map<string, string[]>();
  for (const { node, address, error } of checks) {
    if (error === undefined) continue;
    const what = [
      ...[error.message, ...error.reason].map((line) => printable(line, 500)),
      '',
      ...error.hint.split('\n').map((line) => `  ${printable(line)}`),
    ].join('\n');
    troubles.set(what, [...(troubles.get(what) ?? []), `${printable(node, 64)} (${printable(address, 120)})`]);
  }
  const blocks = [...troubles].map(([what, nodes]) => `${nodes.join(', ')}\n${what}\n`);
  const head = [`SSH of ${printable(connection, 64)}: ${printable(sshText(settings), 400)}`, ''];
  const foot = ['Then run "Proxmox VE: Set up SSH…" again. What was entered there is not stored yet.', ''];
  return [...head, ...blocks, ...foot].join('\n');
}
