import { describe, expect, test } from 'vitest';
import { operationDigest, proposalSchema, toOperation } from '../../../src/gate/operation.ts';
import { questionText } from '../../../src/gate/question.ts';
import type { Origin, ProposedCommand } from '../../../src/gate/types.ts';
import { PveError } from '../../../src/pve/error.ts';
import { type Answering, no } from '../../support/approver.ts';
import { agent, type Bench, call, gateBench, home, picker, power } from '../../support/gate.ts';
import { execResult, fakeShell } from '../../support/shell.ts';

const onNode = (run: ProposedCommand['run'], more: Partial<ProposedCommand> = {}): ProposedCommand => ({
  kind: 'command',
  target: { at: 'host', node: 'pve1' },
  run,
  timeoutSeconds: 60,
  ...more,
});
const switchedOn = { commands: { host: true } } as const;
/** Types the name where it is asked for. */
const agree: Answering = ({ mustType }) => ({ kind: 'run', ...(mustType === undefined ? {} : { typed: mustType }) });
const isAccepted = (operation: unknown) =>
  proposalSchema.safeParse({ connection: home.id, operations: [operation], tool: 'pve_test', wait: true }).success;

describe('what may be proposed', () => {
  const good = onNode({ argv: ['uptime'] });

  test('G1: the command that the others are made from is fine', () => {
    expect(isAccepted(good)).toBe(true);
  });

  test.each<[string, unknown]>([
    ['no words', { ...good, run: { argv: [] } }],
    ['both words and a script', { ...good, run: { argv: ['ls'], script: 'ls' } }],
    ['an empty script', { ...good, run: { script: '' } }],
    ['a NUL in a word', { ...good, run: { argv: ['ls', 'a\0b'] } }],
    ['ill-formed Unicode', { ...good, run: { script: 'echo \ud800' } }],
    ['a node that is a path', { ...good, target: { at: 'host', node: '../pve1' } }],
    ['a node that is an option', { ...good, target: { at: 'host', node: '-oProxyCommand=x' } }],
    ['a guest without a number', { ...good, target: { at: 'container', node: 'pve1' } }],
    ['a folder that is no whole path', { ...good, cwd: 'tmp' }],
    ['a folder with ..', { ...good, cwd: '/tmp/../root' }],
    ['a user that is an option', { ...good, user: '-x' }],
    ['no end', { ...good, timeoutSeconds: 0 }],
    ['more than an hour', { ...good, timeoutSeconds: 3601 }],
    ['a risk of its own', { ...good, risk: 'read' }],
    ['an origin of its own', { ...good, who: 'person' }],
  ])('G1, G8: %s is refused', (_what, operation) => {
    expect(isAccepted(operation)).toBe(false);
  });

  test('G1: any word of a command is in its digest, and the order of its fields is not', () => {
    const digest = (operation: ProposedCommand) => operationDigest(toOperation(operation, home));
    const base = onNode({ argv: ['ls', '/tmp'] });
    expect(digest({ timeoutSeconds: 60, run: { argv: ['ls', '/tmp'] }, target: base.target, kind: 'command' })).toBe(
      digest(base),
    );
    const others: ProposedCommand[] = [
      onNode({ argv: ['ls /tmp'] }),
      onNode({ script: 'ls /tmp' }),
      onNode({ argv: ['ls', '/tmp'] }, { cwd: '/' }),
      onNode({ argv: ['ls', '/tmp'] }, { user: 'www-data' }),
      onNode({ argv: ['ls', '/tmp'] }, { timeoutSeconds: 61 }),
      onNode({ argv: ['ls', '/tmp'] }, { target: { at: 'host', node: 'pve2' } }),
    ];
    expect(new Set([base, ...others].map(digest)).size).toBe(others.length + 1);
  });
});

