import * as z from 'zod';
import { defineTool, type ToolDefinition } from '../define-tool.ts';
import { nodeArgument, writeArguments } from '../tools/common.ts';
import {
  actionArgument,
  firewallArguments,
  idArgument,
  kindArgument,
  nameArgument,
  nodeOptional,
  reasonArgument,
  setArgument,
} from './arguments.ts';
import { changeSetting } from './perform.ts';

export const changeStorage = defineTool({
  name: 'pve_change_storage',
  title: 'Change storage',
  toolset: 'admin',
  risk: 'configure',
  description: 'Changes storages and content (id: storage or volume; from: local file).',
  input: z.strictObject({
    ...kindArgument('pve_change_storage'),
    ...actionArgument('pve_change_storage'),
    id: idArgument,
    node: nodeOptional,
    from: z.string().min(1).max(4096).optional(),
    set: setArgument.optional(),
    ...writeArguments,
  }),
  handle: (args, context) => changeSetting('pve_change_storage', args, context),
});

export const changeNetwork = defineTool({
  name: 'pve_change_network',
  title: 'Change networks',
  toolset: 'network',
  risk: 'configure',
  description:
    'Changes interfaces of a node and SDN; pve_administer applies it. network revert discards what is pending.',
  input: z.strictObject({
    ...kindArgument('pve_change_network'),
    ...actionArgument('pve_change_network'),
    id: idArgument.optional().describe('Subnet: vnet/cidr'),
    node: nodeOptional,
    set: setArgument.optional(),
    reason: reasonArgument,
  }),
  handle: (args, context) => changeSetting('pve_change_network', { ...args, wait: true }, context),
});

export const changeFirewall = defineTool({
  name: 'pve_change_firewall',
  title: 'Change firewalls',
  toolset: 'firewall',
  risk: 'configure',
  description:
    "Changes a guest's, a node's or else the cluster's firewall. New rules come first unless set.pos; set.moveto moves one.",
  input: z.strictObject({
    ...kindArgument('pve_change_firewall'),
    ...actionArgument('pve_change_firewall'),
    id: idArgument.optional().describe('Name, position, ipset/cidr, group/position'),
    ...firewallArguments,
    set: setArgument.optional(),
    reason: reasonArgument,
  }),
  handle: (args, context) => changeSetting('pve_change_firewall', { ...args, wait: true }, context),
});

export const changeCluster = defineTool({
  name: 'pve_change_cluster',
  title: 'Change cluster settings',
  toolset: 'admin',
  risk: 'configure',
  description: 'Changes what the cluster shares, and options of nodes.',
  input: z.strictObject({
    kind: nameArgument.describe(
      'pool, user, group, backup_job, ha_resource, ha_rule, replication_job, datacenter_options, node_options, mapping_pci, metric_server, notification_matcher …',
    ),
    ...actionArgument('pve_change_cluster'),
    id: idArgument.optional().describe('Name; HA: vm:101'),
    node: nodeOptional,
    set: setArgument.optional(),
    reason: reasonArgument,
  }),
  handle: (args, context) => changeSetting('pve_change_cluster', { ...args, wait: true }, context),
});

export const controlService = defineTool({
  name: 'pve_control_service',
  title: 'Control services',
  toolset: 'admin',
  risk: 'operate',
  description: 'Controls a system service of a node.',
  input: z.strictObject({
    node: nodeArgument,
    service: z.string().min(1).max(64),
    ...actionArgument('pve_control_service'),
    reason: reasonArgument,
  }),
  handle: ({ service, ...args }, context) =>
    changeSetting('pve_control_service', { ...args, kind: 'service', id: service, wait: true }, context),
});

export const administer = defineTool({
  name: 'pve_administer',
  title: 'Administer',
  toolset: 'admin',
  risk: 'destroy',
  description: 'Changes what can cut people, guests or the cluster off. Only the person sees new secrets.',
  input: z.strictObject({
    kind: nameArgument.describe(
      'acl (grant, revoke), role, token, realm, password, network and sdn (apply), node (reboot, shutdown), ha (arm, disarm), certificate, apt_repository, firewall_options, service …',
    ),
    action: nameArgument.describe('create, update …'),
    id: idArgument.optional().describe('ACL path, user@realm!token, name'),
    ...firewallArguments,
    set: setArgument.optional(),
    ...writeArguments,
  }),
  handle: (args, context) => changeSetting('pve_administer', args, context),
});

export const deleteSetting = defineTool({
  name: 'pve_delete',
  title: 'Delete settings or content',
  toolset: 'admin',
  risk: 'destroy',
  description: 'Deletes settings or content; no guests or snapshots.',
  input: z.strictObject({
    kind: nameArgument.describe('As in the tools that change it; storage_content, old_backups (prunes)'),
    id: idArgument.optional().describe('As there; storage:volume'),
    ...firewallArguments,
    set: setArgument.optional(),
    reason: reasonArgument,
  }),
  handle: (args, context) => changeSetting('pve_delete', { ...args, action: 'delete', wait: true }, context),
});

/** The tools of this table, in the order of the list. */
export const settingsTools: readonly ToolDefinition[] = [
  changeNetwork,
  changeFirewall,
  controlService,
  changeStorage,
  changeCluster,
  administer,
  deleteSetting,
];
