// Switches off each check of scripts/mutations.mjs in turn, in a copy of the project, and runs the tests that are to notice.
// Writes which test failed without it into docs/security.md. `npm run mutate -- G7` takes only those whose name has "G7".
import { execFileSync, spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { mutations } from './mutations.mjs';

const only = process.argv[2];
const chosen = mutations.filter(({ check }) => only === undefined || check.includes(only));
const copy = join(await mkdtemp(join(tmpdir(), 'mutate-')), 'main');
await copyProject();
for (const tests of new Set(chosen.map((one) => one.tests))) {
  const failed = firstFailure(tests);
  if (failed !== undefined) throw new Error(`Nothing is switched off, and this fails: ${failed}`);
}
/** @type {{ check: string; file: string; test: string | undefined }[]} */
const results = [];
for (const { check, file, from, to, tests } of chosen) {
  const text = await readFile(join(copy, file), 'utf8');
  if (text.split(from).length !== 2) throw new Error(`Not exactly once in ${file}: ${from}`);
  await writeFile(
    join(copy, file),
    text.replace(from, () => to),
  );
  const test = firstFailure(tests);
  await writeFile(join(copy, file), text);
  results.push({ check, file, test });
  console.log(
    `${test === undefined ? 'NOT NOTICED' : 'noticed    '}  ${check}${test === undefined ? '' : `  ←  ${test}`}`,
  );
}
await rm(dirname(copy), { recursive: true, force: true });
if (only === undefined) await writeList();
const missed = results.filter(({ test }) => test === undefined).length;
console.log(`${results.length} checks switched off, ${missed} not noticed`);
process.exit(missed === 0 ? 0 : 1);

async function copyProject() {
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' });
  for (const file of files.split('\n').filter(Boolean)) {
    await mkdir(dirname(join(copy, file)), { recursive: true });
    // A file that was deleted and not committed is still listed.
    await cp(file, join(copy, file)).catch(() => {});
  }
  await symlink(resolve('node_modules'), join(copy, 'node_modules'));
  await symlink(resolve('dist'), join(copy, 'dist'));
}

/** @param {readonly string[]} tests @returns {string | undefined} */
function firstFailure(tests) {
  const report = join(copy, 'report.json');
  const reference = process.env.PVE_REFERENCE ?? resolve('../shared/pve');
  spawnSync('npx', ['vitest', 'run', '--bail=1', '--reporter=json', `--outputFile=${report}`, ...tests], {
    cwd: copy,
    env: { ...process.env, PVE_REFERENCE: reference },
  });
  const { testResults } = JSON.parse(execFileSync('cat', [report], { encoding: 'utf8', maxBuffer: 1e9 }));
  for (const { assertionResults, status, message } of testResults) {
    const failed = assertionResults.find((/** @type {{ status: string }} */ one) => one.status === 'failed');
    if (failed !== undefined) return failed.fullName.trim();
    if (status === 'failed' && assertionResults.length === 0) throw new Error(`A mutation broke the code: ${message}`);
  }
  return undefined;
}

async function writeList() {
  const page = 'docs/security.md';
  const lines = results.map(({ check, file, test }) => `| ${check} | \`${file}\` | ${cell(test ?? '**none**')} |`);
  const table = ['| Check | In | Test that fails without it |', '| --- | --- | --- |', ...lines].join('\n');
  const text = await readFile(page, 'utf8');
  const [begin, end] = ['<!-- checks -->', '<!-- /checks -->'];
  const [before, rest] = [text.slice(0, text.indexOf(begin) + begin.length), text.slice(text.indexOf(end))];
  await writeFile(page, `${before}\n\n${table}\n\n${rest}`);
}

/** @param {string} text */
function cell(text) {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
