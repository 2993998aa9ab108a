import { startOf, textOf } from '../arg.ts';
import { splits } from '../options.ts';
import { writeTo } from '../redirections.ts';
import { minding, type Rule, readsOnly, says } from '../rule.ts';
import type { RuleVerdict } from '../types.ts';

/** Tests, operators and actions that only look, and how many words each takes. */
const looks: ReadonlyMap<string, number> = new Map([
  ...'-a -and -o -or -not ! ( ) , -daystart -depth -d -follow -ignore_readdir_race -mount -xdev -noleaf -nowarn -warn -empty -executable -readable -writable -false -true -nogroup -nouser -ls -print -print0 -prune -quit -H -L -P -E -x -X -s -O0 -O1 -O2 -O3'
    .split(' ')
    .map((name) => [name, 0] as const),
  ...'-maxdepth -mindepth -regextype -amin -anewer -atime -cmin -cnewer -context -ctime -fstype -gid -group -ilname -iname -inum -ipath -iregex -iwholename -links -lname -mmin -mtime -name -newer -newerXY -path -perm -regex -samefile -size -type -uid -used -user -wholename -xtype -printf -files0-from -D -f'
    .split(' ')
    .map((name) => [name, 1] as const),
]);

/** find only looks, unless it deletes, writes, or runs something (which its wrapper has taken apart). */
export const judgeFind: Rule = minding(({ args }) => {
  let worst: RuleVerdict = readsOnly;
  let inExpression = false;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    const word = textOf(arg);
    if (word === undefined) {
      // Before the expression it is a place to look in, unless it may be part of it.
      if (inExpression || startOf(arg) === '' || /^[-(!]/.test(startOf(arg)) || (typeof arg !== 'string' && arg.splits))
        worst = raised(worst, says('configure', 'A word of find may turn out to be any action.'));
      continue;
    }
    if (!/^[-(!,)]/.test(word)) {
      if (inExpression) worst = raised(worst, says('configure', `find ${word} is not understood.`));
      continue;
    }
    if (!/^-[HLPEXxs]$|^-O\d$|^-[Df]$|^--$/.test(word)) inExpression = true;
    if (word === '--') continue;
    if (word === '-delete') return says('destroy', 'It deletes what it finds.');
    if (/^-(exec|execdir|ok|okdir)$/.test(word)) {
      while (
        at < args.length &&
        textOf(args[at]) !== ';' &&
        !(textOf(args[at]) === '+' && textOf(args[at - 1]) === '{}')
      )
        at++;
      continue;
    }
    if (/^-(fprint|fprint0|fls|fprintf)$/.test(word)) {
      const path = args[++at] ?? '';
      worst = raised(worst, writeTo(textOf(path) ?? { starts: startOf(path) }));
      if (word === '-fprintf') at++;
      continue;
    }
    const takes = looks.get(/^-newer[aBcmt][aBcmt]$/.test(word) ? '-newerXY' : word);
    if (takes === undefined) worst = raised(worst, says('configure', `find ${word} is not known to only look.`));
    else {
      at += takes;
      if (takes > 0 && splits(args[at]))
        worst = raised(worst, says('configure', 'A word of find may turn out to be any action.'));
    }
  }
  return worst;
});

function raised(worst: RuleVerdict, other: RuleVerdict): RuleVerdict {
  return worst.risk === 'destroy' || other.risk === 'read'
    ? worst
    : worst.risk === 'read' || other.risk === 'destroy'
      ? other
      : worst;
}
