import { startOf, textOf } from '../arg.ts';
import { given, optionTable } from '../options.ts';
import { always, each, free, type Rule, type Rules, reads, readsOnly, says, verbs } from '../rule.ts';

const options = optionTable(
  '-yqsdfumVhb -o: -c: -t: -a: --yes --assume-yes --quiet? --simulate --dry-run --just-print --no-act --recon --upgradable --upgradeable --installed --all-versions --manual-installed --names-only --no-install-recommends --install-suggests --fix-broken --fix-missing --allow-downgrades --allow-change-held-packages --purge --autoremove --auto-remove --reinstall --only-upgrade --no-upgrade --download-only --print-uris --show-upgraded --verbose-versions --force-yes --allow-unauthenticated --option: --config-file: --target-release: --default-release: --trivial-only --no-download --ignore-hold --allow-remove-essential --full --verbose --no-pager --with-new-pkgs',
);

const shows =
  /^(list|show|search|policy|depends|rdepends|showsrc|showpkg|dump|dumpavail|stats|pkgnames|madison|unmet|changelog|help|moo|check|indextargets|why|why-not|versions|showhold|showmanual|showauto|showinstall|showremove|showpurge|show-versions|)$/;
const removes = /^(remove|purge|autoremove|autopurge|auto-remove|dselect-upgrade|full-upgrade|dist-upgrade)$/;

/** apt and its kin. Removing destroys; so does an upgrade that may remove. */
const apt: Rule = ({ name, args }) => {
  const found = given(args, options);
  const verb = textOf(found.operands[0] ?? '') ?? '?';
  const [unknown] = found.unknown;
  const sets = found.options.some(
    ([one]) => one === '-o' || one === '--option' || one === '-c' || one === '--config-file',
  );
  const has = (...names: string[]) => found.options.some(([one]) => names.includes(one));
  if (/^(remove|purge|autoremove|autopurge|auto-remove)$/.test(verb))
    return dry() ? readsOnly : says('destroy', 'It removes packages.');
  if (found.operands.slice(1).some((one) => /[^+]-$/.test(startOf(one))) && verb === 'install')
    return says('destroy', 'A name with a dash at its end is removed.');
  if (has('--purge', '--autoremove', '--auto-remove', '--allow-remove-essential', '--force-yes') && !dry())
    return says('destroy', 'It removes packages.');
  if (shows.test(verb)) {
    if (sets || unknown !== undefined)
      return says('configure', `${name} ${unknown ?? '-o'} is not known to only read.`);
    if (verb === 'changelog') return { ...readsOnly, sensitive: true, why: 'It connects to another machine.' };
    return found.unsure ? says('configure', `A word of ${name} may turn out to be any option.`) : readsOnly;
  }
  // Some fetch all the same when they are told to simulate.
  return dry() && !/^(update|download|source|\?)$/.test(verb) && !sets && unknown === undefined
    ? readsOnly
    : says('configure', removes.test(verb) ? 'It may remove packages.' : 'It changes packages.');

  function dry(): boolean {
    return has('-s', '--simulate', '--dry-run', '--just-print', '--no-act', '--recon') && !sets;
  }
};

const dpkg: Rule = ({ args }) => {
  const words = args.map((arg) => textOf(arg) ?? '?');
  const action = words.filter((word) => word.startsWith('-'));
  if (
    action.some(
      (word) =>
        /^-(r|P)$|^--(remove|purge|force|clear-selections|unpack-and)/.test(word) ||
        (word.length > 4 && ('--remove'.startsWith(word) || '--purge'.startsWith(word))),
    )
  )
    return action.some((word) => /^(--no-act|--dry-run|--simulate)$/.test(word))
      ? readsOnly
      : says('destroy', 'It removes packages.');
  const first = action[0] ?? '';
  const known =
    /^(-[lsLSpCVcIfeX]|--(list|status|listfiles|search|print-avail|audit|verify|get-selections|print-architecture|print-foreign-architectures|compare-versions|contents|info|field|version|help|yet-to-unpack|show|no-pager))$/;
  return first !== '' && !/^-[eXx]$/.test(first) && action.every((word) => known.test(word)) && !words.includes('?')
    ? readsOnly
    : says('configure', 'It changes packages.');
};

const rpmLike: Rule = verbs('-yqCv --assumeyes --quiet --installed --all', {
  ...each(
    'list info search repolist provides deplist check-update repoquery grouplist',
    reads('-aqvC --all --installed --available --updates --enabled --disabled --quiet --showduplicates'),
  ),
  history: reads('', { most: 0 }),
  ...each('remove erase autoremove', always('destroy', 'It removes packages.')),
});

