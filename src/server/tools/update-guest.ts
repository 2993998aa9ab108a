import * as z from 'zod';
import { words } from '../../pve/loose.ts';
import { readSettings } from '../../pve/pending.ts';
import { type Change, change } from '../change.ts';
import { defineTool } from '../define-tool.ts';
import { guestArgument, writeArguments } from './common.ts';
import { guestTitle } from './guest-text.ts';
import { guestSets, onGuest, readSet, unfit, withAsk } from './on-guest.ts';
import { changesText } from './setting-text.ts';

const keys = z.array(z.string().min(1).max(64)).max(50);

export const updateGuest = defineTool({
  name: 'pve_update_guest',
  title: 'Change the settings of a guest',
  toolset: 'guests',
  risk: 'destroy',
  least: 'configure',
  description: 'Changes settings of a guest; tells which are active, pending or unchanged. Disks: pve_change_disk.',
  input: z.strictObject({
    guest: guestArgument,
    set: guestSets.optional().describe('cores, memory, net0, tags, ipconfig0, cipassword …'),
    revert: keys.optional().describe('Undo pending changes'),
    template: z.boolean().optional().describe('Convert to a template, for good'),
    reason: writeArguments.reason,
  }),
  async handle({ guest, set: { delete: gone, ...set } = {}, revert = [], template = false, reason }, context) {
    const ref = await context.pve.findGuest(guest);
    const before = await readSettings(context.pve, ref);
    const { values, ask } = readSet(set);
    const unset = namesIn(gone);
    const what = guestTitle(ref);
    const asked = [
      ...Object.entries(values).map(([key, value]) => ({ key, value: wire(value) })),
      ...[...unset, ...revert].map((key) => ({ key })),
    ];
    const changes: Change[] = [];
    if (asked.length + ask.length > 0) {
      const list = (names: readonly string[]) => (names.length === 0 ? undefined : names.join(','));
      const params = { ...values, delete: list(unset), revert: list(revert), digest: before.digest };
      changes.push({
        operation: withAsk(onGuest(ref, 'PUT', ['config'], params), ask),
        what: `${what}: change settings`,
        after: async () => {
          const lines = changesText(before, await readSettings(context.pve, ref), asked);
          return [`read back:`, ...lines, ...ask.map((key) => `${key}: set; its value is not shown`)].join('\n');
        },
      });
    }
    if (template)
      changes.push({
        operation: onGuest(ref, 'POST', ['template']),
        what: `${what}: convert to a template`,
        after: async () =>
          (await context.pve.guestStatus(ref)).template === true
            ? 'now a template: it can only be cloned'
            : 'but it is no template yet: look at its tasks',
      });
    if (changes.length === 0) throw unfit('Nothing to change was named', 'Give set, revert or template.');
    return change(context, changes, { wait: true, reason });
  },
});

/**
 * PVE's own `delete`: names, as a list or with commas.
 * @throws PveError `invalid_argument` for what names no settings
 */
function namesIn(gone: unknown): readonly string[] {
  const { success, data = [] } = keys.safeParse(typeof gone === 'string' ? words(gone) : (gone ?? []));
  if (!success) throw unfit('delete does not name settings', "Give their names, such as ['tags'].");
  return data;
}

function wire(value: string | number | boolean): string {
  return typeof value === 'boolean' ? (value ? '1' : '0') : String(value);
}
