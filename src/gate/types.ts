import type { Operation, ProposedOperation } from './operation-types.ts';
import type { PerformOptions, PlanResult } from './outcome-types.ts';
import type { Policy } from './policy.ts';
import type { Fact } from './question-types.ts';
import type { TouchedGuest } from './touches.ts';

/** Lowest to highest. `destroy` loses data, or takes a node or the cluster's safety away. */
export const risks = ['read', 'operate', 'configure', 'destroy'] as const;
export type Risk = (typeof risks)[number];

/** What agents may at most do on a connection. */
export const accessLevels = ['read-only', 'read-execute', 'full'] as const;
export type AccessLevel = (typeof accessLevels)[number];
export type * from './operation-types.ts';
export type * from './outcome-types.ts';
export type * from './question-types.ts';

/** Only `gate.ts` makes it; `run.ts` takes nothing else. */
export type Approved<T> = T & { readonly __brand: 'Approved' };
/** SHA-256 (hex) over the canonical form of one operation. */
export type OperationDigest = string & { readonly __brand: 'OperationDigest' };
/** SHA-256 (hex) over the operation digests with their targets, in order. */
export type PlanDigest = string & { readonly __brand: 'PlanDigest' };

/** One call: one or more operations, asked about once. This is all that crosses the bridge. */
export interface Proposal {
  /** The connection's id. */
  readonly connection: string;
  readonly operations: readonly ProposedOperation[];
  /** The tool or command that proposes it; shown, decides nothing. */
  readonly tool: string;
  /** What the proposer calls a plan of several steps; shown as its claim, decides nothing. */
  readonly title?: string;
  /** The proposer's claim, at most 200 characters; shown as such. */
  readonly reason?: string;
  /** Wait for the tasks that the operations start. */
  readonly wait: boolean;
  /** Only tells what would happen: nothing is sent but plain reads, nobody is asked, nothing is recorded. */
  readonly dryRun?: true;
}

/**
 * Who asks, set by the code path that receives the proposal, never by a field of it (G13). `click`: a person acted on this
 * very item and no other; `picker`: anything else, as several items, or what somebody who drives commands picked from a list.
 */
export type Origin =
  | { readonly who: 'agent'; readonly client: string; readonly launch: string }
  | { readonly who: 'person'; readonly by: 'click' | 'picker' };

/** What a connection looks like to the gate. Read afresh at every decision (G9). */
export interface GateProfile {
  readonly id: string;
  readonly name: string;
  /** Rises with every edit of addresses, trust, credentials, level or policies. */
  readonly revision: number;
  readonly level: AccessLevel;
  readonly policies?: readonly Policy[];
  /** How long a question may stay open, 1 to 30 minutes; 5 when absent (G2). */
  readonly answerMinutes?: number;
  readonly commands?: CommandSwitches;
}

/** What a person has switched on for the commands of agents; off where it is absent (G8). */
export interface CommandSwitches {
  /** Commands on nodes; each is still asked about. */
  readonly host?: true;
  /** Commands that only read and show nothing sensitive run without a question. */
  readonly quietReads?: true;
}

/** Everything that is stored of what holds agents back: one file, read at every decision (G9). */
export interface Standing {
  readonly profiles: readonly GateProfile[];
  readonly freeze: Freeze;
}
export interface Freeze {
  /** How often it was frozen: one that was lifted again has still ended what waited then. */
  readonly count: number;
  /** When it was frozen, ISO 8601; absent while it is not. */
  readonly since?: string;
}

/** A guest as the gate itself read it. `state` and `configHash` are part of what a yes covers (G2). */
export interface GuestFacts {
  readonly type: 'qemu' | 'lxc';
  readonly vmid: number;
  readonly node: string;
  readonly name: string;
  readonly state: string;
  /** SHA-256 over the current config keys without snapshots, `parent`, `lock`, `meta` and `digest`. */
  readonly configHash: string;
  /** Proxmox VE's own, over the whole file. */
  readonly digest?: string;
  readonly uptimeSeconds?: number;
  readonly protected: boolean;
  readonly template: boolean;
  /** HA state ("started"), when HA manages the guest. */
  readonly ha?: string;
  readonly lock?: string;
  readonly tags: readonly string[];
  /** A Windows guest: no command in it counts as a read. */
  readonly windows?: true;
  /** Tells this guest from a later one with the same VMID, where its config holds something that does (G7). */
  readonly mark?: string;
  /** An earlier step of the same plan makes it: what is said of it is what the plan says (G2). */
  readonly isNew?: true;
}
export interface TargetFacts {
  /** "web-01" (101, VM on pve2). */
  readonly label: string;
  readonly node?: string;
  /** The node that a guest is moved to. */
  readonly to?: string;
  readonly guest?: GuestFacts;
  /** What of the guest it is about: `snapshot "before"`. The label has it too. */
  readonly part?: string;
  /** On a node: the user as whom commands run there. */
  readonly login?: string;
  /** Whether the VMID of a new guest is in use, by `guest`; absent when it cannot be told. */
  readonly vmid?: 'free' | 'taken';
  /** What an upload would replace, in words; empty when nothing is there, absent when it cannot be told. */
  readonly replaces?: string;
  /** Absent when it cannot be told: a policy that needs to know denies then (G14). */
  readonly touches?: readonly TouchedGuest[];
}

/** The gate's own judgement of one operation. */
export interface Assessment {
  readonly operation: Operation;
  readonly digest: OperationDigest;
  readonly risk: Risk;
  /** Secrets, files of guests, or something that leaves the cluster: asks at every level, for reads too (G6). */
  readonly sensitive: boolean;
  /** Refused to agents whatever the level (G5). */
  readonly refused?: string;
  /** Imperative verb: "Shut down". */
  readonly verb: string;
  /** One sentence. */
  readonly effect: string;
  readonly facts: TargetFacts;
  /** What speaks against it, worst first. */
  readonly hazards: readonly Fact[];
  /** What does not, and is good to know. */
  readonly notes: readonly Fact[];
  /** What is different afterwards, where the gate can tell: `state: running → stopped`. */
  readonly changes: readonly Change[];
  readonly undo?: string;
  /** Why the risk is what it is. */
  readonly reasons: readonly string[];
  /** Cancelling the call may stop the task that it started, because stopping that task is harmless. */
  readonly stopTask: boolean;
  /** It cuts the guest off without warning: a person's click alone is not the yes. */
  readonly abrupt: boolean;
}

export interface Change {
  readonly what: string;
  readonly before?: string;
  readonly after: string;
}

export type Decision =
  | { readonly kind: 'allow'; readonly because: string }
  | { readonly kind: 'ask' }
  | {
      readonly kind: 'deny';
      readonly by: 'level' | 'policy' | 'freeze' | 'unassessable';
      readonly why: string;
      readonly next: string;
    };

/** The single place that performs anything on a cluster. It never throws for what a proposal can cause. */
export interface Gate {
  perform(proposal: Proposal, origin: Origin, options: PerformOptions): Promise<PlanResult>;
}

/** What the MCP server is told of a connection. */
export interface ConnectionInfo {
  readonly id: string;
  readonly name: string;
  readonly level: AccessLevel;
  /** Commands on nodes are switched on. */
  readonly host?: true;
}
