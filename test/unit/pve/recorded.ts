import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PveMethod } from '../../../src/pve/request.ts';
import { referenceDir } from '../../support/reference.ts';

/** One request and its answer, recorded on a real cluster. */
export interface Recorded {
  readonly method: PveMethod;
  readonly path: string;
  readonly status: number;
  readonly reason: string;
  readonly response: unknown;
}

const reference = referenceDir();
const folder = join(reference ?? '', 'fixtures', 'real-9.2.11');

/** For `describe.skipIf`: there are no recordings here. */
export const withoutRecordings = reference === undefined;

export function recorded(name: string): Recorded {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
}

/** Names of the recorded errors, sorted. */
export function recordedErrorNames(): string[] {
  const files = readdirSync(folder).filter((file) => file.startsWith('err_'));
  return files.map((file) => file.replace(/\.json$/, '')).sort();
}
