import { failure } from '../errors.ts';
import { guestName } from '../guests.ts';
import { createInside, type Inside } from '../inside/processes.ts';
import { programs } from '../inside/programs.ts';
import { flag, text, whole } from '../parameters.ts';
import { type Call, type Reply, type Route, required } from '../route.ts';
import type { Guest } from '../state.ts';
import { reachedByAgent } from './agent.ts';

const agent = '/nodes/{node}/qemu/{vmid}/agent';
const unrestricted = { at: '/vms/{vmid}', any: ['VM.GuestAgent.Unrestricted'] };
const readsFiles = { at: '/vms/{vmid}', any: ['VM.GuestAgent.FileRead', 'VM.GuestAgent.Unrestricted'] };
const writesFiles = { at: '/vms/{vmid}', any: ['VM.GuestAgent.FileWrite', 'VM.GuestAgent.Unrestricted'] };
const mostRead = 16 * 1024 * 1024;

/** What the guest agent does inside: commands and files. Its answers are not wrapped in `result`. */
export const agentWorkRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: `${agent}/exec`,
    privilege: unrestricted,
    parameters: { command: { ...text, many: true, required: true }, 'input-data': { ...text, maxLength: 65_536 } },
    answer: exec,
  },
  {
    method: 'GET',
    path: `${agent}/exec-status`,
    privilege: unrestricted,
    parameters: { pid: { ...whole, required: true } },
    answer: execStatus,
  },
  {
    method: 'GET',
    path: `${agent}/file-read`,
    privilege: readsFiles,
    parameters: {
      file: { ...text, required: true },
      count: { type: 'integer', minimum: 1, maximum: mostRead },
      offset: whole,
      decode: flag,
    },
    answer: readFile,
  },
  {
    method: 'POST',
    path: `${agent}/file-write`,
    privilege: writesFiles,
    parameters: {
      file: { ...text, required: true },
      content: { ...text, required: true, maxLength: 61_440 },
      encode: flag,
    },
    answer: writeFile,
  },
];

const insides = new WeakMap<Guest, { readonly startedAt: number; readonly inside: Inside }>();

function insideOf(call: Call): Inside {
  const guest = reachedByAgent(call);
  const known = insides.get(guest);
  if (known?.startedAt === guest.startedAt) return known.inside;
  const inside = createInside(guestName(guest), call.world.clock, known?.inside.files);
  insides.set(guest, { startedAt: guest.startedAt, inside });
  return inside;
}

function exec(call: Call): Reply {
  const inside = insideOf(call);
  // A form's empty values never reach the method.
  const words = call.parameters.list('command').filter((word) => word !== '');
  const name = words[0] ?? '';
  if (!Object.hasOwn(programs, name.replace(/^\/(usr\/)?s?bin\//, '')))
    throw failure(
      `Agent error: Guest agent command failed, error was 'Failed to execute child process “${name}” (No such file or directory)'`,
    );
  return { data: { pid: inside.start(words, latin1(call.parameters.text('input-data') ?? '')) } };
}

function execStatus(call: Call): Reply {
  const pid = call.parameters.number('pid') ?? 0;
  const told = insideOf(call).outcome(pid);
  if (told === undefined) throw failure(`Agent error: PID ${pid} does not exist`);
  if (!told.exited) return { data: { exited: 0 } };
  const { exitcode, signal, out, err, truncated } = told;
  return {
    data: {
      exited: 1,
      ...(exitcode === undefined ? {} : { exitcode }),
      ...(signal === undefined ? {} : { signal }),
      ...(out.length === 0 ? {} : { 'out-data': out.toString('latin1'), 'out-truncated': truncated ? 1 : 0 }),
      ...(err.length === 0 ? {} : { 'err-data': err.toString('latin1'), 'err-truncated': truncated ? 1 : 0 }),
    },
  };
}

function readFile(call: Call): Reply {
  const { parameters } = call;
  const path = required(parameters, 'file');
  const entry = insideOf(call).files.find(path);
  if (entry === undefined) throw cannotOpen(path, 'r', 'No such file or directory');
  if (entry.kind === 'folder') throw failure(`Agent error: failed to read file: Is a directory`);
  const offset = parameters.number('offset') ?? 0;
  const end = Math.min(entry.bytes.length, offset + (parameters.number('count') ?? mostRead));
  const bytes = entry.bytes.subarray(offset, end);
  const isEncoded = parameters.has('decode') && !parameters.flag('decode');
  const truncated = end < entry.bytes.length ? { truncated: 1 } : {};
  return { data: { content: bytes.toString(isEncoded ? 'base64' : 'latin1'), ...truncated } };
}

function writeFile(call: Call): Reply {
  const { parameters } = call;
  const path = required(parameters, 'file');
  const content = required(parameters, 'content');
  const isEncoded = parameters.has('encode') && !parameters.flag('encode');
  try {
    insideOf(call).files.write(path, isEncoded ? Buffer.from(content, 'base64') : latin1(content));
  } catch (error) {
    if (error instanceof Error && error.name === 'Error') throw cannotOpen(path, 'wb', error.message);
    throw error;
  }
  return { data: null };
}

function cannotOpen(path: string, mode: string, why: string): Error {
  return failure(`Agent error: failed to open file '${path}' (mode: '${mode}'): ${why}`);
}

/** Bytes as PVE takes them from a form: each character is one. */
function latin1(characters: string): Buffer {
  if (/[^\x00-\xff]/.test(characters)) throw failure('Wide character in subroutine entry');
  return Buffer.from(characters, 'latin1');
}
