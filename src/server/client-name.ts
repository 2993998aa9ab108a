import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { printable } from '../gate/printable.ts';

/** What the client says it is; shown as such, decides nothing. */
export function clientName(server: Server): string {
  const { name = 'unknown client', version = '' } = server.getClientVersion() ?? {};
  return printable(`${name} ${version}`.trim(), 100);
}
