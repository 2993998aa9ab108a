import { once } from 'node:events';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { PveError } from './error.ts';
import { type ProxyServer, parseProxy } from './proxy.ts';

/** More than any proxy says before it connects. */
const maxHeadBytes = 16 * 1024;

/**
 * A connection to a host through a proxy (HTTP CONNECT). The proxy learns host and port, and its own credentials.
 * @param target `host:port`
 * @param proxyUrl see `parseProxy`
 * @throws PveError `unreachable`, `invalid_argument`, or the signal's reason
 */
export async function openTunnel(target: string, proxyUrl: string, signal: AbortSignal): Promise<Socket> {
  const proxy = parseProxy(proxyUrl);
  let socket: Socket | undefined;
  try {
    socket = await reach(proxy, signal);
    const login = proxy.authorization === undefined ? '' : `Proxy-Authorization: ${proxy.authorization}\r\n`;
    socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${login}\r\n`);
    const status = await readHead(socket, signal);
    if (status.startsWith('2')) return socket;
    throw status.startsWith('407') ? wantsLogin(proxy) : refuses(proxy, target, status);
  } catch (cause) {
    socket?.destroy();
    if (signal.aborted) throw signal.reason;
    throw cause instanceof PveError ? cause : unreachable(proxy, cause);
  }
}

async function reach({ secure, hostname: host, port }: ProxyServer, signal: AbortSignal): Promise<Socket> {
  const servername = isIP(host) === 0 ? host : '';
  const socket = secure ? connectTls({ host, port, servername, rejectUnauthorized: true }) : connectTcp({ host, port });
  try {
    await once(socket, secure ? 'secureConnect' : 'connect', { signal });
    return socket;
  } catch (cause) {
    socket.on('error', () => {}).destroy();
    throw cause;
  }
}

/** The status of the proxy's answer, like "200 Connection established"; nothing beyond its head is taken. */
function readHead(socket: Socket, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0);
    const onData = (chunk: Buffer) => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0 && head.length <= maxHeadBytes) return;
      stop();
      if (end < 0) return reject(new Error('no end'));
      socket.unshift(head.subarray(end + 4));
      resolve(/^HTTP\/1\.[01] (\d{3}[^\r\n]*)/.exec(head.toString('latin1'))?.[1] ?? 'no HTTP');
    };
    const onEnd = (cause?: unknown) => {
      stop();
      reject(cause instanceof Error ? cause : new Error('closed'));
    };
    const stop = () => {
      socket.pause().off('data', onData).off('error', onEnd).off('close', onEnd);
      signal.removeEventListener('abort', onEnd);
    };
    socket.on('data', onData).once('error', onEnd).once('close', onEnd);
    signal.addEventListener('abort', onEnd, { once: true });
  });
}

const checkSetting =
  'Check the proxy setting (http.proxy or HTTPS_PROXY); what is to be reached directly stands in http.noProxy or NO_PROXY.';

function wantsLogin({ label }: ProxyServer): PveError {
  const hint = `Put its user and password into the setting: http://user:password@${label}`;
  return new PveError({ code: 'unreachable', message: `The proxy ${label} wants a login`, hint, reason: [] });
}

function refuses({ label }: ProxyServer, target: string, status: string): PveError {
  const message = `The proxy ${label} does not connect to ${target} (${status.replace(/[^\x20-\x7e]/g, ' ').slice(0, 80)})`;
  return new PveError({ code: 'unreachable', message, hint: checkSetting, reason: [] });
}

function unreachable({ label }: ProxyServer, cause: unknown): PveError {
  const code = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : '';
  const message = `The proxy ${label} cannot be reached or does not answer as a proxy${code}`;
  return new PveError({ code: 'unreachable', message, hint: checkSetting, reason: [] }, { cause });
}
