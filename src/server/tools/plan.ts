import * as z from 'zod';
import { printable } from '../../gate/printable.ts';
import { PveError } from '../../pve/error.ts';
import { checkArguments } from '../arguments.ts';
import { defineTool, findTool, type ToolAnswer, type ToolDefinition } from '../define-tool.ts';
import { type PlanReport, runPlan, type Step, type StepReport } from '../run-plan.ts';
import { errorText, refusalText } from '../text/problem.ts';
import { count } from '../text/units.ts';

const name = 'pve_run_plan';

const step = z.strictObject({
  tool: z.string().min(1).max(64),
  arguments: z.looseObject({}).default({}).describe('Without cluster and reason'),
});
type WrittenStep = z.output<typeof step>;

/** The tool that puts several steps of the others to a person as one question. */
export function planOf(tools: readonly ToolDefinition[]): ToolDefinition {
  return defineTool({
    name,
    title: 'Run several steps',
    toolset: 'plan',
    risk: 'destroy',
    least: 'read',
    description:
      'Runs calls of other tools in order, after one question for all; the first that fails ends it. None can use the result of another. Reads go before the first change or after the last.',
    input: z.strictObject({
      title: z.string().min(1).max(100).describe('What it does'),
      steps: z.array(step).min(1).max(20),
      reason: z.string().max(200).optional(),
    }),
    async handle({ title, steps, reason }, context) {
      const checked = steps.map((written) => check(written, tools));
      const fit = checked.flatMap((one) => ('tool' in one ? [one] : []));
      if (fit.length < steps.length)
        return answer(steps, { steps: checked.map((one) => ('tool' in one ? unrun : one)), proposed: false });
      const budget = Math.floor(context.budget / steps.length);
      return answer(steps, await runPlan(fit, { title, reason }, { ...context, budget }));
    },
  });
}

const unrun: StepReport = { state: 'not run' };

/** A step with its arguments checked by its own tool, or what is wrong with it. */
function check({ tool: wanted, arguments: args }: WrittenStep, tools: readonly ToolDefinition[]): Step | StepReport {
  try {
    if (wanted === name) throw nested();
    const tool = findTool(tools, wanted);
    return { tool, args: checkArguments(tool.input, args, tool.name) };
  } catch (error) {
    if (!(error instanceof PveError)) throw error;
    return { state: 'failed', text: errorText(error.data) };
  }
}

function nested(): PveError {
  const hint = 'List its steps here.';
  return new PveError({ code: 'invalid_argument', message: 'A plan cannot hold a plan', hint, reason: [] });
}

/** What stopped everything comes first, then each step under its own heading; a refused plan repeats nothing for each. */
function answer(written: readonly WrittenStep[], { steps, whole, proposed }: PlanReport): ToolAnswer {
  const done = steps.filter(({ state }) => state === 'done').length;
  const shown = steps.flatMap((report, at) =>
    whole !== undefined && report.state === whole.status ? [] : ['', ...section(report, at + 1, written[at])],
  );
  return { text: [head(steps, done, whole, proposed), ...shown].join('\n'), failed: done < steps.length };
}

function head(steps: readonly StepReport[], done: number, whole: PlanReport['whole'], proposed: boolean): string {
  if (whole !== undefined) return refusalText(whole);
  if (!proposed) return 'The plan cannot run as it is. Nobody was asked, and nothing was sent.';
  if (done === steps.length) return `${steps.length === 1 ? 'The step' : `All ${steps.length} steps`} ran.`;
  const stop = steps.findIndex(({ state }) => state !== 'done') + 1;
  return `${done} of ${count(steps.length, 'step')} ran; step ${stop} did not succeed, which ended the plan.`;
}

function section({ state, text }: StepReport, number: number, written: WrittenStep | undefined): string[] {
  return [`Step ${number} (${printable(written?.tool ?? '', 64)}): ${state}`, ...(text === undefined ? [] : [text])];
}
