import { anything, startOf, textOf } from '../arg.ts';
import { given, optionTable } from '../options.ts';
import { says } from '../rule.ts';
import { spaced, type Wrapper } from './unwrap.ts';

const ssh = optionTable(
  '-46AaCfGgKkMNnqsTtVvXxYy -B: -b: -c: -D: -E: -e: -F: -I: -i: -J: -L: -l: -m: -O: -o: -P: -p: -Q: -R: -S: -W: -w:',
);

/** Options that make this machine run or open something. */
const acting = /^-[ADELMRWXYOSwF]$/;
/** Values of `-o` that only shape how it connects. */
const harmless =
  /^(BatchMode|ConnectTimeout|ConnectionAttempts|StrictHostKeyChecking|LogLevel|ServerAlive\w+|User|Port|PasswordAuthentication|IdentitiesOnly|HostKeyAlias|AddressFamily|Compression|RequestTTY|PreferredAuthentications|NumberOfPasswordPrompts)[= ]/i;

/** The other machine's shell gets the words as one text. It may be any node of the cluster: what it runs counts as run on one. */
const remoteShell: Wrapper = (call, around) => {
  const found = given(call.args, ssh, true);
  const [host, ...rest] = found.operands;
  // Options may stand after the host too.
  const after = given(rest, ssh, true);
  const options = [...found.options, ...(startOf(rest[0] ?? '').startsWith('-') ? after.options : [])];
  const command = startOf(rest[0] ?? '').startsWith('-') ? after.operands : rest;
  const runs = options.flatMap(([name, value]) =>
    name === '-o' && !harmless.test(textOf(value) ?? '') ? [textOf(value) ?? ''] : [],
  );
  const acts = found.unknown[0] ?? options.find(([name]) => acting.test(name))?.[0] ?? runs[0];
  const why =
    acts === undefined ? 'It runs what follows on another machine.' : `ssh ${acts} makes this machine do more.`;
  const own = says(acts === undefined && host !== undefined && textOf(host) !== undefined ? 'read' : 'configure', why, {
    sensitive: true,
  });
  const local = runs.map((text) => ({
    script: text.replace(/^\w+[= ]\s*/, ''),
    input: around.carried,
    guess: true as const,
  }));
  if (host === undefined) return { own: says('configure', 'ssh is given no machine.'), inner: local };
  if (command.length > 0)
    return { own, inner: [...local, { script: spaced(command), input: around.carried, place: 'host' }] };
  if (options.some(([name]) => name === '-N'))
    return { own: says('configure', 'It keeps a connection open.', { sensitive: true }), inner: local };
  return { own, inner: [...local, { script: anything, input: around.input, place: 'host' }] };
};

/** Programs that run something on another machine. */
export const remote: Readonly<Record<string, Wrapper>> = { ssh: remoteShell, slogin: remoteShell };
