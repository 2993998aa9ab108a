import * as z from 'zod';
import { defineTool, type ToolDefinition } from '../define-tool.ts';
import { nodeArgument, writeArguments } from '../tools/common.ts';
import {
  actionArgument,
  firewallArguments,
  idArgument,
  kindArgument,
  nodeOptional,
  setArgument,
  setOrAskArgument,
} from './arguments.ts';
import { changeSetting } from './perform.ts';

export const changeStorage = defineTool({
  name: 'pve_change_storage',
  title: 'Change storage',
  toolset: 'admin',
  risk: 'configure',
  description:
    'Defines storages; downloads, pulls or allocates content (id: the storage), or sets its notes and protection (id: the volume). pve_find_api tells the parameters.',
  input: z.strictObject({
    ...kindArgument('pve_change_storage'),
    ...actionArgument('pve_change_storage'),
    id: idArgument,
    node: nodeOptional,
    set: setOrAskArgument.optional(),
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
    'Changes interfaces of a node and SDN, or discards what is pending (network, sdn: revert). Nothing is active before pve_administer applies it.',
  input: z.strictObject({
    ...kindArgument('pve_change_network'),
    ...actionArgument('pve_change_network'),
    id: idArgument.optional().describe('Subnet: vnet/cidr'),
    node: nodeOptional,
    set: setOrAskArgument.optional(),
    ...writeArguments,
  }),
  handle: (args, context) => changeSetting('pve_change_network', args, context),
});

export const changeFirewall = defineTool({
  name: 'pve_change_firewall',
  title: 'Change firewalls',
  toolset: 'firewall',
  risk: 'configure',
  description:
    'Changes the firewall of a guest, a node, or else of the cluster. A new rule is the first unless set.pos says otherwise; set.moveto moves one. Before enabling, it tells which rules admit 8006 and 22.',
  input: z.strictObject({
    ...kindArgument('pve_change_firewall'),
    ...actionArgument('pve_change_firewall'),
    id: idArgument.optional().describe('Name or position; ipset/cidr, group/position'),
    ...firewallArguments,
    set: setArgument.optional(),
    ...writeArguments,
  }),
  handle: (args, context) => changeSetting('pve_change_firewall', args, context),
});

export const changeCluster = defineTool({
  name: 'pve_change_cluster',
  title: 'Change cluster settings',
  toolset: 'admin',
  risk: 'configure',
  description:
    'Changes pools (add, remove: members), users, groups, jobs, HA, mappings, notifications, options of datacenter and nodes. pve_find_api tells the parameters.',
  input: z.strictObject({
    ...kindArgument('pve_change_cluster'),
    ...actionArgument('pve_change_cluster'),
    id: idArgument.optional().describe('Name; vm:101'),
    node: nodeOptional,
    set: setOrAskArgument.optional(),
    ...writeArguments,
  }),
  handle: (args, context) => changeSetting('pve_change_cluster', args, context),
});

export const controlService = defineTool({
  name: 'pve_control_service',
  title: 'Control a service of a node',
  toolset: 'admin',
  risk: 'operate',
  description: 'Starts, stops, restarts or reloads a system service of a node.',
  input: z.strictObject({
    node: nodeArgument,
    service: z.string().min(1).max(64),
    ...actionArgument('pve_control_service'),
    ...writeArguments,
  }),
  handle: ({ service, ...args }, context) =>
    changeSetting('pve_control_service', { ...args, kind: 'service', id: service }, context),
});

export const administer = defineTool({
  name: 'pve_administer',
  title: 'Administer the cluster',
  toolset: 'admin',
  risk: 'destroy',
  description:
    'What can cut people, guests or the cluster off: access rights and secrets, applying networks, firewall off, vital services, power of nodes, disks, certificates. A person fills in secrets and alone sees new ones.',
  input: z.strictObject({
    ...kindArgument('pve_administer'),
    ...actionArgument('pve_administer'),
    id: idArgument.optional().describe('Name; user@realm!token, ACL path'),
    ...firewallArguments,
    set: setOrAskArgument.optional(),
    ...writeArguments,
  }),
  handle: (args, context) => changeSetting('pve_administer', args, context),
});

export const deleteSetting = defineTool({
  name: 'pve_delete',
  title: 'Delete settings and stored content',
  toolset: 'admin',
  risk: 'destroy',
  description:
    'Deletes anything but guests and snapshots: kinds as in the other tools, storage_content, old_backups (pruning).',
  input: z.strictObject({
    kind: z.string().min(1).max(40),
    id: idArgument.optional().describe('As there; storage:volume'),
    ...firewallArguments,
    set: setOrAskArgument.optional(),
    ...writeArguments,
  }),
  handle: (args, context) => changeSetting('pve_delete', { ...args, action: 'delete' }, context),
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
