import type { GuestPlace } from './client.ts';
import { PveError } from './error.ts';
import { get, type Reader } from './get.ts';
import { guestPath } from './guest.ts';
import { flag, looseList, looseObject, text } from './loose.ts';

export interface GuestFirewall {
  readonly enabled: boolean;
  readonly policyIn?: string | undefined;
  readonly policyOut?: string | undefined;
  readonly rules: number;
  readonly activeRules: number;
}
export const features = ['snapshot', 'clone', 'copy'] as const;

export function readFeature(data: unknown): boolean {
  return flag(looseObject(data, 'a feature of a guest').hasFeature) ?? false;
}

/** GET `…/feature` of each: whether the guest's disks allow it. */
export async function guestFeatures(reader: Reader, guest: GuestPlace) {
  return Promise.all(
    features.map(async (feature) => {
      const can = readFeature(await get(reader, [...guestPath(guest), 'feature'], { feature }));
      return { feature, can };
    }),
  );
}

/** GET `…/firewall/options` and `…/firewall/rules` */
export async function guestFirewall(reader: Reader, guest: GuestPlace): Promise<GuestFirewall> {
  const path = [...guestPath(guest), 'firewall'];
  const [options, rules] = await Promise.all([
    get(reader, [...path, 'options']),
    get(reader, [...path, 'rules']).then((data) => looseList(data, 'firewall rules')),
  ]);
  const it = looseObject(options, 'the firewall options of a guest');
  return {
    enabled: flag(it.enable) ?? false,
    policyIn: text(it.policy_in),
    policyOut: text(it.policy_out),
    rules: rules.length,
    activeRules: rules.filter(({ enable }) => flag(enable) === true).length,
  };
}

/** Why a guest agent does not answer, told apart; undefined where it is something else. */
export function agentTrouble(error: unknown): 'disabled' | 'not running' | 'guest stopped' | undefined {
  if (!(error instanceof PveError)) return undefined;
  const words = error.data.reason.join(' ');
  if (/no qemu guest agent configured/i.test(words)) return 'disabled';
  if (/guest agent is not running/i.test(words)) return 'not running';
  return /is not running/i.test(words) ? 'guest stopped' : undefined;
}
