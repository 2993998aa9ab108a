import { createDesk, type Desk, type Pressed } from '../../../../src/extension/approvals/desk.ts';
import { type Words, wordNames } from '../../../../src/extension/approvals/protocol.ts';
import { assess } from '../../../../src/gate/assess.ts';
import { assessCommand } from '../../../../src/gate/command-operation.ts';
import { guestLabel } from '../../../../src/gate/labels.ts';
import { toOperation, toRequest } from '../../../../src/gate/operation.ts';
import type {
  ApprovalAnswer,
  ApprovalRequest,
  CommandRun,
  GuestFacts,
  Origin,
  ProposedApi,
  Safeguard,
} from '../../../../src/gate/types.ts';
import { fakeClock } from '../../../support/clock.ts';
import { agent, call, home, power } from '../../../support/gate.ts';

export const minute = 60_000;

/** Each word is its own name, with its value behind it. */
export const words = Object.fromEntries(wordNames.map((name) => [name, `${name} {0}`])) as Words;

export const otherAgent: Origin = { who: 'agent', client: 'another', launch: 'launch-2' };

const names = { 101: 'web-01', 102: 'mail-01', 103: 'db-01' } as const;

/** What the gate asks for one operation on a guest. */
export function request(
  id: string,
  vmid: 101 | 102 | 103,
  more: Partial<ApprovalRequest> & {
    readonly operation?: ProposedApi;
    readonly guest?: Partial<GuestFacts>;
  } = {},
): ApprovalRequest {
  const { operation = power(vmid, 'stop'), guest: changed, ...rest } = more;
  const bound = toRequest(operation, home);
  const guest: GuestFacts = {
    ...{ type: 'qemu', vmid, node: 'pve2', name: names[vmid], state: 'running', configHash: '', uptimeSeconds: 3600 },
    ...{ protected: false, template: false, tags: [] },
    ...changed,
  };
  const step = assess(bound, { label: guestLabel(guest), node: guest.node, guest });
  return {
    ...{ id, connection: home, origin: agent, tool: 'pve_power_guest', assessments: [step], risk: step.risk },
    ...{ expiresAt: startsAt + 5 * minute, offers: [] },
    ...rest,
  };
}

/** A question about commands in a container: each step may be run in other words. */
export function commandRequest(
  id: string,
  runs: readonly CommandRun[],
  more: Partial<ApprovalRequest> = {},
): ApprovalRequest {
  const { assessments, ...whole } = request(id, 102);
  const [{ facts } = { facts: { label: '' } }] = assessments;
  const steps = runs.map((run) => {
    const target = { at: 'container', node: 'pve1', vmid: 102 } as const;
    const operation = toOperation({ kind: 'command', target, run, timeoutSeconds: 60 }, home);
    if (operation.kind !== 'command') throw new Error('not a command');
    return assessCommand(operation, facts);
  });
  return { ...whole, tool: 'pve_exec_guest', assessments: steps, editable: steps.map((_, index) => index), ...more };
}

/** What the gate offers to do first. */
export function safeguardOf(kind: Safeguard['kind']): Safeguard {
  const params =
    kind === 'snapshot' ? { snapname: 'before_20270115_080000' } : { vmid: 101, storage: 'nas', remove: 0 };
  const path = kind === 'snapshot' ? '/nodes/pve2/qemu/101/snapshot' : '/nodes/pve2/vzdump';
  const [step] = request('first', 101, { operation: call('POST', path, params) }).assessments;
  if (step === undefined) throw new Error('no step');
  return { kind, step };
}

/** The wall clock of a `fakeClock` at its start. */
const startsAt = fakeClock().now();

/** Lets what has been started go on until it waits for the clock or a person. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export type DeskBench = ReturnType<typeof deskBench>;

/** A desk whose window, dialog and clock the test holds. */
export function deskBench({ focused = true }: { readonly focused?: boolean } = {}) {
  const clock = fakeClock(0);
  const dialogs: {
    readonly id: string;
    readonly press: (button: Pressed) => void;
    readonly fail: (why: Error) => void;
  }[] = [];
  const told: string[] = [];
  const answers = new Map<string, ApprovalAnswer[]>();
  const withdrawals = new Map<string, AbortController>();
  const desk: Desk = createDesk({
    clock,
    isFocused: () => focused,
    dialog: ({ id }) => new Promise((press, fail) => dialogs.push({ id, press, fail })),
    review: () => told.push('cards shown'),
    freeze: () => told.push('frozen'),
    tooLate: () => told.push('too late'),
  });
  const bench = {
    clock,
    desk,
    /** The dialogs that were opened, each with its buttons. */
    dialogs,
    /** What else the person was told or shown. */
    told,
    /** Asks, and does not wait for the answer. */
    ask(...requests: readonly ApprovalRequest[]): void {
      for (const one of requests) {
        const controller = new AbortController();
        withdrawals.set(one.id, controller);
        answers.set(one.id, []);
        void desk.ask(one, controller.signal).then((answer) => answers.get(one.id)?.push(answer));
      }
    },
    /** The same, until they stand where a person sees them. */
    async askAndPlace(...requests: readonly ApprovalRequest[]): Promise<void> {
      bench.ask(...requests);
      await bench.pass(300);
    },
    async pass(ms: number): Promise<void> {
      clock.advance(ms);
      await settle();
    },
    async withdraw(id: string, why: string): Promise<void> {
      withdrawals.get(id)?.abort(why);
      await settle();
    },
    async press(button: Pressed): Promise<void> {
      dialogs.at(-1)?.press(button);
      await settle();
    },
    async failDialog(): Promise<void> {
      dialogs.at(-1)?.fail(new Error('no window'));
      await settle();
    },
    /** Shows cards for as long as a yes needs. */
    async see(...ids: readonly string[]): Promise<void> {
      desk.shown(ids);
      await bench.pass(510);
    },
    /** What the gate was answered, question by question. */
    async answers(id: string): Promise<readonly ApprovalAnswer[]> {
      await settle();
      return answers.get(id) ?? [];
    },
    /** The cards that wait, stack by stack. */
    stacks(): string[][] {
      const stacks = new Map<string, string[]>();
      for (const { stack, request, end } of desk.cards())
        if (end === undefined) stacks.set(stack, [...(stacks.get(stack) ?? []), request.id]);
      return [...stacks.values()];
    },
    /** How those that have ended did. */
    ends: () => desk.cards().flatMap(({ request, end }) => (end === undefined ? [] : [[request.id, end.kind]])),
  };
  return bench;
}
