import { startOf, textOf } from '../arg.ts';
import { given, optionTable } from '../options.ts';
import { worstScript } from '../programs/within.ts';
import { writeTo } from '../redirections.ts';
import { always, each, type Rule, type Rules, readsOnly, says, verbs } from '../rule.ts';
import type { RuleVerdict } from '../types.ts';

const asks: RuleVerdict = { risk: 'read', why: 'It asks another machine.', sensitive: true };

const curlOptions = optionTable(
  '-sSfLkIivgGnNBpq046#v -m: -u: -H: -A: -e: -w: -x: -b: -r: -X: -d: -o: -z: -U: -E: --silent --show-error --fail --fail-with-body --location --insecure --head --include --verbose --globoff --get --compressed --http1.1 --http2 --http3 --ipv4 --ipv6 --tlsv1.2 --tlsv1.3 --no-progress-meter --progress-bar --max-time: --connect-timeout: --retry: --retry-delay: --retry-all-errors --user: --header: --user-agent: --referer: --write-out: --proxy: --cookie: --range: --request: --resolve: --cacert: --cert: --key: --url: --data: --output: --unix-socket: --interface: --noproxy: --max-redirs: --path-as-is --no-buffer --ssl-reqd --time-cond: --limit-rate: --raw --doh-url: --location-trusted --oauth2-bearer: --netrc --basic --digest --negotiate --no-keepalive --parallel --crlf --styled-output --no-styled-output --ca-native --url-query:',
);

