// Everything about the code that needs no run of it: types, lint, gate rules cited by tests, sizes, and what the VSIX holds.
import { spawnSync } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { listFiles, PackageManager } from '@vscode/vsce';
import { mutations } from './mutations.mjs';

const rules = Array.from({ length: 18 }, (_, index) => `G${index + 1}`);
const longestFile = 250;
const largestVsix = 1.5e6;
const inVsix =
  /^(package\.json|package\.nls\.json|README\.md|CHANGELOG\.md|LICENSE|dist\/[\w-]+\.js|media\/(walkthrough\/)?[\w-]+\.(svg|png|css))$/;

/** @type {string[]} */
const problems = [];

for (const project of ['tsconfig.json', 'tsconfig.page.json'])
  run('types', join('node_modules', '.bin', 'tsc'), ['--project', project]);
run('lint', join('node_modules', '.bin', 'biome'), ['ci', '--colors=off', '--error-on-warnings', '.']);
await gateRules();
await switchedOff();
await fileLengths();
await hosts();
await vsix();
run('docs', 'node', ['scripts/tools-doc.mjs', '--check']);

for (const problem of problems) console.error(`✗ ${problem}`);
if (problems.length > 0) process.exit(1);
console.log('check: all good');

/** @param {string} what @param {string} program @param {string[]} args */
function run(what, program, args) {
  const { status } = spawnSync(program, args, { stdio: 'inherit' });
  if (status !== 0) problems.push(`${what}: ${program} found problems`);
}

async function gateRules() {
  const tests = await Promise.all((await files('test', /\.test\.ts$/)).map((file) => readFile(file, 'utf8')));
  const cited = new Set(
    tests.flatMap((text) =>
      [...text.matchAll(/(?:test|it|describe)[^\n]*\(\s*['"`][^'"`\n]*?\b(G\d+)\b/g)].map(([, rule]) => rule),
    ),
  );
  for (const rule of rules) {
    if (!cited.has(rule)) problems.push(`gate rule ${rule} is cited by no test title`);
  }
}

/** The list of checks follows the code, and the page that lists them follows the list. */
async function switchedOff() {
  const page = await readFile('docs/security.md', 'utf8');
  for (const { check, file, from } of mutations) {
    if ((await readFile(file, 'utf8')).split(from).length !== 2)
      problems.push(`scripts/mutations.mjs: the code of "${check}" is not exactly once in ${file}`);
    if (!page.includes(`| ${check} |`)) problems.push(`docs/security.md does not list "${check}": npm run mutate`);
  }
}

async function fileLengths() {
  for (const file of await files('src', /\.ts$/)) {
    const lines = (await readFile(file, 'utf8')).split('\n').length - 1;
    if (lines > longestFile) problems.push(`${file} has ${lines} lines; at most ${longestFile} tell one story`);
  }
}

async function hosts() {
  const found = spawnSync(
    'git',
    ['grep', '-lIE', '//(registry|deb|security|snapshot)\\.[a-z]+\\.(org|com)', '--', '.'],
    { encoding: 'utf8' },
  );
  for (const file of found.stdout.split('\n').filter(Boolean)) problems.push(`${file} names a package registry host`);
}

async function vsix() {
  run('package', 'npm', ['run', '--silent', 'package']);
  for (const file of await listFiles({ packageManager: PackageManager.None })) {
    if (!inVsix.test(file)) problems.push(`the VSIX holds ${file}`);
  }
  const { size } = await stat('dist/vscode-proxmox.vsix');
  if (size > largestVsix) problems.push(`the VSIX has ${size} bytes; at most ${largestVsix}`);
}

/** @param {string} folder @param {RegExp} name */
async function files(folder, name) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && name.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}
