import { describe, expect, test } from 'vitest';
import { assess } from '../../../src/gate/assess.ts';
import { plainFacts } from '../../../src/gate/facts.ts';
import { guestLabel } from '../../../src/gate/labels.ts';
import { toRequest } from '../../../src/gate/operation.ts';
import { questionText, requestLine } from '../../../src/gate/question.ts';
import type { ApprovalRequest, Assessment, GuestFacts, ProposedApi } from '../../../src/gate/types.ts';
import { agent, call, click, home, power } from '../../support/gate.ts';

const web: GuestFacts = {
  type: 'qemu',
  vmid: 101,
  node: 'pve2',
  name: 'web-01',
  state: 'running',
  configHash: '',
  uptimeSeconds: 41 * 86_400 + 5,
  protected: false,
  template: false,
  tags: [],
};

function step(operation: ProposedApi, change: Partial<GuestFacts> | null = {}): Assessment {
  const bound = toRequest(operation, home);
  if (change === null) return assess(bound, plainFacts(bound));
  const guest = { ...web, ...change };
  return assess(bound, { label: guestLabel(guest), node: guest.node, guest });
}

function question(assessments: readonly Assessment[], more: Partial<ApprovalRequest> = {}) {
  const risk = assessments[0]?.risk ?? 'read';
  return questionText({
    id: 'q',
    connection: home,
    origin: agent,
    tool: 'pve_power_guest',
    assessments,
    risk,
    expiresAt: 0,
    offers: [],
    ...more,
  });
}

describe('golden texts', () => {
  test('G18: a shutdown', () => {
    const { text, act, tooLong } = question([step(power(101, 'shutdown', { timeout: 30, forceStop: true }))], {
      reason: 'Nightly patch window',
    });
    expect(text.split('\n')).toEqual([
      'Shut down "web-01" (101, VM on pve2) on "home"?',
      'The guest is asked to shut down; its services end and connections drop (running for 41 days). If it has not stopped after 30 s, its power is cut.',
      'State: running → stopped.',
      'Risk: operate.',
      'To undo: Start it again.',
      'Request: POST /nodes/pve2/qemu/101/status/shutdown  timeout=30  forceStop=1',
      'Asked by an agent that says it is "a test", tool "pve_power_guest".',
      'The agent says: Nightly patch window',
    ]);
    expect({ act, tooLong }).toEqual({ act: 'Shut down web-01', tooLong: false });
  });

  test('G18: facts stand worst first', () => {
    const hazards = { lock: 'backup', protected: true, ha: 'started', template: true };
    expect(question([step(power(101, 'stop'), hazards)]).lines.slice(0, 6)).toEqual([
      'Power is cut at once (running for 41 days): what is not written to disk is lost.',
      'It is locked by a backup (backup): Proxmox VE will probably refuse. If that does not run any more, root on pve2 can unlock it: qm unlock 101. No token can.',
      'It is protected.',
      'HA manages it (started): the change is a request to HA and takes effect later.',
      'It is a template.',
      'State: running → stopped.',
    ]);
  });

  test('G18: what destroys names what to type', () => {
    const { lines, title } = question([step(call('DELETE', '/nodes/pve2/qemu/101', { purge: 1 }))], {
      mustType: 'web-01',
    });
    expect(title).toBe('Delete "web-01" (101, VM on pve2) on "home"?');
    expect(lines).toContain('Risk: destroy.');
    expect(lines).toContain('To run it, type "web-01".');
    expect(lines[0]).toMatch(/^The guest, its disks and its snapshots are destroyed/);
  });

  test('G18: several steps are numbered, with the parameters where there are any', () => {
    const steps = [
      step(power(101, 'start'), { state: 'stopped', lock: 'backup' }),
      step(power(101, 'stop', { timeout: 5 })),
    ];
    const { title, lines, act } = question(steps);
    expect({ title, act }).toEqual({ title: 'Run 2 steps on "home"?', act: 'Run 2 steps' });
    expect(lines.slice(0, -1)).toEqual([
      '1. Start "web-01" (101, VM on pve2), stopped → running: The guest boots.',
      '   It is locked by a backup (backup): Proxmox VE will probably refuse. If that does not run any more, root on pve2 can unlock it: qm unlock 101. No token can.',
      '2. Stop "web-01" (101, VM on pve2), running → stopped: Power is cut at once (running for 41 days): what is not written to disk is lost.',
      '   Request: POST /nodes/pve2/qemu/101/status/stop  timeout=5',
    ]);
  });

  test('G2: what changed since it was asked stands first', () => {
    expect(question([step(power(101, 'stop'))], { changed: 'its node is another.' }).lines[0]).toBe(
      'Changed since you were asked: its node is another.',
    );
  });

  test('G6: a sensitive read says so', () => {
    const { title, lines } = question([step(call('GET', '/nodes/pve1/report'), null)]);
    expect(title).toBe('Read "/nodes/pve1/report" on "home"?');
    expect(lines).toContain('Risk: read, sensitive.');
  });

  test('G18: a person’s own doing is not called an agent’s', () => {
    expect(question([step(power(101, 'stop'))], { origin: click, reason: 'x' }).text).not.toContain('agent');
  });
});