/** curl asks; with another method, data or a file it does more. */
const curl: Rule = ({ args }) => {
  const found = given(args, curlOptions);
  const [unknown] = found.unknown;
  const value = (...names: string[]) => found.options.findLast(([name]) => names.includes(name))?.[1];
  const method = textOf(value('-X', '--request') ?? 'GET')?.toUpperCase();
  const all = (...names: string[]) =>
    found.options.filter(([name]) => names.includes(name)).map(([, one]) => one ?? '');
  const outputs = all('-o', '--output').filter((one) => one !== '-' && one !== '/dev/null');
  const urls = [...found.operands, ...all('--url')].map(startOf);
  const local =
    urls.length > 0 && urls.every((url) => /^(https?:\/\/)?(localhost|127\.0\.0\.1|\[::1\])([:/]|$)/.test(url));
  if (method === 'DELETE') return says('destroy', 'It asks another machine to delete something.', { sensitive: true });
  const written = outputs.map((one) => writeTo(textOf(one) ?? { starts: startOf(one) }));
  const worst = written.find(({ risk }) => risk === 'destroy') ?? written[0];
  if (worst !== undefined) return { ...worst, sensitive: true };
  if (
    unknown !== undefined &&
    /^(-O|-J|--remote|-T|--upload|-K|--config|-c|--cookie-jar|-D|--dump|--trace|-o|--out|--stderr|--etag-save|--hsts|--alt)/.test(
      unknown,
    )
  ) {
    const path = args.find((_, index) => startOf(args[index - 1] ?? '') === unknown);
    const writes =
      path !== undefined && /^(-c|-D|--cookie-jar|--dump|--trace|--stderr|--out)/.test(unknown)
        ? writeTo(textOf(path) ?? { starts: startOf(path) })
        : says('configure', 'It reads or writes files.');
    return { ...writes, sensitive: true };
  }
  // A format may name a file; a page is asked for by no other protocol.
  if (all('-w', '--write-out').some((format) => /%output|^@/.test(textOf(format) ?? '%output')))
    return says('configure', 'It may write a file.', { sensitive: true });
  if (urls.some((url) => /^[a-z+.-]+:\/\//i.test(url) && !/^(https?|file):/i.test(url)))
    return says('configure', 'It speaks to another machine otherwise than by asking for a page.', { sensitive: true });
  if (unknown !== undefined || value('-d', '--data') !== undefined || !/^(GET|HEAD|OPTIONS)$/.test(method ?? ''))
    return says('configure', 'It sends something to another machine.', { sensitive: true });
  if (found.unsure) return says('configure', 'A word of curl may turn out to be any option.', { sensitive: true });
  if (urls.some((url) => /^file:/i.test(url))) return { ...readsOnly, sensitive: true };
  return local ? { ...asks, why: 'It asks a service of this machine.' } : asks;
};

const wgetOptions = optionTable(
  '-qdvS46 -O: -T: -t: -U: -e: --quiet --spider --server-response --timeout: --tries: --no-check-certificate --user-agent: --header: --max-redirect: --no-verbose -nv --output-document: --method: --no-cache --inet4-only --inet6-only --no-proxy --progress: --show-progress',
);

/** wget writes a file, unless it prints or only looks. */
const wget: Rule = ({ args }) => {
  const found = given(
    args.filter((arg) => arg !== '-nv'),
    wgetOptions,
  );
  const output = found.options.findLast(([name]) => name === '-O' || name === '--output-document')?.[1];
  const spider = found.options.some(([name]) => name === '--spider');
  const method = textOf(found.options.find(([name]) => name === '--method')?.[1] ?? 'GET');
  if (method?.toUpperCase() === 'DELETE')
    return says('destroy', 'It asks another machine to delete something.', { sensitive: true });
  if (output !== undefined && output !== '-' && output !== '/dev/null' && output !== '/dev/stdout')
    return { ...writeTo(textOf(output) ?? { starts: startOf(output) }), sensitive: true };
  const reads =
    (output !== undefined || spider) &&
    found.unknown.length === 0 &&
    !found.unsure &&
    /^(GET|HEAD)$/i.test(method ?? '') &&
    !found.options.some(([name]) => name === '-e');
  if (reads) return asks;
  const into = args.find((_, index) => /^(-P|--directory-prefix)$/.test(startOf(args[index - 1] ?? '')));
  return into === undefined
    ? says('configure', 'It writes what another machine sends.', { sensitive: true })
    : { ...writeTo(startOf(into)), sensitive: true };
};

const rsyncOptions = optionTable(
  '-avnrzhPilHAXtpgoDSxuWcbdLkRq8 --archive --verbose --dry-run --recursive --compress --human-readable --progress --itemize-changes --stats --exclude: --include: --exclude-from: --delete --delete-after --delete-before --delete-during --checksum --size-only --list-only --numeric-ids --hard-links --acls --xattrs --info: --bwlimit: --partial --inplace --sparse --one-file-system --update --existing --ignore-existing --omit-dir-times --no-owner --no-group --no-perms --relative --links --times',
);

/** rsync copies; it may delete what is not at the source, and runs the programs that its options name. */
const rsync: Rule = ({ args }) => {
  const texts = args.map(startOf);
  const dry = texts.some((word) => /^(--dry-run|-[^efBMT@-]*n\w*)$/.test(word));
  const programs = texts.flatMap((word, index) =>
    /^(-\w*e|--rsh|--rsync-path)$/.test(word)
      ? [texts[index + 1] ?? '']
      : /^--(rsh|rsync-path)=/.test(word)
        ? [word.replace(/^[^=]*=/, '')]
        : /^-\w*e./.test(word) && !/^-[a-df-z]+$/.test(word)
          ? [word.replace(/^-\w*?e/, '')]
          : [],
  );
  if (programs.length > 0 && worstScript(programs) === 'destroy')
    return says('destroy', 'It runs something that destroys.');
  const paths = texts.filter((word) => !word.startsWith('-'));
  const target = paths.at(-1) ?? '';
  const sensitive = paths.some((path) => /^[\w.@-]+:/.test(path));
  const plain = given(args, rsyncOptions).unknown.length === 0 && args.every((arg) => typeof arg === 'string');
  if (dry && plain && programs.length === 0) return { ...readsOnly, sensitive };
  if (texts.some((word) => /^--(del|remove-(source|sent))/.test(word) || word === '--delete-missing-args'))
    return says('destroy', 'It deletes files.', { sensitive, writes: [target] });
  if (paths.length === 1 && plain) return { ...readsOnly, sensitive };
  return { ...writeTo(target), sensitive };
};

const copies: Rule = ({ args }) => {
  const paths = args.map(startOf).filter((word) => !word.startsWith('-'));
  const runs = args.map(startOf).filter((_, index) => /^(-S|-o)$/.test(startOf(args[index - 1] ?? '')));
  if (worstScript(runs.map((text) => text.replace(/^ProxyCommand[= ]/i, ''))) === 'destroy')
    return says('destroy', 'It runs something that destroys.', { sensitive: true });
  return { ...writeTo(paths.at(-1) ?? ''), sensitive: true };
};

const rclone: Rule = verbs('-vPq --config: --transfers: --progress --fast-list', {
  ...each('ls lsl lsd lsf lsjson size about version listremotes check cryptcheck md5sum sha1sum tree cat', () => asks),
  ...each(
    'delete purge deletefile rmdir rmdirs cleanup sync move moveto dedupe bisync',
    always('destroy', 'It removes files.', { sensitive: true }),
  ),
});

/** Files to and from other machines. */
export const transfer: Rules = {
  curl,
  wget,
  rsync,
  scp: copies,
  ...each(
    'sftp ftp lftp tftp',
    always('configure', 'It copies files from or to another machine.', { sensitive: true }),
  ),
  rclone,
  ...each('aria2c axel', always('configure', 'It writes what another machine sends.', { sensitive: true })),
  ...each('mail mailx sendmail mutt', always('configure', 'It sends a message.', { sensitive: true })),
  ...each('smbclient mount.nfs showmount', ({ name, args }) =>
    name === 'showmount'
      ? asks
      : args.some((arg) => startOf(arg) === '-L')
        ? asks
        : says('configure', 'It may change files of another machine.', { sensitive: true }),
  ),
};
