import { type Arg, startOf, textOf } from '../arg.ts';
import { judgeSql } from '../programs/sql.ts';
import { always, each, free, plainOperands, type Rule, type Rules, reads, readsOnly, says } from '../rule.ts';
import type { RuleVerdict } from '../types.ts';

/** Options that make a client of a database write, run or read something else. */
const acting =
  /^(--(te|ini|pag|plu|def|logi|log-|out|fi|se|va|no-ps)[\w-]*|-[Lof][^=]*|--?(tee|init-command|pager|plugin\w*|defaults\S*|login-path|ssl\S*|o|output|L|log-file|f|file|v|set|variable|cmd|init|A|archive|append|safe|newline|zip)(=|$))/;

/** The texts that stand behind an option, glued to it or as the next word. */
function texts(args: readonly Arg[], flags: RegExp): (string | undefined)[] {
  return args.flatMap((arg, index) => {
    const word = startOf(arg);
    const glued = flags.exec(word)?.[0];
    if (glued === undefined) return [];
    const rest = word.slice(glued.length).replace(/^=/, '');
    return [rest === '' ? textOf(args[index + 1]) : textOf(arg)?.slice(glued.length).replace(/^=/, '')];
  });
}

function judged(statements: readonly (string | undefined)[], args: readonly Arg[]): RuleVerdict {
  if (statements.length === 0) return says('configure', 'It opens a database.');
  const verdicts = statements.map((text) =>
    text === undefined ? says('configure', 'Only the run will tell what it asks.') : judgeSql(text),
  );
  const worst = verdicts.find(({ risk }) => risk === 'destroy') ?? verdicts.find(({ risk }) => risk !== 'read');
  if (worst !== undefined) return worst;
  return args.some((arg) => acting.test(startOf(arg)) || typeof arg !== 'string')
    ? says('configure', 'It may do more than ask.')
    : readsOnly;
}

const mysql: Rule = ({ args }) =>
  judged(
    texts(args, /^(-[a-zA-Z]*e|--execute)/),
    args.filter((arg) => !/^-[vV]+$/.test(startOf(arg))),
  );
const psql: Rule = ({ args }) =>
  args.some((arg) => /^(-l|--list)$/.test(startOf(arg))) && !args.some((arg) => acting.test(startOf(arg)))
    ? readsOnly
    : judged(texts(args, /^(-[a-zA-Z]*c|--command)/), args);

const sqlite: Rule = ({ args }) => {
  const words = args.filter(
    (arg, index) => !startOf(arg).startsWith('-') && !/^-(separator|nullvalue)$/.test(startOf(args[index - 1] ?? '')),
  );
  const verdict = judged(words.slice(1).map(textOf), args);
  const safe =
    args.some((arg) => startOf(arg) === '-readonly') || !words.slice(1).some((word) => /pragma/i.test(startOf(word)));
  return verdict.risk === 'read' && !safe ? says('configure', 'It may change a database.') : verdict;
};

/** `redis-cli`: the words are one command. */
const redis: Rule = ({ args }) => {
  const words: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const word = startOf(args[at] ?? '');
    if (/^(-h|-p|-a|-n|-u|-s|-r|-i|--user|--pass)$/.test(word)) at++;
    else if (!/^-/.test(word)) words.push(word);
    else if (/^--(eval|pipe|rdb|cluster|functions-rdb)/.test(word))
      return says('configure', 'It may change a database.');
  }
  const verb = (words[0] ?? '').toLowerCase();
  if (
    /^(flushall|flushdb|del|unlink|shutdown|swapdb|failover|debug|getdel|spop|lpop|rpop|ltrim|hdel|srem|zrem|xdel|xtrim|expire|restore|script|replicaof|slaveof)$/.test(
      verb,
    )
  )
    return says('destroy', 'It removes data from a database.');
  if (/^config get/i.test(words.join(' '))) return { ...readsOnly, sensitive: true };
  const shows =
    /^(info|ping|get|mget|keys|scan|exists|ttl|pttl|type|dbsize|lastsave|llen|lrange|hget|hgetall|hkeys|hlen|scard|smembers|zcard|zrange|strlen|time|role|lindex|sismember|hscan|sscan|zscan)$/;
  if (
    shows.test(verb) ||
    /^(client list|config get|slowlog get|cluster (info|nodes)|command count|latency (latest|doctor)|acl (list|whoami))/i.test(
      words.join(' '),
    )
  )
    return readsOnly;
  return says('configure', 'It may change a database.');
};

