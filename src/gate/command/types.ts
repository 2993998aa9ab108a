import type { Risk } from '../types.ts';

/** Where a command runs. On a Windows guest nothing is ever a read. */
export type CommandPlace = 'host' | 'container' | 'vm' | 'windows';

/** Arguments that reach the program as they are, or a text for bash. */
export type CommandRun = { readonly argv: readonly string[] } | { readonly script: string };

/** A word of a simple command as the program gets it; undefined where only the run will tell. */
export type Word = string | undefined;

/** What a rule says of one simple command. */
export interface RuleVerdict {
  readonly risk: Risk;
  /** It touches secrets or makes the machine connect somewhere (G6); false when absent. */
  readonly sensitive?: boolean;
  /** One sentence, in own words. */
  readonly why: string;
  /** VMIDs that it names; `all` when it destroys and nobody can tell whose. */
  readonly guests?: readonly number[] | 'all';
  readonly services?: readonly string[];
  /** Files and devices that it writes. */
  readonly writes?: readonly string[];
  /** Agents may not do it by any way (G5): why. */
  readonly refused?: string;
}

/** One part of a command for people to see: a simple command, a redirection or an assignment. */
export interface CommandPart {
  readonly text: string;
  readonly risk: Risk;
  readonly why: string;
}

/** What the gate makes of a whole command: the highest of its parts. */
export interface CommandVerdict {
  readonly risk: Risk;
  readonly sensitive: boolean;
  /** Worst first, each once, in own words. */
  readonly reasons: readonly string[];
  readonly programs: readonly string[];
  readonly writes: readonly string[];
  readonly services: readonly string[];
  /** Guests named by VMID; `all` when it destroys and nobody can tell whose. */
  readonly guests: readonly number[] | 'all';
  /** Agents may not do it by any way (G5): why. */
  readonly refused?: string;
  readonly parts: readonly CommandPart[];
}
