import { printable } from '../printable.ts';
import { noGuests } from './raise.ts';
import { isSet, operate, type Params, type RiskRule } from './rule.ts';

const bulk = '/cluster/bulk-action/guest' as const;
const limits = 'max-workers vms';
/** The older spelling goes with the newer one where there are both. */
const bothLimits = `${limits} maxworkers`;
const raises = [noGuests('vms')];
const onNode = 'guests {vms} on {node}';
const all = 'guests {vms}';

/** Power and migration of several guests at once; without a list they reach all of them. */
export const bulkActions: readonly RiskRule[] = [
  operate('POST /nodes/{node}/startall', onNode, 'Start', 'started', 'The guests boot, in their order.', {
    params: `${limits} force`,
    raises,
    undo: 'Shut them down again.',
  }),
  operate('POST /nodes/{node}/stopall', onNode, 'Shut down', 'shut down', shutDown, {
    params: `${limits} force-stop timeout`,
    raises,
    undo: 'Start them again.',
    abrupt: true,
  }),
  operate('POST /nodes/{node}/suspendall', onNode, 'Suspend', 'suspended', suspended, {
    params: limits,
    raises,
    undo: 'Resume them.',
  }),
  operate('POST /nodes/{node}/migrateall', onNode, 'Migrate', 'migrated', migrated, {
    params: `${bothLimits} target with-local-disks`,
    raises,
    undo: 'Migrate them back.',
  }),
  operate(`POST ${bulk}/start`, all, 'Start', 'started', 'The guests boot, in their order.', {
    params: `${bothLimits} timeout`,
    raises,
    undo: 'Shut them down again.',
  }),
  operate(`POST ${bulk}/shutdown`, all, 'Shut down', 'shut down', shutDown, {
    params: `${bothLimits} force-stop timeout`,
    raises,
    undo: 'Start them again.',
    abrupt: true,
  }),
  operate(`POST ${bulk}/suspend`, all, 'Suspend', 'suspended', suspended, {
    params: `${bothLimits} statestorage to-disk`,
    raises,
    undo: 'Resume them.',
  }),
  operate(`POST ${bulk}/migrate`, all, 'Migrate', 'migrated', migrated, {
    params: `${bothLimits} online target with-local-disks`,
    raises,
    undo: 'Migrate them back.',
  }),
];

function shutDown(_facts: unknown, params: Params): string {
  const asked = 'The guests are asked to shut down; their services end and connections drop.';
  // Proxmox VE takes it for on where it is absent.
  if (params['force-stop'] === '0') return `${asked} Those that do not are left running.`;
  const timeout = printable([params.timeout ?? '180'].flat().join(), 10);
  return `${asked} Power cut after ${timeout} s for those that have not stopped.`;
}

function suspended(_facts: unknown, params: Params): string {
  return params['to-disk'] !== undefined && !isSet(params['to-disk'])
    ? 'The guests are paused; they answer nobody.'
    : 'The guests are suspended; they answer nobody until they are resumed or started.';
}

function migrated(_facts: unknown, params: Params): string {
  const local = isSet(params['with-local-disks']) ? ' Local disks are copied there and removed here.' : '';
  return `The guests move to ${printable([params.target ?? '?'].flat().join(), 64)}.${local}`;
}
