import { forModel } from '../../gate/printable.ts';
import { PveError } from '../../pve/error.ts';

/** A part of an answer that is only there when it is asked for; its lines, under a heading of their own. */
export type Section = () => Promise<readonly string[]>;

/**
 * The parts that were asked for, in the order of `all`, read at the same time. One that cannot be read says so in its place
 * and does not hide the others.
 */
export async function sections<P extends string>(
  all: Readonly<Record<P, Section>>,
  include: readonly P[],
): Promise<string[]> {
  const wanted = Object.entries<Section>(all).filter(([name]) => include.some((part) => part === name));
  const read = await Promise.all(
    wanted.map(([name, section]) => section().catch((error: unknown) => [unreadable(heading(name), error)])),
  );
  return read.flatMap((lines) => ['', ...lines]);
}

/** Names what was not asked for, so that nobody takes it for missing. */
export function notShown<P extends string>(all: readonly P[], include: readonly P[], more = ''): string[] {
  const left = all.filter((part) => !include.includes(part));
  return left.length === 0 ? [] : ['', `To include: ${left.join(', ')}.${more}`];
}

/** "Updates could not be read: …", with what is missing and Proxmox VE's own words. @throws what is no fault of the cluster */
export function unreadable(what: string, error: unknown): string {
  if (!(error instanceof PveError) || error.code === 'cancelled') throw error;
  const { message, reason } = error.data;
  const words = [message, ...reason.slice(0, 1)].filter((text, at, all) => all.indexOf(text) === at);
  return `${what} could not be read: ${forModel(words.join(': '), 300)}.`;
}

function heading(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
