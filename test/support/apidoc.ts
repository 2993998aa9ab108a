import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { methodsAt } from '../../src/pve/apidoc.ts';
import type { ApiSchema } from '../../src/pve/schema.ts';
import { referenceDir } from './reference.ts';

/** Path → verb → method, as the reference data has it. */
export type Methods = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The methods of a Proxmox VE release; none where there is no reference data. */
export function referenceMethods(release: 8 | 9): Methods {
  const dir = referenceDir();
  return dir === undefined ? {} : JSON.parse(readFileSync(join(dir, `schema-${release}.json`), 'utf8'));
}

/** The same as the server reads it from a node. */
export function referenceSchema(release: 8 | 9): ApiSchema {
  const methods = referenceMethods(release);
  return { methods: Object.entries(methods).flatMap(([path, verbs]) => methodsAt(path, verbs)) };
}

interface Entry {
  readonly path: string;
  readonly text: string;
  info: unknown;
  leaf: 0 | 1;
  children?: Entry[];
}

/** The document as a node serves it: a tree of paths, and code behind it. */
export function apidocOf(methods: Methods): string {
  const root: Entry = { path: '', text: '', info: {}, leaf: 0, children: [] };
  for (const [path, verbs] of Object.entries(methods)) {
    let at = root;
    for (const [depth, name] of path.slice(1).split('/').entries()) {
      const here = `/${path
        .slice(1)
        .split('/')
        .slice(0, depth + 1)
        .join('/')}`;
      at.children ??= [];
      at.leaf = 0;
      let next = at.children.find((child) => child.path === here);
      if (next === undefined) {
        next = { path: here, text: name, info: {}, leaf: 1 };
        at.children.push(next);
      }
      at = next;
    }
    at.info = verbs;
  }
  return `const apiSchema = ${JSON.stringify(root.children, null, 3)}\n;\n${codeBehind}`;
}

const codeBehind = `let method2cmd = { GET: 'get' };
Ext.onReady(function () { var clicks = ["]", '[']; render({ data: clicks }); });
`;
