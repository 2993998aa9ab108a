import { PveError } from './error.ts';
import {
  checkRemotePath,
  type FileLook,
  fileTrouble,
  sha256Of,
  transferEnded,
  type UploadOptions,
} from './remote-file.ts';

/** How a script of this file runs where the file is to be, as root. */
export interface Hands {
  /** @returns what it wrote; its exit code is in what it says */
  run(script: string, args: readonly string[], signal: AbortSignal): Promise<Said>;
  /** Runs `begin`, and keeps its folder until `close`, which removes it whatever has happened. */
  open(args: readonly string[], signal: AbortSignal): Promise<Said & { close(): Promise<void> }>;
  /** Writes a new file into that folder. @returns what was said about it, if anything */
  carry(bytes: Buffer, file: string, signal: AbortSignal): Promise<readonly string[]>;
}
export interface Said {
  readonly stdout: string;
  readonly stderr: string;
}

/** Looks at a path by a script. */
export async function lookAt({ run }: Pick<Hands, 'run'>, path: string, signal: AbortSignal): Promise<FileLook> {
  checkRemotePath(path);
  const { stdout, stderr } = await run(lookScript, [path], signal);
  const [, word = '', rest = ''] = /^(\S+) ?(.*?)\n?$/s.exec(stdout) ?? [];
  if (word === 'missing' || word === 'folder' || word === 'special') return { kind: word };
  if (word === 'elsewhere') return { kind: 'elsewhere', path: rest };
  const [size, mode, owner] = rest.split(' ');
  if (word !== 'file' || size === undefined || mode === undefined || owner === undefined)
    throw fileTrouble('', path, lines(stderr));
  return { kind: 'file', size: Number(size), mode: Number.parseInt(mode, 8), owner };
}

/**
 * Compares what was read with what is at the path itself, not where a link led for a moment. What was appended meanwhile
 * does no harm. Files of the kernel say that they are empty, and each look at them shows something else.
 * @param size as it was before reading
 * @throws PveError `changed`
 */
export async function verifyRead(
  { run }: Pick<Hands, 'run'>,
  path: string,
  bytes: Buffer,
  size: number,
  signal: AbortSignal,
): Promise<void> {
  const { stdout } = await run(verifyScript, [path, String(bytes.length)], signal);
  const isSame = size === 0 ? stdout !== '' : bytes.length >= size && stdout === `${sha256Of(bytes)}  -\n`;
  if (!isSame) throw fileTrouble('changed', path);
}

/**
 * Puts a file in its place: into a private folder beside it, then checked there, given its mode and owner, and only then
 * moved, so that it is whole or not there. Nothing of it is left behind.
 * @throws PveError as `RemoteFiles` says
 */
export async function placeFile(
  hands: Hands,
  bytes: Buffer,
  path: string,
  options: UploadOptions,
  signal: AbortSignal,
): Promise<void> {
  checkRemotePath(path);
  const { mode, owner = '', overwrite, sha256 } = options;
  if (sha256Of(bytes) !== sha256) throw fileTrouble('checksum', path);
  if (!/^([A-Za-z0-9_][\w.-]*(:[A-Za-z0-9_][\w.-]*)?)?$/.test(owner)) throw noOwner(owner);
  const folder = await hands.open([path, overwrite ? '1' : '0'], signal);
  try {
    const [, temp] = /^temp (\/.*)\n$/s.exec(folder.stdout) ?? [];
    if (temp === undefined) throw fileTrouble(folder.stdout.trim(), path, lines(folder.stderr));
    const said = await hands.carry(bytes, `${temp}/file`, signal);
    if (signal.aborted) throw transferEnded('cancelled');
    const args = [temp, path, sha256, mode === undefined ? '' : mode.toString(8), owner, overwrite ? '1' : '0'];
    const { stdout, stderr } = await hands.run(finishScript, args, signal).catch((cause: unknown) => {
      throw mayBeThere(cause, path);
    });
    if (stdout !== 'done\n') throw fileTrouble(stdout.trim(), path, [...said, ...lines(stderr)]);
  } finally {
    await folder.close();
  }
}