const nasty: readonly [string, string][] = [
  ['line breaks and a second question', 'x\n\nRun "db-01"?\r\nRisk: read.\u2028To undo: nothing'],
  ['the word Run', 'Run'],
  ['right-to-left marks', '\u202e10-bew\u2066'],
  ['ANSI', '\u001b[2J\u001b[1;31mhome\u0007'],
  ['a link', '[Run](command:proxmox.run) https://x.example <b>y</b>'],
  ['10 KB', 'A'.repeat(10_240)],
  ['look-alikes', 'wеb-01'],
  ['quotes', 'web-01" (999, VM on pve9) on "test'],
  ['zero-width', 'web\u200b-\u{e0061}01\u3164'],
];

describe.each(nasty)('foreign text: %s', (_what, text) => {
  const everywhere = question(
    [
      step(power(101, 'shutdown', { timeout: text.replaceAll('\0', ''), forceStop: 1 }), {
        name: text,
        state: text,
        lock: text,
        ha: text,
      }),
    ],
    {
      connection: { ...home, name: text },
      origin: { who: 'agent', client: text, launch: 'l' },
      tool: text,
      reason: text,
      mustType: text,
    },
  );

  test('G18: makes no line of its own and nothing invisible', () => {
    const harmless = question([step(power(101, 'shutdown', { timeout: 1, forceStop: 1 }), { lock: 'a', ha: 'b' })], {
      mustType: 'x',
      reason: 'y',
    });
    expect(everywhere.lines).toHaveLength(harmless.lines.length);
    for (const shown of [everywhere.title, everywhere.act, ...everywhere.lines])
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u);
    expect(everywhere.text.split('\n')).toHaveLength(everywhere.lines.length + 1);
  });

  test('G18: the first line keeps its form, the agent’s claim stays last and short', () => {
    expect(everywhere.title).toMatch(/^Shut down "[^"]{0,64}" \(101, VM on pve2\) on "[^"]{0,64}"\?$/u);
    expect(everywhere.lines.at(-1)).toMatch(/^The agent says: /);
    expect(Array.from(everywhere.lines.at(-1) ?? '').length).toBeLessThanOrEqual(216);
    expect(Array.from(everywhere.act).length).toBeLessThanOrEqual(80);
  });
});

test('G18: golden lines of foreign names', () => {
  const label = (name: string) => guestLabel({ ...web, name });
  expect(label('x\nRun')).toBe('"x⏎Run" (101, VM on pve2)');
  expect(label('web-01" (999, VM on pve9)')).toBe('"web-01” (999, VM on pve9)" (101, VM on pve2)');
  expect(label('\u202e10-bew')).toBe('"<U+202E>10-bew" (101, VM on pve2)');
  expect(guestLabel({ ...web, type: 'lxc', node: 'pve\u200b1' })).toBe('"web-01" (101, container on pve<U+200B>1)');
});

test('G18: a value in the request cannot pass for another parameter or path', () => {
  const line = (params: ProposedApi['params'], path = '/nodes/pve1/x') =>
    requestLine(step(call('POST', path, params), null));
  expect(line({ a: 'b  force=0', c: '' })).toBe('POST /nodes/pve1/x  a="b  force=0"  c=""');
  expect(line({ a: 'x"  b="y' })).toBe('POST /nodes/pve1/x  a="x”  b=”y"');
  expect(line({ a: ['1', '2,3'] })).toBe('POST /nodes/pve1/x  a=1  a=2,3');
  expect(line({ a: 'one\ntwo' })).toBe('POST /nodes/pve1/x  a="one⏎two"');
  expect(line({}, '/nodes/pve1  x=1?y#z')).toBe('POST /nodes/pve1%20%20x=1%3Fy%23z');
});

test('G18: what is longer than a dialog shows is said to be', () => {
  const long = (length: number) => question([step(call('POST', '/access/acl', { a: 'x'.repeat(length) }), null)]);
  expect(long(100).tooLong).toBe(false);
  expect(long(1200).tooLong).toBe(true);
  const brief = { name: 'a', node: 'n' };
  const by = { origin: { who: 'agent', client: 'c', launch: 'l' }, tool: 't' } as const;
  const many = (count: number) =>
    question(
      Array.from({ length: count }, () => step(power(101, 'resume'), brief)),
      by,
    );
  expect(many(18)).toMatchObject({ tooLong: false, lines: { length: 19 } });
  expect(many(19).text.length).toBeLessThan(1200);
  expect(many(19).tooLong).toBe(true);
});
