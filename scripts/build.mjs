// Bundles everything into dist/: self-contained ES modules, so that neither the VSIX nor `node dist/server.js` needs node_modules.
import { readFile, rm } from 'node:fs/promises';
import { build } from 'esbuild';

const { version } = JSON.parse(await readFile('package.json', 'utf8'));
const production = !process.argv.includes('--dev');

await rm('dist', { recursive: true, force: true });
await build({
  entryPoints: { extension: 'src/extension/main.ts', server: 'src/server/main.ts', demo: 'src/demo/main.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.18',
  // ssh2 tries two native modules and does without them.
  external: ['vscode', 'cpu-features', '*.node'],
  minify: production,
  keepNames: true,
  sourcemap: false,
  legalComments: 'none',
  chunkNames: 'chunk-[hash]',
  define: { __VERSION__: JSON.stringify(version) },
  // Bundled CommonJS packages ask for Node's own modules through `require`, and ssh2 for `__dirname`; an ES module has neither.
  banner: {
    js: "import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url); const __dirname = import.meta.dirname;",
  },
  logLevel: 'warning',
});
// The approvals page runs in a webview, which is a browser.
await build({
  entryPoints: { approvals: 'src/extension/approvals/page/main.ts' },
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2023',
  minify: production,
  legalComments: 'none',
  logLevel: 'warning',
});
