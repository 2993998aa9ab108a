import { PveError, toPveError } from '../pve/error.ts';
import type { PveReply, PveRequest, Send } from '../pve/request.ts';
import { stopTask, type TaskEnd, waitForTask } from '../pve/task.ts';
import { shortLine, tellingLines } from '../pve/task-lines.ts';
import { usualStep } from '../pve/task-words.ts';
import { isUpid, parseUpid, type Upid } from '../pve/upid.ts';
import { haSettled } from './ha.ts';
import type { RunOptions } from './run.ts';
import { openUpload, type Upload } from './run-upload.ts';
import type { ApiOperation, Approved, Assessment, Outcome } from './types.ts';

/** Sends one approved request, once, and follows the task that it starts. Never throws. */
export async function runRequest(
  operation: Approved<ApiOperation>,
  assessment: Assessment,
  options: RunOptions,
): Promise<Outcome> {
  const started = options.clock.monotonic();
  const took = () => Math.round(options.clock.monotonic() - started);
  let reply: PveReply;
  let upload: Upload | undefined;
  try {
    upload = operation.localFile === undefined ? undefined : await openUpload(operation, options);
    // A write is not cancelled once it is on its way: its answer says what became of it.
    const signal = operation.method === 'GET' ? options.signal : upload?.signal;
    reply = await options.send(request(operation, options.secrets, upload), signal === undefined ? {} : { signal });
  } catch (error) {
    const incomplete = upload?.whyNotWhole();
    return incomplete === undefined ? failure(operation, error) : { status: 'failed', error: incomplete.data };
  } finally {
    await upload?.close();
  }
  const { data, total, changes } = reply;
  if (operation.method === 'GET' || !isUpid(data)) {
    const beside = { ...(total === undefined ? {} : { total }), ...(changes === undefined ? {} : { changes }) };
    return { status: 'done', data, ...beside, ms: took() };
  }
  options.onProgress({ message: `${assessment.verb} ${assessment.facts.label}: task started`, upid: data });
  if (!options.wait) return { status: 'started', upid: data };
  const end = await follow(data, assessment, options, took);
  return upload !== undefined && end.status === 'done' ? { ...end, bytes: upload.file.size } : end;
}

function request(
  { method, segments, params, ask = [] }: ApiOperation,
  secrets: RunOptions['secrets'] = {},
  upload?: Upload,
): PveRequest {
  const filled = ask.map((name) => {
    const value = secrets[name];
    if (value !== undefined) return [name, value] as const;
    throw new PveError({ code: 'denied', message: `Nobody gave ${name}`, hint: 'Nothing was sent.', reason: [] });
  });
  const sent = { method, path: segments, params: { ...params, ...Object.fromEntries(filled) } };
  if (upload === undefined) return sent;
  // The name goes with the file.
  const { filename: _, ...fields } = sent.params;
  return { ...sent, params: fields, file: upload.file };
}

async function follow(upid: Upid, assessment: Assessment, options: RunOptions, took: () => number): Promise<Outcome> {
  const { send, signal, clock, onProgress } = options;
  let end: TaskEnd;
  try {
    const onLine = (line: string) => onProgress({ message: line, upid });
    end = await waitForTask(send, upid, { signal, clock, onLine });
  } catch (error) {
    if (signal.aborted) return cancelled(upid, assessment, send);
    return unknown(toPveError(error), `The task was started. Look at task ${upid}.`);
  }
  if (!end.ok) return { status: 'failed', error: taskFailed(upid, assessment, end) };
  try {
    await haSettled(send, assessment, { signal, clock, onProgress });
  } catch (error) {
    // HA has got its request: there is no task left to stop.
    if (signal.aborted) return { status: 'started', upid };
    const known = toPveError(error);
    if (known.code === 'task_failed') return { status: 'failed', error: { ...known.data, upid } };
    return unknown(known, 'HA has got the request. Look at the guest and at its HA state.');
  }
  return { status: 'done', data: upid, upid, ...(end.warnings > 0 ? { warnings: end.warnings } : {}), ms: took() };
}

/** Cancelling stops the waiting; it stops the task only where the table says that this is harmless. */
async function cancelled(upid: Upid, { stopTask: harmless, verb, facts }: Assessment, send: Send): Promise<Outcome> {
  if (!harmless) return { status: 'started', upid };
  try {
    await stopTask(send, upid);
  } catch {
    return { status: 'started', upid };
  }
  const what = `${verb} ${facts.label}`;
  return {
    status: 'failed',
    error: {
      code: 'cancelled',
      message: `${what} was cancelled and its task stopped`,
      reason: [],
      hint: 'The guest may have got the request already: look at its state.',
      upid,
    },
  };
}

function failure({ method }: ApiOperation, error: unknown): Outcome {
  const known = toPveError(error);
  // A fault of our own says nothing about how far the request got.
  if (method !== 'GET' && (known.data.mayHaveRun === true || !(error instanceof PveError))) {
    return unknown(
      known,
      'It was sent, and the answer was lost. Look at the target and at the tasks of its node before anything else.',
    );
  }
  return { status: 'failed', error: known.data };
}

function unknown(error: PveError, howToLook: string): Outcome {
  return { status: 'unknown', error: error.data, howToLook };
}

/** Of the log of a task that failed, so many lines are told. */
const linesTold = 8;

function taskFailed(upid: Upid, { verb, facts }: Assessment, end: TaskEnd) {
  const { exitStatus, log } = end;
  const readOn = `Read the log of the task on ${parseUpid(upid)?.node ?? 'its node'} for what it did before.`;
  return {
    code: 'task_failed' as const,
    message: `${verb} ${facts.label} failed`,
    reason: [shortLine(exitStatus), ...tellingLines(log, exitStatus, linesTold)],
    hint: usualStep([exitStatus, ...log]) ?? readOn,
    upid,
  };
}
