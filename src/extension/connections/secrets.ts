import { messageOf } from '../../pve/error.ts';

/** The part of VS Code's SecretStorage that is needed here. */
export interface Secrets {
  get(key: string): PromiseLike<string | undefined>;
  store(key: string, value: string): PromiseLike<void>;
  delete(key: string): PromiseLike<void>;
}

/** Where the secret of a connection is: kept by the editor, only in the memory of this window, or nowhere. */
export type SecretPlace = 'stored' | 'session' | 'missing';

/** One secret for each login to a connection, by the API and by SSH. None is ever written to a file. */
export interface SecretKeeper {
  get(id: string): Promise<string | undefined>;
  /** Keeps a secret, in this window's memory when the editor fails to. */
  set(id: string, secret: string): Promise<Exclude<SecretPlace, 'missing'>>;
  place(id: string): Promise<SecretPlace>;
  /** @throws Error in words for a person, when the editor may still have it. */
  delete(id: string): Promise<void>;
}

const prefix = 'proxmox.secret.';

const sshEnd = '.ssh';

/** The connection whose login has this key, if it is one of ours. */
export function connectionOf(key: string): string | undefined {
  return key.startsWith(prefix) && !key.endsWith(sshEnd) ? key.slice(prefix.length) : undefined;
}

/** What the SSH password, or the passphrase of the SSH key, of a connection is kept under. */
export function sshSecretOf(connection: string): string {
  return connection + sshEnd;
}

/**
 * @param secrets without a keyring it throws, or forgets what it was given
 * @param onFault told each time that it fails, in words for the log
 */
export function keepSecrets(secrets: Secrets, onFault: (what: string) => void): SecretKeeper {
  /** What the editor did not take, and what it had in its place. */
  const session = new Map<string, { readonly secret: string; readonly instead: string | undefined }>();

  const stored = async (id: string): Promise<string | undefined> => {
    try {
      return await secrets.get(prefix + id);
    } catch (error) {
      onFault(`The editor's secret storage cannot be read: ${messageOf(error)}`);
      return undefined;
    }
  };
  const find = async (id: string): Promise<{ readonly secret?: string | undefined; readonly place: SecretPlace }> => {
    const [own, secret] = [session.get(id), await stored(id)];
    // Another window may have stored a newer one meanwhile.
    if (own !== undefined && (secret === undefined || secret === own.instead)) return { ...own, place: 'session' };
    return { secret, place: secret === undefined ? 'missing' : 'stored' };
  };

  return {
    get: async (id) => (await find(id)).secret,
    place: async (id) => (await find(id)).place,
    async set(id, secret) {
      try {
        await secrets.store(prefix + id, secret);
      } catch (error) {
        onFault(`The editor's secret storage cannot be written: ${messageOf(error)}`);
      }
      const instead = await stored(id);
      if (instead === secret) {
        session.delete(id);
        return 'stored';
      }
      session.set(id, { secret, instead });
      return 'session';
    },
    async delete(id) {
      session.delete(id);
      try {
        await secrets.delete(prefix + id);
      } catch (error) {
        throw new Error(`The editor did not delete the secret: ${messageOf(error)}. Delete it in its keyring.`);
      }
    },
  };
}
