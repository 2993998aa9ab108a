import { type PveError, toPveError } from '../pve/error.ts';
import { guestPath, isVmid } from '../pve/guest.ts';
import { type Settings, settingsFrom } from '../pve/pending.ts';
import type { SendOptions } from '../pve/request.ts';
import type { RunOptions } from './run.ts';
import type { ApiOperation, Assessment, Outcome } from './types.ts';
import { keysOf, recordAfter, recordBefore, type UndoRecord } from './undo-record.ts';

/**
 * Runs a change of a guest's config between two looks at it, so that it can be undone; anything else, and all of it where
 * nothing is kept, just runs. When the values before cannot be read or kept, nothing is sent. Never throws.
 */
export async function runUndoable(
  operation: ApiOperation,
  { facts }: Pick<Assessment, 'facts'>,
  options: RunOptions,
  send: () => Promise<Outcome>,
): Promise<Outcome> {
  const { undo, plan, index, clock, signal } = options;
  const guest = guestWithConfig(operation, facts.guest?.name);
  if (undo === undefined || guest === undefined || keysOf(operation).length === 0) return send();
  let record: UndoRecord;
  let before: Settings;
  try {
    before = await look(guest, options, { signal, fresh: true });
    const at = new Date(clock.now()).toISOString();
    const kept = recordBefore(operation, guest, before);
    record = { v: 1, plan, index, at, connection: operation.connection, ...kept };
    await undo.keep(record);
  } catch (error) {
    return notSent(toPveError(error));
  }
  const outcome = await send();
  try {
    await settle(outcome, record, before, options);
  } catch (error) {
    options.onProgress({ message: `${toPveError(error).message}: this change cannot be undone from here` });
  }
  return outcome;
}

/** The guest whose own config a request changes. That of a snapshot and the cloud-init drive are others. */
function guestWithConfig({ method, segments }: ApiOperation, name = ''): UndoRecord['guest'] | undefined {
  const [root, node, type, vmid = '', part, ...more] = segments;
  const isChange = method === 'PUT' || method === 'POST';
  if (!isChange || root !== 'nodes' || node === undefined || part !== 'config' || more.length > 0) return undefined;
  if ((type !== 'qemu' && type !== 'lxc') || !isVmid(vmid)) return undefined;
  return { type, vmid: Number(vmid), node, name: name.slice(0, 255) };
}

/** Without the secrets that are known. */
async function look(
  guest: UndoRecord['guest'],
  { send, redactor }: RunOptions,
  options: SendOptions,
): Promise<Settings> {
  const path = [...guestPath(guest), 'pending'];
  const { data } = await send({ method: 'GET', path }, options);
  return settingsFrom(redactor.answer(path, data));
}

/**
 * Of a change whose end is not known, or that goes on, only the values before are kept. One that failed may have written some
 * settings all the same: it is forgotten when the config is untouched, or when Proxmox VE never answered.
 */
async function settle(outcome: Outcome, record: UndoRecord, before: Settings, options: RunOptions): Promise<void> {
  const { undo } = options;
  if (undo === undefined || (outcome.status !== 'done' && outcome.status !== 'failed')) return;
  const isAnswered = outcome.status === 'done' || (outcome.error.status ?? outcome.error.upid) !== undefined;
  if (!isAnswered) return undo.drop(record);
  // Even when the call was cancelled meanwhile: what was sent was sent.
  const now = await look(record.guest, options, { fresh: true });
  const isUntouched = now.digest !== undefined && now.digest === before.digest;
  if (outcome.status === 'failed' && isUntouched) await undo.drop(record);
  else await undo.finish(record, recordAfter(record, now));
}

function notSent({ data: { code, message, hint, reason } }: PveError): Outcome {
  const error = {
    code,
    message: `${message}, so the change was not sent`,
    hint,
    reason,
  };
  return { status: 'failed', error };
}