const mongo: Rule = ({ args }) => {
  const code = args.map(startOf).join(' ');
  if (/\.(drop\w*|remove|delete\w*|findOneAndDelete|shutdownServer)\s*\(|\bunlink|\brmSync/.test(code))
    return says('destroy', 'It removes data from a database.');
  return says('configure', 'It may change a database.');
};

/** Databases and what keeps them. */
export const databases: Rules = {
  ...each('mysql mariadb', mysql),
  psql: psql,
  ...each('sqlite3 sqlite', sqlite),
  ...each('redis-cli valkey-cli keydb-cli', redis),
  ...each('mongo mongosh', mongo),
  ...each('mysqladmin mariadb-admin', ({ args }) => {
    const words = args.map(startOf).filter((word) => !word.startsWith('-'));
    if (words.some((word) => /^(drop|shutdown|flush)/.test(word)))
      return says('destroy', 'It removes or ends a database.');
    return words.length > 0 &&
      !args.some((arg) => acting.test(startOf(arg))) &&
      words.every((word) => /^(ping|status|extended-status|processlist|variables|version)$/.test(word))
      ? readsOnly
      : says('configure', 'It changes a database.');
  }),
  ...each('mysqldump mariadb-dump pg_dump pg_dumpall mongodump', ({ args }) =>
    args.some((arg) =>
      /^(-f|--file|-o|--out|-r|--result-file|-T|--tab|--delete|--flush|-F|--master-data|--ssl)/.test(startOf(arg)),
    )
      ? says('configure', 'It writes files.', { sensitive: true })
      : { ...readsOnly, sensitive: true, why: 'It reads out a whole database.' },
  ),
  ...each('pg_isready pg_lsclusters pg_config', free),
  ...each('dropdb dropuser pg_dropcluster mysql_install_db', always('destroy', 'It removes a database.')),
  ...each('pg_restore mongorestore', ({ args }) =>
    args.some((arg) => /^(-c|--clean|--drop)/.test(startOf(arg)))
      ? says('destroy', 'It replaces a database.')
      : says('configure', 'It fills a database.'),
  ),
  pg_ctl: ({ args }) =>
    startOf(args[0] ?? '') === 'status' ? readsOnly : says('operate', 'It starts or stops a database.'),
  influx: ({ args }) =>
    /\b(drop|delete)\b/i.test(args.map(startOf).join(' '))
      ? says('destroy', 'It removes data from a database.')
      : says('configure', 'It may change a database.'),
  ...each('clickhouse-client cqlsh', ({ args }) => judged(texts(args, /^(-q|-e|--query|--execute)/), args)),
  ...each('etcdctl consul vault', ({ args }) => {
    const known = plainOperands(
      args,
      '-w: --write-out: --endpoints: --cacert: --cert: --key: --prefix --keys-only --print-value-only -format: -field:',
    );
    const words = known ?? args.map(startOf).filter((word) => !word.startsWith('-'));
    if (
      /^(del|rm|rmdir|delete|destroy)$/.test(words[0] ?? '') ||
      /\b(delete|destroy|remove)\b/.test(words.slice(0, 3).join(' '))
    )
      return says('destroy', 'It removes data.', { sensitive: true });
    return known !== undefined &&
      /^(get|ls|list|status|version|members|member|endpoint|catalog|info|read)$/.test(words[0] ?? '') &&
      !/\b(add|update|promote)\b/.test(words.join(' '))
      ? { ...readsOnly, sensitive: true }
      : says('configure', 'It changes data.', { sensitive: true });
  }),
  rabbitmqctl: ({ args }) =>
    /^(list_\w+|status|cluster_status|environment|report|ping|node_health_check)$/.test(startOf(args[0] ?? ''))
      ? readsOnly
      : /^(reset|force_reset|delete_\w+|purge_queue|stop\w*|forget_cluster_node)$/.test(startOf(args[0] ?? ''))
        ? says('destroy', 'It removes data.')
        : says('configure', 'It changes a queue.'),
  postqueue: ({ args }) =>
    startOf(args[0] ?? '') === '-p' || startOf(args[0] ?? '') === '-j'
      ? readsOnly
      : says('configure', 'It sends what waits.'),
  mailq: reads('', { most: 0 }),
  postsuper: ({ args }) =>
    args.some((arg) => startOf(arg).startsWith('-d'))
      ? says('destroy', 'It removes messages.')
      : says('configure', 'It changes messages.'),
  postconf: ({ args }) =>
    args.every((arg) => /^(-[ndhcpPMFS]+|\w+)$/.test(startOf(arg)))
      ? readsOnly
      : says('configure', 'It changes the mail service.'),
};
