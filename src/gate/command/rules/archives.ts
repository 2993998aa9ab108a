import { startOf, textOf } from '../arg.ts';
import { given, optionTable } from '../options.ts';
import { worstScript } from '../programs/within.ts';
import { always, each, free, plainOperands, type Rule, type Rules, reads, readsOnly, says, verbs } from '../rule.ts';
import { isDangerousWrite } from '../secret-paths.ts';

const lists = optionTable(
  '-tvzjJaZOPpkSWBRd -f: -C: -T: -X: -b: --list --verbose --gzip --bzip2 --xz --zstd --lzip --lzma --auto-compress --file: --directory: --exclude: --exclude-from: --wildcards --no-wildcards --strip-components: --full-time --numeric-owner --quoting-style: --occurrence? --files-from: --to-stdout --ignore-zeros --show-stored-names --utc --totals --warning: --force-local --transform: --one-top-level? --no-anchored --anchored --verify --compare --diff --block-number',
);

const extracts = optionTable(
  '-xtvzjJaZOk -f: -C: -X: --extract --get --to-stdout --file: --verbose --gzip --xz --zstd --bzip2 --wildcards --directory:',
);

const creates = optionTable(
  '-cvzjJahpPlSW -f: -C: -X: -T: --create --file: --verbose --gzip --xz --zstd --bzip2 --exclude: --directory: --numeric-owner --one-file-system --acls --xattrs --sparse --files-from:',
);

/** tar lists; with a program of its own it runs anything; into `/` it overwrites the machine. */
const tar: Rule = ({ args }) => {
  const [first, ...rest] = args;
  const head = textOf(first) ?? '?';
  const words = /^[A-Za-z]+$/.test(head)
    ? [`-${head.replace(/[fCTXbI]/g, '')}${head.replace(/[^fCTXbI]/g, '').slice(0, 1)}`, ...rest]
    : args;
  const texts = words.map(startOf);
  const runs = texts.flatMap((word, index) =>
    /^--(to-c|us|checkpoint-a|rs|rm|inf|new-)/.test(word)
      ? [word.includes('=') ? word.replace(/^[^=]*=(exec=)?/, '') : (texts[index + 1] ?? '').replace(/^exec=/, '')]
      : /^-\w*I/.test(word)
        ? [word.replace(/^-\w*I/, '') || (texts[index + 1] ?? '')]
        : /^-\w*F/.test(word)
          ? [texts[index + 1] ?? '']
          : [],
  );
  if (runs.length > 0)
    return worstScript(runs) === 'destroy'
      ? says('destroy', 'It runs something that destroys.')
      : says('configure', 'It runs a program of its own.');
  const has = (letters: RegExp, ...names: string[]) =>
    texts.some((word) =>
      /^-[A-Za-z]/.test(word)
        ? letters.test(word)
        : names.some((name) => word.length > 4 && name.startsWith(word.replace(/=.*/, ''))),
    );
  if (texts.some((word) => /^--(rem|delete|recursive-u|unlink)/.test(word)))
    return says('destroy', 'It removes files.');
  if (has(/^-\w*x/, '--extract', '--get')) {
    const into =
      texts.find((_, index) => /^(-\w*C|--directory)$/.test(texts[index - 1] ?? '')) ??
      texts.find((word) => /^(-C.|--directory=)/.test(word))?.replace(/^(-C|--directory=)/, '');
    if (has(/^-\w*O/, '--to-stdout'))
      return given(words, extracts).unknown.length === 0 ? readsOnly : says('configure', 'It may unpack files.');
    return into !== undefined && isDangerousWrite(into)
      ? says('destroy', `It overwrites ${into}.`, { writes: [into] })
      : says('configure', 'It unpacks files.', { writes: [into ?? '.'] });
  }
  if (has(/^-\w*[cruA]/, '--create', '--append', '--update', '--catenate', '--concatenate')) {
    const file =
      texts.find((_, index) => /^(-\w*f|--file)$/.test(texts[index - 1] ?? '')) ??
      texts.find((word) => /^--file=/.test(word))?.slice(7) ??
      '';
    if (file === '-')
      return has(/^-\w*[gG]/, '--listed-incremental')
        ? says('configure', 'It writes a file.')
        : given(words, creates).unknown.length === 0
          ? { ...readsOnly, why: 'It only reads files.' }
          : says('configure', 'It may write files.');
    return isDangerousWrite(file) && file !== '/dev/null'
      ? says('destroy', `It overwrites ${file}.`, { writes: [file] })
      : says('configure', 'It writes an archive.', { writes: [file] });
  }
  // A name with a colon is an archive on another machine.
  if (texts.some((word) => /^[^/]+:/.test(word) && !/^--/.test(word)))
    return says('configure', 'It connects to another machine.', { sensitive: true });
  const found = given(words, lists);
  if (!has(/^-\w*[td]/, '--list', '--compare', '--diff')) return says('configure', 'What tar does is not known.');
  return found.unknown.length === 0 && !found.unsure
    ? readsOnly
    : says('configure', `tar ${found.unknown[0] ?? ''} is not known to only read.`);
};

