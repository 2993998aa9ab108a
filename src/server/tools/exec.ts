import * as z from 'zod';
import { isCommandAnswer } from '../../gate/command-answer.ts';
import { remotePath, userName } from '../../gate/operation.ts';
import { usual } from '../../gate/through-agent.ts';
import type { CommandRun } from '../../gate/types.ts';
import { defineTool, type ToolAnswer, type ToolContext } from '../define-tool.ts';
import { refusalText } from '../text/problem.ts';
import { guestArgument, nodeArgument, reasonArgument } from './common.ts';
import { commandText } from './exec-text.ts';
import { unfit } from './on-guest.ts';
import { guestPlace, nodePlace, type Place } from './target.ts';

const commandArguments = {
  command: z.string().min(1).max(65_536).optional().describe('shell script'),
  argv: z.array(z.string().max(65_536)).min(1).max(1000).optional().describe('without a shell'),
  cwd: remotePath.optional(),
  user: userName.optional(),
  timeout_seconds: z.int().min(1).max(3600).default(usual.timeoutSeconds),
  reason: reasonArgument,
} as const;
type CommandArguments = z.output<z.ZodObject<typeof commandArguments>>;

export const execGuest = defineTool({
  name: 'pve_exec_guest',
  title: 'Command in a guest',
  toolset: 'exec',
  risk: 'destroy',
  least: 'read',
  guestText: true,
  description: 'Runs a command in a guest: in VMs by the guest agent, in containers by pct exec.',
  input: z.strictObject({ guest: guestArgument, ...commandArguments }),
  async handle({ guest, ...args }, context) {
    const run = runOf(args);
    return execute(await guestPlace(context.pve, guest), run, args, context);
  },
});

export const execHost = defineTool({
  name: 'pve_exec_host',
  title: 'Command on a node',
  toolset: 'exec',
  risk: 'destroy',
  least: 'read',
  guestText: true,
  needs: 'host',
  description:
    'Runs a command on a node; also what no token can: qm or pct unlock 101, ha-manager crm-command node-maintenance enable pve1.',
  input: z.strictObject({ node: nodeArgument, ...commandArguments }),
  async handle({ node, ...args }, context) {
    const run = runOf(args);
    return execute(await nodePlace(context.pve, node), run, args, context);
  },
});

function runOf({ command, argv }: CommandArguments): CommandRun {
  if (command !== undefined && argv === undefined) return { script: command };
  if (argv !== undefined && command === undefined) return { argv };
  throw unfit(
    command === undefined ? 'Neither command nor argv is given' : 'command and argv are both given',
    'Give a shell script as command, or a program with its words as argv.',
  );
}

/** A command that reports a failure has run: its answer is no error of the tool. */
async function execute(
  { target, title }: Place,
  run: CommandRun,
  { cwd, user, timeout_seconds: timeoutSeconds, reason }: CommandArguments,
  { perform, budget }: ToolContext,
): Promise<ToolAnswer> {
  const operation = {
    ...{ kind: 'command' as const, target, run, timeoutSeconds },
    ...(cwd === undefined ? {} : { cwd }),
    ...(user === undefined ? {} : { user }),
  };
  const {
    outcomes: [outcome],
  } = await perform([operation], { wait: true, reason });
  if (outcome?.status === 'done' && isCommandAnswer(outcome.data))
    return { text: commandText(outcome.data, title, budget) };
  if (outcome === undefined || outcome.status === 'done' || outcome.status === 'started')
    return { text: `${title}: what became of the command is not known. Look before anything else.`, failed: true };
  return { text: refusalText(outcome), failed: true };
}
