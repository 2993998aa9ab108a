import { createHash } from 'node:crypto';
import { type Principal, root } from './permissions.ts';
import { type Guest, type HaService, label, type World } from './state.ts';
import { startTask } from './tasks.ts';
import { migrateWorker, shutdownWorker, startWorker } from './workers.ts';

/** What the manager is asked to do. */
export type HaAction =
  | { readonly kind: 'start' }
  | { readonly kind: 'shutdown' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'migrate'; readonly target: string };

/**
 * Asks the HA manager for a guest that it manages. The task is only the request and soon OK; the manager acts some
 * seconds later, with a worker of its own.
 */
export function haRequest(world: World, who: Principal, guest: Guest, service: HaService, action: HaAction): string {
  const { what, state, takes, acts } = steps[action.kind];
  const towards = action.kind === 'migrate' ? ` to node ${action.target}` : '';
  return startTask(world, {
    node: guest.node,
    type: `ha${action.kind}`,
    id: String(guest.vmid),
    who,
    takes,
    lines: [{ at: 0, text: () => `Requesting HA ${what} for ${label(guest)}${towards}` }],
    effect: () => {
      if (action.kind !== 'migrate') service.requested = action.kind === 'start' ? 'started' : 'stopped';
      if (action.kind !== 'migrate' && (action.kind === 'start') === guest.running) return;
      service.state = state;
      world.clock.after(acts, () => carryOut(world, guest, action));
    },
  });
}

const steps = {
  start: { what: 'start', state: 'request_start', takes: 600, acts: 3000 },
  shutdown: { what: 'stop', state: 'request_stop', takes: 800, acts: 4500 },
  stop: { what: 'stop', state: 'request_stop', takes: 800, acts: 4500 },
  migrate: { what: 'migration', state: 'migrate', takes: 600, acts: 3000 },
} as const;

function carryOut(world: World, guest: Guest, action: HaAction): void {
  if (world.cluster.guests.get(guest.vmid) !== guest) return; // destroyed in the meantime
  if (action.kind === 'start') startWorker(world, root, guest);
  else if (action.kind === 'migrate') migrateWorker(world, root, guest, { target: action.target, localDisks: true });
  else shutdownWorker(world, root, guest, { timeout: 60, force: true });
}

/** A guest that HA looks after. */
export type Managed = Guest & { readonly ha: HaService };

export function allManaged({ cluster }: World): Managed[] {
  return [...cluster.guests.values()].flatMap((guest) => (isManaged(guest) ? [guest] : []));
}

export function isManaged(guest: Guest): guest is Managed {
  return guest.ha !== undefined;
}

/** `vm:103`, as HA names guests. */
export function sidOf({ kind, vmid }: Guest): string {
  return `${kind === 'qemu' ? 'vm' : 'ct'}:${vmid}`;
}

export function digestOfSettings(settings: unknown): string {
  return createHash('sha1').update(JSON.stringify(settings)).digest('hex');
}