describe('who is asked', () => {
  test('G8: commands on nodes are refused to agents until a person has switched them on', async () => {
    const shell = fakeShell();
    const bench = gateBench({ shell });
    const outcome = await bench.one(onNode({ argv: ['uptime'] }));
    expect(outcome).toMatchObject({ status: 'denied', by: 'policy' });
    expect(JSON.stringify(outcome)).toContain('Switch on commands on nodes');
    expect([bench.asked, shell.ran]).toEqual([[], []]);
  });

  test('G7, G10: each is asked about and recorded, and runs once, word by word', async () => {
    const shell = fakeShell(() => execResult('up 3 days\n'));
    const bench = gateBench({ shell, profile: switchedOn, approve: 'operate', answers: [agree] });
    const words = ['printf', '%s', 'a b', '', "it's", '$(reboot)', '\n'];
    const outcome = await bench.one(onNode({ argv: words }));
    expect(outcome).toMatchObject({ status: 'done', data: { exitCode: 0, stdout: { text: 'up 3 days\n' } } });
    expect(bench.events.filter((event) => !event.startsWith('GET'))).toEqual(['asked', 'before', 'after']);
    expect(shell.ran.map(({ argv }) => argv)).toEqual([words]);
    expect(bench.entries.map(({ operation }) => operation)).toMatchObject([
      { kind: 'command', run: { argv: words } },
      { kind: 'command', run: { argv: words } },
    ]);
  });

  test('G11: what was denied stays denied, also with another time limit', async () => {
    const bench = gateBench({ shell: fakeShell(), profile: switchedOn, answers: [no, agree] });
    await bench.one(onNode({ script: 'systemctl restart nginx' }));
    const again = onNode({ script: 'systemctl restart nginx' }, { timeoutSeconds: 61 });
    expect(await bench.one(again)).toMatchObject({ status: 'denied', by: 'person' });
    expect(bench.asked).toHaveLength(1);
  });

  test('G3: what a person denies runs nothing', async () => {
    const shell = fakeShell();
    const bench = gateBench({ shell, profile: switchedOn, answers: [no] });
    expect(await bench.one(onNode({ script: 'systemctl restart nginx' }))).toMatchObject({
      status: 'denied',
      by: 'person',
    });
    expect(shell.ran).toEqual([]);
  });

  test('G7: neither a grant nor a policy nor --approve lets a command run without a question', async () => {
    const shell = fakeShell();
    const policies = [{ verdict: 'allow', vmids: [100, 200] }] as const;
    const answers = [agree, no];
    const bench = gateBench({ shell, profile: { ...switchedOn, policies }, approve: 'operate', answers });
    const command = onNode({ argv: ['true'] }, { target: { at: 'container', node: 'pve1', vmid: 102 } });
    await bench.one(command);
    expect(bench.asked[0]?.offers).toEqual([]);
    expect(await bench.one(command)).toMatchObject({ status: 'denied' });
    expect(bench.asked).toHaveLength(2);
  });

  test('G11: a person is not asked while everything is frozen, not even about a command that reads', async () => {
    const bench = gateBench({ shell: fakeShell(), profile: { commands: { host: true, quietReads: true } } });
    bench.freeze = { count: 1, since: '2026-01-01T00:00:00.000Z' };
    expect(await bench.one(onNode({ argv: ['uptime'] }))).toMatchObject({ status: 'denied', by: 'freeze' });
    expect(bench.asked).toEqual([]);
  });

  test('G13: a person who runs a command from a list is asked', async () => {
    const shell = fakeShell();
    const bench = gateBench({ shell, origin: picker, answers: [agree] });
    await bench.one(onNode({ argv: ['qm', 'unlock', '101'] }));
    expect(bench.asked).toHaveLength(1);
    expect(shell.ran).toHaveLength(1);
  });
});

