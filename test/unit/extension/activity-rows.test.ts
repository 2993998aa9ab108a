import { describe, expect, test } from 'vitest';
import { readActivities } from '../../../src/extension/activity/activities.ts';
import { activityText } from '../../../src/extension/activity/document.ts';
import { type ActivityRow, activityRow, changedRows, viewRows } from '../../../src/extension/activity/rows.ts';
import { type AuditChange, type AuditConsole, type AuditEntry, openAudit } from '../../../src/gate/audit.ts';
import { createRedactor } from '../../../src/gate/redact.ts';
import { apiOnly } from '../../support/api-only.ts';
import { auditFolders, entry, leftBehind } from '../../support/audit.ts';
import { fakeClock } from '../../support/clock.ts';

const folders = auditFolders();

/** The rows of what one living process has recorded, a second apart; newest first. */
async function rowsOf(
  entries: readonly (Partial<AuditEntry> | AuditChange | AuditConsole)[],
  { laterMs = 0 } = {},
): Promise<ActivityRow[]> {
  const dir = await folders.make();
  const clock = fakeClock();
  const audit = openAudit({ dir, clock, redactor: createRedactor() });
  for (const one of entries) {
    clock.advance(1000);
    if ('changes' in one) await audit.change(one);
    else if (one.phase === 'console') await audit.console(one as AuditConsole);
    else await audit.append(entry(one));
  }
  await audit.close();
  clock.advance(laterMs);
  const { activities } = await readActivities(dir, 50, () => {});
  return activities.map((activity) => activityRow(activity, clock.now()));
}

const begun: Partial<AuditEntry> = { phase: 'before' };
const ended = (outcome: AuditEntry['outcome'], more: Partial<AuditEntry> = {}): Partial<AuditEntry> => ({
  phase: 'after',
  ...(outcome === undefined ? {} : { outcome }),
  ...more,
});
const denied = (by: string): Partial<AuditEntry> => ({ phase: 'decided', decision: `denied by ${by}: Because.` });
const at = (ms: number) => {
  const date = new Date(1_800_000_000_000 + ms);
  return `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`;
};

describe('one row a plan', () => {
  test.each([
    ['ok', 'done', 'pass'],
    ['warning', 'done with warnings', 'warning'],
    ['failed', 'failed', 'error'],
    ['unknown', 'outcome unknown', 'question'],
    ['started', 'started, not waited for', 'play'],
  ] as const)('that ended %s', async (outcome, words, icon) => {
    expect(await rowsOf([begun, ended(outcome)])).toMatchObject([
      {
        label: 'Stop web-01 (101)',
        description: `${at(2000)} · "a test" · approved · ${words}`,
        icon: { id: icon },
        children: [],
      },
    ]);
  });

  test.each([
    ['person', 'denied'],
    ['timeout', 'not answered in time'],
    ['level', 'denied by level'],
    ['nobody', 'nobody to ask'],
  ])('that was denied by %s', async (by, words) => {
    const [row] = await rowsOf([denied(by)]);
    expect(row).toMatchObject({ description: `${at(1000)} · "a test" · ${words}`, icon: { id: 'circle-slash' } });
    expect(row?.tooltip).toContain('Because.');
  });

  test('of a person', async () => {
    const mine = { origin: { who: 'person', by: 'picker' }, decision: 'allowed: a person did it' } as const;
    expect((await rowsOf([{ ...begun, ...mine }]))[0]?.description).toBe(`${at(1000)} · you · allowed · under way`);
  });

  test('of another day has its date', async () => {
    const [row] = await rowsOf([begun, ended('ok')], { laterMs: 48 * 3_600_000 });
    expect(row?.description).toMatch(/^2027-01-1\d \d\d:\d\d · /);
  });

  test('without an end is under way while its process lives, and then has no end known', async () => {
    expect((await rowsOf([begun]))[0]?.description).toContain('under way');
    const dir = await leftBehind(await folders.make(), [entry()]);
    const { activities } = await readActivities(dir, 50, () => {});
    expect(activities.map((activity) => activityRow(activity, 0))).toMatchObject([
      { description: expect.stringContaining('no end known'), icon: { id: 'question' } },
    ]);
  });

  test('of a request that no rule names shows it', async () => {
    const operation = { ...entry().operation, segments: ['cluster', 'options'] };
    const [row] = await rowsOf([{ ...begun, operation, target: 'the cluster' }]);
    expect(row?.label).toBe('POST /cluster/options');
  });

  test('with several steps has them below, and the worst result', async () => {
    const second = { index: 1, target: '"db-01" (103, VM on pve3)' };
    const [row] = await rowsOf([begun, ended('ok'), { ...begun, ...second }, ended('failed', second)]);
    expect(row).toMatchObject({
      label: 'Stop web-01 (101) and 1 more',
      description: expect.stringContaining('failed'),
      children: [
        { kind: 'step', label: '1. Stop web-01 (101)', description: 'done' },
        { kind: 'step', label: '2. Stop db-01 (103)', description: 'failed' },
      ],
    });
    expect(row?.children[1]?.tooltip).not.toContain('web-01');
  });
});

