import { disksOf } from '../disks.ts';
import { failure } from '../errors.ts';
import { coresOf, guestName, isTemplate, usageOf } from '../guests.ts';
import { text } from '../parameters.ts';
import { type Call, guestOf, index, type Reply, type Route } from '../route.ts';
import { type Guest, type GuestKind, label } from '../state.ts';

const agent = '/nodes/{node}/qemu/{vmid}/agent';
const audit = { at: '/vms/{vmid}', any: ['VM.Audit'] };
const agentAudit = { at: '/vms/{vmid}', any: ['VM.GuestAgent.Audit', 'VM.GuestAgent.Unrestricted'] };
const migrates = { at: '/vms/{vmid}', any: ['VM.Migrate'] };
const noAnswerMs = 3000;

const fileCommands = ['file-open', 'file-close', 'file-read', 'file-write'];
const answered = ['get-fsinfo', 'get-host-name', 'get-osinfo', 'get-time', 'network-get-interfaces'];

/** What the guest agent tells. */
const questions: Readonly<Record<string, (call: Call, guest: Guest) => unknown>> = {
  'get-fsinfo': (_, { disk, load }) => [
    {
      name: 'sda1',
      mountpoint: '/',
      type: 'ext4',
      'total-bytes': disk,
      'used-bytes': Math.round(disk * (0.2 + load / 2)),
      disk: [],
    },
  ],
  'get-host-name': (_, guest) => ({ 'host-name': guestName(guest) }),
  'get-osinfo': () => ({
    id: 'debian',
    name: 'Debian GNU/Linux',
    'pretty-name': 'Debian GNU/Linux 13 (trixie)',
    'version-id': '13',
    machine: 'x86_64',
    'kernel-release': '6.12.48+deb13-amd64',
    'kernel-version': '#1 SMP PREEMPT_DYNAMIC Debian 6.12.48-1 (2026-09-20)',
  }),
  'get-time': ({ world }) => world.clock.now() * 1_000_000,
  'get-timezone': () => ({ zone: 'UTC', offset: 0 }),
  'get-users': () => [],
  'get-vcpus': (_, guest) =>
    Array.from({ length: coresOf(guest) }, (_each, at) => ({ 'logical-id': at, online: true, 'can-offline': at > 0 })),
  info: () => ({
    version: '10.0.2',
    supported_commands: ['ping', 'exec', 'exec-status', ...fileCommands, ...answered].map((name) => ({
      name: `guest-${name}`,
      enabled: true,
      'success-response': true,
    })),
  }),
  'network-get-interfaces': ({ world }, guest) => {
    const { netin, netout } = usageOf(guest, world.clock.now());
    return [
      networkCard('lo', '00:00:00:00:00:00', '127.0.0.1', 8, 0, 0),
      networkCard('eth0', hardwareAddress(guest), addressOf(guest), 16, netin, netout),
    ];
  },
};

/** What is known of a guest from inside, and what can be done with it. */
export const agentRoutes: readonly Route[] = [
  { method: 'GET', path: agent, answer: () => index('name', ['ping', ...Object.keys(questions)]) },
  { method: 'POST', path: `${agent}/ping`, privilege: agentAudit, answer: (call) => asked(call, () => ({})) },
  ...Object.entries(questions).map(
    ([name, answer]): Route => ({
      method: 'GET',
      path: `${agent}/${name}`,
      privilege: agentAudit,
      answer: (call) => asked(call, answer),
    }),
  ),
  { method: 'GET', path: '/nodes/{node}/lxc/{vmid}/interfaces', privilege: audit, answer: interfaces },
  ...(['qemu', 'lxc'] as const).flatMap((kind): Route[] => [
    {
      method: 'GET',
      path: `/nodes/{node}/${kind}/{vmid}/feature`,
      privilege: audit,
      parameters: { feature: { ...text, required: true, values: ['snapshot', 'clone', 'copy'] }, snapname: text },
      answer: (call) => feature(call, kind),
    },
    {
      method: 'GET',
      path: `/nodes/{node}/${kind}/{vmid}/migrate`,
      privilege: migrates,
      parameters: { target: text },
      answer: kind === 'qemu' ? checkVmMigration : checkContainerMigration,
    },
  ]),
];

function asked(call: Call, answer: (call: Call, guest: Guest) => unknown): Reply {
  return { data: { result: answer(call, reachedByAgent(call)) } };
}