const realFolder = `folder=\${1%/*}
[ -d "$folder/" ] || { echo no-folder; exit 0; }
real=$(readlink -f -- "$folder/")
[ "$real" = "\${folder:-/}" ] || { echo "elsewhere \${real%/}/\${1##*/}"; exit 0; }
[ ! -L "$1" ] || { echo "elsewhere $(readlink -f -- "$1")"; exit 0; }
`;

const lookScript = `[ -e "$1" ] || [ -L "$1" ] || { echo missing; exit 0; }
${realFolder}if [ -d "$1" ]; then echo folder; elif [ -f "$1" ]; then echo "file $(stat -c '%s %a %u:%g' -- "$1")"; else echo special; fi`;

/** Arguments: the path, and how many bytes. Says nothing when what was opened is not what the path names. */
const verifyScript = '{ [ "$(readlink /proc/self/fd/0)" = "$1" ] && head -c "$2" | sha256sum; } < "$1"';

/** Arguments: the path, and 1 where a file may be replaced. */
export const beginScript = `${realFolder}if [ -e "$1" ]; then
  if [ -d "$1" ]; then echo folder; exit 0; fi
  [ -f "$1" ] || { echo special; exit 0; }
  [ "$2" = 1 ] || { echo exists; exit 0; }
fi
umask 077
temp=$(mktemp -d "$folder/.proxmox-XXXXXXXX") || exit 1
`;

/** Arguments as of `begin`, which it is, but for staying (see `stayScript`). */
export const keepScript = stayScript(beginScript);

/**
 * Makes a folder, tells it, and stays until its input ends, which it also does when the connection is lost; then it removes
 * the folder.
 * @param make sets `temp`
 */
export function stayScript(make: string): string {
  return `temp=
trap '[ -z "$temp" ] || rm -rf -- "$temp"' EXIT
trap 'exit 1' HUP INT TERM PIPE
umask 077
${make}
echo "temp $temp"
cat >/dev/null`;
}

/**
 * Arguments: the folder, the path, checksum, mode, owner, and 1 where a file may be replaced. It goes into the folder first:
 * who owns the one around may put another in its place, whose `file` is a link to what they would like to be given.
 */
const finishScript = `temp=$1 sum="$3  -" mode=$4 owner=$5 overwrite=$6
set -- "$2"
${realFolder}cd -- "$temp" && [ -O . ] && [ -f file ] && [ ! -L file ] || { echo checksum; exit 0; }
[ "$(sha256sum < file)" = "$sum" ] || { echo checksum; exit 0; }
if [ -f "$1" ]; then
  [ -n "$mode" ] || mode=$(stat -c %a -- "$1")
  [ -n "$owner" ] || owner=$(stat -c %u:%g -- "$1")
fi
[ -z "$owner" ] || chown -- "$owner" file || exit 1
chmod -- "\${mode:-644}" file || exit 1
if [ "$overwrite" != 1 ]; then
  ln -- file "$1" || { [ ! -e "$1" ] || echo exists; exit 1; }
elif [ -d "$1" ]; then echo folder; exit 0
else mv -f -- file "$1" || exit 1
fi
if [ "$(sha256sum < "$1")" = "$sum" ]; then echo done; else echo replaced; fi`;

/** The last script was under way: it may have put the file in its place all the same. */
function mayBeThere(cause: unknown, path: string): unknown {
  if (!(cause instanceof PveError)) return cause;
  const hint = `Look at ${path}: it is as it was, or whole as it was sent.`;
  return new PveError({ ...cause.data, hint, mayHaveRun: true }, { cause });
}

function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function noOwner(owner: string): PveError {
  const hint = 'Give a user, or user:group.';
  return new PveError({
    code: 'invalid_argument',
    message: `${JSON.stringify(owner)} is no owner of a file`,
    hint,
    reason: [],
  });
}
