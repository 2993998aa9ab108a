import { type Arg, anything, startOf, textOf } from '../arg.ts';
import { given, optionTable } from '../options.ts';
import { says } from '../rule.ts';
import type { CommandPlace, RuleVerdict } from '../types.ts';
import { type Inner, runsIt, type Unwrapped, type Wrapper } from './unwrap.ts';

/** `pct exec VMID -- command`; the options of `pct exec` may stand before it. */
const pct: Wrapper = (call, around) => {
  if (call.place !== 'host') return undefined;
  const [verb, vmid, ...rest] = call.args;
  if (verb === 'enter')
    return opens(
      vmid,
      around.input.from === 'nothing' ? [] : [{ script: anything, input: around.input, place: 'container' }],
    );
  if (verb !== 'exec') return undefined;
  const found = given(rest, optionTable('--keep-env: -keep-env:', true), true);
  return inGuest(vmid, found.unknown[0], found.operands, 'container');
};

/** `qm guest exec VMID [options] -- command`. */
const qm: Wrapper = (call) => {
  const [guest, verb, vmid, ...rest] = call.args;
  if (call.place !== 'host' || guest !== 'guest' || verb !== 'exec') return undefined;
  const options = optionTable('--timeout: -timeout: --synchronous: -synchronous: --pass-stdin: -pass-stdin:', true);
  const found = given(rest, options, true);
  return inGuest(vmid, found.unknown[0], found.operands, 'vm');
};

/** `lxc-attach -n VMID -- command`. */
const lxcAttach: Wrapper = (call, around) => {
  const line =
    '-qe -n: -P: -s: -R -v: -a: -u: -g: -L: -f: -l: -o: --name: --lxcpath: --arch: --elevated-privileges? --namespaces: --remount-sys-proc --keep-env --clear-env --set-var: --keep-var: --uid: --gid: --context: --rcfile: --quiet --logfile: --logpriority:';
  const found = given(call.args, optionTable(line), true);
  const vmid = found.options.find(([name]) => name === '-n' || name === '--name')?.[1];
  if (found.operands.length === 0)
    return opens(
      vmid,
      around.input.from === 'nothing' ? [] : [{ script: anything, input: around.input, place: 'container' }],
    );
  return inGuest(vmid, found.unknown[0], found.operands, 'container');
};

function inGuest(
  vmid: Arg | undefined,
  unknown: string | undefined,
  argv: readonly Arg[],
  place: CommandPlace,
): Unwrapped {
  const which = textOf(vmid);
  const isKnown = which !== undefined && /^\d+$/.test(which);
  const guests = isKnown ? [Number(which)] : ('all' as const);
  const own: RuleVerdict =
    unknown !== undefined
      ? says('configure', `${unknown} is not known.`, { guests })
      : isKnown || (which === undefined && !startOf(vmid ?? '').startsWith('-'))
        ? { ...runsIt, why: 'It runs what follows in a guest.', guests }
        : says('configure', 'It names no guest.', { guests });
  return argv.length === 0
    ? { own: says('configure', 'There is no command.', { guests }), inner: [] }
    : { own, inner: [{ argv, place }] };
}

function opens(vmid: Arg | undefined, inner: readonly Inner[]): Unwrapped {
  const which = Number(textOf(vmid));
  return {
    own: says('configure', 'It opens a console in a guest.', {
      guests: Number.isInteger(which) ? [which] : 'all',
      refused: 'Agents may not open consoles, at any access level.',
    }),
    inner,
  };
}

/** Proxmox VE's ways to run something in a guest. */
export const guests: Readonly<Record<string, Wrapper>> = { pct, qm, 'lxc-attach': lxcAttach };
