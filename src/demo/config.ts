import { failure, wrongParameters } from './errors.ts';
import { digestOf, refuseLocked } from './guests.ts';
import { flag, type ParameterSpec, type ParameterSpecs, rootOnly, text } from './parameters.ts';
import { type Call, callerMust, guestOf, type Reply } from './route.ts';
import type { Guest, GuestKind } from './state.ts';

const dnsName: ParameterSpec = {
  ...text,
  maxLength: 255,
  check: (value) =>
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i.test(value)
      ? undefined
      : 'invalid format - value does not look like a valid DNS name\n',
};
const vmMemory: ParameterSpec = {
  ...text,
  check: (value) => {
    const wrong = (why: string): string => `invalid format - format error\nmemory.current: ${why}\n`;
    if (!/^\d+$/.test(value)) return wrong(`type check ('integer') failed - got '${value}'`);
    return Number(value) < 16 ? wrong('value must have a minimum value of 16') : undefined;
  },
};
const tagList: ParameterSpec = {
  ...text,
  check: (value) => {
    const wrong = splitList(value).find((tag) => !/^[a-z0-9_][a-z0-9_\-+.]*$/i.test(tag));
    return wrong === undefined ? undefined : `invalid format - invalid characters in tag\n`;
  },
};
const both: ParameterSpecs = {
  description: { ...text, maxLength: 8192 },
  tags: tagList,
  protection: flag,
  cores: { type: 'integer', minimum: 1 },
  onboot: flag,
};

/** What a new guest may be given. */
export const createSpecs: Readonly<Record<GuestKind, ParameterSpecs>> = {
  qemu: { ...both, name: dnsName, memory: vmMemory, args: text },
  lxc: { ...both, hostname: dnsName, memory: { type: 'integer', minimum: 16 } },
};
/** What `PUT …/config` takes. */
export const configSpecs: Readonly<Record<GuestKind, ParameterSpecs>> = {
  qemu: { ...createSpecs.qemu, delete: text, digest: { ...text, maxLength: 40 }, skiplock: rootOnly },
  lxc: { ...createSpecs.lxc, delete: text, digest: { ...text, maxLength: 40 } },
};

const privilegeFor: Readonly<Record<string, string>> = { cores: 'VM.Config.CPU', memory: 'VM.Config.Memory' };

/** `PUT …/config`: checks lock and digest, then sets and deletes at once. Answers null, as PVE does. */
export function updateConfig(call: Call, kind: GuestKind): Reply {
  const guest = guestOf(call, kind);
  const { parameters } = call;
  const removed = splitList(parameters.text('delete') ?? '');
  const settings = settingsOf(call, kind);
  checkDeleted(removed, settings, kind);
  for (const key of [...Object.keys(settings), ...removed]) checkSetting(call, guest.vmid, key);
  const digest = parameters.text('digest');
  if (digest !== undefined && digest !== digestOf(guest)) throw failure(changedText[kind]);
  refuseLocked(guest);
  const kept = Object.entries({ ...guest.config, ...settings }).filter(([key]) => !removed.includes(key));
  guest.config = Object.fromEntries(kept);
  return { data: null };
}

/** The settings that were sent, typed and normalised as `GET …/config` answers them. */
export function settingsOf({ parameters }: Call, kind: GuestKind): Guest['config'] {
  const settings: Guest['config'] = {};
  for (const [key, spec] of Object.entries(createSpecs[kind])) {
    const value = parameters.text(key);
    if (value !== undefined) settings[key] = spec.type === 'string' ? value : Number(value);
  }
  if (typeof settings.tags === 'string') settings.tags = uniqueTags(settings.tags);
  return settings;
}

/** Whether the caller may change this setting: PVE's 403, or its 500 for what is root's alone. */
export function checkSetting(call: Call, vmid: number, key: string): void {
  if (key === 'args') throw failure(`only root can set 'args' config`);
  callerMust(call, `/vms/${vmid}`, privilegeFor[key] ?? 'VM.Config.Options');
}

const changedText: Readonly<Record<GuestKind, string>> = {
  qemu: 'checksum mismatch (file change by other user?)',
  lxc: 'detected modified configuration - file changed by other user? Try again.',
};

function checkDeleted(removed: readonly string[], settings: Guest['config'], kind: GuestKind): void {
  for (const key of removed) {
    if (!Object.hasOwn(createSpecs[kind], key)) throw wrongParameters({ delete: `unknown option '${key}'` });
    if (Object.hasOwn(settings, key)) {
      throw wrongParameters({ delete: `you can't use '-${key}' and -delete ${key}' at the same time` });
    }
  }
}

// Tags are kept sorted and in lower case.
function uniqueTags(list: string): string {
  return [...new Set(splitList(list.toLowerCase()))].sort().join(';');
}

function splitList(list: string): string[] {
  return list.split(/[,;\s]+/).filter((part) => part !== '');
}
