// Starts the built programs as a client would, for the other scripts.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

/** @param {string} file a file of `dist/` */
const dist = (file) => fileURLToPath(new URL(`../dist/${file}`, import.meta.url));

/**
 * Starts the demo cluster, which ends when this process does.
 * @param {string[]} args
 * @returns {Promise<{ url: string, fingerprint: string, tokenId: string, tokenSecret: string, stop: () => Promise<void> }>}
 */
export async function startDemo(...args) {
  const child = spawn(process.execPath, [dist('demo.js'), '--with-parent', ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const line = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    ended.then(() => reject(new Error('The demo cluster ended before it was ready')));
  });
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  return { ...JSON.parse(line), stop };
}

/** @param {{ url: string, fingerprint: string, tokenId: string, tokenSecret: string }} demo */
export function demoEnvironment({ url, fingerprint, tokenId, tokenSecret }) {
  return { PVE_BASE_URL: url, PVE_FINGERPRINT: fingerprint, PVE_TOKEN_ID: tokenId, PVE_TOKEN_SECRET: tokenSecret };
}

/**
 * Starts the MCP server with nothing but this environment.
 * @param {Record<string, string>} env
 * @param {import('@modelcontextprotocol/sdk/types.js').ClientCapabilities} capabilities
 */
export async function startServer(env, capabilities = {}, name = 'proxmox-scripts') {
  const client = new Client({ name, version: '1.0.0' }, { capabilities });
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [dist('server.js')], env, stderr: 'inherit' }),
  );
  return client;
}
