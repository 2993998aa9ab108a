import { describe, expect, test } from 'vitest';
import { openAudit } from '../../../src/gate/audit.ts';
import { operationDigest, toRequest } from '../../../src/gate/operation.ts';
import { questionText } from '../../../src/gate/question.ts';
import { createRedactor, redacted } from '../../../src/gate/redact.ts';
import { run } from '../../../src/gate/run.ts';
import type { SecretHands } from '../../../src/gate/secret-hands.ts';
import type { ApiOperation, Approved, Assessment, ProposedApi } from '../../../src/gate/types.ts';
import type { PveRequest } from '../../../src/pve/request.ts';
import { apiOnly } from '../../support/api-only.ts';
import { type Answering, no, yes } from '../../support/approver.ts';
import { auditFolders, auditLines } from '../../support/audit.ts';
import { fakeClock } from '../../support/clock.ts';
import { pveError } from '../../support/cluster.ts';
import { type Bench, type BenchOptions, call, click, gateBench, home } from '../../support/gate.ts';

const folders = auditFolders();
const config = '/nodes/pve2/qemu/101/config';
const setPassword: ProposedApi = { ...call('PUT', config, { ciuser: 'ops' }), ask: ['cipassword'] };
const typed = 'typed-canary-1';

/** The bench with a person who types this; `sent` is what the cluster got. */
function typing(bench: Bench, secret: SecretHands['secret'] = async () => typed) {
  const sent: PveRequest[] = [];
  Object.assign(bench.approver, { secret });
  bench.cluster.on(`PUT ${config}`, (request) => {
    sent.push(request);
    return null;
  });
  return { bench, sent };
}
/** Yes, with the name typed where it is wanted. */
const asItWants: Answering = ({ mustType }) => ({ ...yes, ...(mustType === undefined ? {} : { typed: mustType }) });
const withPerson = (secret?: SecretHands['secret'], options?: BenchOptions) =>
  typing(gateBench({ answers: [asItWants], ...options }), secret);
const quiet = new AbortController().signal;
/** The step as a question had it. */
async function askedFor(bench: Bench): Promise<readonly [Assessment]> {
  const denying = gateBench({ answers: [no] });
  Object.assign(denying.approver, { secret: bench.approver.secret });
  await denying.one(setPassword);
  const [step] = denying.asked.flatMap(({ assessments }) => assessments);
  if (step === undefined) throw new Error('Nothing was asked');
  return [step];
}
const allOf = ({ entries, progress, asked }: Bench) => JSON.stringify([entries, progress, asked]);

