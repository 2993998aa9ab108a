import { type AgentExecOptions, execInVm, readBytes } from './agent-exec.ts';
import { type AgentPlace, agentPath, patiently, usualPatienceMs } from './agent-ready.ts';
import { type Clock, systemClock } from './clock.ts';
import { PveError } from './error.ts';
import { captured } from './exec-result.ts';
import { inShell } from './guest-command.ts';
import { flag, looseObject } from './loose.ts';
import { beginScript, type Hands, lookAt, placeFile, type Said, verifyRead } from './place-file.ts';
import {
  checkRemotePath,
  type FileLook,
  fileTrouble,
  type RemoteFiles,
  regularFile,
  sha256Of,
  tooLarge,
  transferEnded,
} from './remote-file.ts';
import type { PveParams, Send } from './request.ts';

export interface AgentFilesOptions {
  /** Such a guest is only read from. */
  readonly windows: boolean;
  readonly patienceMs?: number;
  readonly clock?: Clock;
}

/** Bytes of one read: as Latin-1 characters in JSON they may become six times as long. */
const readPiece = 2 * 1024 * 1024;
/** Bytes of one write: PVE takes 61,440 characters of base64. */
const writePiece = 45_000;
/** What is read at once where a part cannot be asked for (before 9.2); larger files are then out of reach. */
const mostAtOnce = 16 * 1024 * 1024;
const largestAnswer = 110 * 1024 * 1024;
const scriptMs = 60_000;

/**
 * The files of a VM, by its guest agent. Reading needs the privilege for files alone; whoever may also run commands gets
 * more certainty: the path is looked at, and the checksum is compared.
 */
export function agentFiles(send: Send, place: AgentPlace, options: AgentFilesOptions): RemoteFiles {
  const { windows, clock = systemClock, patienceMs = usualPatienceMs } = options;
  const run = async (script: string, args: readonly string[], signal: AbortSignal): Promise<Said> => {
    if (windows) throw onlyReads(place);
    const how: AgentExecOptions & { windows: boolean } = {
      signal,
      timeoutMs: scriptMs,
      maxBytes: 65_536,
      patienceMs,
      clock,
      windows,
    };
    const { ended, stdout, stderr } = await execInVm(send, place, { run: { argv: inShell(script, ...args) } }, how);
    if (ended !== 'exit') throw transferEnded(ended);
    return { stdout: captured(stdout).toString('utf8'), stderr: captured(stderr).toString('utf8') };
  };
  const look: RemoteFiles['look'] = (path, signal) => lookAt({ run }, path, signal);

  /** What is there, where commands may be run. */
  const lookIfAllowed = async (path: string, signal: AbortSignal): Promise<FileLook | undefined> => {
    if (windows) return undefined;
    return look(path, signal).catch((cause: unknown) => {
      if (cause instanceof PveError && (cause.code === 'forbidden' || /does not let commands/.test(cause.data.message)))
        return undefined;
      throw cause;
    });
  };
  const readAll = (path: string, maxBytes: number, signal: AbortSignal): Promise<Buffer> =>
    patiently(place, { clock, signal, patienceMs }, () => readPieces(send, place, path, maxBytes, signal));

  const open: Hands['open'] = async (args, signal) => {
    const said = await run(`${beginScript}echo "temp $temp"`, args, signal);
    const [, temp] = /^temp (\/.*)\n$/s.exec(said.stdout) ?? [];
    const close = async (): Promise<void> => {
      // Also after a cancel: what was begun is cleaned up.
      if (temp !== undefined) await run('rm -rf -- "$1"', [temp], new AbortController().signal);
    };
    return { ...said, close };
  };
  const carry: Hands['carry'] = async (bytes, file, signal) => {
    const folder = file.slice(0, file.lastIndexOf('/'));
    const names = await writePieces(send, place, bytes, folder, signal);
    const { stderr } = await run(joinScript, [folder, ...names], signal);
    return stderr === '' ? [] : stderr.trim().split('\n');
  };

  return {
    look,
    async download(path, maxBytes, signal) {
      if (!windows) checkRemotePath(path);
      const found = await lookIfAllowed(path, signal);
      const file = found === undefined ? undefined : regularFile(found, path, maxBytes);
      const bytes = await readAll(path, maxBytes, signal);
      const sha256 = sha256Of(bytes);
      if (file === undefined) return { bytes, sha256 };
      await verifyRead({ run }, path, bytes, file.size, signal);
      return { bytes, sha256, mode: file.mode };
    },
    async upload(bytes, path, how, signal) {
      if (windows) throw onlyReads(place);
      await placeFile({ run, open, carry }, bytes, path, how, signal);
    },
  };
}

async function readPieces(
  send: Send,
  place: AgentPlace,
  path: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for (let more = true; more; ) {
    const { bytes, truncated } = await readPart(
      send,
      place,
      { file: path, offset: size, count: readPiece },
      signal,
    ).catch((cause: unknown) => {
      const isOld =
        cause instanceof PveError && cause.code === 'invalid_argument' && 'count' in (cause.data.fields ?? {});
      if (!isOld || size > 0) throw cause;
      return readPart(send, place, { file: path }, signal);
    });
    pieces.push(bytes);
    size += bytes.length;
    if (size > maxBytes) throw tooLarge(path, maxBytes);
    if (truncated && bytes.length >= mostAtOnce) throw tooLarge(path, mostAtOnce);
    more = truncated && bytes.length > 0;
  }
  return Buffer.concat(pieces);
}

async function readPart(
  send: Send,
  place: AgentPlace,
  params: PveParams,
  signal: AbortSignal,
): Promise<{ bytes: Buffer; truncated: boolean }> {
  try {
    const { data } = await send(
      { method: 'GET', path: agentPath(place, 'file-read'), params },
      { signal, fresh: true, maxBytes: largestAnswer },
    );
    const answer = looseObject(data, 'a file of the guest agent');
    return { bytes: readBytes(answer.content), truncated: flag(answer.truncated) === true };
  } catch (cause) {
    if (!(cause instanceof PveError)) throw cause;
    const said = cause.data.reason.join(' ');
    if (/No such file|cannot find the (file|path)/i.test(said))
      throw fileTrouble('missing', String(params.file), cause.data.reason);
    if (/Is a directory/i.test(said)) throw fileTrouble('folder', String(params.file), cause.data.reason);
    throw cause;
  }
}

/** Arguments: the folder, and the names of the pieces in order. */
const joinScript = 'umask 077; cd -- "$1" && shift && cat -- /dev/null "$@" > file';

/** Each piece is a file of its own, for a write by the agent replaces what is there. */
async function writePieces(
  send: Send,
  place: AgentPlace,
  bytes: Buffer,
  folder: string,
  signal: AbortSignal,
): Promise<string[]> {
  const names: string[] = [];
  for (let at = 0; at < bytes.length; at += writePiece) {
    if (signal.aborted) throw transferEnded('cancelled');
    const name = String(names.length);
    const content = bytes.subarray(at, at + writePiece).toString('base64');
    const params = { file: `${folder}/${name}`, content, encode: false };
    await send({ method: 'POST', path: agentPath(place, 'file-write'), params });
    names.push(name);
  }
  return names;
}

function onlyReads({ vmid }: AgentPlace): PveError {
  const hint =
    'Files can be read from a Windows guest, and not written safely: its agent has no way to check and move them.';
  return new PveError({ code: 'not_implemented', message: `VM ${vmid} runs Windows`, hint, reason: [] });
}
