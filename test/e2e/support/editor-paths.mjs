// The one place that knows which editor the e2e tests drive and where it is installed.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** What is installed. A change of any of these makes a new cache folder. */
export const versions = { node: '24.21.0', codeServer: '4.139.1', platform: process.platform, arch: process.arch };

/** The npm package that holds the Node.js (with headers) which code-server needs; undefined where none is published. */
export const nodePackage =
  process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64')
    ? `node-linux-${process.arch}`
    : undefined;

const cacheRoot = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'vscode-proxmox-e2e');
const versionsHash = createHash('sha256').update(JSON.stringify(versions)).digest('hex').slice(0, 16);

/** The folder of exactly these versions. It exists only when the installation is whole. */
export const installDir = join(cacheRoot, versionsHash);

/**
 * Where things are inside an installation.
 * @param {string} dir `installDir`, or the temporary folder in which it is being built
 */
export function layout(dir) {
  const nodeHome = join(dir, 'node', 'node_modules', nodePackage ?? 'node');
  return {
    nodeProject: join(dir, 'node'),
    nodeHome,
    node: join(nodeHome, 'bin', 'node'),
    codeServerProject: join(dir, 'code-server'),
    codeServer: join(dir, 'code-server', 'node_modules', 'code-server', 'out', 'node', 'entry.js'),
  };
}

/** @returns {string | undefined} the browser: `CHROMIUM_PATH`, else the first of the usual places that exists */
export function findChromium() {
  const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  return process.env.CHROMIUM_PATH || places.find((place) => existsSync(place));
}
