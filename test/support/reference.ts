import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const project = resolve(import.meta.dirname, '../..');

/**
 * The folder of real Proxmox VE answers and schemas: `PVE_REFERENCE`, else `../shared/pve` beside the project.
 * @returns nothing where there is none, so that tests can be skipped by name
 * @throws Error in CI, where it must be there
 */
export function referenceDir(): string | undefined {
  const dir = process.env.PVE_REFERENCE ?? join(project, '..', 'shared', 'pve');
  if (existsSync(dir)) return dir;
  if (process.env.CI === 'true') throw new Error(`No reference data at ${dir}; set PVE_REFERENCE.`);
  return undefined;
}
