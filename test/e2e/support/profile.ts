// What a run of the editor finds on disk: settings, home, workspace, all in a fresh folder.
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

type Settings = Readonly<Record<string, unknown>>;

export interface ProfileOptions {
  /** Added to the quiet settings that every run has. */
  readonly settings?: Settings;
  /** Files of the folder that is opened: relative path → content. */
  readonly workspace?: Readonly<Record<string, string>>;
  /** Added to the environment of the server, which reaches the extensions. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Profile {
  /** Holds everything; to be removed at the end. */
  readonly dir: string;
  readonly data: string;
  readonly workspace: string;
  /** Where the scripted model reads its script and writes its log. */
  readonly modelDir: string;
  readonly env: Readonly<Record<string, string>>;
  /** The arguments with which each call of code-server finds this profile. */
  readonly args: readonly string[];
}

export async function createProfile(options: ProfileOptions): Promise<Profile> {
  const dir = await mkdtemp(join(tmpdir(), 'proxmox-e2e-'));
  const inDir = (name: string) => join(dir, name);
  const [data, home, workspace, modelDir] = [inDir('data'), inDir('home'), inDir('workspace'), inDir('model')];
  const config = inDir('config.yaml');
  const user = join(data, 'User');
  await Promise.all([
    ...[home, workspace, modelDir].map((folder) => mkdir(folder, { recursive: true })),
    write(join(user, 'settings.json'), JSON.stringify({ ...quietSettings, ...options.settings }, undefined, 2)),
    write(config, ''), // otherwise code-server makes one in the home folder
    // A model that the person brought along: the chat then asks for no sign-in.
    write(join(user, 'chatLanguageModels.json'), JSON.stringify([{ name: 'Scripted', vendor: 'scripted' }])),
    ...Object.entries(options.workspace ?? {}).map(([path, text]) => write(join(workspace, path), text)),
  ]);
  const args = ['--config', config, '--user-data-dir', data, '--extensions-dir', inDir('extensions')];
  return {
    dir,
    data,
    workspace,
    modelDir,
    env: { ...environment(home, modelDir), ...options.env },
    args,
  };
}

/** Nothing moves, asks, updates or calls out by itself. */
const quietSettings: Settings = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.reduceMotion': 'on',
  'workbench.colorTheme': 'Light Modern',
  'workbench.preferredLightColorTheme': 'Light Modern',
  'workbench.preferredDarkColorTheme': 'Dark Modern',
  'telemetry.telemetryLevel': 'off',
  // Terminals as text that can be read, not as a picture.
  'terminal.integrated.gpuAcceleration': 'off',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'security.workspace.trust.enabled': false,
  'git.enabled': false,
  'chat.byokUtilityModelDefault': 'mainAgent',
  'chat.agent.maxRequests': 50,
};

function environment(home: string, modelDir: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    LANG: 'C.UTF-8',
    TMPDIR: tmpdir(),
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_DATA_HOME: join(home, '.local', 'share'),
    XDG_STATE_HOME: join(home, '.local', 'state'),
    XDG_CACHE_HOME: join(home, '.cache'),
    EXTENSIONS_GALLERY: '{}',
    SCRIPTED_MODEL_DIR: modelDir,
  };
}

async function write(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}
