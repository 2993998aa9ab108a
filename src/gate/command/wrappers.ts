import { containers } from './wrappers/containers.ts';
import { guests } from './wrappers/guests.ts';
import { lists } from './wrappers/lists.ts';
import { plain } from './wrappers/plain.ts';
import { remote } from './wrappers/remote.ts';
import { shells } from './wrappers/shells.ts';
import type { Wrapper } from './wrappers/unwrap.ts';

export type { Inner, Unwrapped } from './wrappers/unwrap.ts';

/** Programs that run what their words say, each with its own options. */
export const wrappers: Readonly<Record<string, Wrapper>> = {
  ...plain,
  ...shells,
  ...lists,
  ...remote,
  ...containers,
  ...guests,
};
