import { type Declared, declared } from './api.ts';
import { type ParameterSpec, vmid } from './parameters.ts';

/** Where a node serves the document of its API, to whoever asks. */
export const apidocPath = '/pve-docs/api-viewer/apidoc.js';

interface Entry {
  readonly path: string;
  readonly text: string;
  readonly info: Record<string, unknown>;
  leaf: 0 | 1;
  children?: Entry[];
}

/** The document of the API, made of the demo's own routes in PVE's shape: a tree of paths, and code behind it. */
export function apidoc(): string {
  const top: Entry[] = [];
  for (const route of declared) entryOf(top, route.path).info[route.method] = describe(route);
  return `const apiSchema = ${JSON.stringify(top, null, 3)}\n;\n${codeBehind}`;
}

/** What follows is for browsers, and no data. */
const codeBehind = `let method2cmd = { GET: 'get', POST: 'create', PUT: 'set', DELETE: 'delete' };
Ext.onReady(function () { Ext.create('Ext.container.Viewport', { items: [{ html: '<b>[demo cluster]</b>' }] }); });
`;

function entryOf(top: Entry[], path: string): Entry {
  const names = path.slice(1).split('/');
  let level = top;
  let here: Entry | undefined;
  for (const [depth, text] of names.entries()) {
    const own = `/${names.slice(0, depth + 1).join('/')}`;
    const found = level.find((entry) => entry.path === own) ?? { path: own, text, info: {}, leaf: 1 };
    if (!level.includes(found)) level.push(found);
    if (here !== undefined) Object.assign(here, { leaf: 0, children: level });
    here = found;
    level = found.children ?? [];
  }
  if (here === undefined) throw new TypeError(`${path} is no path`);
  return here;
}

function describe({ method, parameters, privilege, open, rootOnly, ticketOnly }: Declared): unknown {
  const properties = Object.entries(parameters).map(([name, spec]) => [name, describeParameter(name, spec)] as const);
  const permissions =
    privilege === undefined
      ? { user: open === true ? 'world' : 'all' }
      : { check: ['perm', privilege.at, privilege.any, 'any', 1] };
  return {
    method,
    allowtoken: ticketOnly === true ? 0 : 1,
    parameters: { additionalProperties: 0, properties: Object.fromEntries(properties) },
    ...(rootOnly === true ? {} : { permissions }),
    returns: { type: 'null' },
  };
}

function describeParameter(name: string, spec: ParameterSpec): unknown {
  const { type, many, required, values, minimum, maximum, minLength, maxLength } = spec;
  const bounds = { minimum, maximum, minLength, maxLength, enum: values, format: formatOf(name, spec) };
  const one = { type, ...bounds };
  return { ...(many === true ? { type: 'array', items: one } : one), optional: required === true ? 0 : 1 };
}

function formatOf(name: string, spec: ParameterSpec): string | undefined {
  if (spec === vmid || name === 'vmid') return spec.type === 'integer' ? 'pve-vmid' : undefined;
  return name === 'node' ? 'pve-node' : undefined;
}
