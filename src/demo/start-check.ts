import { isOn } from './ailments.ts';
import { disksOf } from './disks.ts';
import type { Guest, World } from './state.ts';

/** What a start fails with: the line before the end of its log, and its exit status. */
export interface StartTrouble {
  readonly line: string;
  readonly exit: string;
}

/** Why a guest would not come up with the settings that its start brings into force; nothing when it would. */
export function startTrouble({ cluster }: World, guest: Guest): StartTrouble | undefined {
  const config = { ...guest.config, ...guest.pending };
  const present = Object.fromEntries(
    Object.entries(config).flatMap(([key, value]) => (value === null ? [] : [[key, value]])),
  );
  for (const { storage: id } of disksOf({ config: present })) {
    const storage = cluster.storages.find((each) => each.id === id);
    if (storage === undefined || !isOn(cluster, id, guest.node))
      return only(`storage '${id}' is not available on node '${guest.node}'`);
    if (storage.disabled) return only(`storage '${id}' is disabled`);
  }
  for (const value of Object.values(present).map(String)) {
    const image = /^([\w.-]+:iso\/[^,]+),.*media=cdrom/.exec(value)?.[1];
    const known = cluster.storages.some(({ volumes }) => volumes.some(({ volid }) => volid === image));
    if (image !== undefined && !known) return only(`volume '${image}' does not exist`);
    const bridge = /(?:^|,)bridge=(vmbr\d+)/.exec(value)?.[1];
    const active = cluster.networks.get(guest.node)?.active.map(({ iface }) => iface) ?? ['vmbr0'];
    if (bridge !== undefined && !active.includes(bridge))
      return { line: `bridge '${bridge}' does not exist`, exit: 'start failed: QEMU exited with code 1' };
  }
  return undefined;
}

function only(words: string): StartTrouble {
  return { line: words, exit: words };
}
