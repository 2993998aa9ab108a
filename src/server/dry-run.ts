import type { Perform } from '../gate/read-through.ts';
import { PveError } from '../pve/error.ts';
import type { ToolAnswer } from './define-tool.ts';
import { type Planned, planText } from './text/plan-text.ts';

/** A call that is only to tell what would happen. */
export interface DryRun {
  /** The door, at which every proposal of this call is a dry run; the first that would change something ends the tool. */
  readonly perform: Perform;
  /** The plan, once the tool has ended; its own answer where it proposed nothing. */
  conclude(answer: () => Promise<ToolAnswer>): Promise<ToolAnswer>;
}

/** @param door where the gate only foresees what is proposed, so that nothing depends on how the tool goes on */
export function dryRunAt(door: Perform): DryRun {
  let plan: readonly Planned[] | undefined;
  let goesOn = false;
  return {
    async perform(proposal, options) {
      if (plan !== undefined) {
        goesOn ||= proposal.operations.some((one) => one.kind !== 'api' || one.method !== 'GET');
        throw foreseen();
      }
      const { outcomes, ...result } = await door({ ...proposal, dryRun: true }, options);
      const planned = outcomes.filter((outcome) => outcome.status === 'planned');
      if (planned.length === 0) return { ...result, outcomes };
      plan ??= planned;
      throw foreseen();
    },
    async conclude(answer) {
      try {
        const own = await answer();
        if (plan === undefined)
          return own.failed === true ? own : { text: `Dry run: this only reads; nothing would change.\n${own.text}` };
      } catch (error) {
        if (plan === undefined) throw error;
      }
      return { text: planText(plan, goesOn) };
    },
  };
}

function foreseen(): PveError {
  return new PveError({ code: 'cancelled', message: 'It was only to be foreseen', hint: '', reason: [] });
}
