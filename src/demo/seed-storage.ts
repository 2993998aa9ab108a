import { backupVolume } from './backups.ts';
import { seconds } from './clock.ts';
import { guestName } from './guests.ts';
import type { ClusterNode, Guest, Storage, Task, Volume } from './state.ts';
import { makeUpid } from './tasks.ts';

const gibibyte = 1024 ** 3;
const day = 86_400_000;

/** The storages of the demo: two on each node and one that all share. */
export function storages(guests: ReadonlyMap<number, Guest>, now: number): Storage[] {
  return [
    {
      id: 'local',
      type: 'dir',
      shared: false,
      content: 'iso,vztmpl,backup',
      total: 480 * gibibyte,
      used: 90 * gibibyte,
      options: { path: '/var/lib/vz' },
      volumes: images(now),
    },
    {
      id: 'local-lvm',
      type: 'lvmthin',
      shared: false,
      content: 'images,rootdir',
      total: 1800 * gibibyte,
      used: 760 * gibibyte,
      options: { vgname: 'pve', thinpool: 'data' },
      volumes: [],
    },
    {
      id: 'nfs-backup',
      type: 'nfs',
      shared: true,
      content: 'backup,iso',
      total: 8000 * gibibyte,
      used: 3100 * gibibyte,
      options: {
        path: '/mnt/pve/nfs-backup',
        server: '10.20.0.5',
        export: '/srv/backup',
        'prune-backups': 'keep-daily=7',
      },
      volumes: backups(guests, now),
    },
  ];
}

function images(now: number): Volume[] {
  const ctime = seconds(now - 90 * day);
  return [
    { volid: 'local:iso/debian-13.1.0-amd64-netinst.iso', content: 'iso', format: 'iso', size: 821_035_008, ctime },
    {
      volid: 'local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst',
      content: 'vztmpl',
      format: 'tzst',
      size: 129_710_398,
      ctime,
    },
  ];
}

/** Last night's backup of what serves the web, and those of the week before for its front end. */
function backups(guests: ReadonlyMap<number, Guest>, now: number): Volume[] {
  const kept = [...guests.values()].filter((guest) => guest.config.tags === 'prod;web').slice(0, 10);
  return kept.flatMap((guest) => {
    const days = guest.vmid === 101 ? [8, 7, 6, 5, 4, 3, 2, 1] : [1];
    return days.map((age) => backupVolume('nfs-backup', guest, now - age * day, { notes: guestName(guest) }));
  });
}

/** Last night's backup on each node, one of which had a guest that could not be backed up. */
export function history(node: ClusterNode, guests: ReadonlyMap<number, Guest>, now: number): Task[] {
  const here = [...guests.values()].find((guest) => guest.node === node.name);
  const id = here === undefined ? '' : String(here.vmid);
  const failed = node.id === 1;
  const starttime = seconds(now - 9 * 3_600_000) + node.id;
  const pstart = Math.floor((starttime * 1000 - node.bootedAt) / 10);
  const parts = { node: node.name, pid: 3000 + node.id, pstart, starttime, type: 'vzdump', id, owner: 'root@pam' };
  const exitStatus = failed ? 'job errors' : 'OK';
  return [
    {
      ...parts,
      upid: makeUpid(parts),
      user: 'root@pam',
      token: undefined,
      endtime: starttime + 214,
      exitStatus,
      log: [
        `INFO: starting new backup job: vzdump ${id} --storage nfs-backup --mode snapshot --node ${node.name}`,
        failed
          ? `ERROR: Backup of VM ${id} failed - no space left on device`
          : `INFO: Finished Backup of VM ${id} (00:03:31)`,
        failed ? 'TASK ERROR: job errors' : 'TASK OK',
      ],
      interrupt: undefined,
    },
  ];
}
