import { printable } from '../../gate/printable.ts';
import { PveError } from '../../pve/error.ts';
import { type Loose, text } from '../../pve/loose.ts';
import type { PveParams } from '../../pve/request.ts';
import { change } from '../change.ts';
import type { ToolAnswer, ToolContext } from '../define-tool.ts';
import { nearest } from '../text/nearest.ts';
import { errorText } from '../text/problem.ts';
import { type Act, actOf, type Kind, partNames, type Seen, type SettingsTool, type State, toolOf } from './kind.ts';
import { findKind } from './kinds.ts';
import { findPlace, type Place, unfit, type Where } from './place.ts';
import { type Before, operationOf, readWish, type Wish, type WrittenSet, withFile } from './request.ts';
import { nameOf, readState } from './state.ts';
import { toldNow, written } from './tell.ts';

/** One change of one thing, as a tool was asked for it. */
export interface Wanted extends Where {
  readonly kind: string;
  readonly action: string;
  /** PVE's parameters, its `delete` among them; null for a secret that the person fills in. */
  readonly set?: WrittenSet | undefined;
  /** The path of a file of this machine, for an act that carries one. */
  readonly from?: string | undefined;
  readonly reason?: string | undefined;
  readonly wait: boolean;
}

/**
 * Proposes one change of the table and tells what is true afterwards. What is there is read first: it names what is missing,
 * gives the digest, and is what the answer compares with.
 * @throws PveError where the request makes no sense
 */
export async function changeSetting(tool: SettingsTool, wanted: Wanted, context: ToolContext): Promise<ToolAnswer> {
  const { action } = wanted;
  const kind = findKind(wanted.kind, action, tool);
  const act = actOf(kind, action);
  const usual = await usualFor(kind, act, action, context);
  const { from } = wanted;
  const wish = withFile(readWish(wanted.set ?? {}, kind, act), act, from);
  const { set, gone } = wish;
  checkRisk(kind, action, tool, wish, wanted.id);
  const place = await findPlace(kind, action, act, wanted, context);
  const before = await stateBefore(kind, action, place, context);
  const { state } = before;
  const operation = operationOf(kind, action, { place, wish: { ...wish, set: { ...usual, ...set } }, ...before, from });
  const seen: Seen = {
    pve: context.pve,
    kind,
    act: action,
    id: wanted.id ?? '',
    parts: place.parts,
    set,
    gone,
    ...(state?.row === undefined ? {} : { before: state.row }),
    now: (name = newName(act, kind, place, set)) => readNow(kind, place, name, context),
  };
  const note = await noteOf(act, seen);
  const after = act.after ?? (isReadable(kind) ? toldNow : undefined);
  const answer = await change(
    context,
    [
      {
        operation,
        what: titleOf(kind, action, wanted, place),
        ...(after === undefined ? {} : { after: (done) => after(seen, done) }),
      },
    ],
    wanted,
  );
  return note === undefined ? answer : { ...answer, text: `${answer.text}\n${note}` };
}

/**
 * What is sent unless the caller says otherwise.
 * @throws PveError where the connected version has no such thing: that is known before anybody is asked
 */
async function usualFor(kind: Kind, act: Act, action: string, { pve }: ToolContext): Promise<PveParams> {
  const needed = act.major ?? kind.major;
  if (needed === undefined && act.usual9 === undefined) return {};
  const { version, major } = await pve.version();
  if (needed !== undefined && (needed === 9 ? major < 9 : major > 8)) {
    const instead = { ha_rule: 'Version 8 has kind ha_group.', ha_group: 'Version 9 has kind ha_rule.' }[kind.name];
    const message = `Proxmox VE ${printable(version, 20)} cannot ${action} a ${kind.name}: only version ${needed} can`;
    throw unfit(message, instead ?? 'There is no other way here.');
  }
  return major >= 9 ? (act.usual9 ?? {}) : {};
}

function checkRisk(kind: Kind, action: string, tool: SettingsTool, { set, gone }: Wish, id = ''): void {
  const { raised } = actOf(kind, action);
  if (raised === undefined || tool !== toolOf(kind, action)) return;
  const why = raised.when(set, gone, id);
  if (why !== undefined)
    throw unfit(why, `Call ${raised.tool} with kind ${kind.name}, action ${action} and the same arguments.`);
}

/** @throws PveError `not_found` for what is to be changed and is not there */
async function stateBefore(kind: Kind, action: string, place: Place, { pve }: ToolContext): Promise<Before> {
  const { keeps, takes } = actOf(kind, action);
  const needed = needsIt.includes(action) || keeps !== undefined || takes !== undefined;
  if (!needed || !isReadable(kind)) return {};
  const name = lastPart(kind, place);
  const state = await readState(pve, kind, place.parts, name).catch((error: unknown) => {
    if (error instanceof PveError && error.data.code !== 'not_found') return error;
    throw error;
  });
  if (state instanceof PveError) return { problem: state };
  if (needsIt.includes(action) && state.row === undefined) throw missing(kind, name ?? '', state.rows);
  const hindrance = state.row === undefined ? undefined : actOf(kind, action).hindered?.(state.row);
  if (hindrance !== undefined) throw unfit(...hindrance);
  return { state };
}

const needsIt = [
  'update',
  'delete',
  'add',
  'remove',
  'regenerate',
  'run',
  'migrate',
  'relocate',
  'sync',
  'test',
  'unlock_tfa',
];

function missing(kind: Kind, name: string, rows: readonly Loose[]): PveError {
  const names = rows.map((row) => nameOf(kind, row));
  const meant = nearest(name, names);
  const all = names.slice(0, 30).map((one) => `"${one}"`);
  const list =
    names.length === 0
      ? 'There is none that this token may see.'
      : `There is: ${all.join(', ')}${names.length > 30 ? ', …' : ''}.`;
  return new PveError({
    code: 'not_found',
    message: `There is no ${kind.name} "${printable(name, 64)}"`,
    hint: meant === undefined ? list : `Did you mean "${meant}"? ${list}`,
    reason: [],
  });
}

/** By which name it is found afterwards. */
function newName(act: Act, kind: Kind, place: Place, set: PveParams): string | undefined {
  const renamed = set.rename ?? (act.sends?.rename === undefined ? undefined : set[act.sends.rename]);
  return renamed === undefined ? lastPart(kind, place) : written(renamed);
}

function lastPart(kind: Kind, { parts }: Place): string | undefined {
  const last = partNames(kind.id ?? '').at(-1);
  // A volume is listed with its storage.
  if (kind.keys?.includes('volid') === true) return text(parts.id);
  return last === undefined ? undefined : text([parts[last] ?? ''].flat()[0]);
}

function readNow(kind: Kind, { parts }: Place, name: string | undefined, { pve }: ToolContext): Promise<State> {
  const last = partNames(kind.id ?? '').at(-1);
  return readState(pve, kind, last === undefined || name === undefined ? parts : { ...parts, [last]: name }, name);
}

function isReadable({ list, one }: Kind): boolean {
  return list !== undefined || one !== undefined;
}

async function noteOf({ note }: Act, seen: Seen): Promise<string | undefined> {
  try {
    return await note?.(seen);
  } catch (error) {
    if (!(error instanceof PveError)) throw error;
    return `Whether people still get in could not be looked up: ${errorText(error.data)}`;
  }
}

function titleOf(kind: Kind, action: string, { id }: Wanted, { title }: Place): string {
  const name = id === undefined ? '' : ` "${printable(id, 80)}"`;
  return `${kind.name}${name}${title === '' ? '' : ` of ${title}`}: ${action}`;
}
