import { levelPrivileges } from '../../pve/privileges.ts';
import type { Permissions } from '../../pve/records.ts';

/** What a token needs for each access level, and where. */
export interface LevelCover {
  readonly level: 'read-only' | 'read-execute' | 'full';
  /** Needed, and not held for everything below its path. */
  readonly missing: readonly string[];
  /** Of these, those that are held at the path itself only, or at some paths below it. */
  readonly partly: readonly string[];
  /** Held, and not needed for this level. */
  readonly beyond: readonly string[];
}

const { read, operate } = levelPrivileges;
const areas: Readonly<Record<string, string>> = {
  Datastore: '/storage',
  Mapping: '/mapping',
  Pool: '/pool',
  SDN: '/sdn',
  Sys: '/',
  VM: '/vms',
};

/**
 * Which access levels a token covers with what it holds.
 * @param known every privilege that this Proxmox VE has: those that it lacks are not needed (VM.GuestAgent.Audit before 9)
 */
export function coverOf(held: Permissions, known: readonly string[]): LevelCover[] {
  const inAreas = known.filter((name) => areaOf(name) !== undefined);
  const everywhere = [...new Set(Object.values(held).flatMap((privileges) => Object.keys(privileges)))].sort();
  const needs = { 'read-only': read, 'read-execute': [...read, ...operate], full: inAreas };
  return (['read-only', 'read-execute', 'full'] as const).map((level) => {
    const needed = needs[level].filter((name) => known.includes(name));
    const missing = needed.filter((name) => !isPassedOn(held, name)).sort();
    return {
      level,
      missing,
      partly: missing.filter((name) => everywhere.includes(name)),
      beyond: everywhere.filter((name) => !needed.includes(name)),
    };
  });
}

/** Privileges grouped by what they concern, `*` where the paths below do not get them: `VM: Audit, PowerMgmt*; Sys: Audit`. */
export function shortly(privileges: Readonly<Record<string, boolean>>): string {
  const byArea = new Map<string, string[]>();
  for (const [name, goesOn] of Object.entries(privileges).sort(([a], [b]) => a.localeCompare(b, 'en'))) {
    const [area = '', ...rest] = name.split('.');
    byArea.set(area, [...(byArea.get(area) ?? []), `${rest.join('.')}${goesOn ? '' : '*'}`]);
  }
  return [...byArea].map(([area, names]) => `${area}: ${names.join(', ')}`).join('; ');
}

function isPassedOn(held: Permissions, name: string): boolean {
  return held['/']?.[name] === true || held[areaOf(name) ?? '/']?.[name] === true;
}

function areaOf(name: string): string | undefined {
  return areas[name.split('.')[0] ?? ''];
}
