import { PveError } from '../pve/error.ts';
import type { NodeShell } from '../ssh/types.ts';
import type { Call } from './call.ts';
import type { GateProfile } from './types.ts';

/** A shell on a node of the connection. @throws PveError where SSH was not set up, or the node cannot be reached */
export async function shellOn({ shell, signal }: Call, profile: GateProfile, node: string): Promise<NodeShell> {
  if (shell !== undefined) return shell(profile, node, signal);
  throw sshMissing();
}

/** Nobody has set SSH up. */
export function sshMissing(): PveError {
  return new PveError({
    code: 'not_implemented',
    message: 'SSH is not set up: commands and files on nodes and in containers need it',
    hint: 'A person sets it up: in the editor with "Set up SSH…", elsewhere with PVE_SSH_USER and the other PVE_SSH_ settings. Commands in VMs need none, only the guest agent.',
    reason: [],
  });
}
