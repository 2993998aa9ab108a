import { TaskFailure } from '../errors.ts';
import { isTemplate } from '../guests.ts';
import { flag, type ParameterSpecs, splitList, text, whole } from '../parameters.ts';
import { type Call, callerMust, index, nodeOf, type Reply, type Route, required } from '../route.ts';
import { findNode, type Guest } from '../state.ts';
import { startTask } from '../tasks.ts';
import { duration, powerOff, powerOn } from '../workers.ts';

const bulk = '/cluster/bulk-action/guest';
const list: ParameterSpecs = { vms: { ...text, many: true }, 'max-workers': whole, maxworkers: whole };
const stopping: ParameterSpecs = { ...list, 'force-stop': flag, timeout: whole };

/** Power and moves of many guests at once; without a list, of all of them. */
export const bulkRoutes: readonly Route[] = [
  { method: 'GET', path: '/cluster/bulk-action', answer: () => index('name', ['guest']) },
  {
    method: 'GET',
    path: bulk,
    answer: () => index('name', ['start', 'shutdown', 'suspend', 'migrate']),
  },
  post(`${bulk}/start`, 'bulkstart', { ...list, timeout: whole }, start),
  post(`${bulk}/shutdown`, 'bulkshutdown', stopping, shutDown),
  post(`${bulk}/suspend`, 'bulksuspend', { ...list, 'to-disk': flag, statestorage: text }, suspend),
  post(
    `${bulk}/migrate`,
    'bulkmigrate',
    { ...list, target: { ...text, required: true }, online: flag, 'with-local-disks': flag },
    migrate,
  ),
  post('/nodes/{node}/startall', 'startall', { ...list, force: flag }, start),
  post('/nodes/{node}/stopall', 'stopall', stopping, shutDown),
  post('/nodes/{node}/suspendall', 'suspendall', list, suspend),
  post(
    '/nodes/{node}/migrateall',
    'migrateall',
    { ...list, target: { ...text, required: true }, 'with-local-disks': flag },
    migrate,
  ),
];

/** Whether it worked for this guest. */
type Act = (call: Call, guest: Guest) => boolean;

function post(path: string, type: string, parameters: ParameterSpecs, act: Act): Route {
  return { method: 'POST', path, parameters, answer: (call) => run(call, type, act) };
}

function run(call: Call, type: string, act: Act): Reply {
  const { world, who, parameters } = call;
  const node = parameters.text('node') === undefined ? world.local : nodeOf(call).name;
  const named = parameters.list('vms').flatMap(splitList).map(Number);
  for (const vmid of named) callerMust(call, `/vms/${vmid}`, type.endsWith('migrate') ? 'VM.Migrate' : 'VM.PowerMgmt');
  const isMeant = ({ vmid, node: on }: Guest): boolean =>
    (named.length === 0 || named.includes(vmid)) && (parameters.text('node') === undefined || on === node);
  const guests = [...world.cluster.guests.values()].filter(isMeant);
  const effect = (): void => {
    const failed = guests.filter((guest) => !act(call, guest)).map(({ vmid }) => vmid);
    if (failed.length > 0)
      throw new TaskFailure(`Some guests failed to ${type.replace(/^bulk|all$/g, '')}: ${failed.join(', ')}`);
  };
  const lines = [{ at: 0, text: () => `${type} of ${guests.map(({ vmid }) => vmid).join(', ')}` }];
  return { data: startTask(world, { node, type, id: '', who, takes: duration.shutdown, lines, effect }) };
}

function start({ world }: Call, guest: Guest): boolean {
  if (guest.running || isTemplate(guest) || guest.config.lock !== undefined) return guest.running;
  powerOn(world, guest);
  return true;
}

/** A locked one does not answer: it goes on running unless its power is cut. */
function shutDown({ parameters }: Call, guest: Guest): boolean {
  const cuts = !parameters.has('force-stop') || parameters.flag('force-stop');
  if (guest.running && guest.config.lock !== undefined && !cuts) return false;
  if (guest.running) powerOff(guest);
  return true;
}

function suspend(_call: Call, guest: Guest): boolean {
  if (!guest.running || guest.kind === 'lxc') return false;
  guest.paused = true;
  return true;
}

function migrate({ world, parameters }: Call, guest: Guest): boolean {
  const target = findNode(world, required(parameters, 'target')).name;
  const isHeld = guest.running && guest.kind === 'qemu' && !parameters.flag('with-local-disks');
  if (guest.node === target || guest.config.lock !== undefined || isHeld) return false;
  guest.node = target;
  return true;
}
