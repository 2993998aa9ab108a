import { seconds } from '../clock.ts';
import { ApiError, permissionDenied } from '../errors.ts';
import { flag, type ParameterSpec, text } from '../parameters.ts';
import { type Call, callerMay, callerMust, nodeOf, type Reply, type Route, required } from '../route.ts';
import type { Volume } from '../state.ts';
import { startTask } from '../tasks.ts';
import { duration } from '../workers.ts';
import { storageOf } from './storage.ts';

const needed: ParameterSpec = { ...text, required: true };

/** What comes onto a storage from elsewhere: downloads, images of registries, templates. */
export const downloadRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/nodes/{node}/storage/{storage}/download-url',
    privilege: { at: '/storage/{storage}', any: ['Datastore.AllocateTemplate'] },
    parameters: {
      url: needed,
      content: { ...needed, values: ['iso', 'vztmpl', 'import'] },
      filename: { ...needed, maxLength: 255 },
      checksum: text,
      'checksum-algorithm': text,
      compression: text,
      'verify-certificates': flag,
    },
    answer: download,
  },
  {
    method: 'POST',
    path: '/nodes/{node}/storage/{storage}/oci-registry-pull',
    privilege: { at: '/storage/{storage}', any: ['Datastore.AllocateTemplate'] },
    parameters: { reference: needed, filename: text },
    answer: pull,
  },
  {
    method: 'POST',
    path: '/nodes/{node}/aplinfo',
    parameters: { storage: needed, template: needed },
    answer: (call) => {
      callerMust(call, `/storage/${required(call.parameters, 'storage')}`, 'Datastore.AllocateTemplate');
      return fetched(call, 'vztmpl', required(call.parameters, 'template'), `the template index`);
    },
  },
];

function download(call: Call): Reply {
  const storage = storageOf(call);
  const { parameters } = call;
  const node = nodeOf(call).name;
  const mayReach = callerMay(call, `/nodes/${node}`, 'Sys.AccessNetwork') || callerMay(call, '/', 'Sys.Modify');
  if (!mayReach) throw permissionDenied(`/nodes/${node}`, ['Sys.AccessNetwork']);
  const content = required(parameters, 'content');
  if (!storage.content.split(',').includes(content)) {
    throw new ApiError(400, 'Parameter verification failed.\n', {
      storage: `storage '${storage.id}' is not configured for content-type '${content}'`,
    });
  }
  return fetched(
    call,
    content === 'iso' ? 'iso' : 'vztmpl',
    required(parameters, 'filename'),
    required(parameters, 'url'),
  );
}

/** An image of a registry is kept as a template, named after its reference unless a name is given. */
function pull(call: Call): Reply {
  const reference = required(call.parameters, 'reference');
  const name = call.parameters.text('filename') ?? reference.replace(/^.*\//, '').replace(':', '_');
  return fetched(call, 'vztmpl', `${name}.tar`, reference);
}

function fetched(call: Call, kind: 'iso' | 'vztmpl', name: string, from: string): Reply {
  const { world, who } = call;
  const storage = storageOf(call);
  const volid = `${storage.id}:${kind}/${name}`;
  const effect = (): void => {
    const made: Volume = {
      volid,
      content: kind,
      format: kind === 'iso' ? 'iso' : 'tzst',
      size: 734_003_200,
      ctime: seconds(world.clock.now()),
    };
    storage.volumes = [...storage.volumes.filter((each) => each.volid !== volid), made];
  };
  const lines = [
    { at: 0, text: () => `downloading ${from} to ${storage.options.path}/template/${kind}/${name}` },
    { at: duration.copy - 100, text: () => 'download of file finished' },
  ];
  const own = { node: nodeOf(call).name, type: 'download', id: storage.id, who, lines };
  return { data: startTask(world, { ...own, takes: duration.copy, effect }) };
}
