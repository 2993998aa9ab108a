import { createHash } from 'node:crypto';
import { failure, wrongParameters } from '../errors.ts';
import { flag, splitList, text, whole } from '../parameters.ts';
import { type Call, nodeOf, type Reply, type Route, required } from '../route.ts';
import { startTask } from '../tasks.ts';
import { duration } from '../workers.ts';
import { domain } from './system.ts';

const changes = { at: '/nodes/{node}', any: ['Sys.Modify'] };
const looks = { at: '/nodes/{node}', any: ['Sys.Audit'] };
const datacenter = '/cluster/options';
const texts =
  'description mac_prefix tag-style keyboard language email_from http_proxy bwlimit migration ha crs max_workers next-id consent-text'.split(
    ' ',
  );
const nodeTexts = 'description location acme wakeonlan'.split(' ');
const repositoryFile = '/etc/apt/sources.list.d/proxmox.sources';
const handles: Readonly<Record<string, string>> = {
  enterprise: 'Enterprise',
  'no-subscription': 'No-Subscription',
  test: 'Test',
};

/** Options of the datacenter and of nodes, package sources and certificates. */
export const nodeSettingRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: datacenter,
    privilege: { at: '/', any: ['Sys.Audit'] },
    answer: ({ world }) => ({ data: world.cluster.settings.get(datacenter) ?? options }),
  },
  {
    method: 'PUT',
    path: datacenter,
    privilege: { at: '/', any: ['Sys.Modify'] },
    parameters: { ...Object.fromEntries(texts.map((name) => [name, text])), delete: text },
    answer: ({ world, parameters }) => {
      const known = world.cluster.settings.get(datacenter) ?? options;
      const sent = texts.flatMap((name) =>
        parameters.has(name) ? [[name, optionValue(name, parameters.text(name) ?? '')] as const] : [],
      );
      world.cluster.settings.set(
        datacenter,
        without({ ...known, ...Object.fromEntries(sent) }, parameters.text('delete')),
      );
      return { data: null };
    },
  },
  {
    method: 'GET',
    path: '/nodes/{node}/config',
    privilege: looks,
    parameters: { property: text },
    answer: (call) => ({ data: { ...configOf(call), digest: digestOf(configOf(call)) } }),
  },
  {
    method: 'PUT',
    path: '/nodes/{node}/config',
    privilege: changes,
    parameters: {
      ...Object.fromEntries(nodeTexts.map((name) => [name, text])),
      'startall-onboot-delay': whole,
      'ballooning-target': whole,
      delete: text,
      digest: text,
    },
    answer: changeConfig,
  },
  {
    method: 'GET',
    path: '/nodes/{node}/dns',
    privilege: looks,
    answer: (call) => ({ data: stored(call, 'dns') ?? { search: domain, dns1: '10.20.0.1' } }),
  },
  {
    method: 'PUT',
    path: '/nodes/{node}/dns',
    privilege: changes,
    parameters: { search: { ...text, required: true }, dns1: text, dns2: text, dns3: text },
    // What is not sent is forgotten.
    answer: (call) =>
      store(
        call,
        'dns',
        Object.fromEntries(
          ['search', 'dns1', 'dns2', 'dns3'].flatMap((name) =>
            call.parameters.has(name) ? [[name, call.parameters.text(name)]] : [],
          ),
        ),
      ),
  },
  {
    method: 'GET',
    path: '/nodes/{node}/apt/repositories',
    privilege: looks,
    answer: (call) => ({ data: repositories(call) }),
  },
  {
    method: 'PUT',
    path: '/nodes/{node}/apt/repositories',
    privilege: changes,
    parameters: { handle: { ...text, required: true }, digest: text },
    answer: addRepository,
  },
  {
    method: 'POST',
    path: '/nodes/{node}/apt/repositories',
    privilege: changes,
    parameters: { path: { ...text, required: true }, index: { ...whole, required: true }, enabled: flag, digest: text },
    answer: switchRepository,
  },
  {
    method: 'POST',
    path: '/nodes/{node}/apt/update',
    privilege: changes,
    parameters: { notify: flag, quiet: flag },
    answer: (call) => worker(call, 'aptupdate'),
  },
  {
    method: 'POST',
    path: '/nodes/{node}/certificates/acme/certificate',
    privilege: changes,
    parameters: { force: flag },
    answer: noAcme,
  },
  {
    method: 'PUT',
    path: '/nodes/{node}/certificates/acme/certificate',
    privilege: changes,
    parameters: { force: flag },
    answer: noAcme,
  },
  {
    method: 'DELETE',
    path: '/nodes/{node}/certificates/custom',
    privilege: changes,
    parameters: { restart: flag },
    answer: () => ({ data: null }),
  },
];

