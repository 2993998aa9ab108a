import { givenSecrets } from '../../gate/secret-parameters.ts';
import type { ProposedApi } from '../../gate/types.ts';
import type { PveError } from '../../pve/error.ts';
import { text, words } from '../../pve/loose.ts';
import type { PveParam, PveParams } from '../../pve/request.ts';
import { type Act, actOf, type Kind, keysOf, partNames, requestOf, type State } from './kind.ts';
import { type Place, unfit } from './place.ts';
import { nameOf, segmentsOf } from './state.ts';
import { written } from './tell.ts';

/** What was read before. */
export interface Before {
  readonly state?: State;
  /** Why it could not be read. */
  readonly problem?: PveError;
}

/** `set` as it is written: PVE's parameters, its `delete` among them, and null for a secret that the person fills in. */
export type WrittenSet = Readonly<Record<string, PveParam | null>>;

/** What is to be changed. */
export interface Wish {
  readonly set: PveParams;
  /** Settings that fall back to their defaults. */
  readonly gone: readonly string[];
  /** Secrets that the person fills in. */
  readonly ask: readonly string[];
}

/** @throws PveError `invalid_argument` for a `delete` where nothing can be deleted */
export function readWish({ delete: gone, ...rest }: WrittenSet, kind: Kind, act: Act): Wish {
  const deletes = act.takes?.includes('delete') === true;
  if (gone !== undefined && !deletes && act.keeps === undefined)
    throw unfit(`Nothing can be deleted from a ${kind.name}`, 'Set an empty value instead, or leave it as it is.');
  const entries = Object.entries(rest);
  return {
    set: Object.fromEntries(entries.flatMap(([name, value]) => (value === null ? [] : [[name, value]]))),
    gone: words(written(gone)),
    ask: entries.flatMap(([name, value]) => (value === null ? [name] : [])),
  };
}

/**
 * The wish with the name under which a file of this machine is stored: its own unless `set` says otherwise.
 * @throws PveError `invalid_argument` for a file that nothing carries, and for none where one is carried
 */
export function withFile(wish: Wish, { carries }: Act, from: string | undefined): Wish {
  if (carries !== true && from !== undefined)
    throw unfit('Only upload takes a file of this machine', 'Leave from out.');
  if (carries !== true) return wish;
  if (from === undefined) throw unfit('upload needs from, the path of a file of this machine', 'Give from.');
  return { ...wish, set: { filename: from.replace(/^.*[/\\]/, ''), ...wish.set } };
}

interface Given extends Before {
  readonly place: Place;
  readonly wish: Wish;
  /** The path of the file of this machine that goes along. */
  readonly from?: string | undefined;
}

/**
 * The one request of an act.
 * @throws PveError `invalid_argument` for secrets that do not belong here
 */
export function operationOf(kind: Kind, action: string, { place, wish, state, problem, from }: Given): ProposedApi {
  const { keeps = [], takes = [], fixed, asks } = actOf(kind, action);
  const { set, gone } = wish;
  const { method, path } = requestOf(kind, action);
  // What has to be kept and could not be read would be lost.
  if (keeps.length > 0 && state?.row === undefined && problem !== undefined) throw problem;
  const kept = keeps.filter((name) => set[name] === undefined && !gone.includes(name));
  const digest = takes.includes('digest') ? text((state?.row ?? state?.rows[0])?.digest) : undefined;
  const params: PveParams = {
    ...Object.fromEntries(kept.map((name) => [name, written(state?.row?.[name])]).filter(([, value]) => value !== '')),
    ...set,
    ...fixed,
    ...sentParts(kind, action, place),
    ...(gone.length > 0 && takes.includes('delete') ? { delete: gone.join(',') } : {}),
    ...(digest === undefined ? {} : { digest }),
  };
  const segments = segmentsOf(path, { ...place.parts, ...properName(kind, state) });
  const file = from === undefined ? {} : { localFile: from };
  const operation = { kind: 'api' as const, method, segments, params, ...file };
  const [secret] = givenSecrets(operation);
  if (secret !== undefined)
    throw unfit(
      `${secret} holds a secret, which never passes through here`,
      `Set it to null: the person is asked for it.`,
    );
  const ask = [...new Set([...(asks?.(set) ?? []), ...wish.ask])];
  return ask.length === 0 ? operation : { ...operation, ask };
}

/** The parts of the id that go as parameters. */
function sentParts(kind: Kind, action: string, { parts }: Place): PveParams {
  const act = actOf(kind, action);
  const last = partNames(act.id ?? kind.id ?? '').at(-1);
  const usual = action === 'create' && act.request === undefined && act.id === undefined && last !== undefined;
  const sends = act.sends ?? (usual ? { [last]: last } : {});
  return Object.fromEntries(
    Object.entries(sends).map(([parameter, part]) => [parameter, [parts[part] ?? ''].flat().join('/')]),
  );
}

/** What the cluster itself calls it, where the list takes several names. */
function properName(kind: Kind, state: State | undefined): Record<string, string> {
  const last = partNames(kind.id ?? '').at(-1);
  const [first] = keysOf(kind);
  if (last === undefined || last !== first || state?.row === undefined) return {};
  return { [last]: nameOf(kind, state.row) };
}
