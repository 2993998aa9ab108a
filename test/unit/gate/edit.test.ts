import { describe, expect, test } from 'vitest';
import type { ApprovalAnswer, ProposedCommand } from '../../../src/gate/types.ts';
import { type Answer, type Answering, no, yes } from '../../support/approver.ts';
import { type Bench, type BenchOptions, gateBench, picker } from '../../support/gate.ts';
import { fakeShell } from '../../support/shell.ts';

const restart: ProposedCommand['run'] = { argv: ['systemctl', 'restart', 'nginx'] };
const inside = (run: ProposedCommand['run'], more: Partial<ProposedCommand> = {}): ProposedCommand => ({
  kind: 'command',
  target: { at: 'container', node: 'pve1', vmid: 102 },
  run,
  timeoutSeconds: 60,
  ...more,
});
const edit = (text: string, step = 0): ApprovalAnswer => ({ kind: 'run', edits: [{ step, text }] });
/** Types the name where it is asked for. */
const agree: Answering = ({ mustType }) => ({ ...yes, ...(mustType === undefined ? {} : { typed: mustType }) });

function bench(
  answers: readonly Answer[],
  options: BenchOptions = {},
): Bench & { readonly shell: ReturnType<typeof fakeShell> } {
  const shell = fakeShell();
  return Object.assign(gateBench({ answers, offersMore: true, shell, ...options }), { shell });
}

const ran = ({ shell }: ReturnType<typeof bench>) => JSON.stringify(shell.ran);

