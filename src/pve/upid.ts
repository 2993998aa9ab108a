/** A PVE task id: `UPID:node:pid:pstart:starttime:type:id:user@realm[!token]:`. */
export type Upid = string & { readonly __brand: 'Upid' };

/** What a task id tells by itself. */
export interface UpidParts {
  readonly upid: Upid;
  readonly node: string;
  /** Worker type: `qmstart`, `vzdump`, … */
  readonly type: string;
  /** What the task works on, mostly a VMID; may be empty. */
  readonly id: string;
  /** `user@realm`, with `!name` when an API token started it. */
  readonly user: string;
  /** Seconds since 1970. */
  readonly startTime: number;
}

const shape =
  /^UPID:([A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?):[0-9A-Fa-f]{8}:[0-9A-Fa-f]{8,9}:([0-9A-Fa-f]{8}):([^:\s]+):([^:\s]*):([^:\s]+):$/;

/** A write that answers with one of these has only started (PVE manual, "Tasks"). */
export function isUpid(value: unknown): value is Upid {
  return typeof value === 'string' && shape.test(value);
}

/** @returns the parts, or `undefined` when the text is no task id */
export function parseUpid(text: string): UpidParts | undefined {
  if (!isUpid(text)) return undefined;
  const [, node = '', startTime = '', type = '', id = '', user = ''] = shape.exec(text) ?? [];
  return { upid: text, node, type, id, user, startTime: Number.parseInt(startTime, 16) };
}
