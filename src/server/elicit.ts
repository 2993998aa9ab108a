import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  type ElicitRequestFormParams,
  type ElicitResult,
  ElicitResultSchema,
  ErrorCode,
  McpError,
} from '@modelcontextprotocol/sdk/types.js';
import * as z from 'zod';
import { printable } from '../gate/printable.ts';
import { type Question, questionText } from '../gate/question.ts';
import type { Redactor } from '../gate/redact.ts';
import type { ApprovalAnswer, ApprovalRequest, Approver } from '../gate/types.ts';
import type { Clock } from '../pve/clock.ts';

/**
 * Asks through MCP elicitation (gate.md G18): one form, whose default refuses, with a time limit of its own. Anything but
 * the exact answer is a no, and nothing is asked twice. The server is looked at when a question comes, so it may not be
 * connected yet.
 */
export function elicitApprover(
  server: Pick<Server, 'getClientCapabilities' | 'request'>,
  { clock, redactor }: { readonly clock: Clock; readonly redactor: Pick<Redactor, 'text'> },
): Approver {
  return {
    name: 'client',
    async ask(request, signal) {
      if (server.getClientCapabilities()?.elicitation?.form === undefined) return nobody(cannotBeAsked);
      const question = questionText(request);
      // A client may cut it, and nothing here can tell whether all of it was seen.
      if (question.tooLong) return nobody(cannotBeShown);
      if (factsOf(question).some((line) => redactor.text(line) !== line)) return nobody(holdsSecret);
      // The gate's own limit ends the question; a little more here, so that it is the gate that says why.
      const timeout = Math.max(1, request.expiresAt - clock.now()) + 1000;
      // The signal of an answered question still fires; the client must not be told that it was withdrawn.
      const withdraw = new AbortController();
      const onAbort = () => withdraw.abort();
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        const params = form(request, question, redactor);
        const options = { signal: withdraw.signal, timeout };
        return judge(
          await server.request({ method: 'elicitation/create', params }, ElicitResultSchema, options),
          request,
        );
      } catch (error) {
        if (signal.aborted) return { kind: 'deny', by: 'cancelled' };
        if (error instanceof McpError && error.code === ErrorCode.RequestTimeout)
          return { kind: 'deny', by: 'timeout' };
        return nobody('The MCP client could not ask the question, or answered in a form that is not valid.');
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
    },
  };
}

const cannotBeAsked =
  'This MCP client cannot ask a person (it has no elicitation), so nothing that changes the cluster runs. Use a client that can, or the Proxmox VE extension for VS Code.';

const cannotBeShown =
  'This is too long to be shown whole in a question of this MCP client. Propose fewer steps at once, or shorter values.';

const holdsSecret =
  'What would have to be shown holds something like a secret, which must not go through an MCP client. Nobody was asked.';

/** Everything that the gate says itself. It is shown whole or not at all: what is blanked out cannot be agreed to. */
function factsOf({ title, lines, claims }: Question): readonly string[] {
  return [title, ...lines.slice(0, lines.length - claims.length)];
}

function form(request: ApprovalRequest, question: Question, redactor: Pick<Redactor, 'text'>): ElicitRequestFormParams {
  const name = {
    type: 'string',
    title: 'Name',
    description: `Type ${printable(request.mustType ?? '')} to confirm`,
  } as const;
  const answer = {
    type: 'string',
    title: question.title,
    description: 'run: do exactly this, once. deny: nothing happens.',
    enum: ['deny', 'run'],
    default: 'deny',
  } as const;
  return {
    // Claim by claim, so that what one of them says hides nothing beside it.
    message: [...factsOf(question), ...question.claims.map((claim) => redactor.text(claim))].join('\n'),
    requestedSchema:
      request.mustType === undefined
        ? { type: 'object', properties: { answer }, required: ['answer'] }
        : { type: 'object', properties: { answer, name }, required: ['answer', 'name'] },
  };
}

const plainYes = z.strictObject({ answer: z.literal('run') });

function judge({ action, content }: ElicitResult, { mustType }: ApprovalRequest): ApprovalAnswer {
  if (action === 'decline') return { kind: 'deny', by: 'person' };
  if (action !== 'accept') return nobody('The question was closed without an answer.');
  if (content?.answer === 'deny') return { kind: 'deny', by: 'person' };
  if (mustType === undefined) return plainYes.safeParse(content).success ? { kind: 'run' } : nobody(notValid);
  const typedYes = plainYes.extend({ name: z.literal(mustType) });
  return typedYes.safeParse(content).success ? { kind: 'run', typed: mustType } : nobody(notValid);
}

const notValid = 'The answer was not exactly what was asked for, so it counts as a no.';

function nobody(note: string): ApprovalAnswer {
  return { kind: 'deny', by: 'nobody', note };
}
