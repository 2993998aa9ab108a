import type { PveMethod } from '../../../pve/request.ts';
import { refusal } from '../../assess.ts';
import { judge } from '../../judge.ts';
import { isSensitive, matches } from '../../risk.ts';
import { hiddenFieldsOf, newSecretOf } from '../../secret-answers.ts';
import { givenSecrets } from '../../secret-parameters.ts';
import { namedGuests } from '../../touches.ts';
import { type ApiOperation, type Risk, risks } from '../../types.ts';
import type { RuleVerdict } from '../types.ts';

/** Parameters as a command line gives them: one that is given twice is a list, so that neither value can hide the other. */
export type Given = Readonly<Record<string, string | readonly string[]>>;

/** The gate's own verdict on the request that a command makes (G5). */
export function judgeRequest(method: PveMethod, segments: readonly string[], params: Given): RuleVerdict {
  const operation: ApiOperation = { kind: 'api', connection: '', revision: 0, method, segments, params };
  const { risk, reasons } = judge(operation);
  const refused = refusal(operation) ?? secretIn(operation);
  const services = segments[2] === 'services' && segments[3] !== undefined ? [segments[3]] : [];
  return {
    risk,
    sensitive: isSensitive(operation) || printsSecret(operation),
    why: reasons.join(' '),
    guests: namedGuests(operation),
    ...(services.length === 0 ? {} : { services }),
    ...(refused === undefined ? {} : { refused }),
  };
}

/** Agents neither pass a secret nor receive a new one (G15), and from a command line nobody can keep it. */
function secretIn(operation: ApiOperation): string | undefined {
  const [given] = Object.keys(operation.params).length === 0 ? [] : givenSecrets(operation);
  if (given !== undefined) return `Agents may not pass ${given}: it holds a secret.`;
  const made = newSecretOf(operation);
  return made === undefined ? undefined : `Agents may not see what it prints: ${made.what}.`;
}

/** What is hidden in the answer of a request, a command prints. Of containers that is what their file shows as well. */
function printsSecret({ method, segments }: ApiOperation): boolean {
  if (method !== 'GET') return false;
  return matches('/access/domains/{realm}', segments) || [...hiddenFieldsOf(segments)].some((name) => name !== 'env');
}

/**
 * What counts where not all of a command can be told.
 * @param reads whether the command is one that only reads, whatever it is given
 */
export function unclear(reads: boolean, why: string): RuleVerdict {
  return reads
    ? { risk: 'configure', sensitive: true, why, guests: [] }
    : { risk: 'destroy', sensitive: true, why, guests: 'all' };
}

/** The higher of two in everything. */
export function worse(a: RuleVerdict, b: RuleVerdict): RuleVerdict {
  const higher = rank(b.risk) > rank(a.risk) ? b : a;
  const refused = a.refused ?? b.refused;
  const guests =
    a.guests === 'all' || b.guests === 'all' ? 'all' : [...new Set([...(a.guests ?? []), ...(b.guests ?? [])])];
  return {
    ...higher,
    sensitive: a.sensitive === true || b.sensitive === true,
    guests,
    ...(refused === undefined ? {} : { refused }),
  };
}

function rank(risk: Risk): number {
  return risks.indexOf(risk);
}