describe('what becomes of it', () => {
  const run = async (answer: Parameters<typeof fakeShell>[0]) => {
    const bench = gateBench({ shell: fakeShell(answer), profile: switchedOn, answers: [agree] });
    return { outcome: await bench.one(onNode({ argv: ['x'] })), after: bench.entries.at(-1) };
  };

  test('an exit code that is not zero is an answer, and a failure in the audit', async () => {
    const { outcome, after } = await run(() => execResult('no\n', { exitCode: 3 }));
    expect(outcome).toMatchObject({ status: 'done', data: { exitCode: 3, ended: 'exit', stdout: { text: 'no\n' } } });
    expect(after).toMatchObject({ phase: 'after', outcome: 'failed', detail: 'exit code 3' });
  });

  test('a command that was killed for its time says so, with what had come', async () => {
    const { exitCode: _none, ...killed } = execResult('half', { ended: 'timeout', ms: 60_000 });
    const { outcome, after } = await run(() => killed);
    expect(outcome).toMatchObject({ status: 'done', data: { ended: 'timeout', stdout: { text: 'half' } } });
    expect(after).toMatchObject({ outcome: 'failed', detail: 'its time was over, and it was killed after 60 s' });
  });

  test('G3: one whose connection was lost in the middle is unknown, and is not run again', async () => {
    const shell = fakeShell(() => {
      throw new PveError({ code: 'unreachable', message: 'gone', hint: '', reason: [], mayHaveRun: true });
    });
    const bench = gateBench({ shell, profile: switchedOn, answers: [agree] });
    expect(await bench.one(onNode({ argv: ['x'] }))).toMatchObject({ status: 'unknown' });
    expect(shell.ran).toHaveLength(1);
  });

  test('G3: after one that failed the rest of a plan does not run', async () => {
    const shell = fakeShell(() => execResult('', { exitCode: 1 }));
    const bench = gateBench({ shell, profile: switchedOn, answers: [agree] });
    const outcomes = await bench.perform([onNode({ argv: ['systemctl', 'restart', 'nginx'] }), power(102, 'shutdown')]);
    expect(outcomes).toMatchObject([{ status: 'done' }, { status: 'skipped' }]);
    expect(bench.cluster.writes()).toEqual([]);
  });

  test('binary output is not handed on as text, and what was cut is counted', async () => {
    const stdout = { head: Buffer.from('begin'), tail: Buffer.from('end'), bytes: 1008 };
    const stderr = { head: Buffer.from([0, 1, 2]), tail: Buffer.alloc(0), bytes: 3 };
    const { outcome } = await run(() => execResult('', { stdout, stderr }));
    expect(outcome).toMatchObject({
      data: {
        stdout: { text: 'begin\n[… 1000 bytes left out …]\nend', left: 1000, binary: false },
        stderr: { text: '', bytes: 3, binary: true },
      },
    });
  });

  test('without SSH nobody is asked, and it says who sets it up', async () => {
    const bench = gateBench({ profile: switchedOn, answers: [agree] });
    const outcome = await bench.one(onNode({ argv: ['uptime'] }));
    expect(bench.asked).toEqual([]);
    expect(outcome).toMatchObject({ status: 'failed', error: { code: 'not_implemented' } });
    expect(JSON.stringify(outcome)).toContain('Set up SSH');
  });

  test('G15: what a command tells reaches agents without secrets that are known', async () => {
    const bench = gateBench({ shell: fakeShell(() => execResult('key=s3cr3t-value!')), profile: switchedOn });
    bench.redactor.add('s3cr3t-value!');
    const outcome = await bench.one(onNode({ argv: ['cat', '/x'] }));
    expect(JSON.stringify(outcome)).not.toContain('s3cr3t-value!');
  });

  test('G15: an agent may not pass the gap where a secret was', async () => {
    const bench = gateBench({ shell: fakeShell(), profile: switchedOn });
    expect(await bench.one(onNode({ script: 'mysql -p[redacted]' }))).toMatchObject({ status: 'denied' });
  });
});

test.each<[string, ProposedCommand['run'], string | undefined]>([
  ['the folder that is named', { script: 'cat shadow' }, '/etc'],
  ['the folder that is named, as words', { argv: ['cat', 'priv/authkey.key'] }, '/etc/pve'],
  ['the root', { script: 'cat etc/shadow' }, undefined],
  ['the home of root', { script: 'cat ../etc/shadow' }, undefined],
  ['a folder within the one before', { script: 'cd /etc; cd pve; cat priv/authkey.key' }, undefined],
  ['many folders', { script: `${'123456789'.replace(/./g, 'cd /tmp/$&; ')} cd /etc; cat shadow` }, undefined],
])('G6: a secret whose path begins in %s is asked about, where reads run without a question', async (_what, run, cwd) => {
  const shell = fakeShell();
  const bench = gateBench({ shell, profile: { commands: { host: true, quietReads: true } }, answers: [no] });
  expect(await bench.one(onNode({ argv: ['cat', 'notes'] }))).toMatchObject({ status: 'done' });
  expect(await bench.one(onNode(run, cwd === undefined ? {} : { cwd }))).toMatchObject({ status: 'denied' });
  expect(bench.asked).toHaveLength(1);
});

