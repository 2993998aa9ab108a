import { type Arg, startOf, textOf } from '../arg.ts';
import { type Given, given, optionTable } from '../options.ts';
import { worstScript } from '../programs/within.ts';
import { writeTo } from '../redirections.ts';
import { each, type Rule, type Rules, reads, readsOnly, says } from '../rule.ts';
import { isDangerousWrite } from '../secret-paths.ts';

const before = optionTable(
  '-p -P -C: -c: --no-pager --paginate --work-tree: --bare --no-optional-locks --literal-pathspecs --version --help --namespace: --no-replace-objects --config-env:',
);

const shows =
  '-sqzabcilrtwn1D0 -# -n: -U: -S: -G: -L: -M? -C? -B? --oneline --stat? --shortstat --numstat --name-only --name-status --graph --all --decorate? --no-decorate --format: --pretty? --abbrev-commit --abbrev? --no-color --color? --since: --until: --after: --before: --author: --grep: --max-count: --skip: --reverse --merges --no-merges --first-parent --follow --no-patch --cached --staged --summary --raw --check --date: --relative-date --branches? --tags? --remotes? --full-index --unified: --no-ext-diff --no-textconv --topo-order --date-order --left-right --cherry-pick --cherry-mark --porcelain? --short --branch --long --ignored --untracked-files? --ignore-submodules? --show-toplevel --git-dir --is-inside-work-tree --abbrev-ref --verify --quiet --symbolic-full-name --heads --refs --sort: --count --points-at: --contains? --merged? --no-merged? --list --verbose --get --get-all --get-regexp --show-origin --show-scope --name-only --null --tree --exclude-standard --stage --full-name --long --line-number --word-regexp --ignore-case --extended-regexp --fixed-strings --show-current --is-bare-repository --always --exact-match --match:';

/** What only looks at a repository. Its own set-up may still run programs for these: filters, pagers, monitors. */
function signs(_: readonly Arg[], { options }: Given) {
  return options.some(([, value]) => /%G|signature/.test(textOf(value) ?? ''))
    ? says('configure', 'A signature is checked by a program that the repository names.')
    : undefined;
}

/** `log` without what shows changes: that may run what the set-up of the repository names, as a signature in a format does. */
const history = reads(
  '-qinz0 -# -n: -g --oneline --stat? --shortstat --numstat --name-only --name-status --graph --all --decorate? --no-decorate --format: --pretty? --abbrev-commit --abbrev? --no-color --color? --since: --until: --after: --before: --author: --committer: --grep: --max-count: --skip: --reverse --merges --no-merges --first-parent --follow --no-patch --date: --relative-date --branches? --tags? --remotes? --topo-order --date-order --left-right --cherry-pick --raw --walk-reflogs',
  {
    look: signs,
  },
);

const looking: Rules = {
  ...each(
    'rev-parse rev-list ls-files ls-tree cat-file describe shortlog name-rev merge-base for-each-ref show-ref count-objects var check-ignore',
    reads(shows, { look: signs }),
  ),
  'ls-remote': (call) => ({ ...(reads(shows)(call) ?? readsOnly), sensitive: true }),
};

/** Looks that run what the repository's own set-up names: a file monitor, an outer diff, text conversion, a signature check. */
const trusting = /^(status|diff|log|show|blame|grep|stash|reflog|difftool|archive)$/;
const destroys =
  /^(clean|reset --hard|reset --merge|checkout (-f|--force|\.|--|-- )|checkout \S+ --|restore|rm|gc --prune|prune|reflog (expire|delete)|branch (-\w*[dD]|--delete)|tag (-\w*d|--delete)|stash (drop|clear)|push .*(--delete|--force|-\w*f|--mirror|--prune| :)|filter-branch|filter-repo|update-ref -d|worktree (remove|prune)|remote (rm|remove)|switch (-f|--force|--discard)|submodule deinit|replace -d|notes (remove|prune)|bisect reset)/;

const gitCommand: Rule = ({ args }) => {
  const found = given(args, before, true);
  const words = found.operands.map(startOf);
  const [verb = ''] = words;
  const rest = found.operands.slice(1);
  const line = words.join(' ');
  const sets = found.options
    .filter(([name]) => name === '-c' || name === '--config-env')
    .map(([, value]) => textOf(value) ?? '');
  const execs = [
    ...sets.map((text) => text.replace(/^[^=]*=!?/, '')),
    ...words.map((word) => word.replace(/^--?[\w-]+[= ]/, '')),
    ...words.flatMap((word, index) =>
      /^(--exec|-x|--upload-pack|--receive-pack|--open-files-in-pager|--extcmd|run|-O)$/.test(words[index - 1] ?? '')
        ? [word]
        : [],
    ),
  ];
  const runs =
    sets.length > 0 ||
    words.some((word) =>
      /^(--exec|-x$|--upload-pack|--receive-pack|--open-files-in-pager|-O|--extcmd|--ext-diff|--textconv|--tree-filter|--index-filter)/.test(
        word,
      ),
    );
  if (runs && worstScript(execs) === 'destroy') return says('destroy', 'It runs something that destroys.');
  if (destroys.test(line)) return says('destroy', 'It throws work away.');
  const output = rest.find((word) => /^(--output=|--output$|-o$)/.test(startOf(word)));
  if (output !== undefined && verb !== 'clone') {
    const path = startOf(output).includes('=')
      ? startOf(output).slice(9)
      : startOf(rest[rest.indexOf(output) + 1] ?? '');
    return writeTo(path);
  }
  if (verb === 'clone' && isDangerousWrite(words.at(-1) ?? ''))
    return says('destroy', 'It writes where the machine is set up.');
  if (runs || found.unknown.length > 0) return says('configure', 'It runs programs that its options name.');
  const rule = Object.hasOwn(looking, verb) ? looking[verb] : undefined;
  if (rule !== undefined) return rule({ name: `git ${verb}`, args: rest, place: 'host' });
  if (verb === 'log' || (verb === 'reflog' && !/^reflog (expire|delete)/.test(line))) {
    const plain = rest.filter((word) => word !== '--' && word !== 'show');
    return history({ name: `git ${verb}`, args: plain, place: 'host' }) ?? readsOnly;
  }
  if (trusting.test(verb)) return says('configure', 'The set-up of the repository may run programs.');
  if (
    /^(branch|tag|remote|config|worktree list|bisect log|notes list)( (-v|-a|-r|-vv|-l|--list|--get|--all|--show-current|show|get-url|--get-all|--get-regexp|--show-origin|-n\d*|\S+\.\S+|-av|-avv)){0,3}$/.test(
      line,
    ) &&
    !(verb === 'config' && rest.length > 0 && !/^--(get|list|get-all|get-regexp)$|^-l$/.test(words[1] ?? '')) &&
    // A name alone makes a branch or a tag, and another machine is asked of a remote.
    !(
      /^(branch|tag)$/.test(verb) &&
      !/ (-l|--list|--show-current)( |$)/.test(line) &&
      rest.some((word) => !startOf(word).startsWith('-'))
    ) &&
    !(verb === 'remote' && words[1] === 'show' && words.length > 2)
  )
    return readsOnly;
  return line === '' || line === 'help' || verb === 'version'
    ? readsOnly
    : says(
        'configure',
        'It changes a repository.',
        /^(clone|fetch|pull|push|remote|submodule)$/.test(verb) ? { sensitive: true } : {},
      );
};

/** git. */
export const git: Rules = { git: gitCommand };
