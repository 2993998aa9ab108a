import * as z from 'zod';
import { forModel, quoted } from '../../gate/printable.ts';
import type { PveClient } from '../../pve/client.ts';
import { type Volume, volumes } from '../../pve/content.ts';
import { PveError } from '../../pve/error.ts';
import type { GuestRef } from '../../pve/guest.ts';
import { type Change, change } from '../change.ts';
import { defineTool, type ToolContext } from '../define-tool.ts';
import { bytes } from '../text/units.ts';
import { guestsArgument, writeArguments } from './common.ts';
import { guestTitle } from './guest-text.ts';
import { onNode, unfit } from './on-guest.ts';
import { findAll } from './power.ts';
import { sent } from './sent.ts';

const input = z.strictObject({
  guest: guestsArgument,
  storage: z.string().min(1).max(64).optional(),
  mode: z.enum(['snapshot', 'suspend', 'stop']).optional(),
  compress: z.enum(['zstd', 'gzip', 'lzo', '0']).optional(),
  notes: z.string().max(1000).optional(),
  protected: z.boolean().optional(),
  remove: z.boolean().optional().describe('Also prune older backups'),
  ...writeArguments,
});
type Wanted = z.output<typeof input>;

export const backupGuest = defineTool({
  name: 'pve_backup_guest',
  title: 'Back up guests now',
  toolset: 'backup',
  risk: 'destroy',
  least: 'operate',
  description: 'Backs up guests now; older backups stay.',
  input,
  async handle(wanted, context) {
    const guests = await findAll(context.pve, [wanted.guest].flat());
    // One task a node: Proxmox VE goes on with the next guest where one of them fails.
    const groups = [...new Set(guests.map(({ node }) => node))].map((node) =>
      guests.filter((one) => one.node === node),
    );
    if (wanted.remove === true && groups.length > 1)
      throw unfit('Pruning is asked about alone, and these guests are on several nodes', 'Call once for each node.');
    const plans = await Promise.all(groups.map((group) => planFor(group, wanted, context)));
    const watched = sent(context);
    const answer = await change(
      watched,
      plans.map((plan) => plan.change),
      wanted,
    );
    const made = await Promise.all(plans.map((plan, at) => (watched.broke(at) ? plan.made() : '')));
    const lines = made.filter((line) => line !== '');
    return lines.length === 0 ? answer : { ...answer, text: [answer.text, 'Made nonetheless:', ...lines].join('\n') };
  },
});

interface Planned {
  readonly change: Change;
  /** The files that were not there before, a line each; nothing when none is seen. */
  readonly made: () => Promise<string>;
}

async function planFor(guests: readonly GuestRef[], wanted: Wanted, { pve }: ToolContext): Promise<Planned> {
  const node = guests[0]?.node ?? '';
  const storage = await storageFor(node, wanted.storage, pve);
  const place = { node, storage };
  const before = await backupsOf(place, guests, pve).catch(unlessCancelled);
  const news = async (): Promise<string> => {
    const now = await backupsOf(place, guests, pve);
    const fresh = now.filter(({ volid }) => before?.every((old) => old.volid !== volid) === true);
    return fresh
      .map(({ volid, size }) => `${forModel(volid, 200)}, ${size === undefined ? 'size not known' : bytes(size)}`)
      .join('\n');
  };
  const { mode = 'snapshot', compress = 'zstd', notes, protected: isProtected, remove = false } = wanted;
  return {
    made: () => news().catch((error: unknown) => unlessCancelled(error) ?? ''),
    change: {
      operation: onNode(node, 'POST', ['vzdump'], {
        vmid: guests.map(({ vmid }) => vmid).join(','),
        ...{ storage, mode, compress, remove },
        'notes-template': notes === undefined ? undefined : oneLine(notes),
        protected: isProtected === true ? true : undefined,
      }),
      what: `${guests.map(guestTitle).join(', ')}: back up to ${forModel(storage, 64)}`,
      after: async () => ((await news()) || notVisible).replace(/^(?=.*\n)/, 'made:\n'),
    },
  };
}

/** Proxmox VE takes notes on one line, and tells line ends by backslashes. */
function oneLine(notes: string): string {
  return notes.replaceAll('\\', '\\\\').replace(/\r?\n/g, '\\n');
}

const notVisible =
  'but its file is not visible to this token, which needs VM.Backup and Datastore.AllocateSpace (or Datastore.Allocate) to see it';

/** The storage that is named, or the only one of the node that takes backups. */
async function storageFor(node: string, wanted: string | undefined, pve: PveClient): Promise<string> {
  const fitting = (await pve.storages(node)).filter(
    ({ content, active }) => content.includes('backup') && active !== false,
  );
  const names = fitting.map(({ storage }) => quoted(storage)).join(', ');
  if (wanted !== undefined) {
    if (fitting.some(({ storage }) => storage === wanted)) return wanted;
    throw unfit(
      `"${wanted}" takes no backups on ${node}`,
      names === '' ? 'No storage there does.' : `Those that do: ${names}.`,
    );
  }
  const [only, ...more] = fitting;
  if (only === undefined)
    throw unfit(`No storage on ${node} that this token may see takes backups`, 'See pve_list_storage.');
  if (more.length === 0) return only.storage;
  throw unfit(`Several storages on ${node} take backups`, `Say which: ${names}.`);
}

/** An auditor sees none, whether or not there are any. */
async function backupsOf(
  { node, storage }: { readonly node: string; readonly storage: string },
  guests: readonly GuestRef[],
  pve: PveClient,
): Promise<Volume[]> {
  const all = await volumes(pve, node, storage, { content: 'backup' });
  return all.filter((file) => guests.some(({ vmid }) => file.vmid === vmid));
}

/** What is there already may not be visible. */
function unlessCancelled(error: unknown): undefined {
  if (error instanceof PveError && error.code !== 'cancelled') return undefined;
  throw error;
}
