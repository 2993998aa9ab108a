import { X509Certificate } from 'node:crypto';
import { answerMinutesOf } from '../../gate/answer-time.ts';
import type { AuditChange } from '../../gate/audit.ts';
import { policyText } from '../../gate/policy.ts';
import { describeKey, type TrustedHostKey } from '../../ssh/host-keys.ts';
import { hostName } from '../../ssh/known-hosts.ts';
import { loginName, type Profile, type Stored, type StoredEndpoint } from './profile.ts';
import { sshText } from './ssh-settings.ts';

/** What an update of what is stored changes of what holds agents back, for the audit (gate.md G10). */
export function storedChanges(before: Stored, after: Stored): readonly AuditChange[] {
  const wasFrozen = before.freeze.since !== undefined;
  const isFrozen = after.freeze.since !== undefined;
  const freeze: AuditChange = { phase: 'changed', changes: [isFrozen ? 'frozen' : 'freeze lifted'] };
  return [...(wasFrozen === isFrozen ? [] : [freeze]), ...profileChanges(before.profiles, after.profiles)];
}

function profileChanges(before: readonly Profile[], after: readonly Profile[]): readonly AuditChange[] {
  const was = new Map(before.map((profile) => [profile.id, profile]));
  const kept = new Set(after.map(({ id }) => id));
  const removed = before.filter(({ id }) => !kept.has(id)).map((profile) => record(profile, ['removed']));
  const others = after.flatMap((profile) => {
    const old = was.get(profile.id);
    if (old === undefined)
      return [record(profile, ['added', ...traits(profile).map(([name, is]) => `${name}: ${is}`)])];
    const then = new Map(traits(old));
    const changes = traits(profile).flatMap(([name, is]) =>
      then.get(name) === is ? [] : [`${name}: ${then.get(name)} → ${is}`],
    );
    return changes.length === 0 ? [] : [record(profile, changes)];
  });
  return [...removed, ...others];
}

function record({ id, name, revision }: Profile, changes: readonly string[]): AuditChange {
  return { phase: 'changed', connection: { id, name, revision }, changes };
}

function traits(profile: Profile): readonly (readonly [name: string, is: string])[] {
  const common = [
    ['name', profile.name],
    ['level', profile.level],
    ['policies', (profile.policies ?? []).map(policyText).join(' ') || 'none'],
    ['time to answer', `${answerMinutesOf(profile)} minutes`],
    ['commands on nodes', profile.commands?.host ? 'on' : 'off'],
    ['reading commands', profile.commands?.quietReads ? 'run without asking' : 'asked'],
  ] as const;
  if (profile.kind === 'demo') return common;
  const { login, endpoints, ssh } = profile;
  return [
    ...common,
    ['login', `${login.kind} ${loginName(login)}`],
    ['addresses', endpoints.map(({ url }) => url).join(', ')],
    ['trust', endpoints.map(trustText).join(', ')],
    ['ssh', ssh === undefined ? 'not set up' : sshText(ssh)],
    ['host keys', (ssh?.hostKeys ?? []).map(hostKeyText).join(', ') || 'none'],
  ];
}

function hostKeyText({ name, address, port, key }: TrustedHostKey): string {
  const { type, sha256 } = describeKey(Buffer.from(key, 'base64'));
  return `${name} at ${hostName(address, port)} ${type} ${sha256}`;
}

function trustText({ trust }: StoredEndpoint): string {
  switch (trust.kind) {
    case 'system':
      return "this computer's authorities";
    case 'pin':
      return `certificate ${trust.sha256.join(' or ')}`;
    case 'ca':
      return `CA ${fingerprint(trust.pem)}${trust.anyName ? ', any name' : ''}`;
  }
}

/** One that is damaged trusts nobody, and must not stop the edit that mends it. */
function fingerprint(pem: string): string {
  try {
    return new X509Certificate(pem).fingerprint256;
  } catch {
    return 'that cannot be read';
  }
}