describe('progress', () => {
  /** What is told while a command says these chunks. */
  async function told(...chunks: readonly string[]): Promise<string> {
    const shell = fakeShell((_command, { onOutput }) => {
      for (const chunk of chunks) {
        onOutput?.('stdout', Buffer.from(chunk));
        bench.clock.advance(1000);
      }
      return execResult('');
    });
    const bench: Bench = gateBench({ shell, profile: switchedOn, answers: [agree] });
    bench.redactor.add('correct-horse-battery');
    await bench.one(onNode({ argv: ['make'] }));
    return bench.progress.map(({ message }) => message).join('\n');
  }

  test('tells the last whole line', async () => {
    expect(await told('one\ntw', 'o\n\nthr')).toMatch(/^one\ntwo\nCommand on /m);
  });

  test.each([
    ['two chunks', ['is correct-horse', '-battery\n']],
    ['the end of what fits', [`${'x'.repeat(190)} correct-horse-battery\n`]],
  ])('G15: a secret that is split by %s does not show', async (_what, chunks) => {
    expect(await told(...chunks)).toContain('[redacted]');
    expect(await told(...chunks)).not.toContain('horse');
  });

  test('a line without end is not told, and what comes after it is', async () => {
    const text = await told('y'.repeat(3000), 'y'.repeat(3000), 'y\n', 'after\n');
    expect(text).not.toContain('yyy');
    expect(text).toContain('after');
  });
});

describe('a freeze', () => {
  /** A command of that origin that runs until it is ended, and how to freeze. */
  async function running(origin: Origin) {
    let begun = () => {};
    const runs = new Promise<void>((resolve) => (begun = resolve));
    const shell = fakeShell(
      (_command, { signal }) =>
        new Promise((resolve) => {
          begun();
          signal.addEventListener('abort', () => resolve(execResult('half', { ended: 'cancelled' })));
        }),
    );
    const bench = gateBench({ shell, profile: switchedOn, answers: [agree], origin });
    const end = bench.one(onNode({ argv: ['sleep', '600'] }));
    await runs;
    const freeze = async (): Promise<void> => {
      bench.freeze = { count: 1, since: '2027-01-15T08:00:00Z' };
      await bench.gate.recheck();
    };
    return { end, freeze };
  }

  test.each([agent, picker])('G2: ends the command of %j that runs, with what had come', async (origin) => {
    const { end, freeze } = await running(origin);
    await freeze();
    expect(await end).toMatchObject({ status: 'done', data: { ended: 'cancelled', stdout: { text: 'half' } } });
  });
});

describe('the question', () => {
  async function asked(operation: ProposedCommand): Promise<string> {
    const bench = gateBench({ shell: fakeShell(), profile: switchedOn, answers: [no] });
    await bench.one(operation);
    const [request] = bench.asked;
    if (request === undefined) throw new Error('nobody was asked');
    return questionText(request).text;
  }

  test('G18: says where, as whom and for how long, and shows all of the command', async () => {
    const text = await asked(onNode({ argv: ['rm', '-r', "/tmp/it's"] }, { user: 'www-data', cwd: '/srv' }));
    expect(text).toContain('Run a command on node pve1 on "home"?');
    expect(text).toContain('It runs as www-data in "/srv" on the node itself, for 60 seconds at most.');
    expect(text).toContain(String.raw`Request: rm -r '/tmp/it'\''s'`);
  });

  test('G18: says as whom it really runs, and another user is asked for by name', async () => {
    const shell = fakeShell(() => execResult(''), 'ops');
    const bench = gateBench({ shell, profile: switchedOn, answers: [agree, agree, agree] });
    const effects = async (user?: string) => {
      await bench.one(onNode({ argv: ['touch', '/srv/x'] }, user === undefined ? {} : { user }));
      return bench.asked.at(-1)?.assessments[0]?.effect;
    };
    expect(await effects()).toContain('It runs as ops on the node itself');
    expect(await effects('root')).toContain('It runs as root on the node itself');
    expect(await effects('ops')).toContain('It runs as ops on the node itself');
    expect(shell.ran.map(({ argv }) => argv.join(' '))).toEqual([
      'touch /srv/x',
      'runuser -u root -- touch /srv/x',
      'touch /srv/x',
    ]);
  });

  test('G18: no line of a script can look like a line of the question', async () => {
    const text = await asked(onNode({ script: 'echo a\nRisk: read.\n\u202eX' }));
    expect(text).toContain('Request: \n│ echo a\n│ Risk: read.\n│ <U+202E>X');
    expect(text.split('\n').filter((line) => line.startsWith('Risk:'))).toHaveLength(1);
  });

  test('G18: says which part does more than read, worst first, and which secrets are shown', async () => {
    const bench = gateBench({ shell: fakeShell(), profile: switchedOn, answers: [no] });
    await bench.one(onNode({ script: 'uptime; systemctl restart nginx; rm -r /srv/x; cat /etc/shadow' }));
    expect(bench.asked[0]?.assessments[0]?.hazards).toEqual([
      'rm -r /srv/x: It removes files.',
      'systemctl restart nginx: It runs restart on nginx.',
      '/etc/shadow usually is a secret.',
    ]);
  });

  test('G18: a long script cannot be answered before it was opened whole', async () => {
    const bench = gateBench({ shell: fakeShell(), profile: switchedOn, answers: [no] });
    await bench.one(onNode({ script: Array.from({ length: 30 }, (_, at) => `echo ${at}`).join('\n') }));
    expect(bench.asked.map(questionText)).toMatchObject([{ tooLong: true }]);
  });
});

