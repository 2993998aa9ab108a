import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..', 'src');

/** Folder → folders of ours that it may import, itself aside. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  pve: [],
  ssh: ['pve'],
  demo: [],
  gate: ['pve', 'ssh'],
  bridge: ['gate', 'pve'],
  server: ['gate', 'bridge', 'pve', 'ssh'],
  extension: ['gate', 'bridge', 'pve', 'ssh'],
};
/** Packages that one folder alone may import. */
const owners: Readonly<Record<string, string>> = {
  vscode: 'extension',
  '@modelcontextprotocol': 'server',
  ssh2: 'ssh',
  unbash: 'gate',
};

interface Import {
  readonly file: string;
  readonly from: string;
  readonly specifier: string;
}

const imports: readonly Import[] = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    // Static and dynamic imports, exports from, and types only.
    const found = text.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)['"]([^'"]+)['"]/g);
    return [...found].map(([, specifier = '']) => ({ file, from: file.split(sep)[0] ?? '', specifier }));
  });

test('there are imports to look at', () => {
  expect(imports.length).toBeGreaterThan(100);
});

test('folders import only what the architecture allows', () => {
  const wrong = imports.filter(({ file, from, specifier }) => {
    if (!specifier.startsWith('.')) return false;
    const [to = ''] = relative(root, join(root, dirname(file), specifier)).split(sep);
    return to !== from && !allowed[from]?.includes(to);
  });
  expect(wrong).toEqual([]);
});

test('vscode and the MCP SDK each appear in one folder', () => {
  const wrong = imports.filter(({ from, specifier }) => {
    const [name = ''] = specifier.split('/');
    return owners[name] !== undefined && owners[name] !== from;
  });
  expect(wrong).toEqual([]);
});

test('in the extension only views, wizards, dialogs and main touch vscode', () => {
  const wrong = imports.filter(
    ({ file, specifier }) => specifier === 'vscode' && !/(\.view|[\\/]dialog|[\\/]main)\.ts$/.test(file),
  );
  expect(wrong).toEqual([]);
});
