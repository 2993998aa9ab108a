import fc from 'fast-check';
import { expect, test } from 'vitest';
import { programs } from '../../../../src/gate/command/pve/programs.ts';
import { judgePve } from '../../../../src/gate/command/pve.ts';
import type { RuleVerdict, Word } from '../../../../src/gate/command/types.ts';
import { risks } from '../../../../src/gate/types.ts';

function judged(argv: readonly Word[]): RuleVerdict {
  const verdict = judgePve(argv, 'pve1');
  if (verdict === undefined) throw new Error(`Nobody knows ${argv.join(' ')}`);
  return verdict;
}

function isAtLeast(one: RuleVerdict, other: RuleVerdict): boolean {
  const isRefused = one.refused !== undefined || other.refused === undefined;
  return (
    risks.indexOf(one.risk) >= risks.indexOf(other.risk) &&
    isRefused &&
    (one.sensitive === true || other.sensitive !== true)
  );
}

interface Option {
  readonly name: string;
  readonly value: string;
}
interface Command {
  readonly head: readonly string[];
  readonly operands: readonly string[];
  readonly options: readonly Option[];
}

const operand = fc.constantFrom(
  '101',
  'pve2',
  'local',
  's1',
  'scsi0',
  '10G',
  'unused0',
  'local:vm-101-disk-0',
  'vm:101',
  'ping',
);
const name = fc.constantFrom(
  ...'memory net0 scsi1 delete force skiplock purge protection timeout online full target storage vmid remove all script'.split(
    ' ',
  ),
  ...'disable dry-run dryrun verbose current type output-format quiet description comment vms sshkeys unheard args'.split(
    ' ',
  ),
);
const value = fc.constantFrom('0', '1', 'unused0', '101', 'x', '/etc/passwd', 'local:vm-102-disk-0', 'yes', '');
const option = fc.record({ name, value });
const options = fc.uniqueArray(option, { maxLength: 3, selector: (it) => it.name });

const heads = Object.entries(programs).flatMap(([program, rows]) =>
  Object.entries(rows).map(([command, row]) => {
    const meant = typeof row === 'string' ? rows[row] : row;
    const count = typeof meant === 'object' ? meant.operands.filter((one) => !/[?*]$/.test(one)).length : 0;
    return { head: [program, ...command.split(' ').filter((word) => word !== '')], count };
  }),
);
const ofProgram = fc.constantFrom(...heads).chain(({ head, count }) =>
  fc.record({
    head: fc.constant(head),
    operands: fc.array(operand, { minLength: count, maxLength: count }),
    options,
  }),
);
const paths = fc.constantFrom(
  ...[
    '/version',
    '/nodes/pve1/qemu/101/config',
    '/nodes/localhost/lxc/102/status/start',
    '/nodes/pve1/vzdump',
    '/storage/local',
  ],
  ...['/access/users', '/cluster/acme/meta', '/nodes/pve1/scan/nfs', '/nodes/pve1/termproxy', '/nodes/pve1/qemu/101'],
);
const ofPvesh = fc.record({
  head: fc.constantFrom('get', 'ls', 'set', 'create', 'delete').map((verb) => ['pvesh', verb]),
  operands: paths.map((path) => [path]),
  options,
});
const command: fc.Arbitrary<Command> = fc.oneof({ weight: 3, arbitrary: ofProgram }, ofPvesh);

/** Values that look like options are for the rows. */
function argv({ head, operands, options: given }: Command): string[] {
  return [...head, ...operands, ...given.map(({ name: it, value: what }) => `--${it}=${what}`)];
}

/** Without these Proxmox VE reaches further than with them, or does the thing instead of showing it. */
const lowering = ['vmid', 'vms', 'remove', 'dry-run', 'dryrun'];
const runs = { numRuns: 600 };

test('G5: no option that is added lowers a verdict', () => {
  fc.assert(
    fc.property(command, option, (it, more) => {
      fc.pre(!lowering.includes(more.name));
      const isCase = it.options.some(({ name: one }) => lowering.includes(one));
      fc.pre(!isCase || !it.options.some(({ name: one }) => one === more.name));
      return isAtLeast(judged([...argv(it), `--${more.name}`, more.value]), judged(argv(it)));
    }),
    runs,
  );
});

test('G5: no operand that is added lowers a verdict, wherever it stands', () => {
  fc.assert(
    fc.property(command, operand, fc.nat(), (it, word, at) => {
      // A list of guests says less the longer it is; without one it is all of them.
      fc.pre(it.head[0] !== 'vzdump');
      const place = at % (it.operands.length + 1);
      const operands = [...it.operands.slice(0, place), word, ...it.operands.slice(place)];
      fc.pre(it.head[1] !== 'guest' && it.head[1] !== 'agent');
      return isAtLeast(judged(argv({ ...it, operands })), judged(argv(it)));
    }),
    runs,
  );
});

test('G5: how an option is written, and where, changes nothing', () => {
  const spelling = fc.constantFrom<(one: Option) => string[]>(
    ({ name: it, value: what }) => [`--${it}`, what],
    ({ name: it, value: what }) => [`-${it}`, what],
    ({ name: it, value: what }) => [`--${it}=${what}`],
    ({ name: it, value: what }) => [`-${it}=${what}`],
  );
  fc.assert(
    fc.property(command, fc.array(spelling, { minLength: 3, maxLength: 3 }), fc.boolean(), (it, how, isFirst) => {
      const words = it.options.flatMap((one, at) => how[at]?.(one) ?? []);
      const other = isFirst ? [...it.head, ...words, ...it.operands] : [...it.head, ...it.operands, ...words];
      expect(judged(other)).toEqual(judged(argv(it)));
    }),
    runs,
  );
});

test('G5: an option that stands alone is as good as one that is 1', () => {
  fc.assert(
    fc.property(command, name, (it, flag) => {
      fc.pre(!it.options.some((one) => one.name === flag));
      return isAtLeast(judged([...argv(it), `--${flag}`]), judged([...argv(it), `--${flag}=1`]));
    }),
    runs,
  );
});

test('G5: no word that only the run will tell lowers a verdict', () => {
  fc.assert(
    fc.property(command, fc.nat(), (it, at) => {
      const words: Word[] = argv(it);
      const before = judged(words);
      words[1 + (at % Math.max(1, words.length - 1))] = undefined;
      return risks.indexOf(judged(words).risk) >= risks.indexOf(before.risk);
    }),
    runs,
  );
});

test('G5: whatever the words are, a verdict comes, and only known commands read', () => {
  const word = fc.oneof(fc.string(), fc.constantFrom('-', '--', '--x=', '-x', '', '--__proto__', 'help', undefined));
  fc.assert(
    fc.property(
      fc.constantFrom('pvesh', ...Object.keys(programs)),
      fc.array(word, { maxLength: 12 }),
      (program, words) => {
        const { risk, why } = judged([program, ...words]);
        expect(why).not.toBe('');
        return risk !== 'read' || !words.includes(undefined);
      },
    ),
    runs,
  );
});

test('G5: thousands of options are judged at once, and are no read', () => {
  const many = Array.from({ length: 5000 }, (_, at) => `--a${at}`);
  const began = performance.now();
  expect(judged(['qm', 'config', '101', ...many]).risk).toBe('configure');
  expect(judged(['pvesh', 'get', '/version', ...many]).risk).toBe('configure');
  expect(judged(['pvesh', 'create', '/version', ...many]).risk).toBe('destroy');
  expect(judged(['qm', 'start', '101', ...many]).risk).toBe('destroy');
  expect(performance.now() - began).toBeLessThan(500);
});
