import type { GuestPlace } from './client.ts';
import { get, type Reader } from './get.ts';
import { guestPath } from './guest.ts';
import { type Loose, looseList, looseObject, number, text } from './loose.ts';

/** A network interface as the guest itself sees it. */
export interface GuestInterface {
  readonly name: string;
  readonly mac?: string | undefined;
  /** With the length of the prefix: `10.0.0.5/24`. */
  readonly addresses: readonly string[];
}
/** A mounted file system of a VM. Sizes are bytes. */
export interface GuestFilesystem {
  readonly mountpoint: string;
  readonly type?: string | undefined;
  readonly used?: number | undefined;
  readonly total?: number | undefined;
}
export interface GuestOs {
  readonly name?: string | undefined;
  readonly kernel?: string | undefined;
  readonly machine?: string | undefined;
}
export interface AgentInfo {
  readonly version?: string | undefined;
  /** What it can do, without `guest-`, sorted. */
  readonly commands: readonly string[];
}

/** Of a VM through its agent, which wraps them; of a container as they are. */
export function readInterfaces(data: unknown): GuestInterface[] {
  const list = looseList(Array.isArray(data) ? data : result(data), 'the network interfaces of a guest');
  return list.map((it) => ({
    name: text(it.name) ?? '',
    mac: text(it['hardware-address']) ?? text(it.hwaddr),
    addresses: addressesOf(it),
  }));
}

function addressesOf(it: Loose): string[] {
  const listed = looseList(it['ip-addresses'] ?? [], 'the addresses of a guest').flatMap((one) => {
    const [address, prefix] = [text(one['ip-address']), number(one.prefix)];
    return address === undefined ? [] : [prefix === undefined ? address : `${address}/${prefix}`];
  });
  return listed.length > 0 ? listed : [it.inet, it.inet6].flatMap((address) => text(address) ?? []);
}

export function readGuestOs(data: unknown): GuestOs {
  const it = looseObject(result(data), 'the operating system of a guest');
  return {
    name: text(it['pretty-name']) ?? text(it.name),
    kernel: text(it['kernel-release']),
    machine: text(it.machine),
  };
}

export function readHostName(data: unknown): string | undefined {
  return text(looseObject(result(data), 'the host name of a guest')['host-name']);
}

export function readFilesystems(data: unknown): GuestFilesystem[] {
  return looseList(result(data), 'the file systems of a guest').map((it) => ({
    mountpoint: text(it.mountpoint) ?? '',
    type: text(it.type),
    used: number(it['used-bytes']),
    total: number(it['total-bytes']),
  }));
}

export function readAgentInfo(data: unknown): AgentInfo {
  const it = looseObject(result(data), 'the guest agent');
  const commands = looseList(it.supported_commands ?? [], 'the commands of the guest agent');
  return {
    version: text(it.version),
    commands: commands
      .filter(({ enabled }) => enabled !== false)
      .flatMap(({ name }) => text(name)?.replace(/^guest-/, '') ?? [])
      .sort(),
  };
}

/** GET `…/agent/network-get-interfaces` of a VM, `…/interfaces` of a container. Both must run. */
export async function guestInterfaces(reader: Reader, guest: GuestPlace): Promise<GuestInterface[]> {
  const path = guest.type === 'lxc' ? ['interfaces'] : ['agent', 'network-get-interfaces'];
  return readInterfaces(await get(reader, [...guestPath(guest), ...path]));
}

/** GET `…/agent/{info,get-host-name,get-osinfo,get-fsinfo}` of a VM, one after the other: an agent does one thing at a time. */
export async function agentReport(reader: Reader, { node, vmid }: GuestPlace) {
  const ask = (what: string) => get(reader, ['nodes', node, 'qemu', String(vmid), 'agent', what]);
  const info = readAgentInfo(await ask('info'));
  const can = (command: string) => info.commands.includes(command);
  return {
    info,
    hostName: can('get-host-name') ? readHostName(await ask('get-host-name')) : undefined,
    os: can('get-osinfo') ? readGuestOs(await ask('get-osinfo')) : undefined,
    filesystems: can('get-fsinfo') ? readFilesystems(await ask('get-fsinfo')) : [],
  };
}

/** What the agent says stands below `result`. */
function result(data: unknown): unknown {
  return looseObject(data, 'the guest agent').result;
}
