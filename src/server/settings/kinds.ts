import { PveError } from '../../pve/error.ts';
import { nearest } from '../text/nearest.ts';
import { administerKinds } from './administer.ts';
import { clusterKinds } from './cluster.ts';
import { firewallKinds } from './firewall.ts';
import { type Kind, type SettingsTool, toolsOfAct } from './kind.ts';
import { networkKinds } from './network.ts';
import { serviceKinds } from './services.ts';
import { storageKinds } from './storage.ts';

/** Everything that people configure and that is no guest. */
export const kinds: readonly Kind[] = [
  ...storageKinds,
  ...networkKinds,
  ...firewallKinds,
  ...clusterKinds,
  ...administerKinds,
  ...serviceKinds,
];

/** The names of the kinds that a tool changes, in the order of the table. */
export function kindNames(tool: SettingsTool): string[] {
  return kinds.filter((kind) => actionNames(kind, tool).length > 0).map(({ name }) => name);
}

/** What a tool does with any of its kinds, or with one. */
export function actionNames(kind: Kind | undefined, tool: SettingsTool): string[] {
  const from = kind === undefined ? kinds : [kind];
  const names = from.flatMap((one) => Object.keys(one.acts).filter((name) => toolsOfAct(one, name).includes(tool)));
  return [...new Set(names)];
}

/**
 * The kind with this name, for an action of this tool.
 * @throws PveError `invalid_argument` that says what there is, and in which tool
 */
export function findKind(name: string, action: string, tool: SettingsTool): Kind {
  const kind = kinds.find((one) => one.name === name);
  if (kind === undefined) throw unknownKind(name, tool);
  if (actionNames(kind, tool).includes(action)) return kind;
  const own = actionNames(kind, tool);
  const elsewhere = Object.keys(kind.acts).map((act) => `${act} (${toolsOfAct(kind, act).join(', ')})`);
  throw new PveError({
    code: 'invalid_argument',
    message: `${tool} does not ${action} a ${name}`,
    hint:
      own.length > 0
        ? `Here: ${own.join(', ')}. In all: ${elsewhere.join(', ')}.`
        : `There is: ${elsewhere.join(', ')}.`,
    reason: [],
  });
}

function unknownKind(name: string, tool: SettingsTool): PveError {
  const names = kindNames(tool);
  const meant = nearest(name, names);
  return new PveError({
    code: 'invalid_argument',
    message: 'There is no such kind',
    hint: `${meant === undefined ? '' : `Did you mean ${meant}? `}${tool} takes: ${names.join(', ')}. Anything else: pve_find_api.`,
    reason: [],
  });
}
