import { once } from 'node:events';
import ssh2 from 'ssh2';
import { newKeyPair } from '../../src/ssh/new-key.ts';

export interface PasswordServer {
  readonly port: number;
  /** Every try to log in, by kind, passwords with what was sent. */
  readonly attempts: readonly string[];
  /** Every command that arrived. */
  readonly commands: readonly string[];
  stop(): Promise<void>;
}

/**
 * An SSH server (ssh2's own) that lets in by one password alone, and answers every command with `hello`.
 * @param exec `refuse`: the request for a command; `drop`: the connection when one has arrived, without any answer
 */
export async function startPasswordServer(
  password: string,
  exec: 'answer' | 'refuse' | 'drop' = 'answer',
): Promise<PasswordServer> {
  const { private: hostKey } = newKeyPair('host');
  const attempts: string[] = [];
  const commands: string[] = [];
  const clients = new Set<{ end(): unknown }>();
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    clients.add(client);
    client.on('error', () => {});
    client.on('authentication', (context) => {
      attempts.push(context.method === 'password' ? `password ${context.password}` : context.method);
      if (context.method === 'password' && context.password === password) context.accept();
      else context.reject(['password']);
    });
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec, rejectExec, { command }) => {
        commands.push(command);
        if (exec === 'refuse') return rejectExec();
        if (exec === 'drop') return void client.end();
        const mark = /^echo ([0-9a-f]{32})/.exec(command)?.[1];
        const channel = acceptExec();
        channel.write(`${mark} 1\nhello\n`);
        channel.exit(0);
        channel.end();
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    attempts,
    commands,
    async stop() {
      for (const client of clients) client.end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
