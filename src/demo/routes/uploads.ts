import { seconds } from '../clock.ts';
import { failure, TaskFailure, wrongParameters } from '../errors.ts';
import type { UploadedFile } from '../multipart.ts';
import { type ParameterSpec, text } from '../parameters.ts';
import { type Call, nodeOf, type Reply, type Route, required } from '../route.ts';
import type { Storage, Volume } from '../state.ts';
import { startTask } from '../tasks.ts';
import { duration } from '../workers.ts';
import { storageOf } from './storage.ts';

const needed: ParameterSpec = { ...text, required: true };
const kinds = ['iso', 'vztmpl', 'import'] as const;
type Kind = (typeof kinds)[number];

/** A file that comes with the request itself. */
export const uploadRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/nodes/{node}/storage/{storage}/upload',
    privilege: { at: '/storage/{storage}', any: ['Datastore.AllocateTemplate'] },
    // Whichever node gets it copies the file to the one that the path names.
    anywhere: true,
    parameters: {
      content: { ...needed, values: kinds },
      filename: { ...needed, maxLength: 255 },
      checksum: text,
      'checksum-algorithm': { ...text, values: ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'] },
    },
    answer: upload,
  },
];

/** Whether a request may carry a file. */
export function isUpload(method: string, path: string): boolean {
  return method === 'POST' && /^\/nodes\/[^/]+\/storage\/[^/]+\/upload$/.test(path);
}

function upload(call: Call): Reply {
  const { world, who, parameters, file } = call;
  const storage = storageOf(call);
  const kind = kinds.find((one) => one === parameters.text('content')) ?? 'iso';
  const name = required(parameters, 'filename')
    .replace(/^.*[/\\]/, '')
    .replace(/[^\w.-]/g, '_');
  const { path } = storage.options;
  if (path === undefined) throw failure(`can't upload to storage type '${storage.type}'`);
  if (file === undefined) throw failure('missing temporary file name');
  if (!endings[kind].test(name)) throw wrongParameters({ filename: 'wrong file extension' });
  if (!storage.content.split(',').includes(kind))
    throw failure(`storage '${storage.id}' does not support '${kind}' content`);
  const target = nodeOf(call);
  if (target.offline) throw failure(`can't activate storage '${storage.id}' on node '${target.name}'`);
  const lines = [
    'starting file import from: /var/tmp/pveupload-0123456789abcdef',
    'calculating checksum...OK, checksum verified',
    `target node: ${target.name}`,
    `target file: ${path}/${folders[kind]}/${name}`,
    `file size is: ${file.size}`,
    'finished file import successfully',
  ];
  const plan = {
    node: world.local,
    type: 'imgcopy',
    id: '',
    who,
    takes: duration.copy,
    lines: lines.map((line, index) => ({ at: index * 100, text: () => line })),
    check: () => checkSum(call, file),
    // One of the same name is replaced without a word.
    effect: () => put(storage, { kind, name, size: file.size, ctime: seconds(world.clock.now()) }),
  };
  return { data: startTask(world, plan) };
}

const endings = {
  iso: /\.(iso|img)$/i,
  vztmpl: /\.tar\.(gz|xz|zst|bz2)$/i,
  import: /\.(ova|ovf|qcow2|raw|vmdk)$/i,
} as const;
const folders = { iso: 'template/iso', vztmpl: 'template/cache', import: 'import' } as const;

function checkSum({ parameters }: Call, { sum }: UploadedFile): void {
  const expected = parameters.text('checksum');
  if (expected !== undefined && expected.toLowerCase() !== sum)
    throw new TaskFailure(`checksum mismatch: got '${sum}' != expect '${expected}'`);
}

function put(
  storage: Storage,
  { kind, name, ...file }: Pick<Volume, 'size' | 'ctime'> & { readonly kind: Kind; readonly name: string },
): void {
  const volid = `${storage.id}:${kind}/${name}`;
  const format = kind === 'iso' ? 'iso' : name.replace(/^.*\.tar\./, 't').replace(/^.*\./, '');
  const made: Volume = { volid, content: kind, format, ...file };
  storage.volumes = [...storage.volumes.filter((each) => each.volid !== volid), made];
}
