// Which methods of the API the curated tools reach: all of their actions over the demo cluster, whose writes are kept from it.
import { apidocPath } from '../../src/demo/apidoc.ts';
import type { ToolDefinition } from '../../src/server/define-tool.ts';
import { actOf, requestOf, toolsOfAct } from '../../src/server/settings/kind.ts';
import { kinds } from '../../src/server/settings/kinds.ts';
import { settingsTools } from '../../src/server/settings/tools.ts';
import { guestParts } from '../../src/server/tools/guest-parts.ts';
import type { TestWorld } from '../unit/demo/world.ts';
import { type ApiCall, apiReference, methodOf } from './api-reference.ts';
import { referenceSchema } from './apidoc.ts';
import { actionsOf, knownIn } from './tool-arguments.ts';
import { worldServer } from './world-server.ts';

/** `GET /nodes/{node}/status` → what reaches it: `pve_get_node`, `pve_change_storage` with kind and actions. */
export type Reached = ReadonlyMap<string, readonly string[]>;

type Arguments = Record<string, unknown>;

/** What the curated tools reach of Proxmox VE 9.2: the settings tools by their table, the others by what they send. */
export async function reachedByTools(): Promise<Reached> {
  const reached = new Map<string, Set<string>>();
  const reference = apiReference(9);
  const add = (call: ApiCall, by: string) => {
    const method = methodOf(reference, call);
    if (method === undefined) return;
    const name = `${method.verb} ${method.path}`;
    reached.set(name, (reached.get(name) ?? new Set()).add(by));
  };
  for (const { by, call } of settingsCalls()) add(call, by);
  for (const { by, call } of await toolCalls()) add(call, by);
  return new Map([...reached].map(([name, by]) => [name, [...by].sort()]));
}

/** One request for each line of the table, and for each firewall that it can mean. */
function settingsCalls() {
  return kinds.flatMap((kind) =>
    Object.keys(kind.acts)
      .filter((action) => (actOf(kind, action).major ?? kind.major) !== 8)
      .flatMap((action) =>
        toolsOfAct(kind, action).flatMap((tool) => {
          const { method, path } = requestOf(kind, action);
          const by = tool === 'pve_control_service' ? `${tool} ${action}` : `${tool} ${kind.name} ${action}`;
          return firewalls.map((scope) => {
            const segments = path.slice(1).replace('{firewall}', scope).split('/');
            return { by, call: { method, segments, params: {} } };
          });
        }),
      ),
  );
}

const firewalls = ['cluster', 'nodes/{node}', 'nodes/{node}/qemu/{vmid}', 'nodes/{node}/lxc/{vmid}'];

async function toolCalls() {
  const server = serverOfTheSchema();
  const known = knownIn(server.demo);
  const more = furtherCalls(server.demo);
  const found: { readonly by: string; readonly call: ApiCall }[] = [];
  for (const tool of server.tools.filter(isCurated)) {
    const onContainers = actionsOf(tool, { ...known, guest: [102] });
    for (const args of [...actionsOf(tool, known), ...onContainers, ...(more[tool.name] ?? [])]) {
      server.calls.length = 0;
      await server.call(tool.name, args);
      found.push(...server.calls.map((call) => ({ by: byName(tool.name, call, args), call })));
    }
  }
  return found;
}

/** Not one of those that take any path, that run others, or that the table tells everything about. */
function isCurated({ name, toolset }: ToolDefinition): boolean {
  return toolset !== 'api' && toolset !== 'plan' && !settingsTools.some((one) => one.name === name);
}

function byName(tool: string, { method }: ApiCall, { action }: Arguments): string {
  return method === 'GET' || typeof action !== 'string' ? tool : `${tool} ${action}`;
}

/** The demo, which takes whatever Proxmox VE 9.2 takes, since nothing reaches it. */
function serverOfTheSchema() {
  const document = referenceSchema(9);
  return worldServer({ frozen: true, answers: (path, data) => (path === apidocPath ? document : data) });
}

/** Calls that need more than what a tool requires: both sorts of guests, stopped ones, and arguments that go together. */
export function furtherCalls(demo: TestWorld): Readonly<Record<string, readonly Arguments[]>> {
  const nodeOf = (vmid: number) => demo.list('/cluster/resources').find((one) => one.vmid === vmid)?.node;
  for (const [kind, vmid] of [
    ['qemu', 101],
    ['lxc', 102],
  ] as const)
    demo.begin('POST', `/nodes/${nodeOf(vmid)}/${kind}/${vmid}/snapshot`, { snapname: 'seen' });
  demo.clock.advance(60_000);
  const running = demo.begin('POST', `/nodes/${nodeOf(101)}/vzdump`, { vmid: '101', storage: 'nfs-backup' });
  const [vm, container] = [105, 112];
  const reverting = [101, 102].flatMap((guest) =>
    ['rollback', 'delete'].map((action) => ({ guest, action, snapshot: 'seen' })),
  );
  const disks = (guest: number, disk: string, options?: string) => [
    { guest, action: 'add', storage: 'local-lvm', size: '8G', ...(options === undefined ? {} : { options }) },
    { guest, action: 'resize', disk, size: '+1G' },
    { guest, action: 'move', disk, storage: 'ceph-rbd' },
    { guest, action: 'detach', disk },
  ];
  return {
    pve_get_metrics: [{ guest: 101 }, { guest: 102 }, { node: 'pve1' }, { storage: 'local', node: 'pve1' }],
    pve_get_log: [
      { node: 'pve1' },
      { kind: 'firewall', node: 'pve1' },
      { kind: 'firewall', guest: 101 },
      { kind: 'firewall', guest: 102 },
    ],
    pve_get_guest: [102, container].map((guest) => ({ guest, include: [...guestParts] })),
    pve_get_firewall: ['rules', 'aliases', 'ipsets'].flatMap((kind) =>
      [{ node: 'pve1' }, { guest: 101 }, { guest: 102 }].map((place) => ({ kind, ...place })),
    ),
    pve_list_storage: [{ storage: 'local' }, { storage: 'nfs-backup' }],
    pve_migrate_guest: [{ guest: 101 }, { guest: 102 }],
    pve_create_guest: [
      {
        type: 'lxc',
        set: { ostemplate: 'local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst', storage: 'local-lvm' },
      },
    ],
    pve_clone_guest: [{ guest: 100, set: { cores: 2 }, start: true }, { guest: container }],
    pve_update_guest: [vm, container].flatMap((guest) => [
      { guest, set: { memory: 1024 } },
      { guest, template: true },
    ]),
    pve_change_disk: [...disks(vm, 'scsi0'), ...disks(container, 'rootfs', 'mp=/data')],
    pve_revert_guest: reverting,
    pve_delete_guest: [{ guest: vm }, { guest: container }],
    pve_stop_task: [{ upid: running }],
    pve_backup_guest: [{ guest: 101, storage: 'nfs-backup' }],
    pve_bulk_guests: [{ action: 'migrate', guests: [101, 102], target: 'pve3' }],
  };
}
