import * as vscode from 'vscode';
import { type Console, type ConsoleOptions, createConsole } from './console.ts';

/** The consoles that this window has open. */
export interface Consoles extends vscode.Disposable {
  /** Shows a terminal. It is a person's own: it is not gated, and not opened again by itself after a reload. */
  open(name: string, connect: ConsoleOptions['open']): void;
  count(): number;
  closeAll(): void;
}

export function createConsoles(): Consoles {
  const terminals = new Set<vscode.Terminal>();
  const closed = vscode.window.onDidCloseTerminal((terminal) => terminals.delete(terminal));
  const closeAll = () => {
    for (const terminal of terminals) terminal.dispose();
    terminals.clear();
  };
  return {
    open(name, connect) {
      const terminal = vscode.window.createTerminal({
        name,
        pty: pseudoterminal(connect),
        isTransient: true,
        iconPath: new vscode.ThemeIcon('terminal'),
      });
      terminals.add(terminal);
      terminal.show();
    },
    count: () => terminals.size,
    closeAll,
    dispose() {
      closed.dispose();
      closeAll();
    },
  };
}

function pseudoterminal(connect: ConsoleOptions['open']): vscode.Pseudoterminal {
  const writes = new vscode.EventEmitter<string>();
  const console: Console = createConsole({
    open: connect,
    show: (text) => writes.fire(text),
    words: {
      connecting: vscode.l10n.t('Connecting… What is typed here is neither checked nor recorded.'),
      ended: vscode.l10n.t('The console has ended'),
      reconnect: vscode.l10n.t('Press Enter to reconnect.'),
    },
  });
  return {
    onDidWrite: writes.event,
    // Before a terminal was laid out it has no size yet.
    open: (size) => console.start(size ?? { columns: 80, rows: 24 }),
    close() {
      console.close();
      writes.dispose();
    },
    handleInput: (text) => console.type(text),
    setDimensions: (size) => console.resize(size),
  };
}
