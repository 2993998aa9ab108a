import * as vscode from 'vscode';
import type { Redactor } from '../gate/redact.ts';
import type { Log } from './log.ts';

interface ChannelLog extends Log {
  show(): void;
}

let channel: vscode.LogOutputChannel | undefined;
let redact: (text: string) => string = (text) => text;

/** The extension's one output channel. Secrets that are known are taken out of every line. */
export function log(): ChannelLog {
  channel ??= vscode.window.createOutputChannel('Proxmox VE', { log: true });
  const to = channel;
  return {
    info: (message) => to.info(redact(message)),
    error: (message) => to.error(redact(message)),
    show: () => to.show(),
  };
}

export function redactLog(redactor: Redactor): void {
  redact = (text) => redactor.text(text);
}
