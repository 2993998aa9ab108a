import { once } from 'node:events';
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { startDeadline } from './deadline.ts';
import { PveError } from './error.ts';
import { openTunnel } from './tunnel.ts';

export interface HandshakeOptions {
  /** Milliseconds, the way through a proxy included. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Authorities that count instead of Node's own, PEM. */
  readonly ca?: string | readonly string[] | undefined;
  /** The certificate's name is not compared. */
  readonly anyName?: boolean | undefined;
  /** See `parseProxy`. */
  readonly proxy?: string | undefined;
}

/**
 * A TLS connection on which nothing was sent yet but the handshake. **It is not verified**: the caller looks at
 * `authorized`, or at the fingerprint, before it sends anything (gate rule G17). Verification is done this way so that a
 * refusal can show the certificate; it is set explicitly, so the environment changes nothing. No session is resumed: a
 * resumed one shows no certificate.
 * @param url `https://host:port`
 * @throws PveError `timeout`, `cancelled`, and for a proxy; or what the socket throws
 */
export async function handshake(url: string, options: HandshakeOptions): Promise<TLSSocket> {
  const { hostname, port, host } = new URL(url);
  const address = hostname.replace(/^\[|\]$/g, '');
  const deadline = startDeadline(options.signal, { ms: options.timeoutMs, late: () => tooSlow(host) });
  const { signal } = deadline;
  try {
    signal.throwIfAborted();
    const target = `${hostname}:${port || 443}`;
    const tunnel = options.proxy === undefined ? undefined : await openTunnel(target, options.proxy, signal);
    const socket = connect({
      host: address,
      port: Number(port || 443),
      servername: isIP(address) === 0 ? address : '',
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
      ...(tunnel === undefined ? {} : { socket: tunnel }),
      ...(options.ca === undefined ? {} : { ca: [options.ca].flat() }),
      ...(options.anyName ? { checkServerIdentity: () => undefined } : {}),
    });
    try {
      await once(socket, 'secureConnect', { signal });
      return socket.setNoDelay(true).setKeepAlive(true, 60_000);
    } catch (cause) {
      socket.on('error', () => {}).destroy();
      tunnel?.destroy();
      throw cause;
    }
  } catch (cause) {
    throw signal.aborted ? signal.reason : cause;
  } finally {
    deadline.clear();
  }
}

function tooSlow(host: string): PveError {
  const hint = 'Check that the node is up and that network and firewall let this computer reach it.';
  return new PveError({ code: 'timeout', message: `No connection to ${host} came about in time`, hint, reason: [] });
}