const npm: Rule = verbs('-g', {
  ...each('ls list', reads('-gla --depth: --global --json --all --long --parseable')),
  ...each('why outdated view', reads('-gl --json', { sensitive: true, why: 'It asks another machine.' })),
  ...each('uninstall remove rm prune', always('destroy', 'It removes packages.')),
});

/** Packages. */
export const packages: Rules = {
  ...each('apt apt-get aptitude apt-cache', apt),
  'apt-mark': verbs('', { ...each('showhold showmanual showauto showinstall showremove showpurge', free) }),
  'apt-file': verbs('-xliFv', { ...each('search find list show', free) }),
  'apt-config': verbs('', { ...each('dump shell', free) }),
  'apt-key': verbs('', {
    ...each('list finger fingerprint export exportall', free),
    del: always('destroy', 'It removes a key.'),
  }),
  'apt-show-versions': free,
  'apt-listchanges': reads(''),
  dpkg,
  'dpkg-query': reads(
    '-WlsLSpcf: --show --list --status --listfiles --search --print-avail --control-path --control-list --control-show --showformat: --load-avail --admindir: --no-pager -f:',
  ),
  'dpkg-deb': reads('-cIfWX: --contents --info --field --show --showformat:', {
    look: (_, { options: chosen }) =>
      chosen.some(([name]) => name === '-X') ? says('configure', 'It unpacks a package.') : undefined,
  }),
  debsums: reads('-aceglsx -r: --all --changed --config --silent'),
  needrestart: reads('-bklwpqv -r: -m:', {
    look: (_, { options: chosen }) =>
      chosen.some(([name, value]) => name === '-r' && textOf(value) !== 'l')
        ? says('configure', 'It restarts services.')
        : chosen.some(([name]) => name === '-b' || name === '-r' || name === '-p')
          ? undefined
          : says('configure', 'It may restart services.'),
  }),
  'check-support-status': free,
  deborphan: free,
  rpm: ({ args }) =>
    /^(-q|-V|--query|--verify)/.test(startOf(args[0] ?? '')) &&
    args.every(
      (arg) =>
        /^-[qVailfcdRp]+$|^--(query|verify|all|info|list|last|file|changelog|scripts|queryformat|qf|provides|requires|whatprovides|whatrequires)(=[^%]*(%\{[\w:]+\}[^%]*)*)?$|^[^-]/.test(
          startOf(arg),
        ) && !startOf(arg).includes('://'),
    )
      ? readsOnly
      : /^(-e|--erase)/.test(startOf(args[0] ?? ''))
        ? says('destroy', 'It removes packages.')
        : says('configure', 'It changes packages.'),
  ...each('yum dnf zypper microdnf', rpmLike),
  apk: verbs('-vq', {
    ...each(
      'info list search policy version stats audit dot verify',
      reads(
        '-vqaILRWdrwtsioeu --installed --upgradable --all --contents --depends --rdepends --who-owns --installed --size --description --available --orphaned',
      ),
    ),
    del: always('destroy', 'It removes packages.'),
  }),
  pacman: ({ args }) =>
    /^-(Q\w*|Ss|Si|Sl|F[^y\W]*)$/.test(startOf(args[0] ?? '')) &&
    !args.slice(1).some((arg) => startOf(arg).startsWith('-'))
      ? readsOnly
      : /^-R/.test(startOf(args[0] ?? ''))
        ? says('destroy', 'It removes packages.')
        : says('configure', 'It changes packages.'),
  snap: verbs('', {
    ...each('list info find services connections changes tasks version interfaces', free),
    remove: always('destroy', 'It removes packages.'),
  }),
  flatpak: verbs('', {
    ...each('list info search remotes history', free),
    ...each('uninstall remove', always('destroy', 'It removes packages.')),
  }),
  ...each(
    'pip pip3',
    verbs('--no-color --disable-pip-version-check -q', {
      ...each('list show freeze check', reads('-luvef --local --user --format: --verbose --files')),
      uninstall: always('destroy', 'It removes packages.'),
    }),
  ),
  // yarn and pnpm run what the folder that they are in names.
  ...each('npm yarn pnpm', (call) =>
    call.name === 'npm' || /^(un|rem|rm)/.test(startOf(call.args[0] ?? ''))
      ? npm(call)
      : says('configure', `${call.name} may run a program of the folder.`),
  ),
  gem: verbs('', { ...each('list info', reads('-ald')), uninstall: always('destroy', 'It removes packages.') }),
};
