// One editor window without the editor, with stored connections to a demo cluster.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ClusterProfile } from '../../src/extension/connections/profile.ts';
import type { Secrets } from '../../src/extension/connections/secrets.ts';
import { openWindow, type Window, type WindowOptions } from '../../src/extension/window.ts';
import type { Approver } from '../../src/gate/types.ts';
import type { Demo } from './demo.ts';
import { temporaryFolder } from './folder.ts';
import { memorySecrets } from './secrets.ts';

export interface TestWindowOptions extends Partial<Pick<WindowOptions, 'askCode' | 'proxy' | 'folders' | 'offer'>> {
  /** The storage folder; a fresh one when absent. */
  readonly dir?: string;
  readonly secrets?: Secrets;
}

export interface TestWindow {
  readonly window: Window;
  readonly storageDir: string;
  /** Everything that was logged. */
  readonly lines: readonly string[];
}

/** Ends with the test. */
export async function openTestWindow(approver: Approver, options: TestWindowOptions = {}): Promise<TestWindow> {
  const storageDir = options.dir ?? (await temporaryFolder());
  const lines: string[] = [];
  const window = await openWindow({
    storageDir,
    secrets: options.secrets ?? memorySecrets(),
    approver,
    askCode: options.askCode ?? (async () => undefined),
    proxy: options.proxy ?? (() => ({})),
    folders: options.folders ?? (() => []),
    offer: options.offer ?? (() => ({ toolsets: ['default'], answerCharacters: '' })),
    log: { info: (line) => void lines.push(line), error: (line) => void lines.push(line) },
    demoScript: join(import.meta.dirname, '../../dist/demo.js'),
    onConnections: () => {},
    onTools: () => {},
  });
  onTestFinished(() => window.dispose());
  return { window, storageDir, lines };
}

/** Stores a connection to the demo with its token and its pin, or whatever is said instead. */
export async function addConnection(
  window: Window,
  demo: Pick<Demo, 'url' | 'fingerprint' | 'tokenId' | 'tokenSecret'>,
  { secret = demo.tokenSecret, ...fields }: Partial<ClusterProfile> & { readonly secret?: string } = {},
): Promise<ClusterProfile> {
  const id = randomUUID();
  const profile: ClusterProfile = {
    kind: 'cluster',
    id,
    name: `home ${id.slice(0, 4)}`,
    revision: 1,
    level: 'read-execute',
    endpoints: [{ url: demo.url, trust: { kind: 'pin', sha256: [demo.fingerprint] } }],
    login: { kind: 'token', tokenId: demo.tokenId },
    ...fields,
  };
  await window.store.secrets.set(profile.id, secret);
  await window.store.update((profiles) => [...profiles, profile]);
  return profile;
}
