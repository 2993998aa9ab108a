import { forModel } from '../../gate/printable.ts';
import { matches, sensitiveReads } from '../../gate/risk.ts';
import type { Outcome } from '../../gate/types.ts';
import type { PveClient } from '../../pve/client.ts';
import { PveError } from '../../pve/error.ts';
import { type PveMethod, type PveParams, wireParams } from '../../pve/request.ts';
import type { ApiSchema } from '../../pve/schema.ts';
import { isUpid } from '../../pve/upid.ts';
import { count } from '../text/units.ts';
import { answerText, isRecord, plain } from './answer.ts';
import { variablesOf } from './match.ts';

/** A write, and what it says of things that can be read again. */
export interface Write {
  readonly method: PveMethod;
  readonly segments: readonly string[];
  readonly params: PveParams;
}

/** What was there before a write, and what is after it. */
export interface Look {
  after(done: Extract<Outcome, { status: 'done' }>): Promise<string>;
}

/**
 * Looks at what a write is about to change, where the API reads the same path: afterwards it can be told what is in force,
 * what waits, and what has not changed.
 */
export async function lookBefore(pve: PveClient, schema: ApiSchema, write: Write): Promise<Look> {
  const place = placeOf(schema, write.segments);
  const before = place === undefined ? undefined : await read(pve, place);
  return {
    async after({ data, upid }) {
      const answered =
        data === null || data === undefined || data === '' || isUpid(data) || upid !== undefined
          ? []
          : [`Answer: ${answerText({ data }, { limit: 20, budget: 2000 })}`];
      const now = place === undefined ? notReadable : await compared(pve, place, write, before);
      return [now, ...answered].join('\n');
    },
  };
}

const notReadable = 'but nothing reads the same path, so look at the effect with another tool';

/** Where to read; of guests' settings what waits for the next start is told apart. */
function placeOf({ methods }: ApiSchema, segments: readonly string[]): readonly string[] | undefined {
  if (sensitiveReads.some((path) => matches(path, segments))) return undefined;
  const isConfig = segments.length === 5 && segments[0] === 'nodes' && segments[4] === 'config';
  const place = isConfig ? [...segments.slice(0, 4), 'pending'] : segments;
  return methods.some(({ method, path }) => method === 'GET' && variablesOf(path, place) !== undefined)
    ? place
    : undefined;
}

/** What is there, or why that could not be read. */
async function read(pve: PveClient, path: readonly string[]): Promise<unknown> {
  try {
    return (await pve.send({ method: 'GET', path }, { fresh: true })).data;
  } catch (error) {
    if (error instanceof PveError) return error;
    throw error;
  }
}

async function compared(pve: PveClient, place: readonly string[], write: Write, before: unknown): Promise<string> {
  const now = await read(pve, place);
  if (write.method === 'DELETE') return deleted(now, before);
  if (now instanceof PveError) throw now;
  if (place.at(-1) === 'pending' && Array.isArray(now))
    return settings(write, pendingFields(before), pendingFields(now));
  if (isRecord(now)) return settings(write, fieldsOf(before), fieldsOf(now));
  return Array.isArray(now) ? entries(now, before) : 'accepted';
}

function deleted(now: unknown, before: unknown): string {
  if (now instanceof PveError) {
    if (now.code === 'cancelled' || now.code === 'denied' || now.code === 'unreachable' || now.code === 'timeout')
      throw now;
    return before instanceof PveError ? 'it cannot be read, as before' : 'it is gone';
  }
  // What reads a path may list what there could be below it.
  return isRecord(now) ? 'it can still be read: nothing may have been deleted' : 'accepted; look whether it is gone';
}

/** A setting in force, and what it will be at the next start. */
interface Field {
  readonly value?: string;
  readonly pending?: string;
  readonly leaves?: boolean;
}
type Fields = ReadonlyMap<string, Field>;

function fieldsOf(data: unknown): Fields {
  return new Map(isRecord(data) ? Object.entries(data).map(([name, value]) => [name, { value: plain(value) }]) : []);
}

function pendingFields(data: unknown): Fields {
  const list: readonly unknown[] = Array.isArray(data) ? data : [];
  return new Map(
    list.filter(isRecord).map(({ key, value, pending, delete: leaves }) => [
      plain(key),
      {
        ...(value === undefined ? {} : { value: plain(value) }),
        ...(pending === undefined ? {} : { pending: plain(pending) }),
        ...(leaves === undefined ? {} : { leaves: true }),
      },
    ]),
  );
}

/** Parameters that steer a request and are no settings. */
const steering = new Set([
  'digest',
  'delete',
  'revert',
  'force',
  'skiplock',
  'background_delay',
  'import-working-storage',
]);

function settings({ params }: Write, before: Fields, now: Fields): string {
  const wire = wireParams(params);
  const sent = Object.entries(wire).filter(([name]) => !steering.has(name));
  const removed = [wire.delete ?? []].flat().flatMap((names) => names.split(/[,;\s]+/).filter((name) => name !== ''));
  const lines = [
    ...sent.map(
      ([name, value]) =>
        `${forModel(name, 64)}: ${settingText([value].flat().join(','), before.get(name), now.get(name))}`,
    ),
    ...removed.map((name) => `${forModel(name, 64)}: ${removalText(now.get(name))}`),
  ];
  return lines.length === 0 ? 'accepted' : ['read back:', ...lines].join('\n');
}

function settingText(sent: string, before: Field | undefined, now: Field | undefined): string {
  if (now?.pending !== undefined)
    return `${shown(now.pending)} is pending (takes effect at the next start); in force: ${shown(now.value)}`;
  if (now?.value === undefined) return 'is not told by the read of this path';
  if (now.value === sent) return `${shown(now.value)} is active${before?.value === sent ? ', as before' : ''}`;
  if (before?.value === now.value) return `NOT changed, still ${shown(now.value)}`;
  return `now ${shown(now.value)}`;
}

function removalText(now: Field | undefined): string {
  if (now === undefined) return 'gone';
  if (now.leaves === true) return `goes at the next start; in force: ${shown(now.value)}`;
  return now.value === undefined ? 'gone' : `NOT removed, still ${shown(now.value)}`;
}

function shown(value: string | undefined): string {
  return value === undefined ? 'nothing' : forModel(value, 200) || 'empty';
}

function entries(now: readonly unknown[], before: unknown): string {
  const old = new Set(Array.isArray(before) ? before.map(plain) : []);
  const fresh = now.filter((entry) => !old.has(plain(entry)));
  const head = `this path now lists ${count(now.length, 'entry', 'entries')}, ${fresh.length === 0 ? 'all as before' : `${fresh.length} of them new or changed`}`;
  const lines = fresh.slice(0, 3).map((entry) => forModel(plain(entry), 300));
  return [head, ...lines].join('\n');
}