test('G10: changes of what holds agents back are rows', async () => {
  const connection = { id: 'c', name: 'home', revision: 2 };
  const rows = await rowsOf([
    { phase: 'changed', connection, changes: ['level: read-only → full', 'login: token a'] },
    { phase: 'changed', changes: ['frozen'] },
  ]);
  expect(rows).toMatchObject([
    { label: 'Frozen', description: `${at(2000)} · you`, icon: { id: 'shield' } },
    { label: 'home: level: read-only → full and 1 more', description: `${at(1000)} · you` },
  ]);
  expect(rows[1]?.tooltip).toContain('login: token a');
});

test('G10: a console that a person opened is a row, and its document says what was not held', async () => {
  const [row] = await rowsOf([
    {
      phase: 'console',
      origin: { who: 'person', by: 'picker' },
      connection: { id: 'c', name: 'home', revision: 2 },
      target: '"web-01" (101, VM on pve2)',
      detail: 'by SSH: qm terminal 101',
    },
  ]);
  expect(row).toMatchObject({
    label: 'Direct console on web-01 (101)',
    description: `${at(1000)} · you`,
    icon: { id: 'terminal' },
    children: [],
  });
  expect(row?.tooltip).toContain('neither checked nor recorded');
  expect(row?.tooltip).toContain('How: by SSH: qm terminal 101');
});

test('G18: foreign text is made visible in every part of a row and its document', async () => {
  const nasty = 'x\u202e\n\u001b[31m\u200b';
  const texts = { target: `"${nasty}" (101, VM on pve2)`, note: nasty, reason: nasty, detail: nasty, tool: nasty };
  const origin = { who: 'agent', client: nasty, launch: 'l' } as const;
  const connection = { id: 'c', name: nasty, revision: 1 };
  const operation = { ...entry().operation, params: { [nasty]: nasty } };
  const rows = await rowsOf([
    { ...begun, ...texts, origin, connection, operation },
    ended('failed', { ...texts, origin, connection }),
    { ...denied(nasty), plan: 'b', ...texts },
    { phase: 'changed', connection, changes: [nasty] },
    { phase: 'console', origin: { who: 'person', by: 'click' }, connection, target: texts.target, detail: nasty },
  ]);
  expect(rows).toHaveLength(4);
  for (const { label, description, tooltip, activity } of rows) {
    const text = `${label}${description}`;
    expect(text).not.toMatch(/[\u0000-\u001f\u202e\u200b]/);
    expect(tooltip + activityText(activity ?? { id: '', at: 0, records: [], isLive: false })).not.toMatch(
      /[\u001b\u202e\u200b]/,
    );
    expect(tooltip).toContain('⏎');
  }
});

test('a document tells every record of the plan in plain words', async () => {
  const [row] = await rowsOf([
    {
      ...begun,
      reason: 'Maintenance',
      note: 'go',
      operation: { ...apiOnly(entry().operation), params: { timeout: '30' } },
    },
    ended('ok', { ms: 4200 }),
  ]);
  const activity = row?.activity;
  const lines =
    activity === undefined
      ? []
      : activityText(activity)
          .split('\n')
          .map((line) => line.trim());
  expect(lines).toEqual([
    'Asked by: an agent that says it is "a test"',
    'Tool: pve_test',
    'Connection: home',
    'The agent says: "Maintenance"',
    'Plan: plan-1',
    '',
    'Stop web-01 (101): done',
    'Target: "web-01" (101, VM on pve2)',
    'Request: POST /nodes/pve2/qemu/101/status/stop',
    'timeout: 30',
    'Risk: operate',
    expect.stringMatching(/^2027-01-15 \d\d:\d\d:21 {2}Begun$|^2027-01-15 \d\d:\d\d:01 {2}Begun$/),
    'Decision: run: a person said yes',
    'The person says: "go"',
    expect.stringMatching(/^Record 1 of audit-.*\.jsonl$/),
    expect.stringMatching(/Ended: ok after 4\.2 s$/),
    expect.stringMatching(/^Record 2 of audit-.*\.jsonl$/),
    '',
  ]);
});

