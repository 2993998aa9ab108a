import type { PveParams } from '../pve/request.ts';
import type { SecretHands } from './secret-hands.ts';
import type { Assessment, GateProfile, Origin, Risk } from './types.ts';

/** Something that a person should know before a yes, and where it comes from, if one can look there. */
export type Fact = string | { readonly text: string; readonly source: FactSource };

/** A read of the cluster that shows what a fact tells, as it is when somebody looks. */
export interface FactSource {
  /** For a link, in a word or two: `backups`, `task`, `HA resource`. */
  readonly what: string;
  readonly segments: readonly string[];
  readonly params?: PveParams;
}

/** One question to a person. */
export interface ApprovalRequest {
  readonly id: string;
  readonly connection: GateProfile;
  readonly origin: Origin;
  readonly tool: string;
  /** The proposer's claims, shown as such. */
  readonly title?: string;
  readonly reason?: string;
  readonly assessments: readonly Assessment[];
  /** The highest of the steps. */
  readonly risk: Risk;
  /** Wall clock, milliseconds. */
  readonly expiresAt: number;
  /** For `destroy`: what the person has to type. */
  readonly mustType?: string;
  /** Set when the same was asked before and the cluster changed since: what is different now. */
  readonly changed?: string;
  /** What may be answered beside yes and no: the same without a question for 15 minutes (G7), or a freeze (G11). */
  readonly offers: readonly ('grant' | 'freeze')[];
  /** What can be done first, so that there is a way back; only where the person ticks it. */
  readonly safeguard?: Safeguard;
  /** The commands of which a person may run other words than the agent's: numbers of steps. */
  readonly editable?: readonly number[];
}

/** What runs before everything else, and is waited for: the rest runs only when it has succeeded. */
export interface Safeguard {
  readonly kind: 'snapshot' | 'backup';
  /** As the gate has assessed it: part of what the yes covers, where it is ticked. */
  readonly step: Assessment;
}

/** Other words for the command of a step, as a person has written them. */
export interface CommandEdit {
  /** The number of the step, from 0. */
  readonly step: number;
  readonly text: string;
}

export type ApprovalAnswer =
  | {
      readonly kind: 'run';
      readonly typed?: string;
      readonly grant?: true;
      /** The safeguard first. */
      readonly first?: true;
      readonly edits?: readonly CommandEdit[];
    }
  | { readonly kind: 'deny'; readonly by: 'person' | 'timeout' | 'cancelled' | 'nobody'; readonly note?: string };
/** Asks a person; a throw is a denial by `nobody`. The signal fires when the answer no longer matters; its reason says why. */
export interface Approver extends Partial<SecretHands> {
  /** How an answer came about, for the audit: in the editor, or through an MCP client. */
  readonly name: 'editor' | 'client' | 'terminal';
  /** It can offer a safeguard, and to edit commands. */
  readonly offersMore?: true;
  ask(request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalAnswer>;
}
