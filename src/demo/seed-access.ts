import { randomBytes, randomUUID } from 'node:crypto';
import { createDirectory, type Directory, grant, newUser, readOnly, type Token } from './directory.ts';
import type { Pool } from './permissions.ts';
import type { Guest } from './state.ts';
import { toBase32 } from './totp.ts';

/** What opens the demo. */
export interface Secrets {
  readonly tokenSecret: string;
  readonly readOnlyTokenSecret: string;
  readonly password: string;
  readonly readOnlyPassword: string;
  readonly totpPassword: string;
  /** Base32. */
  readonly totpSecret: string;
}

/** May do all that is not root@pam's alone. */
export const fullToken = { user: 'demo@pve', token: 'vscode' } as const;
/** May look at everything except backups. */
export const readOnlyToken = { user: 'audit@pve', token: 'readonly' } as const;
/** Needs a one-time password to log in. */
export const totpUser = 'totp@pve';

/** New secrets. */
export function createSecrets(): Secrets {
  const password = (): string => randomBytes(15).toString('base64url');
  return {
    tokenSecret: randomUUID(),
    readOnlyTokenSecret: randomUUID(),
    password: password(),
    readOnlyPassword: password(),
    totpPassword: password(),
    totpSecret: toBase32(randomBytes(20)),
  };
}

/** The users of the demo, their tokens, and what they may do. */
export function seedDirectory(secrets: Secrets): Directory {
  const directory = createDirectory();
  const token = (secret: string): Token => ({ secret, comment: undefined, expire: 0, privsep: true });
  const { users, groups, roles } = directory;
  users.set('root@pam', newUser());
  users.set(
    fullToken.user,
    newUser({
      password: secrets.password,
      details: { comment: 'May do everything', email: 'demo@example.test' },
      tokens: new Map([[fullToken.token, token(secrets.tokenSecret)]]),
    }),
  );
  users.set(
    readOnlyToken.user,
    newUser({
      password: secrets.readOnlyPassword,
      details: { comment: 'May only look' },
      tokens: new Map([[readOnlyToken.token, token(secrets.readOnlyTokenSecret)]]),
    }),
  );
  const totp = { id: `totp:${totpUser}`, secret: secrets.totpSecret, lastStep: 0 };
  users.set(totpUser, newUser({ password: secrets.totpPassword, totp }));
  users.set('alice@pve', newUser({ details: { firstname: 'Alice' }, groups: new Set(['operators']) }));
  groups.set('operators', { comment: 'Look after production' });
  roles.set('ReadOnly', { privileges: new Set([...readOnly].sort()), special: false });

  const full = { role: 'Administrator', propagate: true };
  const look = { role: 'ReadOnly', propagate: true };
  grant(directory, '/', { kind: 'user', subject: fullToken.user, ...full });
  grant(directory, '/', { kind: 'token', subject: `${fullToken.user}!${fullToken.token}`, ...full });
  grant(directory, '/', { kind: 'user', subject: readOnlyToken.user, ...look });
  grant(directory, '/', { kind: 'token', subject: `${readOnlyToken.user}!${readOnlyToken.token}`, ...look });
  grant(directory, '/', { kind: 'user', subject: totpUser, role: 'PVEAdmin', propagate: true });
  grant(directory, '/pool/production', { kind: 'group', subject: 'operators', role: 'PVEVMUser', propagate: true });
  return directory;
}

/** One pool, of what serves the shop. */
export function seedPools(guests: ReadonlyMap<number, Guest>): Map<string, Pool> {
  const members = [101, 102, 103].filter((vmid) => guests.has(vmid));
  return new Map([
    ['production', { comment: 'The shop', guests: new Set(members), storages: new Set(['nfs-backup']) }],
  ]);
}
