// A short tour in the terminal: starts the demo cluster and the MCP server as a client would, looks around, and lets an
// agent ask to shut down a guest. A person answers on the terminal; without one the request is declined by itself.
// --yes approves; it exists only in this tour's own client, the server knows nothing of it.
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { demoEnvironment, startDemo, startServer } from './client.mjs';

const unknown = process.argv.slice(2).find((argument) => argument !== '--yes');
if (unknown !== undefined) {
  process.stderr.write(`The tour does not know ${unknown}. It knows --yes: approve what the agent asks for.\n`);
  process.exit(2);
}
const approves = process.argv.includes('--yes');
/** While a person types, nothing else is written. */
let isAsking = false;
const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;

const demo = await startDemo();
const auditDir = await mkdtemp(join(tmpdir(), 'proxmox-tour-'));
const client = await connect();
try {
  say('Proxmox VE for MCP clients: a tour on the embedded demo cluster');
  say(`The demo cluster listens on ${demo.url}; the MCP server runs as a client would start it.`);

  heading(1, 'An agent looks at the cluster');
  await call('pve_get_cluster', {});

  heading(2, 'It lists the guests');
  await call('pve_list_guests', {});

  heading(3, 'It asks to shut one down');
  await call('pve_power_guest', { guest: 'web-01', action: 'shutdown', reason: 'Maintenance of the web tier' });

  heading(4, 'It looks at the guest again');
  await call('pve_get_guest', { guest: 'web-01' });

  heading(5, 'What the audit holds');
  await showAudit();
} finally {
  await client.close();
  await demo.stop();
}

/** Connects an MCP client that can be asked. */
async function connect() {
  const env = { ...demoEnvironment(demo), PVE_ACCESS_LEVEL: 'read-execute', PVE_AUDIT_DIR: auditDir };
  const mcp = await startServer(env, { elicitation: {} }, 'proxmox-tour');
  mcp.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
    say('');
    say('    The server asks a person:');
    block(params.message, '    | ');
    return (await approve()) ? { action: 'accept', content: { answer: 'run' } } : { action: 'decline' };
  });
  return mcp;
}

/** The answer of the person; without a terminal it is no. */
async function approve() {
  if (approves) {
    say('    Approved by --yes.');
    return true;
  }
  if (!isTerminal) {
    say('    There is no terminal to answer on, so it is declined. (--yes approves.)');
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  isAsking = true;
  const answer = await terminal.question('    Type run to approve; anything else denies: ');
  isAsking = false;
  terminal.close();
  return answer.trim() === 'run';
}

/**
 * Calls a tool as an agent would, and shows the call, its progress and its answer.
 * @param {string} name
 * @param {Record<string, unknown>} args
 */
async function call(name, args) {
  say(`  > ${name} ${JSON.stringify(args)}`);
  /** @param {import('@modelcontextprotocol/sdk/types.js').Progress} progress */
  const onprogress = ({ message = '' }) => {
    if (!isAsking) say(`    . ${message}`);
  };
  const { content } = await client.callTool({ name, arguments: args }, undefined, { onprogress, timeout: 6 * 60_000 });
  say('');
  for (const part of Array.isArray(content) ? content : [])
    block(part.type === 'text' ? withoutFence(part.text) : `[${part.type}]`, '    ');
}

/** The marks around what the cluster says are for models. @param {string} text */
function withoutFence(text) {
  return text.replace(/^\[(?:data|end) [0-9a-f]{8}\]\n?/gm, '').trimEnd();
}

async function showAudit() {
  for (const file of (await readdir(auditDir)).sort()) {
    for (const line of (await readFile(join(auditDir, file), 'utf8')).trim().split('\n')) {
      const record = JSON.parse(line);
      if (record.phase === 'header') continue;
      const { seq, at, phase, risk, target, decision, outcome, upid } = record;
      say(`  ${seq}  ${at}  ${phase}  risk ${risk}`);
      for (const detail of [target, decision, outcome && `outcome: ${outcome}`, upid])
        if (detail) say(`       ${detail}`);
    }
  }
  say('');
  say(`  Each record carries the hash of the one before. They are in ${auditDir}`);
}

/**
 * @param {number} number
 * @param {string} title
 */
function heading(number, title) {
  const text = `${number}. ${title}`;
  say('');
  say(process.stdout.isTTY ? `\x1b[1m${text}\x1b[0m` : text);
  say('');
}

/**
 * Shows text with something before each line.
 * @param {string} text
 * @param {string} before
 */
function block(text, before) {
  for (const line of text.split('\n')) say((before + line).trimEnd());
}

/** @param {string} line */
function say(line) {
  process.stdout.write(`${line}\n`);
}
