import type { Readable } from 'node:stream';
import type { SFTPWrapper } from 'ssh2';
import type { ExecResult } from '../pve/exec-result.ts';

export type { Captured, ExecResult } from '../pve/exec-result.ts';

/** How nodes are reached. What is secret is fetched when it is needed, and kept by whoever fetches it. */
export interface SshLogin {
  readonly user: string;
  readonly port: number;
  readonly auth: SshAuth;
  /** A host in between; the same way of logging in. */
  readonly jump?: { readonly host: string; readonly port: number; readonly user: string };
  /** The user is not root: commands run by `sudo -n`. */
  readonly sudo: boolean;
}
export type SshAuth =
  | { readonly kind: 'agent'; readonly socket: string | undefined }
  | { readonly kind: 'key'; readonly file: string; readonly passphrase: () => Promise<string | undefined> }
  | { readonly kind: 'password'; readonly password: () => Promise<string | undefined> };

/** A node and where it is. */
export interface SshPlace {
  readonly node: string;
  readonly address: string;
}

/** A command whose words arrive as they are, whatever bytes they hold; NUL is refused. */
export interface RemoteCommand {
  readonly argv: readonly string[];
  readonly stdin?: Uint8Array | Readable;
}

export interface ExecOptions {
  /** Ends the command and its children. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Of each stream so much is kept, bytes: half from the beginning, half from the end. */
  readonly maxBytes: number;
  readonly onOutput?: (stream: 'stdout' | 'stderr', chunk: Buffer) => void;
}

/** One connected node. Several commands and transfers share its connection. */
export interface NodeShell {
  /** As whom commands run there. */
  readonly user: string;
  /** The login is not root: commands run by `sudo -n`, and SFTP has the rights of the login only. */
  readonly sudo: boolean;
  /** @throws PveError `unreachable` with `mayHaveRun` when the connection is lost in the middle. A command is never sent twice. */
  exec(command: RemoteCommand, options: ExecOptions): Promise<ExecResult>;
  /** A channel for files. End it when done. */
  sftp(signal: AbortSignal): Promise<SFTPWrapper>;
}

/** Kept-alive connections, one to each node. */
export interface SshPool {
  /** Connects, or hands out the connection that is there. @throws PveError `unreachable`, `host_key`, `unauthenticated`, `timeout` */
  node(place: SshPlace, signal: AbortSignal): Promise<NodeShell>;
  close(): Promise<void>;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export interface TerminalOptions {
  /** A program in place of the user's shell. */
  readonly argv?: readonly string[];
  readonly size: TerminalSize;
  readonly onData: (chunk: Buffer) => void;
  /** Told once, unless it was closed from here; `why` where it ended other than by an exit. */
  readonly onEnd: (why?: string) => void;
}

/** A shell that a person types into. */
export interface Terminal {
  /** What is typed, UTF-8. */
  write(bytes: Uint8Array): void;
  resize(size: TerminalSize): void;
  close(): void;
}

/** Terminals for people: each has a connection of its own, so that they never take the channels of commands. */
export interface SshTerminals {
  /** @throws PveError the same as `SshPool.node` */
  terminal(place: SshPlace, options: TerminalOptions, signal: AbortSignal): Promise<Terminal>;
}
