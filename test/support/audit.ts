import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type AuditEntry, openAudit } from '../../src/gate/audit.ts';
import { createRedactor } from '../../src/gate/redact.ts';
import { type FakeClock, fakeClock } from './clock.ts';

/** One line of an audit file, read back. */
export type AuditLine = Readonly<Record<string, unknown>> & { readonly phase: string; readonly hash: string };

/** Folders for the tests of one file, gone after them. */
export function auditFolders(): { make(): Promise<string> } {
  const made: string[] = [];
  afterAll(async () => {
    await Promise.all(made.map((dir) => rm(dir, { recursive: true, force: true })));
  });
  return {
    async make() {
      const dir = await mkdtemp(join(tmpdir(), 'audit-test-'));
      made.push(dir);
      return join(dir, 'audit');
    },
  };
}

/** Every line of every file of the folder, oldest file first. */
export async function auditLines(dir: string): Promise<AuditLine[]> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.jsonl')).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(dir, name), 'utf8')));
  return texts.flatMap(parseLines);
}

export function parseLines(text: string): AuditLine[] {
  const lines = text.split('\n');
  if (lines.pop() !== '') throw new Error('The last line was cut');
  return lines.map((line) => JSON.parse(line) as AuditLine);
}

/**
 * What is wrong with the chain of one file, written from the description of the format and not from the code.
 * @param head the hash of the last record as it was noted elsewhere; without it, a cut at the end cannot be seen
 */
export function brokenAt(text: string, head?: string): string | undefined {
  let previous = '0'.repeat(64);
  try {
    for (const [index, { hash, ...body }] of parseLines(text).entries()) {
      if (body.seq !== index) return `seq of line ${index}`;
      if (body.prev !== previous) return `prev of line ${index}`;
      if (createHash('sha256').update(sorted(body)).digest('hex') !== hash) return `hash of line ${index}`;
      previous = hash;
    }
  } catch (error) {
    return String(error);
  }
  return head === undefined || head === previous ? undefined : 'head';
}

function sorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${sorted((value as Record<string, unknown>)[key])}`).join(',')}}`;
}

/** A *before* record of a stop of VM 101. */
export function entry(more: Partial<AuditEntry> = {}): AuditEntry {
  return {
    phase: 'before',
    plan: 'plan-1',
    index: 0,
    origin: { who: 'agent', client: 'a test', launch: 'launch-1' },
    tool: 'pve_test',
    connection: { id: 'c-home', name: 'home', revision: 3 },
    operation: {
      kind: 'api',
      connection: 'c-home',
      revision: 3,
      method: 'POST',
      segments: ['nodes', 'pve2', 'qemu', '101', 'status', 'stop'],
      params: {},
    },
    risk: 'operate',
    decision: 'run: a person said yes',
    target: '"web-01" (101, VM on pve2)',
    ...more,
  };
}

/** A process number above what any system gives out: surely gone. */
export const gone = 2 ** 30;
let left = 0;

/** Writes these records as a process of that number which has ended. @returns the folder */
export async function leftBehind(
  dir: string,
  entries: readonly AuditEntry[],
  { pid = gone, maxBytes = 1e6, clock = fakeClock() }: LeftOptions = {},
): Promise<string> {
  const audit = openAudit({ dir, clock, redactor: createRedactor(), maxBytes });
  const before = new Set(await readdir(dir).catch(() => []));
  for (const it of entries) await audit.append(it);
  await audit.close();
  for (const name of await readdir(dir)) {
    if (before.has(name)) continue;
    left += 1;
    await rename(join(dir, name), join(dir, name.replace(/-\d+-(\d+)\.jsonl$/, `-${pid}-9${left}$1.jsonl`)));
  }
  return dir;
}
interface LeftOptions {
  readonly pid?: number;
  readonly maxBytes?: number;
  readonly clock?: FakeClock;
}
