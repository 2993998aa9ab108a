import { settings } from './config.ts';

const help = `proxmox-mcp ${__VERSION__}: Proxmox VE for MCP clients

Usage
  proxmox-mcp             speaks MCP on stdin and stdout
  proxmox-mcp --help      shows this
  proxmox-mcp --version   shows the release

Environment
${settings.map(([name, meaning]) => `  ${name.padEnd(18)} ${meaning}`).join('\n')}
`;

const [argument, ...more] = process.argv.slice(2);
if (argument === undefined) {
  const { serveStdio } = await import('./stdio.ts');
  await serveStdio();
} else if (argument === '--help' && more.length === 0) {
  process.stdout.write(help);
} else if (argument === '--version' && more.length === 0) {
  process.stdout.write(`${__VERSION__}\n`);
} else {
  process.stderr.write(`proxmox-mcp does not know "${[argument, ...more].join(' ')}". --help shows what it knows.\n`);
  process.exitCode = 2;
}
