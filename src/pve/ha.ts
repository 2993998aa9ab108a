import { get, type Reader } from './get.ts';
import { flag, looseList, number, text, words } from './loose.ts';

/** GET `/cluster/ha/status/current`, sorted out by kind. */
export interface HaStatus {
  readonly quorum?: string | undefined;
  readonly master?: string | undefined;
  /** 9.2 and newer: whether nodes are fenced. */
  readonly fencing?: string | undefined;
  /** The local managers, one a node, in HA's own words. */
  readonly managers: readonly string[];
  readonly services: readonly HaService[];
}
/** What HA makes of a guest, or of one that it should know. */
export interface HaService {
  /** `vm:101` or `ct:102` */
  readonly sid: string;
  readonly node?: string | undefined;
  /** `started`, `stopped`, `error`, `migrate`, `request_stop`, … */
  readonly state?: string | undefined;
  readonly requested?: string | undefined;
}
/** One entry of GET `/cluster/ha/resources`. */
export interface HaResource {
  readonly sid: string;
  /** What HA is asked to keep: `started`, `stopped`, `disabled`, `ignored`. */
  readonly state?: string | undefined;
  /** Up to 8.x. */
  readonly group?: string | undefined;
  readonly comment?: string | undefined;
  readonly maxRestart?: number | undefined;
  readonly maxRelocate?: number | undefined;
}
/** One entry of GET `/cluster/ha/rules` (9), or of `/cluster/ha/groups` (8). */
export interface HaRule {
  readonly name: string;
  /** `node-affinity`, `resource-affinity`, or `group`. */
  readonly type: string;
  readonly resources: readonly string[];
  /** With priorities: `pve1:2`. */
  readonly nodes: readonly string[];
  /** Of resource-affinity: `positive` or `negative`. */
  readonly affinity?: string | undefined;
  readonly strict: boolean;
  readonly disabled: boolean;
  readonly comment?: string | undefined;
}

export function readHaStatus(data: unknown): HaStatus {
  const entries = looseList(data, 'the HA status');
  const wordsOf = (type: string) => entries.filter((it) => it.type === type).flatMap((it) => text(it.status) ?? []);
  return {
    quorum: wordsOf('quorum')[0],
    master: wordsOf('master')[0],
    fencing: wordsOf('fencing')[0],
    managers: wordsOf('lrm'),
    services: entries
      .filter((it) => it.type === 'service')
      .map((it) => ({
        sid: text(it.sid) ?? (text(it.id) ?? '').replace(/^service:/, ''),
        node: text(it.node),
        state: text(it.crm_state) ?? text(it.state),
        requested: text(it.request_state),
      })),
  };
}

export function readHaResources(data: unknown): HaResource[] {
  return looseList(data, 'the HA resources').map((it) => ({
    sid: text(it.sid) ?? '',
    state: text(it.state),
    group: text(it.group),
    comment: text(it.comment),
    maxRestart: number(it.max_restart),
    maxRelocate: number(it.max_relocate),
  }));
}

export function readHaRules(data: unknown): HaRule[] {
  return looseList(data, 'the HA rules').map((it) => ({
    name: text(it.rule) ?? text(it.group) ?? '',
    type: text(it.type) ?? 'group',
    resources: words(it.resources),
    nodes: words(it.nodes),
    affinity: text(it.affinity),
    strict: (flag(it.strict) ?? flag(it.restricted)) === true,
    disabled: flag(it.disable) === true,
    comment: text(it.comment),
  }));
}

/** GET `/cluster/ha/status/current` */
export async function haStatus(reader: Reader): Promise<HaStatus> {
  return readHaStatus(await get(reader, ['cluster', 'ha', 'status', 'current']));
}

/** GET `/cluster/ha/resources` */
export async function haResources(reader: Reader): Promise<HaResource[]> {
  return readHaResources(await get(reader, ['cluster', 'ha', 'resources']));
}

/** GET `/cluster/ha/rules`, or `/cluster/ha/groups` where there are no rules yet. @param major of the version of PVE */
export async function haRules(reader: Reader, major: number): Promise<HaRule[]> {
  return readHaRules(await get(reader, ['cluster', 'ha', major >= 9 ? 'rules' : 'groups']));
}
