import { settings } from './config.ts';

const help = `proxmox-mcp ${__VERSION__}: Proxmox VE for MCP clients

Usage
  proxmox-mcp                         speaks MCP on stdin and stdout
    --approve=operate                 lets agents start, stop and so on without a question, within access level and policies
  proxmox-mcp audit verify [FOLDER]   checks the chains of the audit files; exits with 1 when something is wrong
  proxmox-mcp audit export [FOLDER]   writes the records of the audit to stdout, oldest first
    --format jsonl|csv                JSON lines with everything (default), or a table for spreadsheets
    --since DATE                      from this day or moment on: 2026-01-31 or 2026-01-31T08:00 (UTC)
    --until DATE                      up to this day, which counts too, or before this moment
  proxmox-mcp assess                  reads JSON lines on stdin and writes what the gate makes of each, in order; no cluster needed
    {"id":1,"method":"PUT","path":"/nodes/pve1/qemu/101/config","params":{"cores":2}}
    {"id":2,"target":"host","command":"qm list | xargs rm -rf"}   (or container, vm)
  proxmox-mcp --help                  shows this
  proxmox-mcp --version               shows the release

Environment
${settings.map(([name, meaning]) => `  ${name.padEnd(22)} ${meaning}`).join('\n')}
`;

const [argument, ...more] = process.argv.slice(2);
if (argument === undefined || (argument === '--approve=operate' && more.length === 0)) {
  const { serveStdio } = await import('./stdio.ts');
  await (argument === undefined ? serveStdio() : serveStdio('operate'));
} else if (argument === '--help' && more.length === 0) {
  process.stdout.write(help);
} else if (argument === '--version' && more.length === 0) {
  process.stdout.write(`${__VERSION__}\n`);
} else if (argument === 'audit') {
  const { auditCommand } = await import('./audit-command.ts');
  process.exitCode = await auditCommand(more, process.env, process);
} else if (argument === 'assess' && more.length === 0) {
  const { assessCommand } = await import('./assess.ts');
  await assessCommand(process.stdin, process.stdout);
} else if (argument.startsWith('--approve')) {
  process.stderr.write(
    'The only approval that can be given at the start is --approve=operate, and nothing beside it.\n',
  );
  process.exitCode = 2;
} else {
  process.stderr.write(`proxmox-mcp does not know "${[argument, ...more].join(' ')}". --help shows what it knows.\n`);
  process.exitCode = 2;
}
