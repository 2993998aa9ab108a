import { startOf, textOf } from '../arg.ts';
import { judgeAwk } from '../programs/awk.ts';
import { judgeSed } from '../programs/sed.ts';
import { writeTo } from '../redirections.ts';
import { each, free, type Look, type Rule, type Rules, reads, readsOnly, says } from '../rule.ts';

/** A second operand of these is a file that they write. */
function secondIsOutput(line: string, words = false): Rule {
  return reads(line, {
    words,
    look: ([, output]) => (output === undefined ? undefined : writeTo(textOf(output) ?? { starts: startOf(output) })),
  });
}

/** A read, but for options whose value is a file that is written: names with blanks between. */
export function writesBy(names: string, line: string): Rule {
  const written = names.split(' ').map((name) => name.replace(':', ''));
  return reads(`${line} ${names}`, {
    look: (_, { options }) => {
      const output = options.find(([name]) => written.includes(name))?.[1];
      return output === undefined ? undefined : writeTo(textOf(output) ?? { starts: startOf(output) });
    },
  });
}

const sortOptions =
  '-bdfghimMnRrVcCsuz -k: -t: -S: --ignore-leading-blanks --dictionary-order --ignore-case --general-numeric-sort --human-numeric-sort --ignore-nonprinting --month-sort --numeric-sort --random-sort --reverse --version-sort --sort: --check? --merge --unique --stable --zero-terminated --key: --field-separator: --buffer-size: --parallel: --debug --batch-size: --files0-from:';

const tee: Rule = ({ args }) => {
  const targets = args.filter((arg) => !/^-./.test(startOf(arg)));
  const writes = targets.map((target) => writeTo(textOf(target) ?? { starts: startOf(target) }));
  const worst =
    writes.find(({ risk }) => risk === 'destroy') ??
    writes.find(({ writes: [path] = [] }) => !/^\/dev\/(null|stdout|stderr|tty)$/.test(path ?? ''));
  return worst ?? readsOnly;
};

/** A word with a plus runs a command of the pager. */
const startsWithPlus: Look = (operands) =>
  operands.some((one) => startOf(one).startsWith('+'))
    ? says('configure', 'It runs a command of the pager.')
    : undefined;

/** Programs that read text and print text. */
export const text: Rules = {
  ...each(
    'cat tac head tail wc cut tr nl od rev fold fmt expand unexpand column paste join comm diff  cmp colrm col colcrt pr strings hexdump hd base64 base32 basenc md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum cksum sum crc32 grep egrep fgrep zgrep zegrep zfgrep bzgrep xzgrep zstdgrep zcat bzcat xzcat zstdcat lzcat zdiff zcmp seq yes tsort look jq numfmt factor cal ncal  figlet ipcalc sipcalc  isutf8',
    free,
  ),
  sort: writesBy('-o: --output:', sortOptions),
  uniq: secondIsOutput(
    '-cdDiuz -f: -s: -w: --count --repeated --all-repeated? --ignore-case --unique --zero-terminated --skip-fields: --skip-chars: --check-chars: --group?',
  ),
  xxd: secondIsOutput(
    '-a -b -e -E -i -u -p -ps -plain -C -d -c: -g: -l: -o: -s: -R: -cols: -len: -seek: -groupsize:',
    true,
  ),
  iconv: reads('-lcs -f: -t: --list --from-code: --to-code:'),
  bc: reads('-hilqswv', {
    look: (operands) => (operands.length > 0 ? says('configure', 'It runs a program of its own.') : undefined),
  }),
  dc: reads('-e: --expression:', {
    most: 0,
    look: (_, { options }) =>
      options.length === 0 || options.some(([, value]) => /!/.test(textOf(value) ?? '!'))
        ? says('configure', 'It may run a command.')
        : undefined,
  }),
  split: () => says('configure', 'It writes files.'),
  csplit: () => says('configure', 'It writes files.'),
  tee,
  ...each(
    'less zless bzless xzless',
    reads(
      '-eEfFgiImMnNqQrRsSuUwWXcCd -b: -h: -j: -p: -P: -x: -y: -z: --quit-if-one-screen --raw-control-chars --no-init --chop-long-lines --LINE-NUMBERS',
      { look: startsWithPlus },
    ),
  ),
  more: reads('-dlfpcsu -n: -#', { look: startsWithPlus }),
  pg: reads('-#'),
  rg: reads(
    '-nNiSsvwxclLoHhIuUFPaqzp0. -e: -A: -B: -C: -g: -t: -T: -m: -j: -d: -r: -M: -E: --line-number --no-line-number --ignore-case --smart-case --invert-match --word-regexp --count --files-with-matches --files-without-match --only-matching --with-filename --no-filename --hidden --no-ignore --fixed-strings --pcre2 --text --quiet --glob: --iglob: --type: --type-not: --max-count: --max-depth: --context: --after-context: --before-context: --color: --colors: --heading --no-heading --json --stats --files --multiline --sort: --sortr: --vimgrep --regexp: --no-messages --follow --column --replace:',
  ),
  awk: judgeAwk,
  gawk: judgeAwk,
  mawk: judgeAwk,
  nawk: judgeAwk,
  sed: judgeSed,
  gsed: judgeSed,
  yq: reads(
    '-rePCMNj0 -o: -p: -I: --raw-output --exit-status --prettyPrint --colors --no-colors --output-format: --input-format: --indent: --tojson --unwrapScalar',
    {
      look: ([expression]) =>
        /load|env|system|@/.test(textOf(expression) ?? '')
          ? says('configure', 'Its expression may reach further.')
          : undefined,
    },
  ),
  xmllint: reads('--format --noout --xpath: --noblanks --nonet --recover --valid --c14n --pretty: --html --encode:', {
    look: (operands) =>
      operands.some((one) => startOf(one).includes('://'))
        ? { ...readsOnly, sensitive: true, why: 'It asks another machine.' }
        : undefined,
  }),
  tput: reads('-T:'),
  ptx: reads('-AfOrRtw -b: -F: -g: -M: -S: -W: -i: -o:'),
  man: reads('-fkwaI -s: -S: --whatis --apropos --where --path --all'),
  ...each('whatis apropos  ', free),
  dos2unix: () => says('configure', 'It rewrites files.'),
  unix2dos: () => says('configure', 'It rewrites files.'),
  envsubst: free,
};
