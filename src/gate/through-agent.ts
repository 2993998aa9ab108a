import { isVmid } from '../pve/guest.ts';
import type { ProposedApi, ProposedCommand, ProposedFile } from './types.ts';

/** What a command or a file gets where the request has no word for it. */
export const usual = { timeoutSeconds: 60, maxBytes: 10 * 1024 * 1024 } as const;

/**
 * A request to the guest agent that runs a command or carries a file, as the command or file that it is: one operation, one
 * verdict and one digest whatever the way in (G5).
 * @returns nothing for other requests, and for those that say more than this; they are refused to agents
 */
export function throughAgent({
  method,
  segments,
  params = {},
}: ProposedApi): ProposedCommand | ProposedFile | undefined {
  const [root, node = '', type, vmid = '', agent, act, ...rest] = segments;
  if (root !== 'nodes' || type !== 'qemu' || !isVmid(vmid) || agent !== 'agent' || rest.length > 0) return undefined;
  const target = { at: 'vm', node, vmid: Number(vmid) } as const;
  const given = Object.keys(params).sort().join();
  const { command, file, content } = params;
  if (method === 'POST' && act === 'exec' && given === 'command')
    return {
      kind: 'command',
      target,
      run: { argv: [command].flat().map(String) },
      timeoutSeconds: usual.timeoutSeconds,
    };
  const path = typeof file === 'string' ? file : undefined;
  if (path === undefined) return undefined;
  const transfer = { kind: 'file', target, remotePath: path, maxBytes: usual.maxBytes } as const;
  if (method === 'GET' && act === 'file-read' && given === 'file')
    return { ...transfer, direction: 'read', overwrite: false };
  if (method === 'POST' && act === 'file-write' && given === 'content,file' && typeof content === 'string')
    return { ...transfer, direction: 'upload', content, overwrite: true };
  return undefined;
}
