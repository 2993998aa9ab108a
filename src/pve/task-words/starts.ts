import type { WordRow } from '../task-words.ts';

/** Starts of VMs and containers, and shutdowns. */
export const starts: readonly WordRow[] = [
  [
    /cannot allocate memory|failed to allocate memory|cannot set up guest memory|out of memory|hugepage allocation failed/i,
    'The node has not enough memory for it',
    'Stop or move another guest, or give this one less memory.',
  ],
  [/vcpus allowed/i, 'It has more cores than its node', 'Give it fewer cores.'],
  [
    /(bridge|vnet) '?([\w.-]+)'? does not exist/i,
    'A bridge of its network does not exist on this node',
    'Make the bridge there and apply the network, or give the guest another one.',
  ],
  [
    /kvm virtuali[sz]ation configured, but not available|could not access kvm kernel module|failed to initialize kvm/i,
    'The processor of the node offers no hardware virtualisation',
    'Switch it on in the firmware of the node, or set kvm=0 (very slow).',
  ],
  [
    /(volume|disk image|image) '?[^'\n]*'? does not exist|no such (volume|logical volume)|could not open disk image|failed to find logical volume|dataset does not exist/i,
    'A volume that its config names is not there',
    'Restore the volume, or take it out of the config; eject a missing CD image with media none.',
  ],
  [
    /address already in use|unable to find free port/i,
    'A network port that it needs is taken on the node',
    'See what listens there: another migration, a console, or a port in the arguments of its config. Then try again.',
  ],
  [
    /timeout waiting on systemd|\.scope (already exists|was already loaded)/i,
    'What ran of it before has not ended yet',
    'See on the node whether its old process is still there; once that has ended, try again.',
  ],
  [
    /(device|resource|pci|usb) mapping|mapping (not found|'[^']*' (invalid|not found))|invalid mapping|mapped (device|resource)/i,
    'A resource mapping that it uses does not fit this node',
    'Look at the mapping of the cluster.',
  ],
  [
    /vfio [\da-f:.]+:|to vfio|pci device|pci pass-?through|iommu (not|group|is)/i,
    'A device of the node that is passed to it is missing, in use or without IOMMU',
    'Look at hostpci of its config and at the PCI devices of the node.',
  ],
  [
    /unsupported .*(distribution|version|release)|unable to detect os/i,
    'The operating system in the container is not known to this version',
    'Correct ostype, or update the node.',
  ],
  [
    /newuidmap|newgidmap|id mapping/i,
    'The user ids of the container are not allowed on this node',
    'Compare its idmap with /etc/subuid and /etc/subgid of the node.',
  ],
  [
    /failed to (mount|setup mount)|mounting container failed|unable to mount|mount: .*(failed|wrong fs type)/i,
    'A mount of it cannot be made',
    'See that the folder or volume of each mount point is there on this node and can be read.',
  ],
  [/(vm|ct) \d+ already running|already running/i, 'It runs already', 'Look at its state: nothing more may be needed.'],
  [/(vm|ct)( \d+)? (is )?not running/i, 'It does not run', 'Start it first, if it should run.'],
  [
    /quit\/powerdown failed|container did not stop/i,
    'The guest did not shut down in time',
    'Look at its console: it may ignore the request or wait for somebody. Allow more time, or stop it, which is like pulling the plug.',
  ],
];
