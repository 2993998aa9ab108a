// Installs the editor that the e2e tests drive: code-server (a real VS Code) and the Node.js it needs, from npm alone, into
// a cache folder outside the project. The folder is built beside its final place and renamed when whole, so that it is
// either complete or absent. Nothing happens when it is there.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, delimiter, dirname, join } from 'node:path';
import { findChromium, installDir, layout, nodePackage, versions } from '../test/e2e/support/editor-paths.mjs';

const begun = Date.now();
try {
  const installed = isWhole(installDir);
  ensureDebianPackages(!installed);
  if (!installed) await install();
  say(`Editor ${versions.codeServer} is ready in ${installDir} (${((Date.now() - begun) / 1000).toFixed(1)} s).`);
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

/** @param {string} dir */
function isWhole(dir) {
  const { node, codeServer } = layout(dir);
  return existsSync(node) && existsSync(codeServer);
}

/**
 * Looks for the Debian packages that the tests need, and installs those that are missing when that is possible.
 * @param {boolean} building whether code-server's native modules are about to be compiled
 * @throws when something is missing and cannot be installed
 */
function ensureDebianPackages(building) {
  const missing = missingPackages(building);
  if (missing.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0 || !isOnPath('apt-get')) {
    throw new Error(
      `The e2e tests need Debian packages that are missing: ${missing.join(', ')}. Install them: ${command}`,
    );
  }
  say(`Installing Debian packages: ${missing.join(', ')}`);
  run('apt-get', ['update', '-q']);
  run('apt-get', command.split(' ').slice(1), { env: { DEBIAN_FRONTEND: 'noninteractive' } });
  const still = missingPackages(building);
  if (still.length > 0) throw new Error(`These are still missing after apt-get: ${still.join(', ')}.`);
}

/** @param {boolean} building */
function missingPackages(building) {
  const missing = findChromium() === undefined ? ['chromium'] : [];
  if (!building) return missing;
  const tools = ['python3', 'make', 'g++', 'pkg-config'].filter((tool) => !isOnPath(tool));
  const headers = existsSync('/usr/include/krb5.h') ? [] : ['libkrb5-dev'];
  return [...missing, ...tools, ...headers];
}

/** @throws when the platform has no Node.js package, or npm fails */
async function install() {
  if (nodePackage === undefined) {
    throw new Error(`The e2e tests run on Linux x64 and arm64, not on ${process.platform} ${process.arch}.`);
  }
  const building = `${installDir}.building-${process.pid}`;
  await mkdir(building, { recursive: true });
  await removeAbandoned();
  try {
    await installNode(building, nodePackage);
    await installCodeServer(building);
    if (!isWhole(building)) throw new Error('npm reported success, but the editor is not complete.');
    await rename(building, installDir).catch((error) => {
      if (!isWhole(installDir)) throw error; // otherwise somebody else was faster, with the same result
    });
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

/**
 * @param {string} dir
 * @param {string} name
 */
async function installNode(dir, name) {
  say(`Installing Node.js ${versions.node} …`);
  const { nodeProject } = layout(dir);
  await writeProject(nodeProject, { [name]: versions.node }, {});
  npmInstall(nodeProject, { npm_config_ignore_scripts: 'true' });
}

/**
 * code-server's own install script installs VS Code's packages with a nested npm and compiles the native ones, against the
 * headers of exactly the Node.js that will run them.
 * @param {string} dir
 */
async function installCodeServer(dir) {
  say(`Installing code-server ${versions.codeServer}; this takes a minute or two …`);
  const { codeServerProject, nodeHome } = layout(dir);
  await writeProject(codeServerProject, { 'code-server': versions.codeServer }, { 'code-server': true, argon2: true });
  npmInstall(codeServerProject, {
    npm_config_ignore_scripts: 'false',
    npm_config_nodedir: nodeHome,
    PATH: [join(nodeHome, 'bin'), process.env.PATH].join(delimiter),
  });
}

/**
 * @param {string} dir
 * @param {Record<string, string>} dependencies
 * @param {Record<string, boolean>} allowScripts
 */
async function writeProject(dir, dependencies, allowScripts) {
  await mkdir(dir, { recursive: true });
  const manifest = { name: basename(dir), private: true, dependencies, allowScripts };
  await writeFile(join(dir, 'package.json'), JSON.stringify(manifest, undefined, 2));
}

/**
 * @param {string} cwd
 * @param {Record<string, string>} env
 */
function npmInstall(cwd, env) {
  run('npm', ['install', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error'], { cwd, env });
}

/** Removes what an installation left behind that was killed. */
async function removeAbandoned() {
  const parent = dirname(installDir);
  for (const name of await readdir(parent)) {
    const pid = /\.building-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`))
      await rm(join(parent, name), { recursive: true, force: true });
  }
}

/**
 * Runs a command to its end; its output is shown only when it fails.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string> }} [options]
 * @throws when the command cannot be started or fails
 */
function run(command, args, { cwd, env } = {}) {
  const options = {
    cwd,
    env: { ...outsideNpm(), ...env },
    encoding: /** @type {const} */ ('utf8'),
    maxBuffer: 2 ** 28,
  };
  const { status, error, stdout, stderr } = spawnSync(command, args, options);
  if (error) throw new Error(`${command} could not be started: ${error.message}`, { cause: error });
  if (status === 0) return;
  const lastLines = `${stdout}\n${stderr}`.trim().split('\n').slice(-40).join('\n');
  throw new Error(`${command} ${args.join(' ')} failed with exit code ${status}:\n${lastLines}`);
}

/**
 * This process's environment without what `npm run` says of itself: code-server's install script would read the version of
 * the outer Node.js from it.
 */
function outsideNpm() {
  const ofNpm = /^npm_(?!config_)|^npm_config_(user_agent|local_prefix)$|^(NODE|INIT_CWD)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ofNpm.test(name)));
}

/** @param {string} name */
function isOnPath(name) {
  return (process.env.PATH ?? '').split(delimiter).some((dir) => {
    try {
      accessSync(join(dir, name), constants.X_OK);
      return true;
    } catch {
      return false; // not in this folder
    }
  });
}

/** @param {string} text */
function say(text) {
  process.stderr.write(`${text}\n`);
}
