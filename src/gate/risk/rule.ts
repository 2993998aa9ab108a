import type { PveMethod } from '../../pve/request.ts';
import type { ApiOperation, Risk, TargetFacts } from '../types.ts';
import type { Raise } from './raise.ts';

/** The parameters of an operation, in wire form. */
export type Params = ApiOperation['params'];
export type Effect = (facts: TargetFacts, params: Params) => string;

/** One line of the risk table. What it says of an operation is the gate's own word; a tool's is never asked. */
export interface RiskRule {
  readonly method: PveMethod;
  /** `{guest}` stands for `qemu` or `lxc`; any other `{name}` for one segment. */
  readonly path: string;
  readonly risk: Risk;
  /** What it acts on, in words: `storage {storage}`, filled in from path and parameters; of a guest, its part or nothing. */
  readonly target: string;
  /** Imperative, as on a button: "Shut down". */
  readonly verb: string;
  /** What is true of the target afterwards: "shut down". */
  readonly done: string;
  /** One sentence or more, from the state that the gate has read. */
  readonly effect: Effect;
  readonly undo?: string;
  /** Parameters that this risk covers; `net[n]` is any `net0`. Any other one raises the operation to `destroy`. */
  readonly params: readonly string[];
  /** What raises the operation to `destroy`, though the parameter is covered. */
  readonly raises: readonly Raise[];
  /** It sends data out, or makes a node connect somewhere (G6): always, or when one of these parameters is there. */
  readonly sensitive?: true | readonly string[];
  /** Interrupting the task is harmless: cancelling the call may do so. */
  readonly stopTask?: boolean;
  /** The guest's status when it is done; a guest that HA manages gets there after its task (see `ha.ts`). */
  readonly becomes?: 'running' | 'stopped';
  /** The guest stands on the node of the parameter `target` when it is done; the same for HA. */
  readonly moves?: boolean;
  /** It makes a guest of the parameter `vmid`, or replaces the one that is there. */
  readonly creates?: boolean;
  /** A person's click is not enough: it cuts the guest off without warning (design: hard stop and reset). */
  readonly abrupt?: boolean;
}

/** What a line says beside its sentence. `params` and `sensitive` are names with blanks between. */
interface More
  extends Partial<Pick<RiskRule, 'undo' | 'raises' | 'stopTask' | 'becomes' | 'moves' | 'creates' | 'abrupt'>> {
  readonly params?: string;
  readonly sensitive?: true | string;
}

/**
 * Makes lines of one risk: request, target, verb, what is true afterwards, effect, and the rest.
 * A line that is `destroy` needs no `params`: nothing can raise it.
 */
function lines(risk: Risk) {
  return (
    request: `${'POST' | 'PUT' | 'DELETE'} /${string}`,
    target: string,
    verb: string,
    done: string,
    effect: string | Effect,
    { params = '', sensitive, raises = [], ...more }: More = {},
  ): RiskRule => {
    const [method, path = ''] = request.split(' ') as ['POST' | 'PUT' | 'DELETE', string];
    return {
      method,
      path,
      risk,
      target,
      verb,
      done,
      effect: typeof effect === 'string' ? () => effect : effect,
      params: words(params),
      raises,
      ...(sensitive === undefined ? {} : { sensitive: sensitive === true ? true : words(sensitive) }),
      ...more,
    };
  };
}

export const read = lines('read');
export const operate = lines('operate');
export const configure = lines('configure');
export const destroy = lines('destroy');

/** Whether a name is one of these: `net[n]` is any of `net0`, `net1`, … */
export function covers(names: readonly string[], name: string): boolean {
  return names.includes(name) || names.includes(name.replace(/\d+$/, '[n]'));
}

/** PVE's reading of a boolean: exactly `0`, or absent, is off (G4). */
export function isSet(value: string | readonly string[] | undefined): boolean {
  return value !== undefined && value !== '0';
}

/** A list as Proxmox VE splits it: by comma, semicolon or blank, and a key that is repeated (G4). */
export function listed(value: string | readonly string[] | undefined): readonly string[] {
  return [value ?? []]
    .flat()
    .flatMap((one) => one.split(/[,;\s\0]+/))
    .filter((word) => word !== '');
}

/** The state of a guest decides which of two sentences is true. */
export function unless(facts: TargetFacts, states: readonly string[], usual: string, otherwise: string): string {
  return facts.guest !== undefined && states.includes(facts.guest.state) ? otherwise : usual;
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
