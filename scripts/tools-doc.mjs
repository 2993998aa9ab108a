// Writes docs/tools.md from what the built server lists; `--check` only compares.
import { readFile, writeFile } from 'node:fs/promises';
import { startServer } from './client.mjs';

const file = 'docs/tools.md';
// Listing never waits for a cluster, so the address need not answer.
const client = await startServer({
  PVE_BASE_URL: 'https://127.0.0.1:1',
  PVE_TOKEN_ID: 'docs@pve!docs',
  PVE_TOKEN_SECRET: 'not-a-secret',
  PVE_ACCESS_LEVEL: 'full',
  PVE_TOOLSETS: 'all',
  PVE_SSH_USER: 'root',
  PVE_SSH_HOST_COMMANDS: '1',
});
const { tools } = await client.listTools();
const told = (client.getInstructions() ?? '').split('\n').flatMap((line) => [`> ${line}`, '>']);
await client.close();

const head = ['# Tools', '', 'Generated from the server by `npm run docs`. What it tells every client first:', ''];
const text = [...head, ...told.slice(0, -1), '', ...tools.flatMap(section)].join('\n');
if (process.argv.includes('--check')) {
  if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
    console.error(`${file} is not in sync with the tools: run npm run docs`);
    process.exit(1);
  }
} else {
  await writeFile(file, text);
}

/** @param {import('@modelcontextprotocol/sdk/types.js').Tool} tool */
function section({ name, title, description, inputSchema, annotations }) {
  const changes = annotations?.readOnlyHint ? 'Reads only.' : 'Changes something: a person is asked.';
  const parameters = Object.entries(inputSchema.properties ?? {}).map(([key, schema]) =>
    row(key, schema, inputSchema.required),
  );
  const table =
    parameters.length === 0 ? ['No arguments.'] : ['| Argument | Type | |', '| --- | --- | --- |', ...parameters];
  return [`## ${name}`, '', `${title}. ${changes}`, '', description ?? '', '', ...table, ''];
}

/** @param {string} key @param {object} schema @param {string[] | undefined} required */
function row(key, schema, required) {
  const { description = '', ...kind } = /** @type {Schema} */ (schema);
  return `| \`${key}\`${required?.includes(key) ? '' : ' (optional)'} | ${kindOf(kind)} | ${description.replaceAll('|', '\\|')} |`;
}

/** @typedef {{ type?: string, enum?: string[], anyOf?: Schema[], description?: string }} Schema */

/** @param {Schema} schema @returns {string} */
function kindOf({ type, enum: values, anyOf = [] }) {
  return values?.join(', ') ?? type ?? anyOf.map(kindOf).join(' or ');
}
