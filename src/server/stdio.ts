import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { connectBridge } from '../bridge/client.ts';
import { bridgeEnvironment } from '../bridge/protocol.ts';
import { createRedactor, type Redactor } from '../gate/redact.ts';
import { systemClock } from '../pve/clock.ts';
import { PveError } from '../pve/error.ts';
import { createSchemas } from './api/schemas.ts';
import { serveCompletions } from './completions.ts';
import { type Environment, offerOf, readConfig } from './config.ts';
import { bridgeDoor, type Door } from './door.ts';
import { elicitApprover } from './elicit.ts';
import { createMcpServer, serveTools } from './mcp.ts';
import { type Offer, readOffer } from './offer.ts';
import { servePrompts } from './prompts.ts';
import { serveResources } from './resources.ts';
import { type StandaloneDeps, standaloneDoor } from './standalone.ts';
import { errorTextForPeople } from './text/problem.ts';
import { toolsOf } from './tools/all.ts';

/**
 * MCP on stdin and stdout, until stdin closes or a signal comes. Exits with 1 and a message when it cannot start.
 * @param approve what whoever starts it lets agents do without a question
 */
export async function serveStdio(approve?: 'operate'): Promise<void> {
  const redactor = createRedactor();
  try {
    await serve(takeEnvironment(), redactor, approve);
  } catch (error) {
    if (!(error instanceof PveError)) throw error;
    process.stderr.write(`proxmox-mcp cannot start.\n${redactor.text(errorTextForPeople(error.data))}\n`);
    process.exitCode = 1;
  }
}

const clock = systemClock;
/** How long running calls may take to wind up once nobody listens any more, milliseconds. */
const windUpMs = 3000;

async function serve(env: Environment, redactor: Redactor, approve: 'operate' | undefined): Promise<void> {
  const server = createMcpServer(__VERSION__);
  const approver = elicitApprover(server, { clock, redactor });
  const { toolsets, budget } = offer(env);
  const door = await openDoor(env, { approver, redactor, clock, approve });
  const deps = { tools: toolsOf(toolsets), door, schemas: createSchemas(clock), redactor, clock, budget };
  const idle = serveTools(server, deps);
  serveResources(server, deps);
  servePrompts(server);
  serveCompletions(server, deps);

  let closing = false;
  const close = async () => {
    if (closing) return;
    closing = true;
    await server.close();
    await Promise.race([idle(), clock.sleep(windUpMs)]);
    await door.close();
    process.exit(0);
  };
  // The transport does not end on the end of stdin by itself; and a client that died leaves a broken stdout.
  process.stdin.once('end', close).once('close', close);
  process.stdout.once('error', close);
  process.once('SIGTERM', close).once('SIGINT', close);
  await server.connect(new StdioServerTransport());
}

/** What the person has chosen: in the editor's settings, or in the environment of a server of its own. */
function offer(env: Environment): Offer {
  if (env[bridgeEnvironment.path] === undefined) return offerOf(env);
  const { toolsets, answerCharacters } = bridgeEnvironment;
  return readOffer(
    { name: 'The setting proxmox.mcp.toolsets', value: env[toolsets] },
    { name: 'The setting proxmox.mcp.answerCharacters', value: env[answerCharacters] },
  );
}

/** Bridged to the editor when it says so, and then nothing else of the environment counts; else standalone. */
async function openDoor(env: Environment, deps: StandaloneDeps): Promise<Door> {
  const { redactor } = deps;
  const path = env[bridgeEnvironment.path];
  const launch = env[bridgeEnvironment.launch];
  const key = env[bridgeEnvironment.key];
  if (path === undefined && launch === undefined && key === undefined) {
    return standaloneDoor(await readConfig(env, redactor.add), deps);
  }
  // The person in the editor decides there, and nothing that starts this process does it for them (G8).
  if (deps.approve !== undefined) throw notHere();
  if (path === undefined || launch === undefined || key === undefined) {
    throw new PveError({
      code: 'gate_unavailable',
      message: 'The editor handed over only a part of what connects to it',
      hint: 'Restart the server from the editor.',
      reason: [],
    });
  }
  redactor.add(key);
  return bridgeDoor(await connectBridge({ path, launch, key, clock }));
}

function notHere(): PveError {
  return new PveError({
    code: 'invalid_argument',
    message: '--approve=operate is not possible where the editor asks',
    hint: 'Leave it out; in the editor a person can allow the same for 15 minutes, or set a policy.',
    reason: [],
  });
}

const secrets = [
  bridgeEnvironment.key,
  'PVE_TOKEN_SECRET',
  'PVE_PASSWORD',
  'PVE_TOTP',
  'PVE_SSH_PASSWORD',
  'PVE_SSH_KEY_PASSPHRASE',
  // Their addresses may hold a password.
  'HTTPS_PROXY',
  'https_proxy',
];

/** A copy of the environment; secrets leave the process's own at once, so that no child of ours inherits them. */
function takeEnvironment(): Environment {
  const env = { ...process.env };
  for (const name of secrets) delete process.env[name];
  return env;
}
