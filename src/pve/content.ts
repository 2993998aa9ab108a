import { get, type Reader } from './get.ts';
import { flag, looseList, looseObject, number, text, words } from './loose.ts';

/** One entry of GET `/storage`: how a storage is defined. */
export interface StorageDefinition {
  readonly storage: string;
  readonly type: string;
  readonly content: readonly string[];
  /** Only these; all where it is empty. */
  readonly nodes: readonly string[];
  readonly shared: boolean;
  readonly disabled: boolean;
  /** Everything else that is set, as text, sorted. */
  readonly options: Readonly<Record<string, string>>;
}
/** One entry of GET `/nodes/{node}/storage/{storage}/content`. Sizes are bytes, times seconds since 1970. */
export interface Volume {
  /** `local:iso/debian.iso` */
  readonly volid: string;
  /** `images`, `rootdir`, `iso`, `vztmpl`, `backup`, `snippets`, `import` */
  readonly content: string;
  readonly format?: string | undefined;
  readonly size?: number | undefined;
  readonly used?: number | undefined;
  readonly made?: number | undefined;
  readonly vmid?: number | undefined;
  /** Of a backup: `qemu` or `lxc`. */
  readonly subtype?: string | undefined;
  readonly notes?: string | undefined;
  readonly isProtected: boolean;
  readonly encrypted: boolean;
  /** Of a backup server: `ok` or `failed`. */
  readonly verified?: string | undefined;
  readonly parent?: string | undefined;
}

const told = ['storage', 'type', 'content', 'nodes', 'shared', 'disable', 'digest'];

export function readStorageDefinitions(data: unknown): StorageDefinition[] {
  return looseList(data, '/storage').map((it) => ({
    storage: text(it.storage) ?? '',
    type: text(it.type) ?? '',
    content: words(it.content),
    nodes: words(it.nodes),
    shared: flag(it.shared) ?? false,
    disabled: flag(it.disable) ?? false,
    options: Object.fromEntries(
      Object.entries(it)
        .filter(([key]) => !told.includes(key))
        .map(([key, value]) => [key, typeof value === 'object' ? JSON.stringify(value) : String(value)])
        .sort(),
    ),
  }));
}

export function readVolumes(data: unknown): Volume[] {
  return looseList(data, 'the content of a storage').map((it) => ({
    volid: text(it.volid) ?? '',
    content: text(it.content) ?? contentOf(text(it.volid) ?? ''),
    format: text(it.format),
    size: number(it.size),
    used: number(it.used),
    made: number(it.ctime),
    vmid: number(it.vmid),
    subtype: text(it.subtype),
    notes: text(it.notes),
    isProtected: flag(it.protected) ?? false,
    encrypted: text(it.encrypted) !== undefined,
    verified: text(looseObject(it.verification ?? {}, 'a verification').state),
    parent: text(it.parent),
  }));
}

/** GET `/storage`: readable with Datastore.Audit, unlike a single one. */
export async function storageDefinitions(reader: Reader): Promise<StorageDefinition[]> {
  return readStorageDefinitions(await get(reader, ['storage']));
}

/** Which volumes. */
export interface ContentFilter {
  readonly content?: string | undefined;
  readonly vmid?: number | undefined;
}

/** GET `/nodes/{node}/storage/{storage}/content`. Backups that the token may not use are left out by PVE without a word. */
export async function volumes(reader: Reader, node: string, storage: string, filter: ContentFilter = {}) {
  const { content, vmid } = filter;
  const params = { ...(content === undefined ? {} : { content }), ...(vmid === undefined ? {} : { vmid }) };
  return readVolumes(await get(reader, ['nodes', node, 'storage', storage, 'content'], params));
}

/** Older versions do not say what a volume is; its name does. */
function contentOf(volid: string): string {
  return /^[^:]+:(iso|vztmpl|backup|snippets|import)\//.exec(volid)?.[1] ?? 'images';
}
