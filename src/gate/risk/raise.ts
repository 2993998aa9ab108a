import { isVmid } from '../../pve/guest.ts';
import { ownersIn } from '../owners.ts';
import { isSet, listed, type Params } from './rule.ts';

type Value = Params[string] | undefined;

/** A condition on one parameter (or a variable of the path) that makes an operation destroying, and why (G4). */
export interface Raise {
  /** `hostpci[n]` is any of `hostpci0`, `hostpci1`, … */
  readonly param: string;
  /** @param all the other parameters and the variables of the path as well */
  readonly when: (value: Value, all: Params) => boolean;
  /** A clause for people, which begins with the parameter where it is shown. */
  readonly why: string;
}

/** It is there, whatever it says. */
export const given = (param: string, why: string): Raise => ({ param, when: (value) => value !== undefined, why });

/** A flag that is not exactly off. */
export const set = (param: string, why: string): Raise => ({ param, when: isSet, why });

/** A flag that Proxmox VE takes for on where it is absent. */
export const unlessOff = (param: string, why: string): Raise => ({
  param,
  when: (value) => value === undefined || isSet(value),
  why,
});

/** A flag that protects, and is not exactly on. */
export const off = (param: string, why: string): Raise => only(param, ['1'], why);

/** It is there and not one of these. */
export const only = (param: string, allowed: readonly string[], why: string): Raise => ({
  param,
  when: (value) => value !== undefined && !(typeof value === 'string' && allowed.includes(value)),
  why,
});

/** A list that names one of these. */
export const names = (param: string, pattern: RegExp, why: string): Raise => ({
  param,
  when: (value) => listed(value).some((word) => pattern.test(word)),
  why,
});

/** Its text holds this. */
export const holds = (param: string, pattern: RegExp, why: string): Raise => ({
  param,
  when: (value) => [value ?? []].flat().some((text) => pattern.test(text)),
  why,
});

/** No list of guests, so that all of them are meant; or a list that names something else than guests. */
export const noGuests = (param: string): Raise => ({
  param,
  when: (value) => listed(value).length === 0 || !listed(value).every(isVmid),
  why: 'no list of guests: it reaches all of them.',
});

/** A volume that is a path of the node: `/dev/sdb`, `mp=/data,volume=/etc`. */
export const hostPath = (param: string): Raise => ({
  param,
  when: (value) => [value ?? []].flat().some((text) => text.split(',').some(isPath)),
  why: 'a path of the node itself goes into the guest.',
});

/** A volume that belongs to another guest: two that write to it destroy it. */
export const foreignVolume = (param: string): Raise => ({
  param,
  when: (value, { vmid }) =>
    [value ?? []].flat().some((text) => text.split(',').some((part) => isOfAnother(part, [vmid ?? ''].flat().join()))),
  why: 'the volume belongs to another guest.',
});

/** The first part of a property string needs no key. */
const volumePart = /^\s*(?:(?:file|volume|import-from)\s*=\s*(.*)|([^=]*))$/;

function volumeIn(part: string): string {
  const [, keyed, bare = ''] = volumePart.exec(part) ?? [];
  return keyed ?? bare;
}

function isPath(part: string): boolean {
  return /^[/.~]/.test(volumeIn(part));
}

/** A linked clone names the template that it stands on first: `local:base-900-disk-0/vm-101-disk-0`. */
function isOfAnother(part: string, vmid: string): boolean {
  const volume = volumeIn(part).replace(/:(\d+\/)?base(vol)?-\d+-[^/]+\//, ':');
  return ownersIn(volume).some((owner) => owner !== vmid);
}
