import { failure } from '../errors.ts';
import { haRequest } from '../ha.ts';
import { flag, type ParameterSpecs, rootOnly, text, whole } from '../parameters.ts';
import { type Call, callerMay, guestOf, type Reply, type Route } from '../route.ts';
import { type Guest, type GuestKind, label } from '../state.ts';
import { duration, guestWorker, powerOff, powerOn, shutdownWorker, startWorker } from '../workers.ts';

interface PowerAction {
  readonly kind: GuestKind;
  readonly name: string;
  readonly parameters: ParameterSpecs;
  readonly begin: (call: Call, guest: Guest) => string;
}

const skiplock = { skiplock: rootOnly };
const timeout = { timeout: whole };
const overrule = { 'overrule-shutdown': flag };
const keepActive = { keepActive: flag };
const actions: readonly PowerAction[] = [
  { kind: 'qemu', name: 'start', parameters: { ...skiplock, ...timeout, machine: text }, begin: start },
  {
    kind: 'qemu',
    name: 'shutdown',
    parameters: { ...skiplock, ...timeout, ...keepActive, forceStop: flag },
    begin: shutdown,
  },
  { kind: 'qemu', name: 'stop', parameters: { ...skiplock, ...timeout, ...keepActive, ...overrule }, begin: stop },
  { kind: 'qemu', name: 'reboot', parameters: timeout, begin: reboot },
  { kind: 'qemu', name: 'reset', parameters: skiplock, begin: reset },
  { kind: 'qemu', name: 'suspend', parameters: skiplock, begin: (call, guest) => pause(call, guest, true) },
  {
    kind: 'qemu',
    name: 'resume',
    parameters: { ...skiplock, nocheck: flag },
    begin: (call, guest) => pause(call, guest, false),
  },
  { kind: 'lxc', name: 'start', parameters: { ...skiplock, debug: flag }, begin: start },
  { kind: 'lxc', name: 'shutdown', parameters: { ...timeout, forceStop: flag }, begin: shutdown },
  { kind: 'lxc', name: 'stop', parameters: { ...skiplock, ...overrule }, begin: stop },
  { kind: 'lxc', name: 'reboot', parameters: timeout, begin: reboot },
  { kind: 'lxc', name: 'suspend', parameters: {}, begin: (call, guest) => pause(call, guest, true) },
  { kind: 'lxc', name: 'resume', parameters: {}, begin: (call, guest) => pause(call, guest, false) },
];

/** Power: `POST …/status/{action}`. Each answers the UPID of its task; what is refused at once is a 500. */
export const powerRoutes: readonly Route[] = actions.map(({ kind, name, parameters, begin }) => ({
  method: 'POST',
  path: `/nodes/{node}/${kind}/{vmid}/status/${name}`,
  privilege: { at: '/vms/{vmid}', any: ['VM.PowerMgmt'] },
  parameters,
  answer: (call: Call): Reply => ({ data: begin(call, guestOf(call, kind)) }),
}));

function start({ world, who }: Call, guest: Guest): string {
  if (guest.ha !== undefined) return haRequest(world, who, guest, guest.ha, { kind: 'start' });
  if (guest.kind === 'lxc' && guest.running) throw failure(`${label(guest)} already running`);
  return startWorker(world, who, guest);
}

function shutdown({ world, who, parameters }: Call, guest: Guest): string {
  if (guest.ha !== undefined) return haRequest(world, who, guest, guest.ha, { kind: 'shutdown' });
  if (guest.kind === 'lxc') mustRun(guest);
  const force = parameters.flag('forceStop');
  if (guest.paused && !force) throw failure('VM is paused - cannot shutdown');
  return shutdownWorker(world, who, guest, { timeout: parameters.number('timeout') ?? 60, force });
}

function stop(call: Call, guest: Guest): string {
  const { world, who } = call;
  if (guest.ha !== undefined) return haRequest(world, who, guest, guest.ha, { kind: 'stop' });
  if (guest.kind === 'lxc') mustRun(guest);
  if (call.parameters.flag('overrule-shutdown')) overruleShutdown(call, guest);
  return guestWorker(world, who, guest, 'stop', { takes: duration.stop, effect: () => powerOff(guest) });
}

function reboot({ world, who }: Call, guest: Guest): string {
  mustRun(guest);
  return guestWorker(world, who, guest, 'reboot', { takes: duration.reboot, effect: () => powerOn(world, guest) });
}

function reset({ world, who }: Call, guest: Guest): string {
  mustRun(guest);
  return guestWorker(world, who, guest, 'reset', { takes: duration.moment, effect: () => powerOn(world, guest) });
}

function pause({ world, who }: Call, guest: Guest, paused: boolean): string {
  mustRun(guest);
  const effect = (): void => {
    guest.paused = paused;
  };
  return guestWorker(world, who, guest, paused ? pauseTask[guest.kind] : 'resume', { takes: duration.moment, effect });
}

/** `qmpause`, `vzsuspend` */
const pauseTask = { qemu: 'pause', lxc: 'suspend' } as const;

function mustRun(guest: Guest): void {
  if (!guest.running) throw failure(`${label(guest)} not running`);
}

/** Ends shutdowns that are under way, so that the stop need not wait for the guest's lock. */
function overruleShutdown(call: Call, guest: Guest): void {
  const { who, world } = call;
  const mayEndAll = callerMay(call, `/nodes/${guest.node}`, 'Sys.Modify');
  for (const task of world.cluster.tasks) {
    const own = task.user === who.user && task.token === who.token;
    const isShutdown = /^(qm|vz)shutdown$/.test(task.type) && task.id === String(guest.vmid);
    if (isShutdown && (own || mayEndAll)) task.interrupt?.();
  }
}