describe('what is no request', () => {
  const target = { at: 'vm', node: 'pve2', vmid: 101 } as const;
  const of = { connection: 'c-home', revision: 3, target };

  test('a command has its target and its text, and says that it was edited', async () => {
    const run = { script: `systemctl restart nginx\necho ${'x'.repeat(100)}` };
    const operation = { ...of, kind: 'command', run, timeoutSeconds: 60 } as const;
    const [row] = await rowsOf([{ ...begun, operation, edited: true }, ended('ok', { operation, edited: true })]);
    expect(row?.label).toMatch(/^Run a command on web-01 \(101\): .*systemctl restart nginx .*echo x+…$/);
    expect(row?.description).toContain(' · edited by you · done');
    expect(row?.tooltip).toContain('Edited by you before it ran');
    expect(row?.tooltip).toContain('\n    │ systemctl restart nginx\n');
  });

  test('a file has its target and its path', async () => {
    const file = { ...of, kind: 'file', direction: 'upload', remotePath: '/etc/motd', overwrite: false } as const;
    const [row] = await rowsOf([{ ...begun, operation: { ...file, localPath: '/w/motd', maxBytes: 1 } }]);
    expect(row?.label).toBe('Write a file on web-01 (101): /etc/motd ← /w/motd');
  });
});

test('a failure has its last lines on lines of their own, and the next step', async () => {
  const detail = "command 'vzdump' failed: exit code 1\nlast line but one\nlast \u001b line";
  const [row] = await rowsOf([begun, ended('failed', { detail, next: 'Free some space.' })]);
  expect(row?.description).toMatch(/ · failed: command 'vzdump' failed: exit code 1$/);
  expect(row?.tooltip).toContain("Detail:\n      command 'vzdump' failed: exit code 1\n      last line but one\n");
  expect(row?.tooltip).toContain('      last <U+001B> line\n    Next step: Free some space.\n');
});

test('a backup that was made first says where it is and how it is restored', async () => {
  const operation = {
    ...apiOnly(entry().operation),
    segments: ['nodes', 'pve2', 'vzdump'],
    params: { vmid: '101', storage: 'nas', 'notes-template': 'before_20261101_101500' },
  };
  const [row] = await rowsOf([
    { ...begun, operation, safeguard: 'backup' },
    ended('ok', { operation, safeguard: 'backup' }),
  ]);
  expect(row?.tooltip).toContain('to the storage "nas", with the note "before_20261101_101500"');
  expect(row?.tooltip).toContain('Restore it in the web UI');
});

describe('the view', () => {
  const row = (id: string, description = ''): ActivityRow => ({
    id,
    kind: 'activity',
    label: id,
    description,
    icon: { id: 'pass' },
    tooltip: '',
    children: [],
  });
  const kinds = (rows: readonly ActivityRow[]) => rows.map(({ kind }) => kind);

  test('is empty, has its rows, and offers older ones where there are some', () => {
    expect(viewRows({ rows: [], hasMore: false }, undefined)).toEqual([]);
    expect(kinds(viewRows({ rows: [row('a')], hasMore: false }, undefined))).toEqual(['activity']);
    expect(kinds(viewRows({ rows: [row('a')], hasMore: true }, undefined))).toEqual(['activity', 'more']);
  });

  test('says why it cannot be read, and keeps what it has', () => {
    const rows = viewRows({ rows: [row('a')], hasMore: false }, 'EACCES: permission denied');
    expect(kinds(rows)).toEqual(['error', 'activity']);
    expect(rows[0]?.description).toContain('EACCES');
    expect(kinds(viewRows(undefined, 'EACCES'))).toEqual(['error']);
  });

  test('draws anew just the rows that changed, and all where there are others', () => {
    const [a, b] = [row('a'), row('b')];
    expect(changedRows([a, b], [a, row('b')])).toEqual([]);
    expect(changedRows([a, b], [a, row('b', 'done')])).toEqual([row('b', 'done')]);
    expect(changedRows([a, b], [a])).toBeUndefined();
    expect(changedRows([a, b], [b, a])).toBeUndefined();
  });
});
