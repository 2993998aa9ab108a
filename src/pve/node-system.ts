import { get, type Reader } from './get.ts';
import { looseList, looseObject, number, text } from './loose.ts';

// What runs on a node: names, time, services, packages, certificates. Times are seconds since 1970.

export interface NodeDns {
  readonly search?: string | undefined;
  readonly servers: readonly string[];
}
export interface NodeTime {
  readonly time?: number | undefined;
  readonly timezone?: string | undefined;
}
export interface NodeService {
  readonly name: string;
  readonly description?: string | undefined;
  /** `running`, `dead`, … */
  readonly state?: string | undefined;
  readonly active?: string | undefined;
  /** `enabled`, `disabled`, `masked`, `not-found` */
  readonly unit?: string | undefined;
}
export interface PackageInfo {
  readonly name: string;
  /** The one that is there, or for an update the one that would come. */
  readonly version?: string | undefined;
  readonly oldVersion?: string | undefined;
  readonly origin?: string | undefined;
  readonly state?: string | undefined;
  /** Only of the kernel's and the manager's own entries. */
  readonly runningKernel?: string | undefined;
}
export interface NodeCertificate {
  readonly file: string;
  readonly subject?: string | undefined;
  readonly issuer?: string | undefined;
  readonly names: readonly string[];
  readonly notAfter?: number | undefined;
  readonly fingerprint?: string | undefined;
}
export interface Subscription {
  /** `active`, `notfound`, `invalid`, `expired`, `suspended`, `new` */
  readonly status: string;
  readonly product?: string | undefined;
  readonly level?: string | undefined;
  /** `2026-12-31` */
  readonly nextDueDate?: string | undefined;
  readonly message?: string | undefined;
}

export function readDns(data: unknown): NodeDns {
  const it = looseObject(data, 'the DNS of a node');
  return { search: text(it.search), servers: [it.dns1, it.dns2, it.dns3].flatMap((server) => text(server) ?? []) };
}

export function readTime(data: unknown): NodeTime {
  const it = looseObject(data, 'the time of a node');
  return { time: number(it.time), timezone: text(it.timezone) };
}

export function readServices(data: unknown): NodeService[] {
  return looseList(data, 'the services of a node').map((it) => ({
    name: text(it.service) ?? text(it.name) ?? '',
    description: text(it.desc),
    state: text(it.state),
    active: text(it['active-state']),
    unit: text(it['unit-state']),
  }));
}

export function readPackages(data: unknown): PackageInfo[] {
  return looseList(data, 'the packages of a node').map((it) => ({
    name: text(it.Package) ?? '',
    version: text(it.Version),
    oldVersion: text(it.OldVersion),
    origin: text(it.Origin),
    state: text(it.CurrentState),
    runningKernel: text(it.RunningKernel),
  }));
}

export function readCertificates(data: unknown): NodeCertificate[] {
  return looseList(data, 'the certificates of a node').map((it) => ({
    file: text(it.filename) ?? '',
    subject: text(it.subject),
    issuer: text(it.issuer),
    names: Array.isArray(it.san) ? it.san.map(String) : [],
    notAfter: number(it.notafter),
    fingerprint: text(it.fingerprint),
  }));
}

export function readSubscription(data: unknown): Subscription {
  const it = looseObject(data, 'the subscription of a node');
  return {
    status: text(it.status) ?? 'unknown',
    product: text(it.productname),
    level: text(it.level),
    nextDueDate: text(it.nextduedate),
    message: text(it.message),
  };
}

/** GET `/nodes/{node}/…`, each its own; the last two need Sys.Modify and nothing respectively. */
export const nodeSystem = {
  dns: async (reader: Reader, node: string) => readDns(await get(reader, ['nodes', node, 'dns'])),
  time: async (reader: Reader, node: string) => readTime(await get(reader, ['nodes', node, 'time'])),
  services: async (reader: Reader, node: string) => readServices(await get(reader, ['nodes', node, 'services'])),
  packages: async (reader: Reader, node: string) => readPackages(await get(reader, ['nodes', node, 'apt', 'versions'])),
  certificates: async (reader: Reader, node: string) =>
    readCertificates(await get(reader, ['nodes', node, 'certificates', 'info'])),
  updates: async (reader: Reader, node: string) => readPackages(await get(reader, ['nodes', node, 'apt', 'update'])),
  subscription: async (reader: Reader, node: string) =>
    readSubscription(await get(reader, ['nodes', node, 'subscription'])),
} as const;
