import type { Connection } from './connection.ts';
import { quoted } from './quote.ts';
import { notOpened } from './ssh-error.ts';
import type { Terminal, TerminalOptions } from './types.ts';

/** Opens a terminal on a connection of its own, which ends with it. @throws PveError `unreachable` */
export async function openTerminal(
  connection: Connection,
  { argv, size, onData, onEnd }: TerminalOptions,
  context: { readonly place: string; readonly sudo: boolean },
): Promise<Terminal> {
  const line = argv && `exec ${context.sudo ? 'sudo -n -- ' : ''}${quoted(argv)}`;
  const pty = { term: 'xterm-256color', cols: size.columns, rows: size.rows, width: 0, height: 0 };
  const { lost } = connection;
  try {
    const { channel, exit } = await connection.terminal(line, pty, lost);
    let isOver = false;
    const end = (why?: string): void => {
      if (isOver) return;
      isOver = true;
      connection.close();
      onEnd(why);
    };
    channel.on('error', () => {});
    channel.on('data', onData);
    // With a terminal there is one stream; the other would stop the channel if nobody read it.
    channel.stderr.resume();
    channel.once('close', () => {
      const how = exit();
      if (lost.aborted || how === undefined) end('the connection was lost');
      else end('exitSignal' in how ? `ended by the signal ${how.exitSignal}` : undefined);
    });
    lost.addEventListener('abort', () => end('the connection was lost'));
    return {
      write: (bytes) => void (isOver || channel.write(bytes)),
      resize: ({ columns, rows }) => channel.setWindow(rows, columns, 0, 0),
      close() {
        isOver = true;
        connection.close();
      },
    };
  } catch (cause) {
    connection.close();
    throw notOpened(context.place, 'a terminal', cause);
  }
}
