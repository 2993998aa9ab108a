import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { authenticate } from './access.ts';
import { may } from './permissions.ts';
import type { World } from './state.ts';
import { readFrames, sendFrame } from './web-socket.ts';

const path = /^\/api2\/json\/nodes\/([\w-]+)(?:\/(qemu|lxc)\/(\d+))?\/vncwebsocket\?(.*)$/;

/**
 * The websocket behind PVE's text consoles (GET `…/vncwebsocket`, terminal protocol of `termproxy`). What is behind it here
 * shows what is typed and says it once more at each Enter.
 */
export function serveConsole(world: World, request: IncomingMessage, socket: Duplex): void {
  socket.on('error', () => socket.destroy());
  const [, node, kind, vmid, query] = path.exec(request.url ?? '') ?? [];
  const ticket = new URLSearchParams(query).get('vncticket') ?? '';
  const who = authenticate({ directory: world.cluster.directory, ...world }, 'GET', request.headers);
  const place = vmid === undefined ? `/nodes/${node}` : `/vms/${vmid}`;
  const needed = vmid === undefined ? 'Sys.Console' : 'VM.Console';
  const isGood =
    node !== undefined &&
    typeof who !== 'string' &&
    may(world.cluster, who, place, needed) &&
    consoleUser(world, ticket) === who.user;
  const key = request.headers['sec-websocket-key'];
  if (!isGood || key === undefined) return void socket.end('HTTP/1.1 401 No ticket\r\ncontent-length: 0\r\n\r\n');
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  socket.write(
    [
      'HTTP/1.1 101 Switching Protocols',
      'upgrade: websocket',
      'connection: Upgrade',
      `sec-websocket-accept: ${accept}`,
      'sec-websocket-protocol: binary',
      '\r\n',
    ].join('\r\n'),
  );
  const name = vmid === undefined ? node : `${kind === 'lxc' ? 'container' : 'VM'} ${vmid}`;
  runShell(socket, `${who.user}:${ticket}`, name);
}

/** A ticket for one user's console; stands for itself, like those of logins. */
export function consoleTicket({ tickets }: World, user: string): string {
  return `PVEVNC:${tickets.issue(user)}`;
}

function consoleUser({ tickets }: World, ticket: string): string | undefined {
  return ticket.startsWith('PVEVNC:') ? tickets.read(ticket.slice(7))?.user : undefined;
}

function runShell(socket: Duplex, login: string, name: string): void {
  const say = (text: string) => sendFrame(socket, Buffer.from(text, 'utf8'));
  const prompt = `root@${name.replace(' ', '-')}:~# `;
  let isLoggedIn = false;
  let size = '';
  let line = '';
  const typed = (text: string): void => {
    for (const character of text) {
      if (character !== '\r') {
        line += character;
        say(character);
        continue;
      }
      if (line === 'exit') return void socket.end();
      say(line === 'stty size' ? `\r\n${size}\r\n${prompt}` : `\r\n${line}\r\n${prompt}`);
      line = '';
    }
  };
  readFrames(socket, (frame) => {
    const text = frame.toString('utf8');
    if (!isLoggedIn) {
      isLoggedIn = text === `${login}\n`;
      if (!isLoggedIn) return void socket.end();
      return say(`OKThis is ${name} of the demo cluster. It says everything twice.\r\n${prompt}`);
    }
    const resized = /^1:(\d+):(\d+):$/.exec(text);
    if (resized !== null) size = `${resized[2]} ${resized[1]}`;
    else if (text.startsWith('0:')) typed(text.slice(text.indexOf(':', 2) + 1));
  });
}
