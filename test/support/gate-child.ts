import { appendFileSync, readdirSync } from 'node:fs';
import { type AuditEntry, openAudit } from '../../src/gate/audit.ts';
import { createGate } from '../../src/gate/gate.ts';
import { createRedactor } from '../../src/gate/redact.ts';
import { systemClock } from '../../src/pve/clock.ts';
import { yes } from './approver.ts';
import { fakeCluster } from './cluster.ts';

// A program of its own, so that it can be killed: performs two stops and halts for ever where it is told to.
// Arguments: the audit folder, a file for what the cluster received, `<arrow> <step>`; or the folder and `fill`.

const [, , dir = '', received = '', arrow = '', step = '0'] = process.argv;
const audit = openAudit({ dir, clock: systemClock, redactor: createRedactor() });

if (received === 'fill') await fill();
else await stopTwo();

async function stopTwo(): Promise<void> {
  const cluster = fakeCluster();
  let writes = 0;
  let answered = false;
  const halt = async (at: string, index: number): Promise<void> => {
    if (at !== arrow || index !== Number(step)) return;
    process.stdout.write('halted\n');
    await new Promise(() => setInterval(() => {}, 60_000));
  };
  const gate = createGate({
    standing: async () => ({
      profiles: [{ id: 'c', name: 'home', revision: 1, level: 'full' }],
      freeze: { count: 0 },
    }),
    connect: async () => async (request, options) => {
      if (answered && writes === 0) await halt('answered', 0);
      if (request.method === 'GET') return cluster.send(request, options);
      writes += 1;
      await halt('before', writes - 1);
      appendFileSync(received, `${request.path.join('/')}\n`);
      await halt('sent', writes - 1);
      return { data: null };
    },
    approver: {
      name: 'terminal',
      async ask() {
        await halt('asked', 0);
        answered = true;
        return yes;
      },
    },
    audit,
    redactor: createRedactor(),
    clock: systemClock,
  });
  const operations = [
    ['nodes', 'pve2', 'qemu', '101', 'status', 'stop'],
    ['nodes', 'pve1', 'lxc', '102', 'status', 'stop'],
  ].map((segments) => ({ kind: 'api', method: 'POST', segments }) as const);
  await gate.perform(
    { connection: 'c', operations, tool: 'test', wait: true },
    { who: 'agent', client: 'test', launch: 'l' },
    { signal: new AbortController().signal, onProgress: () => {} },
  );
  await halt('done', 0);
}

/** Appends records while the system lets no file grow beyond its limit, and tells how it went. */
async function fill(): Promise<void> {
  const results: string[] = [];
  const handles: number[] = [];
  for (let index = 0; index < 40; index += 1) {
    results.push(
      await audit.append(entry(index)).then(
        () => 'written',
        () => 'refused',
      ),
    );
    handles.push(readdirSync('/dev/fd').length);
  }
  process.stdout.write(`${JSON.stringify({ results, handles })}\n`);
}

function entry(index: number): AuditEntry {
  return {
    phase: 'before',
    plan: 'plan',
    index,
    origin: { who: 'person', by: 'click' },
    tool: 'test',
    connection: { id: 'c', name: 'home', revision: 1 },
    operation: { kind: 'api', connection: 'c', revision: 1, method: 'POST', segments: ['x'], params: {} },
    risk: 'operate',
    decision: 'allowed',
  };
}
