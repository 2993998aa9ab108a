import { printable } from '../printable.ts';
import { given, holds, only } from './raise.ts';
import { configure, destroy, operate, type RiskRule } from './rule.ts';

const node = '/nodes/{node}' as const;
const service = 'service {service} on {node}';
const iface = 'network interface {iface} on {node}';
const interfaceSettings = `address address6 autostart bond-primary bond_mode bond_xmit_hash_policy bridge_ports bridge_vids
  bridge_vlan_aware cidr cidr6 comments comments6 gateway gateway6 iface mtu netmask netmask6 ovs_bonds ovs_bridge
  ovs_options ovs_ports ovs_tag slaves type vlan-id vlan-raw-device`;
const undo = 'Set the former values.';
const pending = 'It is written to the pending network settings; nothing changes before they are applied.';

/** Services whose end takes neither the node nor the safety of the cluster away. */
const stoppable = `chrony cron ksmtuned lxcfs postfix pve-lxc-syscalld pvefw-logger pvescheduler pvestatd qmeventd
  spiceproxy syslog systemd-journald systemd-timesyncd`.split(/\s+/);
const signed = 'certificate of {node}';
const repositories = 'package sources of {node}';

/** One node: power, services, network, certificates, packages. */
export const nodes: readonly RiskRule[] = [
  destroy(
    `POST ${node}/status`,
    'node {node}',
    'Reboot or shut down',
    'gone down',
    (_facts, { command = '?' }) =>
      `The node gets the command ${printable([command].flat().join(), 20)}: all its guests go down or move away.`,
  ),
  operate(`POST ${node}/wakeonlan`, 'node {node}', 'Wake', 'called', 'A packet that wakes the node is sent to it.'),
  operate(
    `DELETE ${node}/tasks/{upid}`,
    'task {upid}',
    'Stop the',
    'stopped',
    'The task is interrupted; what it has done so far stays as it is.',
  ),

  operate(`POST ${node}/services/{service}/start`, service, 'Start', 'started', 'The service runs.', {
    undo: 'Stop it again.',
  }),
  operate(
    `POST ${node}/services/{service}/restart`,
    service,
    'Restart',
    'restarted',
    'The service ends and starts again; what depends on it waits for a moment.',
  ),
  operate(
    `POST ${node}/services/{service}/reload`,
    service,
    'Reload',
    'reloaded',
    'The service reads its settings again.',
  ),
  operate(`POST ${node}/services/{service}/stop`, service, 'Stop', 'stopped', 'What it does is not done any more.', {
    raises: [only('service', stoppable, 'the node may not be reached, or not be safe, without it.')],
    undo: 'Start it again.',
  }),

  configure(`PUT ${node}/config`, 'settings of {node}', 'Change', 'changed', 'The settings are written.', {
    params: `acme acmedomain[n] ballooning-target delete description digest location startall-onboot-delay wakeonlan`,
    raises: [
      given('acme', 'the certificate is ordered by it.'),
      given('acmedomain[n]', 'the certificate is ordered by it.'),
      holds('delete', /acme/, 'the certificate is ordered by it.'),
    ],
    undo,
  }),
  configure(
    `PUT ${node}/dns`,
    'name servers of {node}',
    'Change',
    'changed',
    'The node asks these servers from now on; without the right ones it finds neither packages nor storages.',
    { params: 'dns1 dns2 dns3 search', undo },
  ),
  configure(
    `POST ${node}/hosts`,
    'hosts file of {node}',
    'Replace',
    'replaced',
    'The whole file is written anew; the node and its cluster find each other by it.',
    { params: 'data digest', undo: 'Write the former text.' },
  ),
  configure(`PUT ${node}/time`, 'time zone of {node}', 'Change', 'changed', 'Logs and schedules go by it.', {
    params: 'timezone',
    undo,
  }),

  configure(`POST ${node}/network`, iface, 'Add', 'added to what is pending', pending, {
    params: interfaceSettings,
    undo: 'Discard the pending changes.',
  }),
  configure(`PUT ${node}/network/{iface}`, iface, 'Change', 'changed in what is pending', pending, {
    params: `${interfaceSettings} delete`,
    undo: 'Discard the pending changes.',
  }),
  destroy(`DELETE ${node}/network/{iface}`, iface, 'Delete', 'deleted from what is pending', pending, {
    undo: 'Discard the pending changes.',
  }),
  destroy(
    `PUT ${node}/network`,
    'pending network settings of {node}',
    'Apply the',
    'applied',
    'They become active at once. If they are wrong, the node and its guests cannot be reached any more.',
  ),
  configure(
    `DELETE ${node}/network`,
    'pending network settings of {node}',
    'Discard the',
    'discarded',
    'What was changed since they were last applied is forgotten; what is active stays.',
  ),

  ...(['POST', 'PUT'] as const).map((method) =>
    destroy(
      `${method} ${node}/certificates/acme/certificate`,
      signed,
      method === 'POST' ? 'Order the' : 'Renew the',
      method === 'POST' ? 'ordered' : 'renewed',
      'The node gets another certificate: whoever has pinned the present one is cut off.',
      { sensitive: true },
    ),
  ),
  destroy(
    `DELETE ${node}/certificates/acme/certificate`,
    signed,
    'Revoke the',
    'revoked',
    'The node goes back to its own certificate: whoever has pinned the present one is cut off.',
    { sensitive: true },
  ),
  destroy(
    `POST ${node}/certificates/custom`,
    signed,
    'Replace the',
    'replaced',
    'The node gets another certificate and key: whoever has pinned the present one is cut off.',
  ),
  destroy(
    `DELETE ${node}/certificates/custom`,
    signed,
    'Remove the',
    'removed',
    'The node goes back to its own certificate: whoever has pinned the present one is cut off.',
  ),

  operate(
    `POST ${node}/apt/update`,
    'list of packages on {node}',
    'Refresh the',
    'refreshed',
    'The node asks its package sources what is new; nothing is installed.',
    { params: 'notify quiet', stopTask: true },
  ),
  destroy(
    `POST ${node}/apt/repositories`,
    repositories,
    'Change the',
    'changed',
    'What is installed at the next update comes from other places.',
  ),
  destroy(
    `PUT ${node}/apt/repositories`,
    repositories,
    'Add to the',
    'changed',
    'What is installed at the next update comes from one place more.',
  ),
  configure(
    `POST ${node}/subscription`,
    'subscription of {node}',
    'Check the',
    'checked',
    'The node asks whether its subscription is valid.',
    { params: 'force' },
  ),
  configure(
    `PUT ${node}/subscription`,
    'subscription key of {node}',
    'Set the',
    'set',
    'The node uses this key for its packages and support.',
    { params: 'key', undo: 'Set the former key.' },
  ),
  destroy(
    `DELETE ${node}/subscription`,
    'subscription key of {node}',
    'Remove the',
    'removed',
    'The node has no subscription any more, and its enterprise packages fail.',
  ),
];
