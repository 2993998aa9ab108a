// The guard against bash itself: odd texts are run where no program exists, and bash says which names it would have run.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { judgeCommand } from '../../../../src/gate/command/judge-command.ts';

/** Programs that only read, so that the guard may call a text a read. None of them is run. */
const names = ['uptime', 'whoami', 'nproc', 'arch', 'tty', 'logname', 'groups', 'users', 'lsmod', 'lscpu'] as const;

const folder = mkdtempSync(join(tmpdir(), 'guard-bash-'));
let runs = 0;
afterAll(() => rmSync(folder, { recursive: true }));

/** Which of the names bash looked for. */
function ranByBash(script: string): string[] {
  // What an earlier text left running writes to its own.
  const log = join(folder, `log${runs++}`);
  const noted = '() { builtin echo "$1" >> "$LOG"; }';
  spawnSync('/bin/bash', ['--noprofile', '--norc', '-c', script], {
    cwd: folder,
    timeout: 2000,
    stdio: 'ignore',
    env: { PATH: '/nonexistent', LOG: log, 'BASH_FUNC_command_not_found_handle%%': noted },
  });
  const noticed = existsSync(log) ? readFileSync(log, 'utf8').split('\n') : [];
  return names.filter((name) => noticed.includes(name) && script.includes(name));
}

/** Places where a name `N` may be run, or only looks as if it were. */
const pieces = [
  'N',
  '$(N)',
  '`N`',
  '"$(N)"',
  "'$(N)'",
  "$'\\x24(N)'",
  `"\${x:-\`N\`}"`,
  `\${x:-$(N)}`,
  '<(N)',
  '>(N)',
  '4>(N)',
  '1<(N)',
  '$(( $(N) ))',
  `$(( "1"'$(N)' ))`,
  "$(( $'$(N)' ))",
  '$[ $(N) ]',
  'a[$(N)]=1',
  `\${a[$(N)]}`,
  '{a,$(N)}',
  '"\\$(N)"',
  '"\\\\$(N)"',
  '$"$(N)"',
  `\${x/$(N)/y}`,
  `\${x#"$(N)"}`,
  '@(a|$(N))',
  'x=$(N)',
  'x=(a $(N))',
  '<<<$(N)',
  '<<<"`N`"',
  'x',
  '-l',
  '#',
  '!',
  '*',
  '{}',
  '$x',
  '\\',
  '$',
  '"',
  "'",
  '`',
  '(',
  ')',
  '{',
  '}',
  '[[',
  ']]',
  '\\\n',
];
const gaps = [' ', ' ', '', ';', '\n', ' | ', ' && ', ' || ', ' & ', '\t', ' |& '];
const frames = [
  'S',
  'S',
  'if S; then N; fi',
  'case x in S) N;; esac',
  'f() { S; }; f',
  '( S )',
  '{ S; }',
  'for x in S; do N; done',
  'while S; do break; done',
  'cat <<E\nS\nE\n',
  ": <<'E'\nS\nE\nN",
  ": <<E <<'F'\nS\nE\nS\nF\n",
  '[[ -n S ]]',
  '[[ x == S ]]',
  "trap 'S' EXIT",
  '! S',
  'time S',
  'for ((i=0;i<1;i++)); do S; done',
  'echo "S"',
  'echo $(S)',
  'x=`S`',
  'declare y=S',
  "bash -c 'S'",
  'echo S # N\nN',
  "test -v 'a[S]'",
  `x='S'; echo "\${x@P}"`,
  "x='a[S]'; echo $((x))",
  "[[ 'a[S]' -eq 1 ]]",
];

test('G4: a text is a read only when the guard has seen all that bash runs of it', () => {
  const part = fc.tuple(fc.constantFrom(...pieces), fc.constantFrom(...gaps)).map((both) => both.join(''));
  fc.assert(
    fc.property(fc.constantFrom(...frames), fc.array(part, { minLength: 1, maxLength: 5 }), (frame, parts) => {
      let next = 0;
      const script = frame
        .replaceAll('S', () => parts.join(''))
        .replaceAll('N', () => names[next++ % names.length] ?? '');
      const { risk, programs } = judgeCommand({ script }, 'host');
      // What is no read is asked about anyway.
      if (risk === 'read') expect(programs, script).toEqual(expect.arrayContaining(ranByBash(script)));
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 1500) },
  );
});