/** The VM, if its agent answers. That it does not run is only known after a while. */
export function reachedByAgent(call: Call): Guest {
  const guest = guestOf(call, 'qemu');
  const configured = String(guest.config.agent ?? '0');
  if (!/^(enabled=)?1/.test(configured)) throw failure('No QEMU guest agent configured');
  if (!guest.running) throw failure(`${label(guest)} is not running`);
  if (!guest.agent || guest.paused) throw failure('QEMU guest agent is not running', noAnswerMs);
  return guest;
}

function networkCard(name: string, hardware: string, address: string, prefix: number, rx: number, tx: number): unknown {
  return {
    name,
    'hardware-address': hardware,
    'ip-addresses': [{ 'ip-address': address, 'ip-address-type': 'ipv4', prefix }],
    statistics: {
      'rx-bytes': rx,
      'rx-packets': Math.round(rx / 900),
      'rx-errs': 0,
      'rx-dropped': 0,
      'tx-bytes': tx,
      'tx-packets': Math.round(tx / 900),
      'tx-errs': 0,
      'tx-dropped': 0,
    },
  };
}

function hardwareAddress({ config }: Guest): string {
  return (/BC:24:11(:[0-9A-F]{2}){3}/.exec(String(config.net0 ?? ''))?.[0] ?? 'BC:24:11:00:00:00').toLowerCase();
}

function addressOf({ vmid }: Guest): string {
  return `10.30.${Math.floor(vmid / 250) % 250}.${(vmid % 250) + 1}`;
}

function interfaces(call: Call): Reply {
  const guest = guestOf(call, 'lxc');
  if (!guest.running) throw failure(`${label(guest)} not running`);
  const card = (name: string, hardware: string, address: string, prefix: number) => ({
    name,
    hwaddr: hardware,
    'hardware-address': hardware,
    inet: `${address}/${prefix}`,
    'ip-addresses': [{ 'ip-address': address, 'ip-address-type': 'inet', prefix: String(prefix) }],
  });
  return {
    data: [card('lo', '00:00:00:00:00:00', '127.0.0.1', 8), card('eth0', hardwareAddress(guest), addressOf(guest), 16)],
  };
}

function feature(call: Call, kind: GuestKind): Reply {
  const guest = guestOf(call, kind);
  const wanted = call.parameters.text('feature');
  const fits = wanted === 'snapshot' ? canSnapshot(call, guest) : true;
  const has = wanted === 'copy' || (isTemplate(guest) === (wanted === 'clone') && fits) ? 1 : 0;
  return { data: { hasFeature: has, ...(kind === 'qemu' ? { nodes: [guest.node] } : {}) } };
}

/** Raw files on a file system have no snapshots. */
function canSnapshot({ world }: Call, guest: Guest): boolean {
  const isFile = (id: string): boolean => world.cluster.storages.find((each) => each.id === id)?.type !== 'lvmthin';
  return disksOf(guest).every(
    ({ key, volid, storage }) => key.startsWith('unused') || volid.endsWith('.qcow2') || !isFile(storage),
  );
}

function others(call: Call, { node }: Guest): string[] {
  return call.world.cluster.nodes.filter(({ name, offline }) => name !== node && !offline).map(({ name }) => name);
}

function checkVmMigration(call: Call): Reply {
  const guest = guestOf(call, 'qemu');
  const disks = disksOf(guest).map(({ key, volid, size }) => ({
    drivename: key,
    volid,
    size,
    shared: 0,
    replicate: 1,
    cdrom: 0,
    is_attached: key.startsWith('unused') ? 0 : 1,
    is_cloudinit: 0,
    is_tpmstate: 0,
    is_unused: key.startsWith('unused') ? 1 : 0,
    is_vmstate: 0,
  }));
  return {
    data: {
      running: guest.running ? 1 : 0,
      allowed_nodes: others(call, guest),
      not_allowed_nodes: {},
      local_disks: disks,
      local_resources: Object.keys(guest.config).filter((key) => /^hostpci\d+$/.test(key)),
      'mapped-resources': [],
      'mapped-resource-info': {},
      'has-dbus-vmstate': 1,
    },
  };
}

function checkContainerMigration(call: Call): Reply {
  const guest = guestOf(call, 'lxc');
  return { data: { running: guest.running ? 1 : 0, 'allowed-nodes': others(call, guest), 'not-allowed-nodes': {} } };
}
