import type { PveMethod } from '../../../pve/request.ts';
import { refusal } from '../../assess.ts';
import { judge } from '../../judge.ts';
import { isSensitive } from '../../risk.ts';
import { namedGuests } from '../../touches.ts';
import type { Risk } from '../../types.ts';
import { risks } from '../../types.ts';
import type { RuleVerdict } from '../types.ts';

/** Parameters as a command line gives them: one that is given twice is a list, so that neither value can hide the other. */
export type Given = Readonly<Record<string, string | readonly string[]>>;

/** The gate's own verdict on the request that a command makes (G5). */
export function judgeRequest(method: PveMethod, segments: readonly string[], params: Given): RuleVerdict {
  const operation = { kind: 'api', connection: '', revision: 0, method, segments, params } as const;
  const { risk, reasons } = judge(operation);
  const guests = namedGuests(operation);
  const refused = refusal(operation);
  const services = segments[2] === 'services' && segments[3] !== undefined ? [segments[3]] : [];
  return {
    risk,
    sensitive: isSensitive(operation),
    why: reasons.join(' '),
    guests,
    ...(services.length === 0 ? {} : { services }),
    ...(refused === undefined ? {} : { refused }),
  };
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
