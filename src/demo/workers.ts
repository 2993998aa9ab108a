import { applyPending } from './config.ts';
import { TaskFailure } from './errors.ts';
import { failLocked, isTemplate } from './guests.ts';
import type { Principal } from './permissions.ts';
import { startTrouble } from './start-check.ts';
import { findNode, type Guest, type GuestKind, label, type World } from './state.ts';
import { startTask, type TaskPlan } from './tasks.ts';

/** How long things take, in milliseconds of cluster time. */
export const duration = {
  start: 1500,
  shutdown: 4000,
  stop: 800,
  reboot: 5000,
  migrate: 6000,
  create: 1200,
  destroy: 900,
  moment: 300,
  snapshot: 1000,
  copy: 4000,
  backup: 5000,
} as const;

/** The worker that starts a guest; it fails for a template, a locked and a running one. */
export function startWorker(world: World, who: Principal, guest: Guest): string {
  const trouble = startTrouble(world, guest);
  return guestWorker(world, who, guest, 'start', {
    takes: duration.start,
    lines: trouble === undefined ? [] : [{ at: 100, text: () => trouble.line }],
    check: () => {
      if (isTemplate(guest)) throw new TaskFailure(templateText[guest.kind]);
      failLocked(guest);
      if (guest.running) throw new TaskFailure(`${label(guest)} already running`);
    },
    effect: () => {
      if (trouble !== undefined) throw new TaskFailure(trouble.exit);
      powerOn(world, guest);
    },
  });
}

/**
 * The worker that asks a guest to shut down. With a shorter time-out than guests need it fails, or pulls the plug.
 * @param timeout seconds
 */
export function shutdownWorker(
  world: World,
  who: Principal,
  guest: Guest,
  { timeout, force }: { readonly timeout: number; readonly force: boolean },
): string {
  const inTime = timeout * 1000 >= duration.shutdown;
  return guestWorker(world, who, guest, 'shutdown', {
    takes: inTime ? duration.shutdown : timeout * 1000,
    effect: () => {
      if (guest.running && !inTime && !force) throw new TaskFailure(timeoutText[guest.kind]);
      powerOff(guest);
    },
  });
}

/** The worker that moves a guest to another node. */
export function migrateWorker(
  world: World,
  who: Principal,
  guest: Guest,
  { target, localDisks }: { readonly target: string; readonly localDisks: boolean },
): string {
  const from = world.clock.now();
  const stamp = (): string => new Date(world.clock.now()).toISOString().slice(0, 19).replace('T', ' ');
  const line = (at: number, text: string) => ({ at, text: () => `${stamp()} ${text}` });
  const memory = guest.running && guest.kind === 'qemu';
  const disk = `local-lvm:vm-${guest.vmid}-disk-0`;
  return guestWorker(world, who, guest, 'migrate', {
    takes: duration.migrate,
    check: () => {
      failLocked(guest);
      if (memory && !localDisks) throw new TaskFailure('migration aborted');
    },
    lines: [
      line(0, `starting migration of ${label(guest)} to node '${target}' (${findNode(world, target).ip})`),
      line(300, `found local disk '${disk}' (attached)`),
      line(600, 'copying local disk images'),
      ...(memory ? [line(4000, 'starting online/live migration'), line(5500, 'migration status: completed')] : []),
      {
        at: duration.migrate - 100,
        text: () => {
          const taken = new Date(world.clock.now() - from).toISOString().slice(11, 19);
          return `${stamp()} migration finished successfully (duration ${taken})`;
        },
      },
    ],
    effect: () => {
      guest.node = target;
      if (guest.ha !== undefined) guest.ha.state = guest.ha.requested;
    },
  });
}

/** A worker of one guest, named `qm…` or `vz…`, that holds the guest's lock and fails while its config is locked. */
export function guestWorker(
  world: World,
  who: Principal,
  guest: Guest,
  verb: string,
  plan: Pick<TaskPlan, 'takes' | 'lines' | 'check' | 'lock' | 'effect' | 'undo'>,
): string {
  const type =
    verb === 'migrate' && guest.kind === 'qemu' ? 'qmigrate' : `${guest.kind === 'qemu' ? 'qm' : 'vz'}${verb}`;
  const check = (): void => failLocked(guest);
  return startTask(world, { check, ...plan, node: guest.node, type, id: String(guest.vmid), who, guest });
}

/** Sets the guest running, with a new start time and process. */
export function powerOn({ clock, cluster }: World, guest: Guest): void {
  applyPending(guest);
  guest.running = true;
  guest.paused = false;
  guest.startedAt = clock.now();
  guest.pid = 20_000 + cluster.tasks.length;
  if (guest.ha !== undefined) guest.ha.state = 'started';
}

/** Sets the guest stopped. */
export function powerOff(guest: Guest): void {
  guest.running = false;
  guest.paused = false;
  if (guest.ha !== undefined) guest.ha.state = 'stopped';
}

const templateText: Readonly<Record<GuestKind, string>> = {
  qemu: "you can't start a vm if it's a template",
  lxc: "you can't start a CT if it's a template",
};
const timeoutText: Readonly<Record<GuestKind, string>> = {
  qemu: 'VM quit/powerdown failed - got timeout',
  lxc: 'container did not stop',
};
