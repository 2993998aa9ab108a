import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

export interface ProxyServer {
  /** `127.0.0.1:port` */
  readonly host: string;
  /** What it was asked for, with the credentials that came: `pve1.example.invalid:8006 Basic …`. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

/** An HTTP proxy (CONNECT) that leads to one port of this computer, whatever host it is asked for. @param login `user:password` */
export async function startProxy(port: number, login: string): Promise<ProxyServer> {
  const asked: string[] = [];
  const server = createServer().on('connect', (request, socket) => {
    const authorization = request.headers['proxy-authorization'] ?? '';
    asked.push(`${request.url} ${authorization}`);
    socket.on('error', () => {}); // clients that go away are not its subject
    if (authorization !== `Basic ${btoa(login)}`) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    onward.on('error', () => socket.destroy());
    socket.on('close', () => onward.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    stop: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
