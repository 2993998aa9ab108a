// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the words are a shell's.
import { spawnSync } from 'node:child_process';
import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { guestWords } from '../../../src/pve/guest-command.ts';
import { temporaryFolder } from '../../support/folder.ts';

/** Runs a script as it would run in a guest that has a shell and no bash. */
async function withoutBash(script: string) {
  const folder = await temporaryFolder();
  symlinkSync('/bin/sh', join(folder, 'sh'));
  const [program = '', ...args] = guestWords({ run: { script } });
  const { status, stdout } = spawnSync(program, args, { cwd: folder, env: { PATH: folder }, encoding: 'utf8' });
  return { status, stdout, wrote: existsSync(join(folder, 'b')) };
}

test('a plain script runs in sh where there is no bash', async () => {
  expect(await withoutBash('x=${y:-hi}; echo "$x" && for n in 1 2; do echo $n; done')).toEqual({
    status: 0,
    stdout: 'hi\n1\n2\n',
    wrote: false,
  });
});

test.each([
  '[[ a > b ]]',
  '((1 > b))',
  'echo x &> b',
  'echo $(( 1 )) > b; [[ -e b ]]',
  "echo $'x'",
  'cat <(echo x)',
  'echo x |& cat',
  'echo {a,b}',
  'echo {1..3}',
  'echo ${x^^}',
  'echo ${x/a/b}',
  'x=(1 2)',
  'function f { :; }',
])('what sh would read otherwise than bash does not run without it: %s', async (script) => {
  expect(await withoutBash(script)).toEqual({ status: 127, stdout: '', wrote: false });
});
