import { PveError } from '../pve/error.ts';
import { localHazards } from './local-path.ts';
import { quoted } from './printable.ts';
import { matches } from './risk.ts';
import type { ApiOperation, Assessment, ProposedApi } from './types.ts';

/** The one request that carries a file: POST /nodes/{node}/storage/{storage}/upload. */
export function isUpload({ method, segments }: Pick<ProposedApi, 'method' | 'segments'>): boolean {
  return method === 'POST' && matches('/nodes/{node}/storage/{storage}/upload', segments);
}

/**
 * The file of this machine that a request is to carry. The gate itself reads it and tells the node its checksum; the name is
 * one that Proxmox VE takes as it is, for it would turn any other into one that nobody was asked about.
 * @throws PveError `invalid_argument`
 */
export function checkedFile(proposed: ProposedApi): Pick<ApiOperation, 'localFile'> {
  const { localFile, params = {} } = proposed;
  if (localFile === undefined) return {};
  if (!isUpload(proposed)) throw refused(`${proposed.method} /${proposed.segments.join('/')} carries no file`);
  const { filename, checksum, 'checksum-algorithm': algorithm } = params;
  if (checksum !== undefined || algorithm !== undefined) throw refused('The checksum is made of the file itself');
  if (typeof filename !== 'string' || !/^[A-Za-z0-9_.-]{1,255}$/.test(filename))
    throw refused('A file on a storage needs a filename of letters, digits, dots, "-" and "_"');
  return { localFile: { path: localFile } };
}

/** What leaves this machine, in words. */
export function leavesText({ localFile }: ApiOperation): string {
  if (localFile === undefined) return '';
  const { path, size, sha256 } = localFile;
  const known = size === undefined ? '' : ` (${size} bytes, SHA-256 ${sha256})`;
  return ` The file leaves this machine: ${quoted(path, Number.POSITIVE_INFINITY)}${known}.`;
}

/** What the path on this machine says against it. */
export function fileHazards({ localFile }: ApiOperation): string[] {
  return localFile === undefined ? [] : localHazards(localFile.path, 'upload');
}

/** What of an upload is not as it was when it was asked about. */
export function uploadDiffers(before: Assessment, now: Assessment): string | undefined {
  const [was, is] = [fileOf(before), fileOf(now)];
  if (was?.path !== is?.path || was?.sha256 !== is?.sha256)
    return `${quoted(was?.path ?? '', 4096)} on this machine holds something else now.`;
  const { replaces } = now.facts;
  if (before.facts.replaces === replaces) return undefined;
  if (replaces === '') return 'What was to be replaced is gone.';
  return `${replaces ?? 'Perhaps a file of this name'} is there now.`;
}

function fileOf({ operation }: Assessment): ApiOperation['localFile'] {
  return operation.kind === 'api' ? operation.localFile : undefined;
}

function refused(message: string): PveError {
  return new PveError({ code: 'invalid_argument', message, hint: 'Nothing was sent. Correct it.', reason: [] });
}
