import { configure, destroy, operate, type RiskRule } from './rule.ts';

const resource = 'HA resource {sid}';
const settings = 'comment failback group max_relocate max_restart state';
const ruleSettings = 'affinity comment disable nodes resources rule strict type';
const undo = 'Set the former values.';

/** What HA keeps running, and where. */
export const highAvailability: readonly RiskRule[] = [
  configure(
    'POST /cluster/ha/resources',
    resource,
    'Add',
    'added',
    'HA keeps the guest in the wanted state from then on, and starts it elsewhere when its node fails.',
    { params: `${settings} sid type`, undo: 'Remove it from HA.' },
  ),
  configure(
    'PUT /cluster/ha/resources/{sid}',
    resource,
    'Change',
    'changed',
    (_facts, { state }) =>
      state === 'stopped' || state === 'disabled'
        ? 'HA stops the guest and keeps it so.'
        : state === 'ignored'
          ? 'HA does not look after the guest any more.'
          : 'HA goes by these settings from then on.',
    { params: `${settings} delete digest`, undo },
  ),
  destroy(
    'DELETE /cluster/ha/resources/{sid}',
    resource,
    'Remove',
    'removed',
    'When its node fails, nobody starts the guest elsewhere; the guest itself stays.',
  ),
  operate(
    'POST /cluster/ha/resources/{sid}/migrate',
    resource,
    'Migrate',
    'asked to migrate',
    'HA moves the guest to the other node, while it runs where that is possible.',
    { params: 'node', undo: 'Migrate it back.' },
  ),
  operate(
    'POST /cluster/ha/resources/{sid}/relocate',
    resource,
    'Relocate',
    'asked to relocate',
    'HA stops the guest and starts it on the other node.',
    { params: 'node', undo: 'Relocate it back.', abrupt: true },
  ),
  configure('POST /cluster/ha/groups', 'HA group {group}', 'Create', 'created', 'Guests can be bound to these nodes.', {
    params: 'comment group nodes nofailback restricted type',
    undo: 'Delete it.',
  }),
  configure('PUT /cluster/ha/groups/{group}', 'HA group {group}', 'Change', 'changed', 'Its guests may move at once.', {
    params: 'comment delete digest nodes nofailback restricted',
    undo,
  }),
  destroy(
    'DELETE /cluster/ha/groups/{group}',
    'HA group {group}',
    'Delete',
    'deleted',
    'Its guests are bound to no nodes any more.',
  ),
  configure('POST /cluster/ha/rules', 'HA rule {rule}', 'Create', 'created', 'Guests that it names may move at once.', {
    params: ruleSettings,
    undo: 'Delete it.',
  }),
  configure(
    'PUT /cluster/ha/rules/{rule}',
    'HA rule {rule}',
    'Change',
    'changed',
    'Guests that it names may move at once.',
    { params: `${ruleSettings} delete digest`, undo },
  ),
  destroy(
    'DELETE /cluster/ha/rules/{rule}',
    'HA rule {rule}',
    'Delete',
    'deleted',
    'Guests that it kept together, apart or on their nodes may move.',
  ),
  operate('POST /cluster/ha/status/arm-ha', 'HA of the cluster', 'Arm', 'armed', 'HA looks after its guests again.', {
    undo: 'Disarm it.',
  }),
  destroy(
    'POST /cluster/ha/status/disarm-ha',
    'HA of the cluster',
    'Disarm',
    'disarmed',
    'When a node fails, nobody starts its guests elsewhere until HA is armed again.',
    { undo: 'Arm it again.' },
  ),
];