const packing =
  '-cdfhklnNqtvV0123456789e -T: --stdout --to-stdout --test --list --decompress --uncompress --keep --force --verbose --quiet --robot --no-name --name --threads: --long? --best --fast';

/** A packer that prints, tests or lists leaves files alone, unless a later option has it unpack. */
const packer: Rule = ({ name, args }) => {
  const { options, unknown, operands } = given(args, optionTable(packing));
  const has = (...names: string[]) => options.some(([one]) => names.includes(one));
  const looks = has('-t', '-l', '--test', '--list');
  const unpacks = has('-d', '--decompress', '--uncompress');
  const shown = looks ? !unpacks : has('-c', '--stdout', '--to-stdout');
  // A second word of lz4 is a file that it writes.
  return shown && unknown.length === 0 && (name !== 'lz4' || operands.length < 2)
    ? readsOnly
    : says('configure', `${name} replaces files.`);
};

const backupOptions =
  '--repository: --output-format: --ns: --all --since: --until: --limit: --fingerprint: --log-level: --chunk-size:';

/** Archives. */
export const archives: Rules = {
  ...each('tar bsdtar gtar', tar),
  ...each('gzip gunzip bzip2 bunzip2 xz unxz zstd unzstd lz4 lzop pigz pbzip2 lzma', packer),
  zip: ({ args }) =>
    args.some((arg) => /^(-\w*[mdT]|--(move|delete|test|unzip-command|filesync))/.test(startOf(arg)))
      ? says('destroy', 'It removes files, or runs a program.')
      : says('configure', 'It writes an archive.'),
  zipinfo: free,
  unzip: reads('-lvtZ1pq', {
    look: (_, { options }) =>
      options.some(([name]) => /^-[lvtZp]$/.test(name)) ? undefined : says('configure', 'It unpacks files.'),
  }),
  ...each('7z 7za 7zz', ({ args }) =>
    /^[lt]$/.test(startOf(args[0] ?? ''))
      ? readsOnly
      : startOf(args[0] ?? '') === 'd'
        ? says('destroy', 'It removes files.')
        : says('configure', 'It writes files.'),
  ),
  cpio: reads('-tvi -F: --list --verbose --file: --quiet', {
    look: (_, { options }) =>
      options.some(([name]) => name === '-t' || name === '--list') &&
      !options.some(([, value]) => value !== undefined && startOf(value).includes(':'))
        ? undefined
        : says('configure', 'It writes files.'),
  }),
  ar: ({ args }) =>
    /^-?[tp][v]*$/.test(startOf(args[0] ?? '')) && !args.slice(1).some((arg) => startOf(arg).startsWith('-'))
      ? readsOnly
      : says('configure', 'It changes an archive.'),
  vma: ({ args }) =>
    /^(list|config|verify)$/.test(startOf(args[0] ?? '')) ? readsOnly : says('configure', 'It unpacks a backup.'),
  unsquashfs: reads('-lslL -ll -lls -s -stat', { words: true }),
  ...each(
    'restic borg',
    verbs('-qv -r: -p: --repo: --password-file: --json --no-cache --no-lock --verbose --quiet', {
      ...each('snapshots ls stats list info diff version find', () => ({ ...readsOnly, sensitive: true })),
      ...each('forget prune delete compact', always('destroy', 'It removes backups.', { sensitive: true })),
    }),
  ),
  'proxmox-backup-client': ({ args }) => {
    const known = plainOperands(args, backupOptions);
    const words = known ?? args.map(startOf);
    const verb = words.slice(0, 2).join(' ');
    if (
      known !== undefined &&
      (/^(list|status|version|snapshot (list|files)|catalog dump|task (list|log)|namespace list|key (show|info)|group list|backup-group list)( |$)/.test(
        verb,
      ) ||
        /^(snapshots|files)$/.test(words[0] ?? ''))
    )
      return { ...readsOnly, sensitive: true };
    return /\b(prune|forget|delete|remove)\b/.test(words.join(' '))
      ? says('destroy', 'It removes backups.', { sensitive: true })
      : says('configure', 'It writes backups or unpacks them.', { sensitive: true });
  },
  ...each('proxmox-backup-manager proxmox-tape pmt pmtx', ({ args }) => {
    const known = plainOperands(args, backupOptions);
    const words = known ?? args.map(startOf);
    if (/\b(remove|delete|destroy|prune|format|erase|wipe|forget|fs create|disk initialize)\b/.test(words.join(' ')))
      return says('destroy', 'It removes or overwrites what is kept.');
    return known !== undefined &&
      /(^| )(list|show|status|config|info|versions|log)( \S+)?$/.test(words.slice(0, 4).join(' ')) &&
      !/(^| )(create|update|set|add|start|run|login|register)( |$)/.test(words.join(' '))
      ? readsOnly
      : says('configure', 'It changes the backup server.');
  }),
  'proxmox-file-restore': ({ args }) =>
    /^(list|status)$/.test(startOf(args[0] ?? ''))
      ? { ...readsOnly, sensitive: true }
      : says('configure', 'It unpacks files of a backup.', { sensitive: true }),
  debootstrap: always('configure', 'It makes a system in a folder.'),
};