describe('a secret that the person fills in', () => {
  test('G15: is asked for after the yes, before the target is read again, and sent with the request', async () => {
    const asked: unknown[] = [];
    const { bench, sent } = withPerson(async (request) => {
      asked.push([request, bench.events.filter((event) => event === 'asked').length, bench.cluster.writes()]);
      return typed;
    });
    expect(await bench.one(setPassword)).toMatchObject({ status: 'done' });
    const request = { label: 'Change "web-01" (101, VM on pve2)', parameter: 'cipassword', connectionName: 'home' };
    expect(asked).toEqual([[{ ...request, label: expect.stringContaining('"web-01" (101') }, 1, []]]);
    expect(sent.map(({ params }) => params)).toEqual([{ ciuser: 'ops', cipassword: typed }]);
    expect(allOf(bench)).not.toContain(typed);
  });

  test('G15: the question says what will be asked for', async () => {
    const { bench } = withPerson();
    await bench.one(setPassword);
    const [question] = bench.asked.map(questionText);
    expect(question?.text).toContain('You will be asked for: cipassword.');
    expect(question?.text).toContain('cipassword=hidden');
  });

  test('G15: is known to the redactor before it is sent, so that no error repeats it', async () => {
    const { bench } = withPerson();
    bench.cluster.on(`PUT ${config}`, () => {
      expect(bench.redactor.text(typed)).toBe(redacted);
      throw pveError('invalid_argument', {
        message: `bad ${typed}`,
        reason: [typed],
        fields: { ciuser: `no ${typed}` },
      });
    });
    const outcome = await bench.one(setPassword);
    expect(outcome).toMatchObject({ status: 'failed', error: { message: `bad ${redacted}`, reason: [redacted] } });
    expect(JSON.stringify(outcome)).not.toContain(typed);
  });

  test.each<[string, string, SecretHands['secret']]>([
    ['nothing', 'person', async () => undefined],
    ['an empty text', 'person', async () => ''],
    ['too little to be kept out of answers', 'nobody', async () => '12345'],
    ['a fault', 'nobody', () => Promise.reject(new Error('no box'))],
    [
      'a fault at once',
      'nobody',
      () => {
        throw new Error('no box');
      },
    ],
  ])('G15: %s instead of it is a denial, and nothing is sent', async (_what, by, secret) => {
    const { bench, sent } = withPerson(secret);
    expect(await bench.one(setPassword)).toMatchObject({ status: 'denied', by });
    expect(sent).toEqual([]);
    expect(bench.entries.map(({ phase }) => phase)).toEqual(['decided']);
  });

  test('G15: is asked for only after a yes', async () => {
    let boxes = 0;
    const { bench, sent } = withPerson(
      async () => {
        boxes += 1;
        return typed;
      },
      { answers: [no] },
    );
    expect(await bench.one(setPassword)).toMatchObject({ status: 'denied', by: 'person' });
    expect([boxes, sent]).toEqual([0, []]);
  });

  test('G15: has the time of an answer, and no more', async () => {
    const { bench, sent } = withPerson(
      (_request, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve('too-late-canary'));
          bench.clock.advance(5 * 60_000 + 1);
        }),
    );
    expect(await bench.one(setPassword)).toMatchObject({ status: 'denied' });
    expect(sent).toEqual([]);
  });

  test.each(['wall', 'monotonic'] as const)('G2 G15: is too late when the %s clock says so', async (which) => {
    const { bench, sent } = withPerson(async () => {
      bench.clock.jump(which, 5 * 60_000 + 1);
      return typed;
    });
    expect(await bench.one(setPassword)).toMatchObject({ status: 'denied', by: 'person' });
    expect(sent).toEqual([]);
  });

  test('G2 G15: a freeze while it is typed ends it', async () => {
    const { bench, sent } = withPerson(async (_request, signal) => {
      const withdrawn = new Promise<undefined>((resolve) => signal.addEventListener('abort', () => resolve(undefined)));
      bench.freeze = { count: 1, since: 'now' };
      await bench.gate.recheck();
      return withdrawn;
    });
    expect(await bench.one(setPassword)).toMatchObject({ status: 'denied', by: 'freeze' });
    expect(sent).toEqual([]);
  });

  test('G15: a cancelled call ends it', async () => {
    const { bench, sent } = withPerson(async () => {
      bench.cancel();
      return typed;
    });
    expect(await bench.one(setPassword)).toMatchObject({ status: 'denied', by: 'cancelled' });
    expect(sent).toEqual([]);
  });

  test('G2 G15: a target that changed while it was typed is asked about anew', async () => {
    const { bench, sent } = withPerson(
      async () => {
        Object.assign(bench.cluster.guests.get(101)?.config ?? {}, { cores: 8 });
        return typed;
      },
      { answers: [asItWants, no] },
    );
    expect(await bench.one(setPassword)).toMatchObject({ status: 'denied', by: 'person' });
    expect(bench.asked.at(-1)?.changed).toContain('configuration was edited');
    expect(sent).toEqual([]);
  });

  test('G2 G15: what is sent within 30 seconds of it is in time, however long ago the yes was', async () => {
    const { bench, sent } = withPerson(async () => {
      bench.clock.advance(60_000);
      return typed;
    });
    expect(await bench.one(setPassword)).toMatchObject({ status: 'done' });
    expect(sent).toHaveLength(1);
  });

  test('G15: a person’s own act is asked for it too', async () => {
    const { bench, sent } = withPerson(undefined, { origin: click });
    expect(await bench.one(setPassword)).toMatchObject({ status: 'done' });
    expect(sent.map(({ params }) => params?.cipassword)).toEqual([typed]);
  });

  test('G15: is asked for after a question, also where a person’s own act would need none', async () => {
    const scan = '/nodes/pve1/scan/cifs';
    const { bench } = withPerson(undefined, { origin: click });
    bench.cluster.on(`GET ${scan}`, ({ params }) => [params?.password]);
    const outcome = await bench.one({ ...call('GET', scan, { server: 'nas' }), ask: ['password'] });
    expect(outcome).toMatchObject({ status: 'done', data: [typed] });
    expect(bench.asked).toHaveLength(1);
  });

  test('G15: is never left out: without it nothing is sent', async () => {
    const { bench, sent } = withPerson();
    const [assessment] = await askedFor(bench);
    const options = {
      send: bench.cluster.send,
      shellOn: () => Promise.reject(new Error('no shell')),
      plan: 'none',
      index: 0,
      redactor: bench.redactor,
      uploads: new Map(),
      measured: new Map(),
      clock: bench.clock,
      wait: true,
      signal: quiet,
      onProgress: () => {},
    };
    // As the gate would hand it over, had it forgotten to ask.
    const outcome = await run(assessment.operation as Approved<ApiOperation>, assessment, options);
    expect(outcome).toMatchObject({ status: 'failed', error: { code: 'denied', message: 'Nobody gave cipassword' } });
    expect(sent).toEqual([]);
  });

  test('G15: of several steps each gets its own', async () => {
    const values = ['first-canary', 'second-canary'];
    const { bench, sent } = withPerson(async () => values.shift());
    await bench.perform([setPassword, call('PUT', config, { cores: 2 }), setPassword]);
    expect(sent.map(({ params }) => params?.cipassword)).toEqual(['first-canary', undefined, 'second-canary']);
  });
});

