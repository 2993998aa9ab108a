import { printable } from '../gate/printable.ts';
import type { Redactor } from '../gate/redact.ts';
import type { PveErrorData } from '../pve/error.ts';
import type { ConnectionView } from './tree/live.ts';
import { count } from './tree/row.ts';

export interface Log {
  info(message: string): void;
  error(message: string): void;
}

/** Known secrets, and what has the shape of one, are taken out of every line. */
export function redactedLog(to: Log, redactor: Redactor): Log {
  return {
    info: (message) => to.info(redactor.text(message)),
    error: (message) => to.error(redactor.text(message)),
  };
}

/** What happened, PVE's reason, and the request: one line, whatever a cluster answered. */
export function problemLine({ message, reason, request }: PveErrorData): string {
  const happened = [message, ...reason].map((line) => printable(line, 300)).join(': ');
  return request === undefined ? happened : `${happened} · ${request}`;
}

/** Writes down how connections come and go. A poll that fails like the one before is no news. */
export function logStates(log: Log): (views: readonly ConnectionView[]) => void {
  const known = new Map<string, string>();
  return (views) => {
    for (const view of views) {
      const line = stateLine(view);
      if (line === undefined || known.get(view.profile.id) === line) continue;
      known.set(view.profile.id, line);
      const to = view.state === 'error' ? log.error : log.info;
      to(`${printable(view.profile.name, 64)}: ${line}`);
    }
    const present = new Set(views.map(({ profile }) => profile.id));
    for (const id of known.keys()) if (!present.has(id)) known.delete(id);
  };
}

function stateLine({ state, error, reach, resources }: ConnectionView): string | undefined {
  if (state === 'loading') return undefined;
  if (state === 'no-secret') return 'its secret is not stored on this computer';
  if (state === 'error') return error === undefined ? undefined : problemLine(error);
  const nodes = count(resources.filter(({ type }) => type === 'node').length, 'node');
  const faults = (reach?.faults ?? []).map(({ fault }) => `; ${problemLine(fault)}`).join('');
  return `connected${reach?.serving === undefined ? '' : ` by ${reach.serving}`}, ${nodes}${faults}`;
}
