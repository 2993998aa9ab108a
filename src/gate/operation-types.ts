import type { PveMethod, PveParams } from '../pve/request.ts';

/** What a tool or a view states. It carries no risk, effect or facts: the gate finds those itself. */
export type ProposedOperation = ProposedApi | ProposedCommand | ProposedFile;

/** A request to the API. */
export interface ProposedApi {
  readonly kind: 'api';
  readonly method: PveMethod;
  readonly segments: readonly string[];
  readonly params?: PveParams;
  /** Secret parameters that the person is to fill in: agents pass none (G15). */
  readonly ask?: readonly string[];
  /** A file of this machine that it carries, for an upload to a storage; the gate itself opens it (G12). */
  readonly localFile?: string;
}

/** A command on a node, in a container or in a VM. */
export interface ProposedCommand {
  readonly kind: 'command';
  readonly target: Target;
  readonly run: CommandRun;
  readonly cwd?: string;
  /** Who runs it there; root where it is absent. */
  readonly user?: string;
  readonly timeoutSeconds: number;
}

/** A file that goes to a node or a guest (`upload`), comes to this machine (`download`) or into the answer (`read`). */
export interface ProposedFile {
  readonly kind: 'file';
  readonly direction: 'upload' | 'download' | 'read';
  readonly target: Target;
  readonly remotePath: string;
  /** On this machine; the gate itself opens it (G12). */
  readonly localPath?: string;
  /** What to upload, where it is no file of this machine. */
  readonly content?: string;
  readonly overwrite: boolean;
  /** Permission bits of the file that is made. */
  readonly mode?: number;
  /** `user` or `user:group` of the file that is made. */
  readonly owner?: string;
  /** What is larger is refused, bytes. */
  readonly maxBytes: number;
}

/** Where a command runs or a file is. A guest that has moved to another node is followed. */
export type Target =
  | { readonly at: 'host'; readonly node: string }
  | { readonly at: 'container' | 'vm'; readonly node: string; readonly vmid: number };

/** Words as they are, or the text of a shell script. */
export type CommandRun = { readonly argv: readonly string[] } | { readonly script: string };

/** gate.md G1: what the gate makes of a proposed operation. */
export type Operation = ApiOperation | CommandOperation | FileOperation;

interface Bound {
  readonly connection: string;
  readonly revision: number;
}
/** Parameters are in wire form. */
export interface ApiOperation extends Bound {
  readonly kind: 'api';
  readonly method: PveMethod;
  readonly segments: readonly string[];
  readonly params: Readonly<Record<string, string | readonly string[]>>;
  readonly ask?: readonly string[];
  readonly localFile?: SentFile;
}
/** A file of this machine: its real path with size (bytes) and SHA-256 (hex), as soon as the gate has read it through. */
export interface SentFile {
  readonly path: string;
  readonly size?: number;
  readonly sha256?: string;
}
export interface CommandOperation extends Bound, ProposedCommand {}
/** `localPath` is the real path, as soon as the gate has looked. */
export interface FileOperation extends Bound, ProposedFile {
  /** Of what is uploaded, as it was read for the question. */
  readonly size?: number;
  readonly sha256?: string;
}
