import type { WordRow } from '../task-words.ts';

/** Migrations. */
export const moves: readonly WordRow[] = [
  [/local cd-?rom image/i, 'A CD image on a local storage is in its drive', 'Eject the image, then migrate.'],
  [
    /uses local devices|local file\/device/i,
    'It uses a device of this node',
    'Take the device out of its config first, or give it as a resource mapping that both nodes have.',
  ],
  [
    /can't (live )?migrate (attached )?local (disk|volume)|without with-local-disks/i,
    'A disk of it is on a storage that the other node has not got, or does not share',
    'Migrate it with its local disks, to a storage that is there; or move the disk to a shared one first.',
  ],
  [
    /can't migrate running|live migration is currently not implemented/i,
    'It runs, and was to move as if it were stopped',
    'Migrate a VM online, a container with a restart; or shut it down first.',
  ],
  [
    /error while loading state[^\n]*'cpu|cpu (model|type) [^\n]*not supported|guest cpu is not supported/i,
    'The processor of the other node lacks what the guest uses',
    'Give it a CPU type that both nodes have (such as x86-64-v2-AES) and start it anew; or migrate it shut down.',
  ],
  [
    /can't connect to destination address|host key verification failed|ssh: connect to host|permission denied \(publickey/i,
    'The nodes do not reach each other by SSH',
    'Look at the network between them; as root on both: pvecm updatecerts. Then try again.',
  ],
];
