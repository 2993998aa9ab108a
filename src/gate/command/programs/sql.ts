import { readsOnly, says } from '../rule.ts';
import type { RuleVerdict } from '../types.ts';
import { worstScript } from './within.ts';

const destroys =
  /\b(drop|truncate|delete\s+from|delete|flush\s+(logs|tables)|purge\s+binary|reset\s+(master|slave|replica)|shutdown|alter\s+\w+\s+\S+\s+drop)\b/i;
const looks =
  /^(select|show|describe|desc|explain(?!\s+analyze)|use|status|pragma\s+\w+(\(\w+\))?$|values|\\(l|d[tnvisfu]?[+]?|dn|du|l[+]|conninfo|timing|x|q|pset\s+\w+(\s+\w+)?)(\s|$)|\.(tables|schema|databases|indexes|headers|mode|dbinfo|stats)\b|with\b)/i;
const calls =
  /\b(?!(count|sum|min|max|avg|coalesce|lower|upper|length|round|now|version|concat|group_concat|string_agg|array_agg|date_format|date|substr|substring|cast|ifnull|nullif|extract|to_char|distinct|in|values|and|or|exists|any|all|as|on|over|interval|database|user|current_database|pg_size_pretty|pg_database_size|pg_total_relation_size|pg_relation_size|pg_is_in_recovery|pg_stat_get_\w+|char_length|trim|replace|datediff|timestampdiff|unix_timestamp|from_unixtime|json_extract|strftime|datetime|typeof|abs|floor|ceil|where|when|then|using|by|from|select)\s*\()[a-z_]\w*\s*\(/i;

/** A text of SQL, statement by statement. What may write, run or call anything that is not known is no read. */
export function judgeSql(text: string): RuleVerdict {
  const bare = text.replace(/'(?:[^'\\]|''|\\.)*'/g, "''");
  const commands = [
    ...text.matchAll(/(?:\\!|^\s*\.(?:shell|system)|^\s*system)\s*([^\n]*)|\bprogram\s+'([^']*)'/gim),
  ].map(([, shell, program]) => shell ?? program ?? '');
  if (commands.length > 0)
    return worstScript(commands) === 'destroy'
      ? says('destroy', 'It runs something that destroys.')
      : says('configure', 'It runs a command.');
  if (destroys.test(bare)) return says('destroy', 'It removes data from a database.');
  // Commands of the client itself are one line each, of which only the first word is looked at.
  if (/[\\]/.test(bare.replace(/^\s*\\/, '').replace(/\\G\s*;?\s*$/, '')) || /\n\s*\./.test(bare))
    return says('configure', 'It may change a database.');
  const statements = bare
    .split(';')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  const fine = statements.every(
    (one) =>
      looks.test(one) &&
      !calls.test(one) &&
      !/\binto\b|\\[!gowi]|\bfor\s+update\b|\b(insert|update|create|alter|grant|replace|call|do|load|copy|lock|set)\b|--|\/\*/i.test(
        one.replace(/^show\s+create/i, 'show'),
      ),
  );
  return statements.length > 0 && fine ? readsOnly : says('configure', 'It may change a database.');
}