const options = {
  description: 'Demo cluster: nothing here is real\n',
  mac_prefix: 'BC:24:11',
  'tag-style': { 'color-map': 'prod:1f883d;dev:0969da' },
  'allowed-tags': ['db', 'dev', 'infra', 'mail', 'prod', 'template', 'web'],
};

/** Property strings are told in parts. */
function optionValue(name: string, value: string): unknown {
  if (!['tag-style', 'bwlimit', 'migration', 'ha', 'crs', 'next-id'].includes(name)) return value;
  return Object.fromEntries(value.split(',').map((part) => part.split('=')));
}

function without(settings: Readonly<Record<string, unknown>>, gone = ''): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !splitList(gone).includes(name)));
}

function key(call: Call, what: string): string {
  return `/nodes/${nodeOf(call).name}/${what}`;
}

function stored(call: Call, what: string): Readonly<Record<string, unknown>> | undefined {
  return call.world.cluster.settings.get(key(call, what));
}

function store(call: Call, what: string, settings: Readonly<Record<string, unknown>>): Reply {
  call.world.cluster.settings.set(key(call, what), settings);
  return { data: null };
}

function configOf(call: Call): Readonly<Record<string, unknown>> {
  return stored(call, 'config') ?? { description: `${nodeOf(call).name} of the demo cluster\n` };
}

function changeConfig(call: Call): Reply {
  const { parameters } = call;
  const known = configOf(call);
  const digest = parameters.text('digest');
  if (digest !== undefined && digest !== digestOf(known))
    throw failure('detected modified configuration - file changed by other user? Try again.');
  const texts = nodeTexts.flatMap((name) => (parameters.has(name) ? [[name, parameters.text(name)]] : []));
  const numbers = ['startall-onboot-delay', 'ballooning-target'].flatMap((name) =>
    parameters.has(name) ? [[name, parameters.number(name)]] : [],
  );
  return store(
    call,
    'config',
    without({ ...known, ...Object.fromEntries([...texts, ...numbers]) }, parameters.text('delete')),
  );
}

function digestOf(value: unknown): string {
  return createHash('sha1').update(JSON.stringify(value)).digest('hex');
}

/** Handle → whether it is enabled. */
function sourcesOf(call: Call): Readonly<Record<string, unknown>> {
  return stored(call, 'apt') ?? { enterprise: true };
}

function repositories(call: Call): Record<string, unknown> {
  const known = sourcesOf(call);
  const own = Object.entries(known).map(([handle, enabled]) => ({
    Types: ['deb'],
    URIs: ['https://packages.example.test/debian/pve'],
    Suites: ['trixie'],
    Components: [`pve-${handle}`],
    Enabled: enabled === true ? 1 : 0,
    FileType: 'sources',
  }));
  return {
    files: [{ path: repositoryFile, 'file-type': 'sources', repositories: own }],
    'standard-repos': Object.entries(handles).map(([handle, name]) => {
      const enabled = known[handle];
      return { handle, name, ...(enabled === undefined ? {} : { status: enabled === true ? 1 : 0 }) };
    }),
    infos: [],
    errors: [],
    digest: digestOf(known),
  };
}

function checkSources(call: Call): void {
  const digest = call.parameters.text('digest');
  if (digest !== undefined && digest !== digestOf(sourcesOf(call))) throw failure('configuration changed');
}

function addRepository(call: Call): Reply {
  checkSources(call);
  const handle = required(call.parameters, 'handle');
  if (!Object.hasOwn(handles, handle)) throw wrongParameters({ handle: `unknown repository handle '${handle}'` });
  return store(call, 'apt', { ...sourcesOf(call), [handle]: true });
}

function switchRepository(call: Call): Reply {
  checkSources(call);
  const handle = Object.keys(sourcesOf(call))[call.parameters.number('index') ?? -1];
  if (call.parameters.text('path') !== repositoryFile || handle === undefined) throw failure('invalid repository');
  return store(call, 'apt', { ...sourcesOf(call), [handle]: call.parameters.flag('enabled') });
}

function worker(call: Call, type: string): Reply {
  const own = { node: nodeOf(call).name, type, id: '', who: call.who };
  return { data: startTask(call.world, { ...own, takes: duration.moment, effect: () => undefined }) };
}

function noAcme(): Reply {
  throw failure('no ACME domains configured for this node');
}
