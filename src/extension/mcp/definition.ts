import { createHash } from 'node:crypto';
import type { LaunchHandle } from '../../bridge/host.ts';
import { bridgeEnvironment } from '../../bridge/protocol.ts';
import type { ConnectionInfo } from '../../gate/types.ts';

/** What the person has set of the tools: which are offered, and how long their answers may be. Loosens nothing. */
export interface OfferSettings {
  readonly toolsets: readonly string[];
  readonly answerCharacters: string;
}

/**
 * The version of the server definition, which is VS Code's key for the tools that it remembers: the release, and a hash of
 * everything that shapes the list of tools.
 */
export function definitionVersion(
  release: string,
  connections: readonly ConnectionInfo[],
  { toolsets, answerCharacters }: OfferSettings,
): string {
  const shape = JSON.stringify([
    ...connections.map(({ id, name, level, host = false }) => [id, name, level, host]),
    toolsets,
    answerCharacters,
  ]);
  return `${release}+${createHash('sha256').update(shape).digest('hex').slice(0, 12)}`;
}

/**
 * The environment of one start: how to reach this window's gate, and nothing inherited that could lead the server or its
 * runtime elsewhere.
 * @param inherited names of the variables of the process that starts it.
 */
export function launchEnvironment(
  { path, launch, key }: Pick<LaunchHandle, 'path' | 'launch' | 'key'>,
  { toolsets, answerCharacters }: OfferSettings,
  inherited: readonly string[],
): Record<string, string | null> {
  const dropped = inherited.filter((name) => name.startsWith('PVE_') || unwanted.includes(name));
  return {
    ...Object.fromEntries(dropped.map((name) => [name, null])),
    ELECTRON_RUN_AS_NODE: '1',
    [bridgeEnvironment.path]: path,
    [bridgeEnvironment.launch]: launch,
    [bridgeEnvironment.key]: key,
    [bridgeEnvironment.toolsets]: toolsets.join(','),
    [bridgeEnvironment.answerCharacters]: answerCharacters,
  };
}

const unwanted = ['NODE_OPTIONS', 'VSCODE_INSPECTOR_OPTIONS', 'SSH_AUTH_SOCK'];
