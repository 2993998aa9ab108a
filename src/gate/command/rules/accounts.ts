import { startOf } from '../arg.ts';
import { given, optionTable } from '../options.ts';
import { judgeOpenssl } from '../programs/openssl.ts';
import { always, each, free, type Rule, type Rules, reads, readsOnly, says } from '../rule.ts';

const crontab: Rule = ({ args }) => {
  const { options, unknown, operands } = given(args, optionTable('-u: -l -r -e -i -n: -s -c -T'));
  const has = (name: string) => options.some(([one]) => one === name);
  if (has('-r')) return says('destroy', 'It removes every job.');
  if (operands.length > 0 || (!has('-l') && !has('-e') && !has('-T'))) return says('destroy', 'It replaces every job.');
  return has('-l') && !has('-e') && unknown.length === 0 ? readsOnly : says('configure', 'It edits jobs.');
};

/** Passwords and locks of root decide who gets in. */
const passwd: Rule = ({ name, args }) => {
  const words = args.map(startOf);
  if (
    words.every((word) => /^(-S|--status|-a|--all|[a-z][\w-]*)$/.test(word)) &&
    words.some((word) => /^(-S|--status)$/.test(word))
  )
    return { ...readsOnly, sensitive: true };
  if (name === 'chage' && words.some((word) => /^(-l|--list)$/.test(word))) return readsOnly;
  const locks =
    words.some((word) => /^(-\w*[ldLe]|--(lock|delete|expire|unlock))$/.test(word)) ||
    words.some((word) => /(nologin|\/bin\/false)$/.test(word));
  return locks && (words.includes('root') || (name === 'passwd' && !words.some((word) => /^[a-z]/.test(word))))
    ? says('destroy', 'It locks root out.')
    : says('configure', 'It changes who gets in.', { sensitive: true });
};

/** Users, groups, jobs by time, and keys. */
export const accounts: Rules = {
  ...each('userdel deluser groupdel delgroup', always('destroy', 'It removes an account.')),
  ...each(
    'useradd adduser usermod groupadd addgroup groupmod gpasswd newusers chfn newgrp pam_tally2',
    always('configure', 'It changes accounts.'),
  ),
  ...each('passwd chage chsh usermod', passwd),
  faillock: reads('--user: --dir:', { most: 0 }),
  chpasswd: always('configure', 'It sets passwords.', { sensitive: true }),
  ...each('vipw vigr visudo', ({ args }) =>
    args.length > 0 && args.every((arg) => /^(-c|--check)$/.test(startOf(arg)))
      ? { ...readsOnly, sensitive: true }
      : says('destroy', 'It edits who may do what.'),
  ),
  ...each(
    'pwck grpck',
    reads('-rq --read-only', {
      look: (_, { options }) =>
        options.some(([name]) => /^(-r|--read-only)$/.test(name)) ? undefined : says('configure', 'It may repair.'),
    }),
  ),
  crontab,
  atq: free,
  atrm: always('destroy', 'It removes jobs.'),
  ...each('at batch', reads('-lVc')),
  'run-parts': reads('-v --test --list --verbose --regex: --lsbsysinit --reverse', {
    look: (_, { options }) =>
      options.some(([name]) => /^--(test|list)$/.test(name))
        ? undefined
        : says('configure', 'It runs every script of a folder.'),
  }),
  'ssh-keygen': reads('-lvBqL -f: -E: -F:', {
    look: (_, { options }) =>
      options.some(([name]) => /^-[lBLF]$/.test(name))
        ? undefined
        : says('configure', 'It makes or changes keys.', { sensitive: true }),
  }),
  'ssh-add': reads('-lL', {
    look: (_, { options }) => (options.length > 0 ? undefined : says('configure', 'It hands a key to the agent.')),
  }),
  'ssh-copy-id': always('configure', 'It lets a key in on another machine.', { sensitive: true }),
  'ssh-keyscan': reads('-4cDHv -f: -p: -T: -t: -O:', { sensitive: true, why: 'It connects to another machine.' }),
  sshd: reads('-TtG -C: -f:', {
    look: (_, { options }) =>
      options.some(([name]) => /^-[TtG]$/.test(name)) ? undefined : says('configure', 'It starts a service.'),
  }),
  gpg: reads(
    '-k -K --list-keys --list-secret-keys --list-public-keys --fingerprint --show-keys --with-colons --verify --list-sigs --no-tty --batch --keyid-format: --with-fingerprint',
  ),
  openssl: judgeOpenssl,
  certbot: ({ args }) =>
    /^(certificates|show_account|plugins)$/.test(startOf(args[0] ?? '')) &&
    args
      .slice(1)
      .every((arg) => /^(-d|--cert-name|[\w.*-]+)$/.test(startOf(arg)) && !/^--(?!cert-name)/.test(startOf(arg)))
      ? readsOnly
      : /^(delete|revoke)$/.test(startOf(args[0] ?? ''))
        ? says('destroy', 'It takes a certificate away.')
        : says('configure', 'It fetches certificates.', { sensitive: true }),
};