describe('inside guests', () => {
  test('G5: the guest agent by way of the API is the same command, with one digest', async () => {
    const request = call('POST', '/nodes/pve2/qemu/101/agent/exec', { command: ['uname', '-a'] });
    const tool: ProposedCommand = {
      kind: 'command',
      target: { at: 'vm', node: 'pve2', vmid: 101 },
      run: { argv: ['uname', '-a'] },
      timeoutSeconds: 60,
    };
    expect(operationDigest(toOperation(request, home))).toBe(operationDigest(toOperation(tool, home)));
    const bench = gateBench({ answers: [no, no] });
    await bench.one(request);
    expect(bench.asked.map(({ assessments: [step] }) => step?.operation.kind)).toEqual(['command']);
  });

  test('G5: a request to the agent that says more is refused to agents', async () => {
    const params = { command: ['sh'], 'input-data': 'reboot' };
    const bench = gateBench();
    expect(await bench.one(call('POST', '/nodes/pve2/qemu/101/agent/exec', params))).toMatchObject({
      status: 'denied',
      by: 'policy',
    });
  });

  test('G2: a guest that has moved is followed, and the question shows its new node', async () => {
    const bench = gateBench({ answers: [no] });
    const target = { at: 'vm', node: 'pve1', vmid: 101 } as const;
    await bench.one({ kind: 'command', target, run: { argv: ['uptime'] }, timeoutSeconds: 60 });
    expect(bench.asked[0]?.assessments[0]).toMatchObject({ operation: { target: { node: 'pve2' } } });
    expect(bench.asked[0] && questionText(bench.asked[0]).title).toContain('"web-01" (101, VM on pve2)');
  });

  test('G2: one whose config was edited meanwhile is asked about again', async () => {
    const target = { at: 'vm', node: 'pve2', vmid: 101 } as const;
    const bench = gateBench({
      answers: [
        (request, signal) => {
          const guest = bench.cluster.guests.get(101);
          if (guest !== undefined) guest.config = { ...guest.config, cores: 8 };
          return agree(request, signal);
        },
        no,
      ],
    });
    await bench.one({ kind: 'command', target, run: { argv: ['uptime'] }, timeoutSeconds: 60 });
    expect(bench.asked).toHaveLength(2);
    expect(bench.asked[1]?.changed).toContain('configuration was edited');
  });

  test('G14: a policy of the guest holds for commands in it', async () => {
    const bench = gateBench({ profile: { policies: [{ verdict: 'read-only', vmids: [101, 101] }] }, origin: agent });
    const target = { at: 'vm', node: 'pve2', vmid: 101 } as const;
    const outcome = await bench.one({ kind: 'command', target, run: { script: 'rm -rf /srv' }, timeoutSeconds: 60 });
    expect(outcome).toMatchObject({ status: 'denied', by: 'policy' });
  });
});
