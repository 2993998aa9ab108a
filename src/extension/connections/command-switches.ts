import type { Profile } from './profile.ts';
import type { CommandSwitch } from './ssh-settings.ts';

/** The connection with one of its switches set; none that is off is stored. */
export function withSwitch(profile: Profile, which: CommandSwitch, on: boolean): Profile {
  const { commands = {}, ...rest } = profile;
  const { [which]: _before, ...others } = commands;
  const after = on ? { ...others, [which]: true as const } : others;
  return Object.keys(after).length === 0 ? rest : { ...rest, commands: after };
}

export function isOn({ commands }: Profile, which: CommandSwitch): boolean {
  return commands?.[which] === true;
}

/** Whether the switch is one for this connection: the demo cluster has no nodes to log in to. */
export function isOffered({ kind }: Profile, which: CommandSwitch): boolean {
  return kind === 'cluster' || which !== 'host';
}
