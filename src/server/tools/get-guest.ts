import * as z from 'zod';
import { forModel } from '../../gate/printable.ts';
import type { GuestConfig, GuestStatus } from '../../pve/records.ts';
import { defineTool } from '../define-tool.ts';
import { facts } from '../text/rows.ts';
import { notShown, sections } from '../text/sections.ts';
import { bytes, count, duration, percent, share, usedOf } from '../text/units.ts';
import { guestArgument } from './common.ts';
import { guestParts, guestSections } from './guest-parts.ts';
import { guestTitle } from './guest-text.ts';

export const getGuest = defineTool({
  name: 'pve_get_guest',
  title: 'Guest details',
  toolset: 'guests',
  risk: 'read',
  description: 'State, load, disks, network and notes of one guest as they are now; more with include.',
  input: z.strictObject({ guest: guestArgument, include: z.array(z.enum(guestParts)).optional() }),
  async handle({ guest, include = [] }, { pve }) {
    const ref = await pve.findGuest(guest);
    const [status, config] = await Promise.all([pve.guestStatus(ref), pve.guestConfig(ref)]);
    return {
      text: [
        guestTitle(ref),
        ...summary(status, config),
        ...(await sections(guestSections({ pve, ref, status, config }), include)),
        ...notShown(guestParts, include),
      ].join('\n'),
    };
  },
});

function summary(status: GuestStatus, config: GuestConfig): string[] {
  const isRunning = status.status === 'running';
  return facts([
    ['Status', stateOf(status)],
    [
      'CPU',
      `${isRunning && status.cpu !== undefined ? `${percent(status.cpu)} of ` : ''}${count(status.cpus ?? 0, 'core')}`,
    ],
    [
      'Memory',
      isRunning
        ? `${usedOf(status.mem, status.maxmem)} (${share(status.mem, status.maxmem)})`
        : usedOf(undefined, status.maxmem),
    ],
    ['Root disk', usedOf(status.disk === 0 ? undefined : status.disk, status.maxdisk)],
    [
      'Traffic',
      isRunning ? `${bytes(status.netin ?? 0)} in, ${bytes(status.netout ?? 0)} out since it started` : undefined,
    ],
    ['OS type', config.ostype === undefined ? undefined : forModel(config.ostype, 40)],
    ['Guest agent', status.agent === undefined ? undefined : status.agent ? 'enabled' : 'off'],
    ['Starts at boot', config.onboot === '1' ? 'yes' : 'no'],
    ['Protection', config.protection === '1' ? 'on: it cannot be removed' : undefined],
    ['Template', status.template === true ? 'yes: it cannot be started' : undefined],
    ['HA', status.ha.managed ? `managed, ${forModel(status.ha.state ?? 'state not known', 40)}` : undefined],
    ['Lock', status.lock === undefined ? undefined : forModel(status.lock, 40)],
    ['Tags', forModel(status.tags.join(', '), 200)],
    ...devices(config),
    ['Notes', config.description === undefined ? undefined : forModel(config.description.trim(), 600)],
  ]);
}

/** "running, up 41 d 3 h"; QEMU's own word where it says more. */
export function stateOf({ status, qmpstatus, uptime = 0 }: GuestStatus): string {
  const state = qmpstatus === undefined || qmpstatus === status ? status : `${status} (${qmpstatus})`;
  return forModel(status === 'running' && uptime > 0 ? `${state}, up ${duration(uptime)}` : state, 80);
}

function devices(config: GuestConfig): [string, string][] {
  return Object.entries(config)
    .filter(([key]) => /^(rootfs|(scsi|virtio|sata|ide|mp|net)\d+)$/.test(key))
    .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
    .map(([key, value]) => [key, forModel(value, 200)]);
}