test('G15: what a person gives themselves is known from then on, and not shown in the question', async () => {
  const { bench } = withPerson(undefined, { origin: click });
  await bench.one(call('PUT', config, { cipassword: 'own-canary' }));
  expect(bench.redactor.text('own-canary')).toBe(redacted);
  expect(bench.asked.map((request) => questionText(request).text).join()).toMatch(/cipassword=hidden/);
  expect(bench.asked.map((request) => questionText(request).text).join()).not.toContain('own-canary');
});

test('G1: what is asked for is part of the digest; without it the digest is as it was', () => {
  const plain = toRequest(call('PUT', config), home);
  const asking = toRequest({ ...call('PUT', config), ask: ['cipassword'] }, home);
  expect(operationDigest(asking)).not.toBe(operationDigest(plain));
  expect(Object.keys(plain)).not.toContain('ask');
});

test('G1 G15: the audit has the operation as the cluster got it, redacted, and its digest', async () => {
  const dir = await folders.make();
  const audit = openAudit({ dir, clock: fakeClock(), redactor: createRedactor() });
  const { bench, sent } = withPerson(undefined, { audit });
  await bench.one(setPassword);
  await audit.close();
  const lines = (await auditLines(dir)).filter(({ phase }) => phase === 'before');
  const [{ params, path: segments, method } = { params: {}, path: [], method: 'PUT' as const }] = sent;
  const arrived = toRequest({ kind: 'api', method, segments, params: params ?? {} }, home);
  const asAudited = apiOnly(createRedactor().operation(arrived));
  expect(lines).toMatchObject([{ operation: asAudited, digest: operationDigest(asAudited) }]);
  expect(asAudited.params).toEqual({ ciuser: 'ops', cipassword: redacted });
  expect(JSON.stringify(await auditLines(dir))).not.toContain(typed);
});
