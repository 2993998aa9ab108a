import type { Random } from './random.ts';
import type { GuestKind } from './state.ts';

/** What a guest is for, before it gets its VMID and its sizes. */
export interface Role {
  readonly name: string;
  readonly kind: GuestKind;
  /** 1 = the first node. */
  readonly node: number;
  readonly running: boolean;
  readonly tags?: string;
  readonly description?: string;
  readonly onboot?: true;
  readonly protection?: true;
  readonly template?: true;
  readonly lock?: string;
  readonly ha?: true;
  readonly snapshot?: true;
  /** Without it the agent answers; `dead` = configured, not running. */
  readonly agent?: 'dead' | 'off';
}

/** The guests that every demo cluster has, from VMID 100 on: tours and tests know them. */
export const cast: readonly Role[] = [
  { name: 'debian-13-template', kind: 'qemu', node: 1, running: false, template: true, tags: 'template' },
  {
    name: 'web-01',
    kind: 'qemu',
    node: 2,
    running: true,
    tags: 'prod;web',
    description: 'Shop front end',
    onboot: true,
  },
  { name: 'web-02', kind: 'lxc', node: 1, running: true, tags: 'prod;web', onboot: true },
  { name: 'db-01', kind: 'qemu', node: 3, running: true, tags: 'db;prod', description: 'Primary database', ha: true },
  { name: 'db-02', kind: 'qemu', node: 1, running: false, tags: 'db;prod', protection: true, snapshot: true },
  { name: 'build-01', kind: 'qemu', node: 1, running: false, tags: 'dev' },
  { name: 'test', kind: 'qemu', node: 1, running: false, tags: 'dev' },
  { name: 'test', kind: 'lxc', node: 2, running: true, tags: 'dev' },
  { name: 'mail-01', kind: 'qemu', node: 3, running: true, tags: 'mail;prod', onboot: true, agent: 'dead' },
  { name: 'files-01', kind: 'qemu', node: 2, running: true, tags: 'prod', lock: 'backup', agent: 'off' },
  { name: 'dns-01', kind: 'lxc', node: 3, running: true, tags: 'infra', onboot: true },
  { name: 'monitor-01', kind: 'lxc', node: 1, running: true, tags: 'infra', snapshot: true },
];

const purposes = ['web', 'app', 'db', 'cache', 'queue', 'proxy', 'git', 'ci', 'log', 'backup', 'vpn', 'wiki'] as const;
const tagSets = ['prod', 'prod', 'dev', 'dev', 'prod;web', 'infra', undefined] as const;

/** Any other guest. The name is unique: its number rises with the index and starts after the cast's. */
export function roleFor(index: number, random: Random): Role {
  const purpose = purposes[index % purposes.length] ?? 'app';
  const number = Math.floor(index / purposes.length) + 2;
  const tags = random.pick(tagSets);
  return {
    name: `${purpose}-${String(number).padStart(2, '0')}`,
    kind: random.next() < 0.6 ? 'qemu' : 'lxc',
    node: random.between(1, 1000),
    running: random.next() < 0.75,
    ...(tags === undefined ? {} : { tags }),
  };
}