describe('edit before run', () => {
  test('G2: what runs is what was edited, the agent is told so, and the record has it', async () => {
    const made = bench([edit('systemctl reload nginx')]);
    expect(await made.one(inside(restart))).toMatchObject({ status: 'done' });
    expect(ran(made)).toContain('reload');
    expect(ran(made)).not.toContain('restart');
    expect(made.byPerson()).toEqual({ edited: [{ step: 0, text: '["systemctl","reload","nginx"]' }] });
    expect(made.entries).toMatchObject([
      { phase: 'before', edited: true, operation: { run: { argv: ['systemctl', 'reload', 'nginx'] } } },
      { phase: 'after', edited: true },
    ]);
    expect(made.entries[0]?.decision).toContain('edited the command');
    expect(made.asked).toHaveLength(1);
    expect(made.asked[0]?.editable).toEqual([0]);
  });

  test('the place, the user, the folder and the time stay as they were proposed', async () => {
    const made = bench([edit('ls -l')]);
    await made.one(inside({ argv: ['touch', 'x'] }, { cwd: '/srv', user: 'www-data', timeoutSeconds: 17 }));
    expect(made.entries[0]?.operation).toMatchObject({
      target: { at: 'container', node: 'pve1', vmid: 102 },
      cwd: '/srv',
      user: 'www-data',
      timeoutSeconds: 17,
    });
  });

  test('words with more than words in them become a text for the shell; a text stays one', async () => {
    const words = bench([edit('systemctl reload nginx | tail -1')]);
    await words.one(inside(restart));
    expect(words.byPerson()?.edited).toEqual([{ step: 0, text: 'systemctl reload nginx | tail -1' }]);
    const text = bench([edit('systemctl reload nginx')]);
    await text.one(inside({ script: 'systemctl restart nginx' }));
    expect(text.entries[0]?.operation).toMatchObject({ run: { script: 'systemctl reload nginx' } });
  });

  test('G2: it is shown again when its risk rose, and runs after a second yes', async () => {
    const made = bench([edit('rm -rf /srv/www'), agree]);
    expect(await made.one(inside(restart))).toMatchObject({ status: 'done' });
    expect(made.asked.map(({ risk }) => risk)).toEqual(['operate', 'destroy']);
    expect(made.asked[1]).toMatchObject({
      mustType: 'mail-01',
      changed: expect.stringContaining('counts as destroy now'),
    });
    expect(made.byPerson()?.edited).toEqual([{ step: 0, text: '["rm","-rf","/srv/www"]' }]);
  });

  test('G6: it is shown again when it became sensitive', async () => {
    const made = bench([edit('cat /etc/shadow'), no]);
    expect(await made.one(inside({ argv: ['touch', '/tmp/x'] }))).toMatchObject({ status: 'denied', by: 'person' });
    expect(made.asked).toHaveLength(2);
    expect(made.shell.ran).toEqual([]);
  });

  test('what was edited back is not edited', async () => {
    const made = bench([
      edit('rm -rf /srv/www'),
      { ...edit('systemctl restart nginx'), typed: 'mail-01' } as ApprovalAnswer,
    ]);
    expect(await made.one(inside(restart))).toMatchObject({ status: 'done' });
    expect(made.byPerson()).toBeUndefined();
    expect(made.entries[0]).not.toHaveProperty('edited');
  });

  test('G4: an edit beyond the access level of agents is refused', async () => {
    const made = bench([edit('rm -rf /srv/www')], { profile: { level: 'read-execute' } });
    const outcome = await made.one(inside(restart));
    expect(outcome).toMatchObject({
      status: 'denied',
      by: 'level',
      why: expect.stringContaining('A person edited the command'),
    });
    expect(made.shell.ran).toEqual([]);
  });

  test('G2: a guest that changed meanwhile is asked about again, with the edit in it', async () => {
    const first: Answering = () => {
      const guest = made.cluster.guests.get(102);
      if (guest !== undefined) guest.config.cores = 8;
      return edit('systemctl reload nginx');
    };
    const made = bench([first, yes]);
    expect(await made.one(inside(restart))).toMatchObject({ status: 'done' });
    expect(made.asked[1]?.changed).toContain('configuration was edited');
    expect(made.asked[1]?.assessments[0]?.operation).toMatchObject({ run: { argv: ['systemctl', 'reload', 'nginx'] } });
    expect(ran(made)).toContain('reload');
  });

  test('G11: a no to what was edited is a no to what was proposed', async () => {
    const made = bench([edit('rm -rf /srv/www'), no]);
    await made.one(inside(restart));
    expect(await made.one(inside(restart))).toMatchObject({ status: 'denied', by: 'person' });
    expect(made.asked).toHaveLength(2);
  });

  test.each<[string, ApprovalAnswer]>([
    ['a step that is not there', edit('ls', 1)],
    [
      'the same step twice',
      {
        kind: 'run',
        edits: [
          { step: 0, text: 'ls' },
          { step: 0, text: 'id' },
        ],
      },
    ],
    ['nothing', edit('')],
    ['a field of its own', { kind: 'run', edits: [{ step: 0, text: 'ls', user: 'root' } as never] }],
  ])('G18: an edit of %s is no answer', async (_what, answer) => {
    const made = bench([answer]);
    expect(await made.one(inside(restart))).toMatchObject({ status: 'denied', by: 'nobody' });
    expect(made.shell.ran).toEqual([]);
  });

  test.each([
    ['a NUL', 'ls a\0b'],
    ['ill-formed Unicode', 'ls \ud800'],
    ['too much', 'x'.repeat(65_537)],
  ])('G1: an edit with %s runs nothing', async (_what, text) => {
    const made = bench([edit(text)]);
    expect(await made.one(inside({ script: 'touch x' }))).toMatchObject({ status: 'denied', by: 'changed' });
    expect(made.shell.ran).toEqual([]);
  });

  test('requests, a person’s own commands, and who cannot offer it have nothing to edit', async () => {
    const own = bench([agree], { origin: picker });
    await own.one(inside({ argv: ['touch', 'x'] }));
    expect(own.asked[0]?.editable).toEqual([]);
    const elsewhere = gateBench({ answers: [edit('ls')], shell: fakeShell() });
    expect(await elsewhere.one(inside(restart))).toMatchObject({ status: 'denied', by: 'nobody' });
    expect(elsewhere.asked[0]).not.toHaveProperty('editable');
  });
});

test('what a view knows beside the gate stands first in the question', async () => {
  const made = gateBench();
  await made.one(
    { kind: 'api', method: 'PUT', segments: ['nodes', 'pve2', 'qemu', '101', 'config'], params: { cores: 2 } },
    { beforehand: ['The disk that grew\nstays as it is.'] },
  );
  expect(made.asked[0]?.assessments[0]?.hazards[0]).toBe('The disk that grew⏎stays as it is.');
});
